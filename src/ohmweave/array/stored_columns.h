// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ohmweave/array/crossbar_plan.h"

namespace ohmweave::array {

/// One column of a block of weights as its encoding wants it stored, and what a unit of its sum counts.
struct StoredColumn {
  struct Target {
    int64_t output = 0;  // of the group
    int64_t coefficient = 0;
  };
  std::vector<int32_t> levels;  // one per row
  std::vector<Target> targets;  // one; of a unit column, all outputs of the block
  bool is_unit = false;

  int64_t sum() const;  // of its levels
};

/// The columns of a block in their order: those of an output beside each other, the unit column last. Without a
/// unit column, the multiples of the sum of the inputs that take off what encoding added are counted elsewhere.
std::vector<StoredColumn> stored_columns(const CrossbarPlan& plan, const Block& block,
                                         std::span<const int32_t> weights);

}  // namespace ohmweave::array
