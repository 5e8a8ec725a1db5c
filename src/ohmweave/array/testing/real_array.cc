// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/testing/real_array.h"

#include <algorithm>

#include "ohmweave/base/check.h"
#include "ohmweave/tensor/floating_sums.h"

namespace ohmweave::array::testing {
namespace {

class IdealContents : public RealContents {
 public:
  IdealContents(std::shared_ptr<const Plan> plan, std::span<const float> weights, std::span<const float> start)
      : plan_(std::move(plan)), weights_(weights.begin(), weights.end()), start_(start.begin(), start.end()) {}

  void multiply(std::span<const float> inputs, int64_t vectors, std::span<float> sums,
                Tally& tally) const override {
    tensor::sum_products(*plan_->formats.floating, plan_->shape, weights_, start_, inputs, vectors, sums);
    for (const Use& use : plan_->uses) tally[{use.on, use.verb}] += use.count * vectors;
  }

 private:
  std::shared_ptr<const Plan> plan_;
  std::vector<float> weights_, start_;
};

}  // namespace

std::shared_ptr<const Plan> RealArray::plan(const ProductShape& shape, const ProductFormats& formats,
                                            const SeenSums*) const {
  constexpr Picoseconds kCycle = 100'000;
  auto p = std::make_shared<Plan>();
  p->shape = shape;
  p->formats = formats;
  p->row_tiles = (shape.rows + rows_ - 1) / rows_;
  p->column_tiles = (shape.outputs + columns_ - 1) / columns_;
  p->arrays = p->row_tiles * p->column_tiles * shape.groups;
  p->rows_used = std::min(shape.rows, rows_);
  p->columns_used = std::min(shape.outputs, columns_);
  p->cells_used = shape.rows * shape.outputs * shape.groups;
  p->interval = p->latency = kCycle;
  p->uses.push_back({component_.get(), circuit::Verb::Read, 0, kCycle, p->cells_used});
  return p;
}

std::unique_ptr<Contents> RealArray::program(std::shared_ptr<const Plan>, std::span<const int32_t>, uint64_t,
                                             uint64_t) const {
  base::broken_invariant(__FILE__, __LINE__, "program",
                         "arrays of floating-point numbers were given whole ones");
}

std::unique_ptr<RealContents> RealArray::program_reals(std::shared_ptr<const Plan> plan,
                                                       std::span<const float> weights,
                                                       std::span<const float> start) const {
  OHMWEAVE_CHECK(plan->formats.floating.has_value(), "a plan of whole numbers");
  return std::make_unique<IdealContents>(std::move(plan), weights, start);
}

}  // namespace ohmweave::array::testing
