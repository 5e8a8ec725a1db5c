// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ohmweave/config/value.h"
#include "ohmweave/logic/method.h"

namespace ohmweave::logic {

/// The same gates in the same order for arrays that initialise any cells of a row in one cycle (bulk
/// initialisation: Talati et al., TNANO 2016), in a row of `cells` cells: each value gets a cell that is still
/// in its initial state, and when there is none left, all cells whose values nobody needs any more are
/// initialised together (as SIMPLER does, TCAD 2020). Operands keep their cells, results may get others.
/// `program` is one of whole rows, of NOT, NOR, NAND and MIN3, in which every cell is initialised before gates
/// write it; `cells` is at least what it uses.
LogicProgram initialised_in_bulk(const LogicProgram& program, int cells);

/// How the cells of a method's programs are initialised.
enum class CellInitialisation {
  Published,  // as the method does it
  Bulk,       // many in one cycle, in as many cells as the program has
};
/// Why the cells of a program cannot be initialised in bulk; "" if they can.
std::string refuse_bulk(const LogicProgram& program);
/// The program of a method. Throws base::Failure if its cells cannot be initialised in bulk.
LogicProgram build(const LogicMethod& method, Arithmetic operation, LogicFormat format,
                   CellInitialisation initialisation);

}  // namespace ohmweave::logic

template <>
struct ohmweave::config::Words<ohmweave::logic::CellInitialisation> {
  using enum ohmweave::logic::CellInitialisation;
  static constexpr std::pair<std::string_view, ohmweave::logic::CellInitialisation> values[] = {
      {"published", Published}, {"bulk", Bulk}};
};
