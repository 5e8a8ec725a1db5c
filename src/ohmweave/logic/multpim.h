// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// Leitersdorf, Ronen, Kvatinsky, "MultPIM: Fast Stateful Multiplication for Processing-in-Memory", TCAS-II
/// 2022. The row is cut into `bits` partitions by bits - 1 transistors; partition p holds bit bits - 1 - p of
/// a, a full adder and the sums that pass through it. Bit k of b is sent to all partitions in ceil(log2 bits)
/// cycles, every other time inverted; carries stay where they are, sums move on by one partition. Cells are
/// initialised in bulk. Each leaves the whole product, 2 * bits wide.
///
/// Gates NOT and Min3; N ceil(log2 N) + 14 N + 3 cycles, 14 N - 7 cells.
LogicProgram multpim_product(int bits);
/// The same in fewer cells: N ceil(log2 N) + 23 N + 3 cycles, 10 N cells.
LogicProgram multpim_area_product(int bits);
/// Gates NOT and NOR only: N ceil(log2 N) + 26 N + 3 cycles, 12 N - 5 cells.
LogicProgram multpim_nor_product(int bits);

/// The ripple-carry adder of the same paper (footnote 6): 5 N + 1 cycles, 3 N + 5 cells, a row without
/// partitions.
LogicProgram multpim_sum(int bits);

}  // namespace ohmweave::logic
