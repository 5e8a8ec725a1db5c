// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/logic_rows_contents.h"

#include <algorithm>

#include "ohmweave/tensor/floating_sums.h"

namespace ohmweave::array {
namespace {

constexpr int64_t kBlock = 64;  // vectors whose parts are made together

/// round(a + b), into a.
void add_rounded(const tensor::FloatingPoint& format, std::span<float> a, std::span<const float> b) {
  constexpr float kOnes[] = {1, 1};
  std::vector<float> pairs(2 * a.size());
  for (size_t k = 0; k < a.size(); ++k) pairs[2 * k] = a[k], pairs[2 * k + 1] = b[k];
  tensor::sum_products(format, {2, 1, 1}, kOnes, {}, pairs, static_cast<int64_t>(a.size()), a);
}

}  // namespace

WholeRows::WholeRows(const LogicRowsPlan& plan, std::span<const int32_t> weights, Tally per_vector)
    : per_vector_(std::move(per_vector)), product_(plan.shape, plan.formats.input, weights) {}

void WholeRows::multiply(std::span<const int32_t> inputs, int64_t vectors, int64_t /*first*/,
                         std::span<int64_t> sums, Tally& tally) const {
  product_.multiply(inputs, vectors, sums);
  tally.add(per_vector_, vectors);
}

RealRows::RealRows(std::shared_ptr<const LogicRowsPlan> plan, std::span<const float> weights,
                   std::span<const float> start, Tally per_vector)
    : plan_(std::move(plan)), per_vector_(std::move(per_vector)), start_(start.begin(), start.end()) {
  const ProductShape& s = plan_->shape;
  for (int64_t first = 0; first < s.rows; first += plan_->taps_per_row) {
    Part part{{std::min(plan_->taps_per_row, s.rows - first), s.outputs, s.groups}, first, {}};
    for (int64_t sum = 0; sum < s.groups * s.outputs; ++sum) {
      const auto own =
          weights.subspan(static_cast<size_t>(sum * s.rows + first), static_cast<size_t>(part.shape.rows));
      part.weights.insert(part.weights.end(), own.begin(), own.end());
    }
    parts_.push_back(std::move(part));
  }
}

void RealRows::multiply(std::span<const float> inputs, int64_t vectors, std::span<float> sums,
                        Tally& tally) const {
  const ProductShape& s = plan_->shape;
  if (parts_.size() == 1) {
    tensor::sum_products(*plan_->formats.floating, s, parts_[0].weights, start_, inputs, vectors, sums);
  } else {
    const auto in = static_cast<size_t>(s.groups * s.rows), out = static_cast<size_t>(s.groups * s.outputs);
    for (int64_t done = 0; done < vectors; done += kBlock) {
      const auto at = static_cast<size_t>(done), count = static_cast<size_t>(std::min(kBlock, vectors - done));
      multiply_block(inputs.subspan(at * in, count * in), static_cast<int64_t>(count),
                     sums.subspan(at * out, count * out));
    }
  }
  tally.add(per_vector_, vectors);
}

/// Sums of parts, then pairs of them until one is left: 0 and 1, 2 and 3 ...; then 0 and 2 ...
void RealRows::multiply_block(std::span<const float> inputs, int64_t vectors, std::span<float> sums) const {
  const tensor::FloatingPoint& format = *plan_->formats.floating;
  const int64_t rows = plan_->shape.rows, groups = plan_->shape.groups;
  std::vector<std::vector<float>> made(parts_.size(), std::vector<float>(sums.size()));
  std::vector<float> own;
  for (size_t k = 0; k < parts_.size(); ++k) {
    const Part& part = parts_[k];
    own.resize(static_cast<size_t>(vectors * groups * part.shape.rows));
    for (int64_t line = 0; line < vectors * groups; ++line)
      std::copy_n(&inputs[static_cast<size_t>(line * rows + part.first)], part.shape.rows,
                  &own[static_cast<size_t>(line * part.shape.rows)]);
    const std::span<const float> start = k == 0 ? std::span<const float>(start_) : std::span<const float>();
    tensor::sum_products(format, part.shape, part.weights, start, own, vectors, made[k]);
  }
  for (size_t apart = 1; apart < made.size(); apart *= 2)
    for (size_t k = 0; k + apart < made.size(); k += 2 * apart) add_rounded(format, made[k], made[k + apart]);
  std::copy(made[0].begin(), made[0].end(), sums.begin());
}

}  // namespace ohmweave::array
