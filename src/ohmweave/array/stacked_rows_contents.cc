// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/stacked_rows_contents.h"

namespace ohmweave::array {

StackedRowsContents::StackedRowsContents(const StackedRows& rows, std::shared_ptr<const StackedRowsPlan> plan,
                                         std::span<const int32_t> weights)
    : plan_(std::move(plan)), product_(plan_->shape, plan_->formats.input, weights) {
  if (rows.scheme().product == logic::WindowProduct::Multiply && plan_->formats.input.is_signed)
    weights_.assign(weights.begin(), weights.end());
  for (const Use& use : plan_->uses) per_vector_[{use.on, use.verb}] += use.count;
}

void StackedRowsContents::multiply(std::span<const int32_t> inputs, int64_t vectors, int64_t /*first*/,
                                   std::span<int64_t> sums, Tally& tally) const {
  product_.multiply(inputs, vectors, sums);
  if (!weights_.empty()) drop_least(inputs, vectors, sums);
  for (const auto& [what, n] : per_vector_) tally[what] += n * vectors;
}

/// The original's product of the least number and -1 is the least number again (logic::window_program).
void StackedRowsContents::drop_least(std::span<const int32_t> inputs, int64_t vectors,
                                     std::span<int64_t> sums) const {
  const ProductShape& s = plan_->shape;
  const int32_t least = plan_->formats.input.least();
  for (int64_t k = 0; k < vectors * s.groups * s.rows; ++k) {
    if (inputs[static_cast<size_t>(k)] != least) continue;
    const int64_t row = k % s.rows, group = k / s.rows % s.groups, vector = k / (s.rows * s.groups);
    for (int64_t output = group * s.outputs; output < (group + 1) * s.outputs; ++output)
      if (weights_[static_cast<size_t>(output * s.rows + row)] < 0)
        sums[static_cast<size_t>(vector * s.groups * s.outputs + output)] += 2 * int64_t{least};
  }
}

}  // namespace ohmweave::array
