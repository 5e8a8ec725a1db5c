// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ohmweave/tensor/fixed_point.h"

namespace ohmweave::tensor {

/// `groups` matrices side by side: group g maps its own `rows` inputs to its own `outputs` sums.
struct ProductShape {
  int64_t rows = 0;
  int64_t outputs = 0;
  int64_t groups = 1;
  bool operator==(const ProductShape&) const = default;
};

/// Exact products of whole numbers with a matrix that stays, put together in 64 bits: of bytes by oneDNN where
/// the processor multiplies them exactly (VNNI), else by kernels of ours. The same result on every processor
/// and for any number of threads.
class IntegerProduct {
 public:
  /// `weights`: groups * outputs x rows codes of the format.
  IntegerProduct(const ProductShape& shape, const FixedPoint& input, const FixedPoint& weight,
                 std::span<const int32_t> weights);
  IntegerProduct(IntegerProduct&&) noexcept;
  IntegerProduct& operator=(IntegerProduct&&) noexcept;
  ~IntegerProduct();

  /// sums[v, g * outputs + o] = sum over r of inputs[v, g * rows + r] * weights[g * outputs + o, r]. Inputs are
  /// codes of the input format. Works on blocks of vectors, on all threads.
  void multiply(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums) const;

  /// What multiply() needs to know; defined by its implementations.
  class Kernel;

 private:
  ProductShape shape_;
  std::unique_ptr<const Kernel> kernel_;
};

}  // namespace ohmweave::tensor
