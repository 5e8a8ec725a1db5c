// SPDX-License-Identifier: Apache-2.0
// One layer after the other over all tiles of all chips (docs/models/dadiannao.md).
#include "ohmweave/report/baseline.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/paths.h"
#include "ohmweave/machine/design.h"
#include "ohmweave/report/numbers.h"

namespace ohmweave::report {
namespace {

using network::Graph;
using network::NodeId;
using nlohmann::ordered_json;

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// A product as the tiles see it.
struct Layer {
  int64_t positions = 1;            // that share nothing but weights; spread over the chips
  int64_t groups = 1;               // of channels that do not mix, one after the other
  int64_t taps = 1;                 // elements of the kernel: input maps stream tap by tap
  int64_t inputs = 1, outputs = 1;  // maps, of a group
  int64_t values = 1;               // that it reads
};

std::optional<Layer> layer_of(const Graph& graph, NodeId id) {
  const network::Node& node = graph.nodes[id];
  if (node.op == network::Op::Conv || node.op == network::Op::LocalConv) {
    const network::Convolution c = network::convolution(graph, node);
    Layer out;
    for (int64_t extent : c.output_size) out.positions *= extent;
    for (int64_t extent : c.kernel) out.taps *= extent;
    out.groups = c.groups;
    out.inputs = c.input_channels / c.groups;
    out.outputs = c.outputs_per_group();
    out.values = c.input_channels;
    for (int64_t extent : c.input_size) out.values *= extent;
    return out;
  }
  if (auto product = network::constant_product(graph, node)) {
    Layer out;
    out.inputs = product->rows;
    out.outputs = product->outputs;
    out.positions = network::multiply_accumulates(graph, id) / (out.inputs * out.outputs);
    out.values = out.positions * out.inputs;
    return out;
  }
  return std::nullopt;
}

class Run {
 public:
  Run(const Baseline& b, const Graph& graph, int64_t chips) : b_(b), graph_(graph), chips_(chips) {}

  /// Seconds of a layer: the tiles and the links work at the same time, the slower one says how long.
  double seconds(const Layer& l) const {
    const bool by_position = l.positions > 1 && b_.split == Split::Positions;
    const int64_t maps_at_once = b_.outputs * b_.tiles * (by_position ? 1 : chips_);
    const int64_t cycles = divide_up(l.positions, by_position ? chips_ : 1) * l.groups * l.taps *
                           divide_up(l.inputs, b_.inputs) * divide_up(l.outputs, maps_at_once);
    // Chips that divide maps all need all values; what others made comes over the links, each value once.
    const double foreign = by_position ? 0
                                       : static_cast<double>(l.values) * static_cast<double>(chips_ - 1) /
                                             static_cast<double>(chips_);
    return std::max(static_cast<double>(cycles) / b_.clock.si(), foreign * b_.value.si() / b_.links.si());
  }

  ordered_json costs() const {
    double time = 0, products = 0;
    for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
      std::optional<Layer> layer = layer_of(graph_, id);
      if (!layer) continue;
      time += seconds(*layer);
      products += static_cast<double>(network::multiply_accumulates(graph_, id));
    }
    const double per_second =
        static_cast<double>(b_.tiles * b_.inputs * b_.outputs) * b_.clock.si();  // of a chip
    const double chips = static_cast<double>(chips_);
    ordered_json energy;
    energy["tiles"] = products * b_.tile_power.si() / per_second;
    energy["links.static"] = b_.link_power.si() * chips * time;
    const double joules = energy["tiles"].get<double>() + energy["links.static"].get<double>();
    ordered_json out;
    out["latency_s"] = number(time);
    out["throughput_per_s"] = number(1 / time);
    out["energy_per_inference_J"] = number(joules);
    out["average_power_W"] = number(joules / time);
    out["area_m2"] = number(b_.area.si() * chips);
    out["energy_breakdown_J"] = std::move(energy);
    out["used_of_peak"] = number(products / (per_second * chips * time));
    return out;
  }

 private:
  const Baseline& b_;
  const Graph& graph_;
  int64_t chips_;
};

int64_t chips_for(const Baseline& b, const Graph& graph) {
  const double needed = static_cast<double>(network::parameter_count(graph)) * b.value.si();
  int64_t chips = b.chips > 0 ? b.chips : 1;
  while (b.chips == 0 && needed > b.weights.si() * static_cast<double>(chips) && chips < b.most_chips)
    chips *= 2;
  if (needed > b.weights.si() * static_cast<double>(chips)) {
    base::fail(b.name, fmt::format("{} does not fit: its weights need {:.1f} chips, there are {}", graph.name,
                                   needed / b.weights.si(), chips));
  }
  return chips;
}

}  // namespace

Baseline load_baseline(const std::string& name, const std::vector<config::Override>& set) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(base::data_folder()) / "library" / "baselines";
  const fs::path file = folder / (name + ".yaml");
  if (!fs::exists(file)) {
    std::vector<std::string> known;
    std::error_code ignored;
    for (const fs::directory_entry& e : fs::directory_iterator(folder, ignored))
      known.push_back(e.path().stem().string());
    base::fail("baseline", fmt::format("there is no baseline '{}'{}", name, base::did_you_mean(name, known)));
  }
  const config::Node root = config::load(file.string(), set);
  base::Diagnostics d;
  config::check_provenance(root, d);
  config::Node plain = machine::without_annotations(root);
  Baseline out;
  config::read(plain, out, d, {"sources"});
  if (!out.format.empty() && out.format != "ohmweave-baseline/1")
    d.error(plain.find("format")->span, "expected ohmweave-baseline/1");
  d.stop_if_errors();
  return out;
}

ordered_json baseline_json(const Baseline& b, const Graph* network) {
  const double peak = static_cast<double>(b.tiles * b.peak_operations) * b.clock.si();
  const double power = b.tile_power.si() + b.link_power.si();
  ordered_json out;
  out["design"]["name"] = b.name;
  out["design"]["title"] = b.title;
  out["design"]["peak"] = {{"ops_per_s", peak},
                           {"ops_per_s_per_m2", peak / b.area.si()},
                           {"ops_per_J", peak / power},
                           {"power_W", power}};
  out["design"]["weights_B"] = b.weights.si() / 8;
  out["design"]["area_m2"] = b.area.si();
  if (!network) return out;
  const int64_t chips = chips_for(b, *network);
  out["costs"] = Run(b, *network, chips).costs();
  out["mapping"]["chips"] = chips;
  return out;
}

}  // namespace ohmweave::report
