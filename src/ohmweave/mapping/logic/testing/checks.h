// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/mapping/logic/method.h"

namespace ohmweave::mapping::testing {

/// Expects the program of a method to compute what plain arithmetic does, in `rows` rows of random operands and
/// corners of its domain.
void expect_values(const LogicMethod& method, Arithmetic operation, LogicFormat format, int64_t rows);

}  // namespace ohmweave::mapping::testing
