// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/method.h"
#include "ohmweave/logic/verification.h"

namespace ohmweave::logic::testing {

/// Expects the program of a method to compute what plain arithmetic does, in `rows` rows of random operands and
/// corners of its domain.
void expect_values(const LogicMethod& method, Arithmetic operation, LogicFormat format, int64_t rows);

/// The first result of a program in rows whose other cells all held 1 before: words of each row.
std::vector<uint64_t> results_in_used_rows(const LogicProgram& program, const LogicValues& operands);

}  // namespace ohmweave::logic::testing
