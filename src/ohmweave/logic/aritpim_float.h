// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/float_cells.h"

namespace ohmweave::logic::aritpim {

// AritPIM's bit-serial floating-point algorithms (Leitersdorf et al., IEEE TETC 2023), without branches.
// Numbers are 0 or normal, in and out; results are rounded to nearest, ties to even, and 0 has no sign.

/// z = x + y of numbers without sign; the cells of signs are not used.
void add_unsigned(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z);
void add_signed(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z);
void multiply_float(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z);
void divide_float(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z);

}  // namespace ohmweave::logic::aritpim
