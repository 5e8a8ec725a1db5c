// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "ohmweave/logic/costs.h"
#include "ohmweave/logic/initialisation.h"
#include "ohmweave/logic/method.h"
#include "ohmweave/logic/verification.h"

namespace ohmweave::logic {

/// What a program takes: cycles pass in all rows at once; everything else is of one row, on average over random
/// operands where it depends on them.
struct RowWork {
  int64_t cycles = 0;       // without searches
  int64_t init_cycles = 0;  // of these, cycles of initialisations alone
  int64_t searches = 0;
  double gates = 0;             // that draw energy
  double sets = 0, resets = 0;  // cells initialised to 1, to 0, as many as the technology charges
  double switches = 0;          // of all cells
  double hottest_switches = 0;  // of the cell that switches most
  int bitlines = 0;             // cells that the program works in, operands and results included

  /// One after the other, in the same cells.
  RowWork& operator+=(const RowWork& more);
  friend RowWork operator*(int64_t times, const RowWork& work);
  friend RowWork operator+(RowWork one, const RowWork& other) { return one += other; }

  units::Time time(const LogicCosts& costs) const;
  /// Of one row, its share of the searches of its array included.
  units::Energy energy(const LogicCosts& costs) const;
};

/// Switching is counted in rows of these operands, which ran the program with others before, so that their
/// cells are used; or with random ones.
RowWork row_work(const LogicProgram& program, ChargedInits charged, const LogicValues& before,
                 const LogicValues& operands);
RowWork row_work(const LogicProgram& program, ChargedInits charged);

/// Whose counts an operation costs.
enum class CountedBy {
  Program,      // the gates that compute it here
  Publication,  // the formulas that the method's paper prints
};
/// Why a method cannot do an operation, initialise its cells so, or be counted by this; "" if it can.
std::string refuse_work(const LogicMethod& method, Arithmetic operation, LogicFormat format, CountedBy by,
                        CellInitialisation initialisation);
/// The work of a method's operation; known after the first time. What is refused is a base::Failure. Cells
/// switch as in the method's program, whoever counts the rest.
RowWork operation_work(const LogicMethod& method, Arithmetic operation, LogicFormat format, CountedBy by,
                       ChargedInits charged, CellInitialisation initialisation = CellInitialisation::Published);

}  // namespace ohmweave::logic

namespace ohmweave::config {

template <>
struct Words<logic::CountedBy> {
  static constexpr std::pair<std::string_view, logic::CountedBy> values[] = {
      {"program", logic::CountedBy::Program}, {"publication", logic::CountedBy::Publication}};
};

}  // namespace ohmweave::config
