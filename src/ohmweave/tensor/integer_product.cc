// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/integer_product.h"

#include <algorithm>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/tensor/integer_panels.h"

namespace ohmweave::tensor {
namespace {

const IntegerTiles& choose_tiles(const ProductShape& shape) {
  const auto all = integer_tiles();
  return **std::find_if(all.begin(), all.end() - 1,
                        [&](const IntegerTiles* t) { return shape.rows * shape.outputs >= t->least_products; });
}

}  // namespace

IntegerProduct::IntegerProduct(const ProductShape& shape, const FixedPoint& input,
                               std::span<const int32_t> weights)
    : shape_(shape) {
  OHMWEAVE_CHECK(static_cast<int64_t>(weights.size()) == shape.groups * shape.outputs * shape.rows,
                 "the weights do not have the shape of the product");
  kernel_ = std::make_unique<Kernel>(choose_tiles(shape), shape, input, weights);
}
IntegerProduct::IntegerProduct(IntegerProduct&&) noexcept = default;
IntegerProduct& IntegerProduct::operator=(IntegerProduct&&) noexcept = default;
IntegerProduct::~IntegerProduct() = default;

void IntegerProduct::multiply(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums) const {
  const int64_t in = shape_.groups * shape_.rows, out = shape_.groups * shape_.outputs;
  OHMWEAVE_CHECK(static_cast<int64_t>(inputs.size()) == vectors * in, "inputs do not fit the product");
  OHMWEAVE_CHECK(static_cast<int64_t>(sums.size()) == vectors * out, "sums do not fit the product");
  const int64_t share = (vectors + base::thread_count() - 1) / base::thread_count();
  const int64_t block = std::clamp(share, int64_t{1}, Kernel::kVectorsAtOnce);
  base::parallel_for((vectors + block - 1) / block, [&](int64_t b) {
    const int64_t first = b * block, n = std::min(block, vectors - first);
    kernel_->multiply(inputs.data() + first * in, n, sums.data() + first * out);
  });
}

void IntegerProduct::multiply_lanes(const IntegerLanes& lanes, int64_t vectors, std::span<int64_t> sums) const {
  const int64_t out = shape_.groups * shape_.outputs, block = Kernel::kVectorsAtOnce;
  OHMWEAVE_CHECK(static_cast<int64_t>(sums.size()) == vectors * out, "sums do not fit the product");
  base::parallel_for((vectors + block - 1) / block, [&](int64_t b) {
    const int64_t first = b * block;
    kernel_->multiply_lanes(lanes, first, std::min(block, vectors - first), sums.data() + first * out);
  });
}

}  // namespace ohmweave::tensor
