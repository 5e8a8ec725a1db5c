// SPDX-License-Identifier: Apache-2.0
// One layer after the other, each as long as its cycles or its traffic takes (docs/models/baselines.md).
#include "ohmweave/report/neural_processor.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/report/baseline_layers.h"

namespace ohmweave::report {
namespace {

using network::Graph;
using network::NodeId;
using network::ValueId;

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t cycles(const NeuralProcessorSpec& s, const ProductLayer& l) {
  const int64_t inputs =
      s.window ? divide_up(l.inputs * l.taps, s.inputs) : l.taps * divide_up(l.inputs, s.inputs);
  return l.positions * l.groups * inputs * divide_up(l.outputs, s.outputs);
}

/// Bits that move between memory and a unit for one sample.
class Traffic {
 public:
  Traffic(const NeuralProcessorSpec& s, const Graph& graph) : s_(s), graph_(graph) {
    double weights = 0;
    for (NodeId id = 0; id < graph.nodes.size(); ++id) weights += bits(moved(graph, id).weights);
    kept_ = weights <= s.weight_buffer.si();
  }
  double of(NodeId id) const {
    const Moved m = moved(graph_, id);
    const double weights = bits(m.weights), in = size(m.read), out = size(m.written);
    const bool product = network::multiply_accumulates(graph_, id) > 0;
    if (!product && network::family_of(graph_.nodes[id].op) == network::Family::Unary)
      return 0;  // functions are applied on the way out
    const double once = (kept_ ? 0 : weights) + memory(m.read) + memory(m.written);
    if (!product || kept_) return once;
    // Either every block of weights that fits meets all inputs, or every block of results that fits meets all
    // weights; the better one.
    const double blocks = std::ceil(weights / s_.weight_buffer.si()),
                 rounds = std::ceil(out / s_.value_buffer.si());
    const double again = in > s_.value_buffer.si() ? in * (blocks - 1) : 0;
    return once + std::min(again, weights * (rounds - 1));
  }

 private:
  double bits(int64_t elements) const { return static_cast<double>(elements) * s_.value.si(); }
  double size(const std::vector<ValueId>& values) const {
    double out = 0;
    for (ValueId v : values) out += bits(elements_per_sample(graph_, v));
    return out;
  }
  /// Those that do not stay in a buffer.
  double memory(const std::vector<ValueId>& values) const {
    double out = 0;
    for (ValueId v : values) {
      const double each = bits(elements_per_sample(graph_, v));
      if (each > s_.value_buffer.si() || crosses_the_border(graph_, v)) out += each;
    }
    return out;
  }
  const NeuralProcessorSpec& s_;
  const Graph& graph_;
  bool kept_ = false;
};

}  // namespace

Peak NeuralProcessor::peak() const {
  const auto units = static_cast<double>(spec_.units);
  const double macs = static_cast<double>(spec_.inputs * spec_.outputs) * spec_.clock.si();
  return {2 * macs * units, spec_.power.si() * units, spec_.area.si() * units,
          spec_.weight_buffer.si() / 8 * units};
}

Estimate NeuralProcessor::estimate(const Graph& graph, const Workload& workload) const {
  if (workload != Workload{}) base::fail(name_, "its model is of one sample at a time, forward");
  const Traffic traffic(spec_, graph);
  const double bandwidth = spec_.bandwidth.si() * spec_.bandwidth_efficiency;
  double computing = 0, waiting = 0, bits = 0, products = 0;
  Estimate out;
  out.time = {{"arithmetic", 0}, {"memory", 0}};
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const std::optional<ProductLayer> layer = product_layer(graph, id);
    const double works = layer ? static_cast<double>(cycles(spec_, *layer)) / spec_.clock.si() : 0,
                 moves = traffic.of(id), fetches = moves / bandwidth;
    out.time[works >= fetches ? 0 : 1].second += std::max(works, fetches);
    computing += works;
    waiting += std::max(0.0, fetches - works);
    bits += moves;
    products += static_cast<double>(network::multiply_accumulates(graph, id));
  }
  const auto units = static_cast<double>(spec_.units);
  out.latency_s = computing + waiting;
  if (out.latency_s <= 0) base::fail(name_, fmt::format("{} has nothing that takes time", graph.name));
  out.throughput_per_s = units / out.latency_s;
  out.energy = {{"unit", spec_.power.si() * (computing + spec_.waiting * waiting)},
                {"memory", bits * spec_.memory_energy.si()}};
  for (const auto& [part, joules] : out.energy) out.energy_J += joules;
  out.used_of_peak =
      products / (static_cast<double>(spec_.inputs * spec_.outputs) * spec_.clock.si() * out.latency_s);
  out.area_m2 = spec_.area.si() * units;
  return out;
}

}  // namespace ohmweave::report
