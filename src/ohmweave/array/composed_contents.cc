// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/composed_contents.h"

#include <algorithm>

#include "ohmweave/base/parallel.h"

namespace ohmweave::array {

ComposedContents::ComposedContents(const ComposedCrossbar& crossbar, std::shared_ptr<const ComposedPlan> plan,
                                   std::span<const int32_t> weights)
    : plan_(std::move(plan)), weights_(weights.begin(), weights.end()) {
  count(crossbar);
  const int64_t rows = plan_->shape.rows, outputs = plan_->shape.groups * plan_->shape.outputs;
  for (int64_t o = 0; o < outputs; ++o) {
    int64_t sum = 0;
    for (int64_t r = 0; r < rows; ++r) sum += weights[static_cast<size_t>(o * rows + r)];
    constants_.push_back(-plan_->digits.offset * sum);
  }
}

/// What one vector takes, counted array by array and part by part: the plan says the same from totals.
void ComposedContents::count(const ComposedCrossbar& crossbar) {
  using circuit::Verb;
  const ComposingPeriphery& around = crossbar.periphery();
  const InputDigits& digits = plan_->digits;
  int64_t input_bits = 0, last_array = -1;
  for (const Block& b : plan_->blocks()) {
    for (int k = 0; k < digits.count; ++k) {
      input_bits += b.rows * digits.width;
      per_vector_[{around.dac.component.get(), Verb::Drive}] += b.rows;
      per_vector_[{&crossbar, Verb::Read}] += b.array != last_array ? 1 : 0;
      bool converts = false;
      for (const SumPart& part : plan_->parts) {
        if (part.digit != k || part.kept.count == 0) continue;
        converts = true;
        per_vector_[{around.sense_amplifier.component.get(), Verb::Convert}] += b.outputs * part.kept.count;
        per_vector_[{around.shift_add.component.get(), Verb::Add}] += b.outputs;
      }
      if (converts) per_vector_[{around.output_register.component.get(), Verb::Write}] += b.outputs;
    }
    last_array = b.array;
  }
  per_vector_[{around.input_register.component.get(), Verb::Read}] = (input_bits + 7) / 8;
}

void ComposedContents::multiply(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums,
                                Tally& tally) const {
  const ProductShape& shape = plan_->shape;
  const int64_t in = shape.groups * shape.rows, out = shape.groups * shape.outputs;
  base::parallel_for(vectors, [&](int64_t v) {
    std::copy(constants_.begin(), constants_.end(), sums.begin() + v * out);
    for (const Block& b : plan_->blocks()) {
      const int32_t* codes = inputs.data() + v * in + b.group * shape.rows + b.first_row;
      for (int64_t o = b.group * shape.outputs + b.first_output, n = 0; n < b.outputs; ++n, ++o) {
        const int32_t* w = weights_.data() + o * shape.rows + b.first_row;
        for (const SumPart& part : plan_->parts) {
          int64_t sum = 0;
          for (int64_t r = 0; r < b.rows; ++r)
            sum += plan_->digits.digit(codes[r], part.digit) * plan_->slices.difference(w[r], part.slice);
          if (plan_->digits.weight(part.digit) < 0) sum = -sum;
          sums[static_cast<size_t>(v * out + o)] += circuit::SenseAmplifier::convert(sum, part.kept)
                                                    << (part.left + plan_->result_place);
        }
      }
    }
  });
  for (const auto& [what, n] : per_vector_) tally[what] += n * vectors;
}

}  // namespace ohmweave::array
