// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ohmweave/mapping/logic/method.h"

namespace ohmweave::mapping {

/// Add, Sub, Mul, Div or Mac of whole numbers by the procedures of row_arithmetic.h, operands and results in
/// the lowest cells.
array::LogicProgram fixed_program(std::string name, Arithmetic operation, int bits);

}  // namespace ohmweave::mapping
