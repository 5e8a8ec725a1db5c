// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/cycle_builder.h"
#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// The multiplier of Haj-Ali, Ben-Hur, Wald, Kvatinsky, "Efficient Algorithms for In-Memory Fixed Point
/// Multiplication Using MAGIC", ISCAS 2018: row after row of partial products is added to a running sum by full
/// adders of 12 NOT and NOR, and cells are initialised in bulk. The paper prints its counts and not every
/// cell; this layout has exactly its 13 N^2 - 14 N + 6 cycles and 20 N - 5 cells. The whole product, 2 * bits
/// wide.
LogicProgram hajali_product(int bits);

/// Its variant that keeps the low `bits` bits, with 16 N - 19 cells besides operands and result. It takes
/// 6.5 N^2 - 7.5 N + 5 cycles; the 6.5 N^2 - 7.5 N - 2 that FloatPIM counts with leaves out the addition of the
/// last row, one half adder of 7 cycles: without it the highest bit is wrong.
LogicProgram hajali_low_product(int bits);
/// The cycles by the printed formula.
int64_t hajali_low_formula(int bits);

/// The same into a row that has operands of N cells each: `result` takes the low result.size() bits of the
/// product, N or 2 N, and is initialised here.
void multiply_rows(CycleBuilder& row, const Word& a, const Word& b, const Word& result);

}  // namespace ohmweave::logic
