// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "ohmweave/array/stacked_rows.h"

namespace ohmweave::array::testing {

/// The sums of a product as gates make them, bit by bit: a row for each part of each sum, whose parts are added
/// at the end. Operands and result as of Contents::multiply().
std::vector<int64_t> sums_of_gates(const StackedRows& array, const StackedRowsPlan& plan,
                                   std::span<const int32_t> inputs, std::span<const int32_t> weights,
                                   int64_t vectors);

}  // namespace ohmweave::array::testing
