// SPDX-License-Identifier: Apache-2.0
// What a run costs: every action of the program has a price at its machine node, constant power flows for as
// long as an inference takes of the machine, and area is the machine's.
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/program/counts.h"
#include "ohmweave/report/report.h"

namespace ohmweave::report {
namespace {

using circuit::Verb;
using machine::Machine;
using machine::Node;

double seconds(units::Picoseconds t) { return units::to_time(t).si(); }

/// Actions of a program by machine node. Clocks and work that is not modelled have no node and cost nothing.
Actions actions_of(const program::Program& program) {
  Actions out;
  for (const auto& [key, count] : program::count_actions(program).actions) {
    const std::string& part = program.resources[key.first].part;
    if (!part.empty() && count > 0) out[part][key.second] += count;
  }
  return out;
}

Share dynamic_share(const Machine& machine, const std::string& part, const std::map<Verb, int64_t>& done,
                    int64_t samples) {
  const Node* node = machine.find(part);
  OHMWEAVE_CHECK(node && node->component, "a resource stands for no component of the machine");
  double joules = 0;
  for (const auto& [verb, count] : done) {
    const circuit::Action* action = node->component->action(verb);
    OHMWEAVE_CHECK(action != nullptr, "a step asks a component for something it has no price for");
    joules += static_cast<double>(count) * action->energy.si();
  }
  return {node->path, false, joules / static_cast<double>(samples), node->source};
}

void largest_first(std::vector<Share>& shares) {
  std::stable_sort(shares.begin(), shares.end(), [](const Share& a, const Share& b) { return a.si > b.si; });
}

/// When the first sample has left every stage.
double first_finish(const execution::Timing& timing) {
  units::Picoseconds out = 0;
  for (const execution::StageTiming& s : timing.stages)
    out = std::max(out, s.epoch_finish.empty() ? s.last_finish : s.epoch_finish.front());
  return seconds(out);
}

double throughput(const execution::Timing& timing, double latency, const mapping::Mapping& mapping) {
  const int64_t together = std::min(mapping.samples_together, mapping.samples);  // of a trip
  if (timing.steady && timing.period > 0)
    return static_cast<double>(timing.period_trips * together) / seconds(timing.period);
  const double rest = seconds(timing.end) - latency;
  if (mapping.samples > together && rest > 0) return static_cast<double>(mapping.samples - together) / rest;
  return latency > 0 ? static_cast<double>(together) / latency : 0;
}

bool is_upper_bound(const program::Program& program) {
  return std::any_of(program.measures.begin(), program.measures.end(),
                     [](const program::Measure& m) { return m.known.empty(); });
}

/// Spreads programming over the inferences that one serves.
void add_programming(const Programming& p, Costs& out) {
  if (p.runs == 0) return;
  const auto runs = static_cast<double>(p.runs);
  for (const auto& [known, from] : {std::pair(p.time_s.has_value(), p.pulse.from),
                                    std::pair(p.energy_J.has_value(), p.pulse_energy.from)}) {
    if (!known) base::fail("mapping.runs_per_programming", "programming cannot be counted, it is " + from);
  }
  out.throughput_per_s = 1 / (1 / out.throughput_per_s + *p.time_s / runs);
  for (Share s : p.energy) {
    s.si /= runs;
    out.energy.push_back(std::move(s));
  }
}

/// Constant power and area of every component, over all chips.
void add_standing(const Machine& machine, int64_t chips, double time_per_inference, Costs& out) {
  for (const Node* node : machine.nodes()) {
    if (!node->component) continue;
    const auto instances = static_cast<double>(node->instances * chips);
    const double watts = node->component->static_power().si() * instances,
                 metres2 = node->component->area().si() * instances;
    if (watts > 0) out.energy.push_back({node->path, true, watts * time_per_inference, node->source});
    if (metres2 > 0) out.area.push_back({node->path, false, metres2, node->source});
  }
}

}  // namespace

Costs price(const Machine& machine, const mapping::Mapping& mapping, execution::Timing timing) {
  if (!timing.deadlock.empty())
    base::fail(mapping.program.name,
               fmt::format("the machine stands still: {}", fmt::join(timing.deadlock, "; ")));
  Costs out;
  const int64_t samples = mapping.samples;
  out.samples = samples;
  out.timing = std::move(timing);
  out.latency_s = first_finish(out.timing);
  out.throughput_per_s = throughput(out.timing, out.latency_s, mapping);
  out.upper_bound = is_upper_bound(mapping.program);
  out.actions = actions_of(mapping.program);
  for (const auto& [part, done] : out.actions)
    out.energy.push_back(dynamic_share(machine, part, done, samples));
  out.programming = programming(machine, mapping);
  if (out.throughput_per_s > 0) add_programming(out.programming, out);
  out.wear = wear(machine, mapping, out.throughput_per_s);
  add_standing(machine, mapping.chips, out.throughput_per_s > 0 ? 1 / out.throughput_per_s : 0, out);
  largest_first(out.energy);
  largest_first(out.area);
  for (const Share& s : out.energy) out.energy_per_inference_J += s.si;
  for (const Share& s : out.area) out.area_m2 += s.si;
  out.average_power_W = out.energy_per_inference_J * out.throughput_per_s;
  out.peak_ops_per_s = machine.peak_operations_per_second() * static_cast<double>(mapping.chips);
  out.peak_power_W = machine.root->peak_power().si() * static_cast<double>(mapping.chips);
  return out;
}

Report estimate(const network::Loaded& network, std::shared_ptr<const Machine> machine, int64_t samples) {
  Report out;
  out.network = network.graph.name;
  out.parameters = network::parameter_count(network.graph);
  out.multiply_accumulates = network::multiply_accumulates(network.graph);
  out.design = machine->configuration;
  mapping::Options options;
  options.samples = samples;
  auto mapping = std::make_shared<mapping::Mapping>(mapping::compile(network.graph, *machine, options));
  out.not_modelled = network.unsupported;
  out.not_modelled.insert(out.not_modelled.end(), mapping->not_modelled.begin(), mapping->not_modelled.end());
  out.warnings = mapping->warnings;
  if (mapping->fits) out.costs = price(*machine, *mapping, execution::time(mapping->program));
  out.machine = std::move(machine);
  out.mapping = std::move(mapping);
  return out;
}

}  // namespace ohmweave::report
