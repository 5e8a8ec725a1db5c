// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/wear.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/report/numbers.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

using nlohmann::ordered_json;

std::string count(double n) { return units::print_count(n, 4); }

std::string life(const Wear& w, double switches) {
  const auto inferences = w.inferences(switches), seconds = w.seconds(switches);
  if (!inferences) return w.endurance.from;
  return fmt::format(
      "{} inferences{}", count(*inferences),
      seconds ? fmt::format(", {} at full rate", units::print(units::Time::from_si(*seconds))) : "");
}

}  // namespace

std::optional<double> Wear::inferences(double switches) const {
  if (!endurance.value || switches <= 0) return std::nullopt;
  return *endurance.value / switches;
}

std::optional<double> Wear::seconds(double switches) const {
  const auto n = inferences(switches);
  if (!n || throughput_per_s <= 0) return std::nullopt;
  return *n / throughput_per_s;
}

std::optional<Wear> wear(const machine::Machine& machine, const mapping::Mapping& mapping,
                         double throughput_per_s) {
  std::optional<Wear> out;
  for (const program::Stage& stage : mapping.program.stages) {
    const auto* product = std::get_if<program::Product>(&stage.operation);
    if (product == nullptr) continue;
    const auto& cells = std::get<program::Cells>(mapping.program[product->held].where);
    if (cells.plan->hottest_switches <= 0) continue;
    // Every firing of a copy is a vector; copies of all samples together share them out.
    const auto vectors = static_cast<double>(mapping.layers.at(product->node).firings);
    const double hottest = vectors * cells.plan->hottest_switches;
    if (!out) {
      out.emplace();
      out->endurance.from = "unknown: these arrays do not say";
      if (const auto* how = machine.arrays().array->writing()) out->endurance = how->endurance;
      out->throughput_per_s = throughput_per_s / static_cast<double>(mapping.samples_together);
    }
    out->rotated =
        std::max(out->rotated, vectors * cells.plan->row_switches / static_cast<double>(cells.plan->row_cells));
    if (hottest <= out->hottest) continue;
    out->hottest = hottest;
    out->layer = stage.name;
  }
  return out;
}

Table wear_table(const Wear& w) {
  Table t({{"", Align::Left}, {"switches", Align::Right}, {"lasts", Align::Left, true}});
  t.add({"hottest cell", count(w.hottest), fmt::format("{}; in {}", life(w, w.hottest), w.layer)});
  t.add({"all alike", count(w.rotated), fmt::format("{}; if work rotates", life(w, w.rotated))});
  return t;
}

ordered_json wear_json(const std::optional<Wear>& w) {
  if (!w) return nullptr;
  ordered_json out;
  out["layer"] = w->layer;
  out["endurance_switches"] = maybe(w->endurance.value);
  out["endurance_from"] = w->endurance.from;
  out["hottest_switches"] = number(w->hottest);
  out["hottest_inferences"] = maybe(w->inferences(w->hottest));
  out["hottest_s"] = maybe(w->seconds(w->hottest));
  out["rotated_switches"] = number(w->rotated);
  out["rotated_inferences"] = maybe(w->inferences(w->rotated));
  out["rotated_s"] = maybe(w->seconds(w->rotated));
  return out;
}

}  // namespace ohmweave::report
