// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/method.h"
#include "ohmweave/logic/striped_row.h"

namespace ohmweave::logic {

// AritPIM's bit-parallel programs (striped_blocks.h). Numbers are places of a row; results are other places.

/// low, high = a * b, of numbers without sign: a carry-save adder in each partition, bits of b one by one.
void striped_multiply(StripedRow& row, int a, int b, int low, int high, const Lanes& lanes);
/// (high, low) / divisor, of numbers without sign: non-restoring, with sums and carries kept apart; the sign of
/// each remainder comes from a reduction of its carries.
void striped_divide(StripedRow& row, int high, int low, int divisor, int quotient, int remainder,
                    const Lanes& lanes);

/// Whole programs. Floating-point numbers stand sign first, then exponent, then mantissa, a bit in each
/// partition.
LogicProgram aritpim_parallel_whole(Arithmetic operation, int bits);
LogicProgram aritpim_parallel_sum(LogicFormat format, bool subtract);
LogicProgram aritpim_parallel_product(LogicFormat format);
LogicProgram aritpim_parallel_quotient(LogicFormat format);

}  // namespace ohmweave::logic
