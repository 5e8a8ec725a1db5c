// SPDX-License-Identifier: Apache-2.0
// One layer after the other over all tiles of all chips (docs/models/dadiannao.md).
#include "ohmweave/report/neural_units.h"

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/report/baseline_layers.h"

namespace ohmweave::report {
namespace {

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Seconds of a layer: the tiles and the links work at the same time, the slower one says how long.
double seconds(const NeuralUnitsSpec& s, const ProductLayer& l, int64_t chips) {
  const bool by_position = l.positions > 1 && s.split == Split::Positions;
  const int64_t maps_at_once = s.outputs * s.tiles * (by_position ? 1 : chips);
  const int64_t cycles = divide_up(l.positions, by_position ? chips : 1) * l.groups * l.taps *
                         divide_up(l.inputs, s.inputs) * divide_up(l.outputs, maps_at_once);
  // Chips that divide maps all need all values; what others made comes over the links, each value once.
  const double foreign =
      by_position ? 0
                  : static_cast<double>(l.values) * static_cast<double>(chips - 1) / static_cast<double>(chips);
  return std::max(static_cast<double>(cycles) / s.clock.si(), foreign * s.value.si() / s.links.si());
}

}  // namespace

Peak NeuralUnits::peak() const {
  return {static_cast<double>(spec_.tiles * spec_.peak_operations) * spec_.clock.si(),
          spec_.tile_power.si() + spec_.link_power.si(), spec_.area.si(), spec_.weights.si() / 8};
}

int64_t NeuralUnits::chips_for(const network::Graph& graph) const {
  const double needed = static_cast<double>(network::parameter_count(graph)) * spec_.value.si();
  const auto room = [&](int64_t chips) { return spec_.weights.si() * static_cast<double>(chips); };
  int64_t chips = spec_.chips > 0 ? spec_.chips : 1;
  while (spec_.chips == 0 && needed > room(chips) && chips < spec_.most_chips) chips *= 2;
  if (needed > room(chips)) {
    base::fail(name_, fmt::format("{} does not fit: its weights need {:.1f} chips, there are {}", graph.name,
                                  needed / spec_.weights.si(), chips));
  }
  return chips;
}

Estimate NeuralUnits::estimate(const network::Graph& graph, const Workload& workload) const {
  if (workload != Workload{}) base::fail(name_, "its model is of one sample at a time, forward");
  Estimate out;
  out.chips = chips_for(graph);
  double products = 0;
  for (network::NodeId id = 0; id < graph.nodes.size(); ++id) {
    if (auto layer = product_layer(graph, id)) out.latency_s += seconds(spec_, *layer, out.chips);
    products += static_cast<double>(network::multiply_accumulates(graph, id));
  }
  if (products == 0) base::fail(name_, fmt::format("{} has no products to compute", graph.name));
  const double per_second =
      static_cast<double>(spec_.tiles * spec_.inputs * spec_.outputs) * spec_.clock.si();  // of a chip
  const auto chips = static_cast<double>(out.chips);
  out.throughput_per_s = 1 / out.latency_s;
  out.energy = {{"tiles", products * spec_.tile_power.si() / per_second},
                {"links.static", spec_.link_power.si() * chips * out.latency_s}};
  for (const auto& [part, joules] : out.energy) out.energy_J += joules;
  out.area_m2 = spec_.area.si() * chips;
  out.used_of_peak = products / (per_second * chips * out.latency_s);
  return out;
}

}  // namespace ohmweave::report
