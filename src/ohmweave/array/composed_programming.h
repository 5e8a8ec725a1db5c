// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "ohmweave/array/composed_crossbar.h"
#include "ohmweave/array/composed_plan.h"

namespace ohmweave::array {

/// The rows of one group that stand in one row of arrays.
struct ComposedRows {
  int64_t number = 0;  // among all rows of arrays of the product
  int64_t group = 0, first_row = 0, count = 0;
};

/// What the cells of such rows conduct when they are read, in steps of a cell: [0] of the crossbars for
/// positive weights, [1] for negative ones, slices x rows x outputs each. `variance` of one read; empty where
/// reads do not differ.
struct ProgrammedPairs {
  ComposedRows rows;
  std::array<std::vector<float>, 2> steps, variance;
};

/// A block of a product and the place of its first cell in its array: the rows nearest to the sense amplifiers
/// are used, and blocks that share an array stand along its diagonal.
struct ComposedBlock {
  Block block;
  int64_t first_row = 0, first_column = 0;
};
std::vector<ComposedBlock> place_blocks(const ComposedCrossbar& crossbar, const ComposedPlan& plan);

/// Programs the cells that hold the weights of such rows. `weights`: codes of the group, outputs x rows.
ProgrammedPairs program_pairs(const ComposedCrossbar& crossbar, const ComposedPlan& plan,
                              const ComposedRows& rows, std::span<const int32_t> weights, uint64_t seed,
                              uint64_t place);

/// Turns what cells conduct into what sense amplifiers are offered per digit of a row: every crossbar is a
/// circuit of its own, with cells of level 0 where no weight stands, and loses voltage as its transfer matrix
/// says. `pieces`: all rows of arrays of the product, by number.
void put_behind_wires(const ComposedCrossbar& crossbar, const ComposedPlan& plan, uint64_t seed, uint64_t place,
                      std::span<ProgrammedPairs> pieces);

}  // namespace ohmweave::array
