// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/sensitivity.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "ohmweave/base/progress.h"
#include "ohmweave/machine/effects.h"
#include "ohmweave/report/aspects.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {
namespace {

using execution::Functional;

/// The figure with the sums of some stages exact.
double with_exact(Functional& functional, std::vector<bool> exact, const Score& score) {
  functional.set_exact(std::move(exact));
  return score(functional);
}

std::vector<SensitivityRow> rows_of_layers(Functional& functional, const program::Program& program,
                                           const Score& score) {
  std::vector<SensitivityRow> out;
  const size_t stages = program.stages.size();
  for (size_t k = 0; k < stages; ++k) {
    if (!std::holds_alternative<program::Product>(program.stages[k].operation)) continue;
    std::vector<bool> only_others(stages, false), all_others(stages, true);
    only_others[k] = true;
    all_others[k] = false;
    SensitivityRow row{program.stages[k].name};
    row.alone = with_exact(functional, all_others, score);
    row.without = with_exact(functional, only_others, score);
    out.push_back(std::move(row));
  }
  functional.set_exact({});
  return out;
}

}  // namespace

Sensitivity sensitivity(const machine::Machine& machine, const mapping::Mapping& mapping, const Mapped& mapped,
                        const Programmed& programmed, const std::string& key, const Score& score) {
  Sensitivity out;
  out.key = key;
  const std::unique_ptr<Functional> whole = programmed(mapping, machine);
  Functional& functional = *whole;
  const std::vector<machine::Effect> effects = machine::effects(machine);
  const auto held =
      std::count_if(mapping.program.stages.begin(), mapping.program.stages.end(),
                    [](const auto& s) { return std::holds_alternative<program::Product>(s.operation); });
  base::Progress progress("runs", 2 + 2 * (held + static_cast<int64_t>(effects.size())));
  const Score counted = [&](Functional& f) {
    const double figure = score(f);
    progress.advance();
    return figure;
  };
  out.all = counted(functional);
  out.none = with_exact(functional, std::vector<bool>(mapping.program.stages.size(), true), counted);
  out.layers = rows_of_layers(functional, mapping.program, counted);

  const auto of = [&](const std::vector<machine::Effect>& off) {
    const machine::Machine changed = machine::without(machine, off);
    const mapping::Mapping own = mapped(changed);
    return counted(*programmed(own, changed));
  };
  for (size_t k = 0; k < effects.size(); ++k) {
    std::vector<machine::Effect> others = effects;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(k));
    out.effects.push_back({effects[k].name, of(others), of({effects[k]})});
  }
  return out;
}

std::string sensitivity_text(const Sensitivity& s, const Report& report, bool colour) {
  const std::vector<Aspect> aspects = value_aspects(*report.values);
  const auto aspect =
      std::find_if(aspects.begin(), aspects.end(), [&](const Aspect& a) { return a.key == s.key; });
  Table t({{aspect->name, Align::Left, true}, {"alone"}, {"without"}});
  t.add({"nothing errs, or everything", aspect->print(s.none), aspect->print(s.all)});
  for (const auto* rows : {&s.layers, &s.effects}) {
    for (const SensitivityRow& r : *rows)
      t.add({(rows == &s.layers ? "layer " : "effect ") + r.name, aspect->print(r.alone),
             aspect->print(r.without)});
  }
  return t.text({colour});
}

nlohmann::ordered_json sensitivity_json(const Sensitivity& s) {
  nlohmann::ordered_json out{{"figure", s.key}, {"none", s.none}, {"all", s.all}};
  for (const auto& [name, rows] : {std::pair{"layers", &s.layers}, std::pair{"effects", &s.effects}}) {
    out[name] = nlohmann::ordered_json::array();
    for (const SensitivityRow& r : *rows)
      out[name].push_back({{"name", r.name}, {"alone", r.alone}, {"without", r.without}});
  }
  return out;
}

}  // namespace ohmweave::report
