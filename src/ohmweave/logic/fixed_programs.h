// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ohmweave/logic/method.h"
#include "ohmweave/logic/row_arithmetic.h"

namespace ohmweave::logic {

/// Add, Sub, Mul, Div or Mac of whole numbers by the procedures of row_arithmetic.h, operands and results in
/// the lowest cells. Trimmed, products and quotients are.
LogicProgram fixed_program(std::string name, Arithmetic operation, int bits, KnownBits known);

}  // namespace ohmweave::logic
