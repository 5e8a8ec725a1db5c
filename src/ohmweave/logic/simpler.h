// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "ohmweave/logic/nor_network.h"
#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// A NOR network as what happens in one row, gate by gate.
struct RowSchedule {
  LogicProgram program;  // initialises the cells of its first gates in a cycle of its own
  int64_t gates = 0;
  int64_t reinitialisations = 0;  // cycles that make cells free again
  int most_in_use = 0;            // cells at one time, with the inputs
  int least_cells = 0;            // that this order of gates needs

  /// As SIMPLER counts: cells are free when it starts.
  int64_t cycles() const { return gates + reinitialisations; }
};

/// Cells that are used up are initialised all at once, in one cycle, when no free cell is left (SIMPLER:
/// Ben-Hur et al., TCAD 39(10), 2020). Inputs stay in cells 0, 1, ...; names of operands are those of the
/// netlist's ports, and an output that is an input is the same cell. Throws base::Failure, which says the least
/// number that would do, if `cells` are too few.
RowSchedule schedule_row(const Netlist& netlist, const NorNetwork& network, int cells);

}  // namespace ohmweave::logic
