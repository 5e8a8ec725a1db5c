// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "ohmweave/tensor/floating_point.h"
#include "ohmweave/tensor/integer_product.h"

namespace ohmweave::tensor {

struct FloatingKernel;

/// Sums of products in floating-point arithmetic, one operation after the other: from `start` on (one number
/// per sum, groups * outputs; none: 0),
///
///     sum = round(sum + round(weight[k] * input[k]))   for k = 0, 1 ... rows - 1,
///
/// each operation rounded once to the format, to nearest, ties to even. weights: groups * outputs x rows,
/// inputs: vectors x groups*rows, all numbers of the format; sums: vectors x groups*outputs. A NaN is the quiet
/// one. Runs on the calling thread, with the same bits on every processor.
void sum_products(const FloatingPoint& format, const ProductShape& shape, std::span<const float> weights,
                  std::span<const float> start, std::span<const float> inputs, int64_t vectors,
                  std::span<float> sums);
/// The same by a certain kernel, for tests.
void sum_products(const FloatingKernel& kernel, const FloatingPoint& format, const ProductShape& shape,
                  std::span<const float> weights, std::span<const float> start, std::span<const float> inputs,
                  int64_t vectors, std::span<float> sums);

}  // namespace ohmweave::tensor
