// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ohmweave/logic/costs.h"
#include "ohmweave/logic/initialisation.h"
#include "ohmweave/logic/method.h"

namespace ohmweave::logic {

/// Whose counts an operation costs.
enum class CountedBy {
  Program,      // the gates that compute it here
  Publication,  // the formulas that the method's paper prints
};

/// What an operation takes: cycles pass in all rows at once; everything else is of one row, on average over
/// random operands where it depends on them.
struct OperationCost {
  int64_t cycles = 0, init_cycles = 0,
          searches = 0;         // one after another: gates, initialisations alone, searches
  double gates = 0;             // that draw energy
  double sets = 0, resets = 0;  // cells that are initialised to 1 and to 0 and draw energy
  int bitlines = 0;             // cells that the program works in, operands and result included
  double switches = 0;          // of all cells
  double hottest_switches = 0;  // of the cell that switches most

  units::Time time(const LogicCosts& costs) const;
  OperationCost& operator+=(const OperationCost& other);
  /// Of one row, the share of the searches of its array included.
  units::Energy energy(const LogicCosts& costs) const;
};

/// Known after the first time. Throws base::Failure if the method cannot do the operation, or publishes no
/// formula for it. Cells switch as in the method's program, whoever counts the rest.
OperationCost operation_cost(const LogicMethod& method, Arithmetic operation, LogicFormat format, CountedBy by,
                             ChargedInits charged,
                             CellInitialisation initialisation = CellInitialisation::Published);

}  // namespace ohmweave::logic

namespace ohmweave::config {

template <>
struct Words<logic::CountedBy> {
  static constexpr std::pair<std::string_view, logic::CountedBy> values[] = {
      {"program", logic::CountedBy::Program}, {"publication", logic::CountedBy::Publication}};
};

}  // namespace ohmweave::config
