// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/tensor/integer_product.h"

namespace ohmweave::tensor {

/// One way of computing the products of one matrix; multiply() runs on the calling thread.
class IntegerProduct::Kernel {
 public:
  virtual ~Kernel() = default;
  /// How many vectors fit in the caches together.
  virtual int64_t vectors_at_once() const = 0;
  virtual void multiply(const int32_t* inputs, int64_t vectors, int64_t* sums) const = 0;
  /// The same of the vectors from `first` on, where takes_lanes().
  virtual bool takes_lanes() const { return false; }
  virtual void multiply_lanes(const IntegerLanes&, int64_t /*first*/, int64_t /*vectors*/,
                              int64_t* /*sums*/) const {}
};

/// Whether oneDNN multiplies full bytes exactly on this processor.
bool multiplies_full_bytes();

struct IntegerTiles;
/// Words of 16 bits or pairs of bytes, by one set of instructions; exact on every processor.
std::unique_ptr<const IntegerProduct::Kernel> panel_kernel(const IntegerTiles& tiles, const ProductShape& shape,
                                                           const FixedPoint& input,
                                                           std::span<const int32_t> weights);

/// Codes cut into bytes and multiplied by oneDNN. `input_digit_bits` of 0 chooses what is exact on this
/// processor.
std::unique_ptr<const IntegerProduct::Kernel> byte_kernel(const ProductShape& shape, const FixedPoint& input,
                                                          const FixedPoint& weight,
                                                          std::span<const int32_t> weights,
                                                          int input_digit_bits = 0);

}  // namespace ohmweave::tensor
