// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ohmweave/logic/method.h"

namespace ohmweave::logic {

/// Numbers of many rows, by operand (or result) of a program: row after row, each of as many 64-bit words as it
/// takes.
using LogicValues = std::vector<std::vector<uint64_t>>;

/// Operands at random that lie in the method's domain. Half of them are uniform patterns; the others meet
/// corners: zeros, subnormal numbers, infinities, NaN, ties, operands that nearly cancel, words of few bits.
LogicValues random_operands(const LogicMethod& method, Arithmetic operation, LogicFormat format,
                            const LogicProgram& program, int64_t rows, uint64_t seed);

/// Runs the program on the operands in an array of as many rows.
LogicValues run_rows(const LogicProgram& program, const LogicValues& operands);

struct LogicVerification {
  int64_t verified = 0;          // rows in the method's domain
  int64_t wrong = 0;             // of them
  std::optional<int64_t> first;  // row that is wrong
};
/// Compares results with plain arithmetic (reference.h), bit by bit.
LogicVerification verify(const LogicMethod& method, Arithmetic operation, LogicFormat format,
                         const LogicProgram& program, const LogicValues& operands, const LogicValues& results);

}  // namespace ohmweave::logic
