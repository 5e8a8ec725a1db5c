// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/stored_columns.h"

#include <numeric>

namespace ohmweave::array {
namespace {

/// Stores the complement if the encoding wants it; whether it did.
bool flip(const CrossbarPlan& plan, StoredColumn& column) {
  if (plan.encoding != Encoding::Flipped) return false;
  const auto rows = static_cast<int64_t>(column.levels.size());
  if (!flips(column.sum() * plan.digits.largest(), plan.any_column_at_most(rows))) return false;
  for (int32_t& level : column.levels) level = static_cast<int32_t>(plan.slices.largest()) - level;
  return true;
}

}  // namespace

int64_t StoredColumn::sum() const { return std::accumulate(levels.begin(), levels.end(), int64_t{0}); }

std::vector<StoredColumn> stored_columns(const CrossbarPlan& plan, const Block& block,
                                         std::span<const int32_t> weights) {
  const WeightSlices& slices = plan.slices;
  const auto rows = static_cast<size_t>(block.rows);
  std::vector<StoredColumn> out;
  StoredColumn unit{std::vector<int32_t>(rows, 1), {}, true};
  for (int64_t output = block.first_output; output < block.first_output + block.outputs; ++output) {
    const int64_t line = block.group * plan.shape.outputs + output;
    const int32_t* own = weights.data() + line * plan.shape.rows + block.first_row;
    int64_t multiple = -slices.bias;  // ISAAC merges the bias and all flipped columns into one subtraction
    for (int s = 0; s < slices.count; ++s) {
      for (int part = 0; part < slices.columns; ++part) {
        StoredColumn column{std::vector<int32_t>(rows), {}, false};
        slices.levels({own, rows}, s, part, column.levels);
        const bool flipped = flip(plan, column);
        column.targets.push_back({output, (part == 1) != flipped ? -slices.weight(s) : slices.weight(s)});
        if (flipped) multiple += slices.weight(s) * slices.largest();
        out.push_back(std::move(column));
      }
    }
    unit.targets.push_back({output, multiple});
  }
  if (plan.unit_column) out.push_back(std::move(unit));
  return out;
}

}  // namespace ohmweave::array
