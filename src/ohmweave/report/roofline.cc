// SPDX-License-Identifier: Apache-2.0
// One layer after the other, each as long as its arithmetic or its traffic takes (docs/models/baselines.md).
#include "ohmweave/report/roofline.h"

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/report/baseline_layers.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

using network::Graph;
using network::NodeId;
using network::ValueId;

/// Passes of the same work. Backward has two products for each of the forward pass, the gradients of the values
/// and of the weights, and moves twice as much for them.
double passes(Pass pass) { return pass == Pass::Forward ? 1 : pass == Pass::Backward ? 2 : 3; }

/// Share of the peak that an operator reaches. Only convolutions have algorithms with fewer products.
double efficiency(const RooflineSpec& s, const Graph& graph, NodeId id) {
  const std::optional<ProductLayer> layer = product_layer(graph, id);
  return layer && layer->taps > 1 ? s.compute_efficiency : std::min(s.compute_efficiency, 1.0);
}

/// Bits that move between memory and processor for a batch.
class Traffic {
 public:
  Traffic(const RooflineSpec& s, const Graph& graph, double batch) : s_(s), graph_(graph), batch_(batch) {
    for (NodeId id = 0; id < graph.nodes.size(); ++id)
      weights_ += static_cast<double>(moved(graph, id).weights) * s.value.si();
    kept_ = weights_ <= s.cache.si();
  }
  double of(NodeId id) const {
    const Moved m = moved(graph_, id);
    double out = kept_ ? 0 : static_cast<double>(m.weights) * s_.value.si();
    for (const auto* values : {&m.read, &m.written}) {
      for (ValueId v : *values) out += stays(v) ? 0 : size(v);
    }
    return out;
  }
  double size(ValueId v) const {
    return static_cast<double>(elements_per_sample(graph_, v)) * batch_ * s_.value.si();
  }
  double weights() const { return weights_; }

 private:
  bool stays(ValueId v) const {
    return size(v) <= s_.cache.si() - (kept_ ? weights_ : 0) && !crosses_the_border(graph_, v);
  }
  const RooflineSpec& s_;
  const Graph& graph_;
  double batch_, weights_ = 0;
  bool kept_ = false;
};

}  // namespace

Peak Roofline::peak() const {
  Peak out{spec_.peak.si(), spec_.power.si(), {}, {}};
  if (spec_.area) out.area_m2 = spec_.area->si();
  return out;
}

/// Weights and the values of the largest layer have to be in memory at the same time.
void Roofline::check_room(const Graph& graph, double batch) const {
  const Traffic traffic(spec_, graph, batch);
  double largest = 0;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const Moved m = moved(graph, id);
    double values = 0;
    for (const auto* list : {&m.read, &m.written}) {
      for (ValueId v : *list) values += traffic.size(v);
    }
    largest = std::max(largest, values);
  }
  const double needed = traffic.weights() + largest;
  if (needed <= spec_.memory.si()) return;
  base::fail(name_,
             fmt::format("{} does not fit: weights and the values of its largest layer take {}, there are {}",
                         graph.name, units::print(units::Data::from_si(needed)), units::print(spec_.memory)));
}

Estimate Roofline::estimate(const Graph& graph, const Workload& workload) const {
  const auto batch = static_cast<double>(workload.batch);
  check_room(graph, batch);
  const Traffic traffic(spec_, graph, batch);
  const double bandwidth = spec_.bandwidth.si() * spec_.bandwidth_efficiency, times = passes(workload.pass);
  Parts time = {{"arithmetic", 0}, {"memory", 0}, {"overhead", 0}};
  double bits = 0, operations = 0;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const Moved m = moved(graph, id);
    if (m.written.empty()) continue;
    const double work = 2 * batch * static_cast<double>(network::multiply_accumulates(graph, id)),
                 moves = traffic.of(id);
    const double limits[] = {work / (spec_.peak.si() * efficiency(spec_, graph, id)), moves / bandwidth,
                             spec_.overhead.si()};
    const double* longest = std::max_element(std::begin(limits), std::end(limits));
    time[static_cast<size_t>(longest - limits)].second += times * *longest;
    bits += times * moves;
    operations += times * work;
  }
  Estimate out;
  out.time = std::move(time);
  for (const auto& [limit, seconds] : out.time) out.latency_s += seconds;
  if (out.latency_s <= 0) base::fail(name_, fmt::format("{} has nothing that takes time", graph.name));
  out.throughput_per_s = batch / out.latency_s;
  const double watts = spec_.idle_power.si() + spec_.busy * (spec_.power.si() - spec_.idle_power.si());
  out.energy = {{"processor", watts * out.latency_s / batch}};
  if (spec_.memory_energy.si() > 0) out.energy.emplace_back("memory", bits * spec_.memory_energy.si() / batch);
  for (const auto& [part, joules] : out.energy) out.energy_J += joules;
  out.used_of_peak = operations / (spec_.peak.si() * out.latency_s);
  if (spec_.area) out.area_m2 = spec_.area->si();
  return out;
}

}  // namespace ohmweave::report
