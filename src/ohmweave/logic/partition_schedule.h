// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ohmweave/logic/nor_network.h"
#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// A NOR network in a row that transistors cut into partitions of equal width.
struct PartitionSchedule {
  LogicProgram program;  // initialises the cells of its first gates in a cycle of its own
  int64_t cycles = 0;    // of gates and of initialisations after the first
  int64_t reinitialisations = 0;
  int64_t across = 0;  // gates whose cells stand in more than one partition
};

/// List scheduling: of the gates whose inputs are there, those with the longest way to an output go first, as
/// many in one cycle as stand in separate runs of partitions. Bits of inputs are spread over the partitions by
/// their place in their number; the result of a gate goes where its readers' other inputs are, as far as that
/// is on the gate's way. When a gate finds no cell, all cells whose values are spent are initialised in one
/// cycle. Throws base::Failure, with a number that would do, if `cells` are too few.
PartitionSchedule schedule_partitions(const Netlist& netlist, const NorNetwork& network, int cells,
                                      int partitions);

}  // namespace ohmweave::logic
