// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "ohmweave/config/fields.h"
#include "ohmweave/config/load.h"
#include "ohmweave/logic/array.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::logic {

/// Which cells of an initialisation draw energy.
enum class ChargedInits {
  Switched,  // those that did not hold the value yet
  Every,     // all of them
};

/// What logic in a memory technology costs: a file of library/logic.
struct LogicCosts {
  std::string name, title;
  units::Time cycle;
  units::Energy gate, set, reset, search;
  ChargedInits initialisation = ChargedInits::Switched;
  units::Time search_time;
  int search_rows = 1024;
  config::Node file = {};  // resolved, with sources

  /// A cycle if the technology does not say.
  units::Time one_search() const { return search_time.si() > 0 ? search_time : cycle; }

  static constexpr auto fields() {
    using C = LogicCosts;
    return std::tuple{
        config::required("title", &C::title, "the technology, for people"),
        config::required("cycle", &C::cycle, "time of one cycle: gates, or initialisations").above(0),
        config::required("gate", &C::gate, "energy of one gate in one row, averaged over operands").at_least(0),
        config::required("set", &C::set, "energy of initialising a cell to 1").at_least(0),
        config::required("reset", &C::reset, "energy of initialising a cell to 0").at_least(0),
        config::defaulted("initialisation", &C::initialisation, "which cells of an initialisation draw that"),
        config::defaulted("search", &C::search, "energy of one search").at_least(0),
        config::defaulted("search_time", &C::search_time, "time of one search; none: a cycle").at_least(0),
        config::defaulted("search_rows", &C::search_rows, "rows that one search looks at").within(1, 1e6)};
  }
};

/// Names of library/logic in the data folder, in order.
std::vector<std::string> logic_costs_names();
/// One of the library by its name, or by the path of its file. Throws base::Failure.
LogicCosts load_logic_costs(const std::string& name, const std::vector<config::Override>& changes = {});

/// What a run of a program in all rows of an array took.
struct LogicBill {
  units::Time latency;
  units::Energy gates, initialisations, searches;
  units::Energy energy() const { return gates + initialisations + searches; }
};
LogicBill bill(const LogicCosts& costs, const LogicCounts& counts, const LogicTally& tally, int64_t rows);

}  // namespace ohmweave::logic

namespace ohmweave::config {

template <>
struct Words<logic::ChargedInits> {
  static constexpr std::pair<std::string_view, logic::ChargedInits> values[] = {
      {"switched", logic::ChargedInits::Switched}, {"every", logic::ChargedInits::Every}};
};

}  // namespace ohmweave::config
