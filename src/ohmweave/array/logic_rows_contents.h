// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "ohmweave/array/logic_rows.h"
#include "ohmweave/tensor/integer_product.h"

namespace ohmweave::array {

/// Weights of whole numbers in rows: sums are exact.
class WholeRows : public Contents {
 public:
  WholeRows(const LogicRowsPlan& plan, std::span<const int32_t> weights, Tally per_vector);
  using Contents::multiply;
  void multiply(std::span<const int32_t> inputs, int64_t vectors, int64_t first, std::span<int64_t> sums,
                Tally& tally) const override;

 private:
  Tally per_vector_;
  tensor::IntegerProduct product_;
};

/// Floating-point weights in rows.
class RealRows : public RealContents {
 public:
  RealRows(std::shared_ptr<const LogicRowsPlan> plan, std::span<const float> weights,
           std::span<const float> start, Tally per_vector);
  void multiply(std::span<const float> inputs, int64_t vectors, std::span<float> sums,
                Tally& tally) const override;

 private:
  /// The taps [first, first + shape.rows) of every sum.
  struct Part {
    tensor::ProductShape shape;
    int64_t first = 0;
    std::vector<float> weights;
  };
  void multiply_block(std::span<const float> inputs, int64_t vectors, std::span<float> sums) const;

  std::shared_ptr<const LogicRowsPlan> plan_;
  Tally per_vector_;
  std::vector<Part> parts_;
  std::vector<float> start_;
};

}  // namespace ohmweave::array
