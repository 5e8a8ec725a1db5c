// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/array/stacked_rows.h"
#include "ohmweave/tensor/integer_product.h"

namespace ohmweave::array {

/// Weights of +1 and -1 beside the inputs of rows. What gates compute is whole numbers, so it is computed as
/// such; tests run the gates.
class StackedRowsContents : public Contents {
 public:
  StackedRowsContents(const StackedRows& rows, std::shared_ptr<const StackedRowsPlan> plan,
                      std::span<const int32_t> weights);
  using Contents::multiply;
  void multiply(std::span<const int32_t> inputs, int64_t vectors, int64_t first, std::span<int64_t> sums,
                Tally& tally) const override;

 private:
  void drop_least(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums) const;

  std::shared_ptr<const StackedRowsPlan> plan_;
  tensor::IntegerProduct product_;
  std::vector<int32_t> weights_;  // of a scheme that multiplies inputs with sign; else none
  Tally per_vector_;
};

}  // namespace ohmweave::array
