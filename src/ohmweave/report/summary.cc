// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/summary.h"

#include <algorithm>

#include "ohmweave/config/configuration.h"
#include "ohmweave/program/counts.h"

namespace ohmweave::report {
namespace {

double seconds(units::Picoseconds t) { return units::to_time(t).si(); }

}  // namespace

std::vector<std::string> changes(const std::string& configuration) {
  std::vector<std::string> out;
  for (const config::Override& o : config::parse_configuration(configuration).changes)
    out.push_back(fmt::format("{}={}", o.path, o.value));
  return out;
}

std::string word_of(execution::Cause cause) {
  switch (cause) {
    case execution::Cause::Nothing:
      return "nothing";
    case execution::Cause::Order:
      return "order";
    case execution::Cause::Interval:
      return "interval";
    case execution::Cause::Data:
      return "data";
    case execution::Cause::Room:
      return "room";
    case execution::Cause::Resource:
      return "resource";
  }
  return "";
}

std::string word_of(mapping::Where where) {
  switch (where) {
    case mapping::Where::Crossbar:
      return "crossbar";
    case mapping::Where::DigitalUnit:
      return "digital_unit";
    case mapping::Where::Free:
      return "free";
    case mapping::Where::NotModelled:
      return "not_modelled";
  }
  return "";
}

std::map<std::string, Busiest> busiest(const Report& report) {
  std::map<std::string, Busiest> out;
  const program::Program& program = report.mapping->program;
  const Costs& costs = *report.costs;
  const double end = seconds(costs.timing.end);
  for (size_t k = 0; k < program.resources.size() && end > 0; ++k) {
    const program::Resource& r = program.resources[k];
    if (r.part.empty()) continue;
    const double busy = seconds(costs.timing.resources[k].busy) / (end * static_cast<double>(r.units));
    Busiest& b = out[r.part];
    if (busy <= b.busy) continue;
    b.resource = r.name;
    b.busy = busy;
    b.instances = r.parts * r.units;
  }
  for (const auto& [key, count] : program::count_actions(program).actions) {
    const program::Resource& r = program.resources[key.first];
    auto b = out.find(r.part);
    if (b == out.end() || count == 0) continue;
    const double per_sample = static_cast<double>(count) / static_cast<double>(costs.samples);
    const double rate = per_sample * costs.throughput_per_s / static_cast<double>(r.parts * r.units);
    double& most = b->second.per_instance_per_s[key.second];
    most = std::max(most, rate);
  }
  return out;
}

std::vector<ChainPart> critical_chain(const Report& report) {
  std::map<std::pair<uint32_t, execution::Cause>, ChainPart> parts;
  for (const execution::ChainLink& link : report.costs->timing.critical_chain) {
    ChainPart& part = parts[{link.stage.index, link.cause}];
    part.stage = report.mapping->program[link.stage].name;
    part.firings += link.last - link.first + 1;
    part.seconds += seconds(link.spent);
    part.cause = link.cause;
  }
  std::vector<ChainPart> out;
  for (auto& [key, part] : parts) out.push_back(std::move(part));
  std::stable_sort(out.begin(), out.end(),
                   [](const ChainPart& a, const ChainPart& b) { return a.seconds > b.seconds; });
  return out;
}

std::vector<Waiting> waiting(const Report& report) {
  std::vector<Waiting> out;
  for (size_t k = 0; k < report.costs->timing.stages.size(); ++k) {
    const execution::StageTiming& stage = report.costs->timing.stages[k];
    Waiting w{report.mapping->program.stages[k].name, {}};
    for (size_t c = 0; c < std::size(stage.waited); ++c) {
      if (stage.waited[c] > 0)
        w.seconds[static_cast<execution::Cause>(c)] =
            seconds(stage.waited[c]) / static_cast<double>(report.costs->samples);
    }
    if (!w.seconds.empty()) out.push_back(std::move(w));
  }
  return out;
}

}  // namespace ohmweave::report
