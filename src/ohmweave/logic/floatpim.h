// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ohmweave/logic/method.h"
#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// The arithmetic of FloatPIM (Imani, Gupta, Kim, Rosing, ISCA 2019, section 6) with its own conventions: NOT
/// and NOR of up to 3 inputs, one initialisation for each full adder, whose 12 cells of scratch serve all bits,
/// and rows selected by searches. It computes with normal numbers, whose hidden bits are 1, and drops the bits
/// that do not fit; zeros, subnormals, infinities, NaN and results beyond the exponents are not treated.
///
/// The sum of two numbers of the same sign (the paper describes no other).
LogicProgram floatpim_sum(LogicFormat format);
/// The product. The paper multiplies Nm bits into Nm and stops there; a product of floating-point numbers needs
/// the hidden bits, the upper half, its normalisation and the bias, and these are here.
LogicProgram floatpim_product(LogicFormat format);
/// Whole numbers: the sum modulo 2^N in 13 N + 1 cycles with those 12 cells of scratch.
LogicProgram floatpim_whole_sum(int bits);

/// Whether dropped bits make no difference to the nearest number, for operands that it treats.
bool floatpim_accepts(Arithmetic operation, LogicFormat format, uint64_t a, uint64_t b);

/// What the paper's formulas count for an operation in all rows.
struct FloatPimFormula {
  int64_t nor_cycles = 0, search_cycles = 0;                                  // T_Mul, T_Add
  int64_t nor_energies = 0, search_energies = 0, resets = 0, set_resets = 0;  // E_Mul, E_Add
};
FloatPimFormula floatpim_formula(Arithmetic operation, LogicFormat format);

}  // namespace ohmweave::logic
