// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/float_cells.h"

namespace ohmweave::logic::ieee {

// Floating-point arithmetic of IEEE 754 in one row, whole: nearest, ties to even; subnormal numbers,
// infinities, NaN and the sign of zero in and out. NaN that comes out is the positive quiet one without
// payload. NOT and NOR of two inputs, each cell initialised in a cycle of its own; operands keep their cells.

void add(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z);
void multiply(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z);
void divide(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z);

}  // namespace ohmweave::logic::ieee
