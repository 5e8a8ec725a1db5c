// SPDX-License-Identifier: Apache-2.0
// Measured figures beside those of the model, and what they say about its error.
#include "ohmweave/report/baseline_standing.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "ohmweave/network/network.h"
#include "ohmweave/report/baseline_layers.h"

namespace ohmweave::report {
namespace {

/// Networks of measurements by their names, each loaded once.
class Networks {
 public:
  const network::Graph& named(const std::string& name) {
    auto it = graphs_.find(name);
    if (it == graphs_.end()) it = graphs_.emplace(name, network::load(name).graph).first;
    return it->second;
  }

 private:
  std::map<std::string, network::Graph> graphs_;
};

Comparison compared(const Baseline& b, const Measured& m, const network::Graph& graph) {
  return {m, b.machine->estimate(graph, m.workload()).latency_s};
}

struct Doubt {
  std::optional<double> factor;
  std::string from;
};

/// How far off the model's times may be, by the machine's own measurements or by those of its family.
Doubt doubt(const Baseline& b) {
  if (std::optional<double> own = spread(b, comparisons(b), b.pass))
    return {own, fmt::format("the model is up to {:.2f} times off its other measurements", *own)};
  Doubt out;
  for (const std::string& name : b.spread_of) {
    const Baseline relative = load_baseline(name);
    const std::optional<double> theirs = spread(relative, comparisons(relative), b.pass);
    if (!theirs || (out.factor && *out.factor >= *theirs)) continue;
    out = {theirs,
           fmt::format("no measurement of its own; the model of {} is up to {:.2f} times off", name, *theirs)};
  }
  return out;
}

struct Extremes {
  Estimate slow, fast;  // by the file's assumptions
};

void bound_by_model(const Doubt& doubt, const std::optional<Extremes>& e, Standing& s) {
  if (!doubt.factor && !e) {
    s.uncertainty = "unknown: nothing was measured";
    return;
  }
  const double off = doubt.factor.value_or(1);
  const Estimate &slow = e ? e->slow : s.model, &fast = e ? e->fast : s.model;
  s.latency_s.low = fast.latency_s / off, s.latency_s.high = slow.latency_s * off;
  s.throughput_per_s.low = slow.throughput_per_s / off, s.throughput_per_s.high = fast.throughput_per_s * off;
  s.energy_J.low = fast.energy_J / off, s.energy_J.high = slow.energy_J * off;
  s.uncertainty = doubt.from;
  if (e)
    s.uncertainty +=
        (doubt.from.empty() ? "" : "; ") + std::string("the file's least and most favourable assumptions");
}

/// A measured time has no bounds; the energy in it has those of the power.
void take_measured(const Measured& m, const std::optional<Extremes>& e, Standing& s) {
  s.quoted = m;
  const double seconds = m.seconds(), scale = seconds / s.model.latency_s;
  s.latency_s = {seconds, seconds, seconds};
  const double rate = static_cast<double>(m.batch) / seconds;
  s.throughput_per_s = {rate, rate, rate};
  s.energy_J = {s.model.energy_J * scale, {}, {}};
  if (!e) {
    s.uncertainty = "time measured, power of the model";
    return;
  }
  s.energy_J.low = e->fast.energy_J * seconds / e->fast.latency_s;
  s.energy_J.high = e->slow.energy_J * seconds / e->slow.latency_s;
  s.uncertainty = "time measured; energy by the file's least and most favourable assumptions on power";
}

}  // namespace

double Comparison::factor() const {
  const double ratio = model_s / measured.seconds();
  return std::max(ratio, 1 / ratio);
}

std::vector<Comparison> comparisons(const Baseline& b) {
  Networks networks;
  std::vector<Comparison> out;
  for (const Measured& m : b.measured) out.push_back(compared(b, m, networks.named(m.network)));
  return out;
}

std::optional<double> spread(const Baseline& b, const std::vector<Comparison>& all, Pass pass) {
  std::optional<double> same, any;
  for (const Comparison& c : all) {
    if (c.measured.anchor || c.measured.software != b.software) continue;
    any = std::max(any.value_or(1), c.factor());
    if (c.measured.pass == pass) same = std::max(same.value_or(1), c.factor());
  }
  return same ? same : any;
}

Standing standing(const Baseline& b, const network::Graph& graph) {
  Standing s;
  s.model = b.machine->estimate(graph, b.workload());
  s.latency_s.value = s.model.latency_s;
  s.throughput_per_s.value = s.model.throughput_per_s;
  s.energy_J.value = s.model.energy_J;
  std::optional<Extremes> extremes;
  if (b.pessimistic && b.optimistic)
    extremes = {b.pessimistic->estimate(graph, b.workload()), b.optimistic->estimate(graph, b.workload())};
  const std::vector<ProductLayer> layers = product_layers(graph);
  Networks networks;
  for (const Measured& m : b.measured) {
    if (product_layers(networks.named(m.network)) != layers) continue;
    s.measured.push_back(compared(b, m, graph));
    const bool same = m.workload() == b.workload() && m.software == b.software && m.differs.empty();
    if (same && !s.quoted) take_measured(m, extremes, s);
  }
  if (!s.quoted) bound_by_model(doubt(b), extremes, s);
  return s;
}

}  // namespace ohmweave::report
