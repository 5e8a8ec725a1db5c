// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ohmweave/base/parallel.h"
#include "ohmweave/tensor/fixed_point.h"

namespace ohmweave::tensor {

/// `groups` matrices side by side: group g maps its own `rows` inputs to its own `outputs` sums.
struct ProductShape {
  int64_t rows = 0;
  int64_t outputs = 0;
  int64_t groups = 1;
  bool operator==(const ProductShape&) const = default;
};

/// Bytes of input codes as [row][64 vectors]: `rows` rows from `first_row` on (of groups*rows) of the vectors
/// from `first` on, one per lane; lanes that no vector stands in have anything. `low` takes bits 0..7 of the
/// codes in two's complement, `high` (null for inputs of up to 8 bits) the next eight. Up to 64 bytes behind
/// the last row may be written. Any thread may ask.
using IntegerLanes =
    base::FunctionRef<void(int64_t first, int64_t first_row, int64_t rows, uint8_t* low, uint8_t* high)>;

/// Exact products of whole numbers with a matrix that stays, put together in 64 bits. The same result on every
/// processor and for any number of threads.
class IntegerProduct {
 public:
  /// `weights`: groups * outputs x rows codes of one format.
  IntegerProduct(const ProductShape& shape, const FixedPoint& input, std::span<const int32_t> weights);
  IntegerProduct(IntegerProduct&&) noexcept;
  IntegerProduct& operator=(IntegerProduct&&) noexcept;
  ~IntegerProduct();

  /// sums[v, g * outputs + o] = sum over r of inputs[v, g * rows + r] * weights[g * outputs + o, r]. Inputs are
  /// codes of the input format. Works on blocks of vectors, on all threads.
  void multiply(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums) const;

  /// The same of inputs that are made as lanes, which costs less than making vectors of windows.
  void multiply_lanes(const IntegerLanes& lanes, int64_t vectors, std::span<int64_t> sums) const;

  /// What multiply() needs to know: integer_panels.h.
  class Kernel;

 private:
  ProductShape shape_;
  std::unique_ptr<const Kernel> kernel_;
};

}  // namespace ohmweave::tensor
