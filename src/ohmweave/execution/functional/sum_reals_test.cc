// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/sum_reals.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"

namespace ohmweave::execution {
namespace {

/// The definition, by the compiler's own conversions.
float real(int64_t sum, int fraction_bits, double factor, double bias) {
  return static_cast<float>(static_cast<double>(sum) * std::ldexp(1.0, -fraction_bits) * factor + bias);
}

/// Of any magnitude up to the largest.
int64_t random_sum(base::RandomStream& random) {
  constexpr int64_t kEnds[] = {0, -1, 1, std::numeric_limits<int64_t>::min(),
                               std::numeric_limits<int64_t>::max()};
  if (random.below(8) == 0) return kEnds[random.below(5)];
  return static_cast<int64_t>(random.next64()) >> random.below(64);
}

TEST(SumReals, AreTheSumsRoundedOnceToDoubleAndOnceToFloat) {
  base::RandomStream random(5, 6, 7);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const auto width = static_cast<int64_t>(1 + random.below(70)),
               count = static_cast<int64_t>(1 + random.below(70));
    const int fraction = static_cast<int>(random.below(9));
    std::vector<double> factors, biases;
    std::vector<int64_t> places, sums;
    for (int64_t k = 0; k < width; ++k) {
      factors.push_back(std::ldexp(random.uniform() - 0.25, static_cast<int>(random.below(20)) - 10));
      biases.push_back(random.below(4) == 0 ? -0.0 : static_cast<double>(static_cast<float>(random.uniform())));
      places.push_back((width - 1 - k) * (count + 3));
    }
    for (int64_t k = 0; k < width * count; ++k) sums.push_back(random_sum(random));
    std::vector<float> order(sums.size()), planes(static_cast<size_t>(width * (count + 3)), 7.0F);
    const SumReals reals(factors, biases);
    reals.in_order(sums.data(), count, fraction, SumReals::Keep(), order.data());
    reals.in_planes(sums.data(), count, fraction, places, SumReals::Keep(), planes.data());
    for (int64_t v = 0; v < count; ++v) {
      for (int64_t k = 0; k < width; ++k) {
        const auto at = static_cast<size_t>(v * width + k), column = static_cast<size_t>(k);
        const float expected = real(sums[at], fraction, factors[column], biases[column]);
        ASSERT_EQ(std::bit_cast<uint32_t>(order[at]), std::bit_cast<uint32_t>(expected)) << sums[at];
        ASSERT_EQ(std::bit_cast<uint32_t>(planes[static_cast<size_t>(places[column] + v)]),
                  std::bit_cast<uint32_t>(expected));
      }
    }
    for (int64_t k = 0; k < width; ++k)
      EXPECT_EQ(planes[static_cast<size_t>(places[static_cast<size_t>(k)] + count)], 7.0F);
  }
}

TEST(SumReals, AreCutToTheCodesThatQuantizingMakesOfThem) {
  base::RandomStream random(8, 9, 10);
  for (int repeat = 0; repeat < 200; ++repeat) {
    const auto width = static_cast<int64_t>(1 + random.below(300)),
               count = static_cast<int64_t>(1 + random.below(70));
    const tensor::FixedPoint format{static_cast<int>(2 + random.below(15)), random.below(2) == 0};
    const tensor::Quantization q{format,
                                 {std::ldexp(1.0F + static_cast<float>(random.uniform()), -3)},
                                 -1,
                                 {format.is_signed ? 0 : static_cast<int32_t>(random.below(3))}};
    std::vector<double> factors, biases;
    std::vector<int64_t> places, sums;
    for (int64_t k = 0; k < width; ++k) {
      factors.push_back(0.01 * (random.uniform() - 0.25));
      biases.push_back(static_cast<float>(random.uniform()));
      places.push_back((width - 1 - k) * count);
    }
    for (int64_t k = 0; k < width * count; ++k)
      sums.push_back(static_cast<int64_t>(random.next64()) >> (40 + random.below(20)));
    const SumReals reals(factors, biases);
    tensor::Tensor order(tensor::Element::Float32, {width * count}), planes = order;
    reals.in_order(sums.data(), count, 0, SumReals::Keep(), order.mutable_data<float>().data());
    reals.in_planes(sums.data(), count, 0, places, SumReals::Keep(), planes.mutable_data<float>().data());
    tensor::with_narrowest(format, [&](auto zero) {
      std::vector<decltype(zero)> codes(sums.size());
      const auto expect = [&](const tensor::Tensor& expected) {
        const tensor::Tensor quantized = tensor::quantize_narrowly(expected, q);
        const auto wanted = quantized.data<decltype(zero)>();
        EXPECT_TRUE(std::equal(codes.begin(), codes.end(), wanted.begin()));
      };
      reals.in_order(sums.data(), count, 0, tensor::Cut(q), codes.data());
      expect(order);
      reals.in_planes(sums.data(), count, 0, places, tensor::Cut(q), codes.data());
      expect(planes);
    });
  }
}

}  // namespace
}  // namespace ohmweave::execution
