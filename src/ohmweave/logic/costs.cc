// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/costs.h"

#include <fmt/format.h>

#include "ohmweave/config/annotations.h"
#include "ohmweave/config/library.h"

namespace ohmweave::logic {
namespace {

constexpr std::string_view kFormat = "ohmweave-logic/1", kFolder = "logic";

}  // namespace

std::vector<std::string> logic_costs_names() { return config::library_names(kFolder); }

LogicCosts load_logic_costs(const std::string& name, const std::vector<config::Override>& changes) {
  base::Diagnostics d;
  LogicCosts costs;
  costs.file = config::load(config::library_path(kFolder, "technology of logic", name), changes);
  config::Node file = config::without_annotations(costs.file);
  costs.name = config::take_head(file, kFormat, "technology of logic", d);
  config::read(file, costs, d);
  d.stop_if_errors();
  return costs;
}

LogicBill bill(const LogicCosts& costs, const LogicCounts& counts, const LogicTally& tally, int64_t rows) {
  const bool every = costs.initialisation == ChargedInits::Every;
  const auto all = static_cast<double>(rows);
  const double sets =
      every ? all * static_cast<double>(counts[Gate::Init1]) : static_cast<double>(tally.init_to_one);
  const double resets =
      every ? all * static_cast<double>(counts[Gate::Init0]) : static_cast<double>(tally.init_to_zero);
  const int64_t searches = counts[Gate::Search];
  const auto arrays = static_cast<double>((rows + costs.search_rows - 1) / costs.search_rows);
  LogicBill out;
  out.latency = static_cast<double>(counts.cycles - searches) * costs.cycle +
                static_cast<double>(searches) * costs.one_search();
  out.gates = all * static_cast<double>(counts.gates()) * costs.gate;
  out.initialisations = sets * costs.set + resets * costs.reset;
  out.searches = arrays * static_cast<double>(searches) * costs.search;
  return out;
}

}  // namespace ohmweave::logic
