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

/// body(first, vectors) of as many pieces as keep all threads at work, each of whole units of vectors.
template <class Body>
void for_each_piece(int64_t vectors, int64_t unit, int64_t most, const Body& body) {
  const auto up = [](int64_t n, int64_t of) { return (n + of - 1) / of; };
  const int64_t units = up(vectors, unit), threads = base::thread_count();
  const int64_t pieces = std::min(units, threads * up(up(units, threads), most / unit));
  base::parallel_for(pieces, [&](int64_t k) {
    const int64_t first = units * k / pieces * unit;
    body(first, std::min(units * (k + 1) / pieces * unit, vectors) - first);
  });
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
  const int64_t unit = vectors < IntegerTiles::kPanel * base::thread_count() ? 1 : IntegerTiles::kPanel;
  for_each_piece(vectors, unit, Kernel::kVectorsAtOnce, [&](int64_t first, int64_t n) {
    kernel_->multiply(inputs.data() + first * in, n, sums.data() + first * out);
  });
}

void IntegerProduct::multiply_lanes(const IntegerLanes& lanes, int64_t vectors, std::span<int64_t> sums) const {
  const int64_t out = shape_.groups * shape_.outputs;
  OHMWEAVE_CHECK(static_cast<int64_t>(sums.size()) == vectors * out, "sums do not fit the product");
  for_each_piece(vectors, IntegerTiles::kVectors, Kernel::kVectorsAtOnce, [&](int64_t first, int64_t n) {
    kernel_->multiply_lanes(lanes, first, n, sums.data() + first * out);
  });
}

}  // namespace ohmweave::tensor
