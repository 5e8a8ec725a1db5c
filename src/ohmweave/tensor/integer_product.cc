// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/integer_product.h"

#include <algorithm>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/tensor/integer_kernels.h"
#include "ohmweave/tensor/integer_tiles.h"

namespace ohmweave::tensor {
namespace {

/// Below this many products per vector and group, oneDNN takes longer to start than they take.
constexpr int64_t kFewProducts = 64;

std::unique_ptr<const IntegerProduct::Kernel> choose_kernel(const ProductShape& shape, const FixedPoint& input,
                                                            const FixedPoint& weight,
                                                            std::span<const int32_t> weights) {
  if (!multiplies_full_bytes() || shape.rows * shape.outputs <= kFewProducts)
    return panel_kernel(*integer_tiles().front(), shape, input, weights);
  return byte_kernel(shape, input, weight, weights);
}

}  // namespace

IntegerProduct::IntegerProduct(const ProductShape& shape, const FixedPoint& input, const FixedPoint& weight,
                               std::span<const int32_t> weights)
    : shape_(shape) {
  OHMWEAVE_CHECK(static_cast<int64_t>(weights.size()) == shape.groups * shape.outputs * shape.rows,
                 "the weights do not have the shape of the product");
  kernel_ = choose_kernel(shape, input, weight, weights);
}
IntegerProduct::IntegerProduct(IntegerProduct&&) noexcept = default;
IntegerProduct& IntegerProduct::operator=(IntegerProduct&&) noexcept = default;
IntegerProduct::~IntegerProduct() = default;

void IntegerProduct::multiply(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums) const {
  const int64_t in = shape_.groups * shape_.rows, out = shape_.groups * shape_.outputs;
  OHMWEAVE_CHECK(static_cast<int64_t>(inputs.size()) == vectors * in, "inputs do not fit the product");
  OHMWEAVE_CHECK(static_cast<int64_t>(sums.size()) == vectors * out, "sums do not fit the product");
  const int64_t share = (vectors + base::thread_count() - 1) / base::thread_count();
  const int64_t block = std::clamp(share, int64_t{1}, kernel_->vectors_at_once());
  base::parallel_for((vectors + block - 1) / block, [&](int64_t b) {
    const int64_t first = b * block, n = std::min(block, vectors - first);
    kernel_->multiply(inputs.data() + first * in, n, sums.data() + first * out);
  });
}

bool IntegerProduct::takes_lanes() const { return kernel_->takes_lanes(); }

void IntegerProduct::multiply_lanes(const IntegerLanes& lanes, int64_t vectors, std::span<int64_t> sums) const {
  const int64_t out = shape_.groups * shape_.outputs, block = kernel_->vectors_at_once();
  OHMWEAVE_CHECK(takes_lanes(), "a product was given lanes that it does not take");
  OHMWEAVE_CHECK(static_cast<int64_t>(sums.size()) == vectors * out, "sums do not fit the product");
  base::parallel_for((vectors + block - 1) / block, [&](int64_t b) {
    const int64_t first = b * block;
    kernel_->multiply_lanes(lanes, first, std::min(block, vectors - first), sums.data() + first * out);
  });
}

}  // namespace ohmweave::tensor
