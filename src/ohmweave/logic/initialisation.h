// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// The same gates in the same order for arrays that initialise any cells of a row in one cycle (bulk
/// initialisation: Talati et al., TNANO 2016), in a row of `cells` cells: each value gets a cell that is still
/// in its initial state, and when there is none left, all cells whose values nobody needs any more are
/// initialised together (as SIMPLER does, TCAD 2020). Operands keep their cells, results may get others.
/// `program` is one of whole rows, of NOT, NOR, NAND and MIN3, in which every cell is initialised before gates
/// write it; `cells` is at least what it uses.
LogicProgram initialised_in_bulk(const LogicProgram& program, int cells);

}  // namespace ohmweave::logic
