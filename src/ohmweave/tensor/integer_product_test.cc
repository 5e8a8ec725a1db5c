// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/integer_product.h"

#include <vector>

#include <gtest/gtest.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/tensor/integer_kernels.h"

namespace ohmweave::tensor {
namespace {

std::vector<int32_t> codes(base::RandomStream& random, int64_t n, const FixedPoint& f) {
  std::vector<int32_t> out(static_cast<size_t>(n));
  const auto span = static_cast<uint64_t>(f.most() - f.least()) + 1;
  for (int32_t& c : out) {
    const uint64_t pick = random.below(4);  // the ends of the range are where arithmetic breaks
    c = pick == 0 ? f.least() : pick == 1 ? f.most() : f.least() + static_cast<int32_t>(random.below(span));
  }
  return out;
}

std::vector<int64_t> reference(const ProductShape& s, const std::vector<int32_t>& weights,
                               const std::vector<int32_t>& inputs, int64_t vectors) {
  std::vector<int64_t> sums;
  for (int64_t v = 0; v < vectors; ++v) {
    for (int64_t g = 0; g < s.groups; ++g) {
      for (int64_t o = 0; o < s.outputs; ++o) {
        int64_t sum = 0;
        for (int64_t r = 0; r < s.rows; ++r) {
          sum += int64_t{inputs[static_cast<size_t>((v * s.groups + g) * s.rows + r)]} *
                 weights[static_cast<size_t>((g * s.outputs + o) * s.rows + r)];
        }
        sums.push_back(sum);
      }
    }
  }
  return sums;
}

FixedPoint any_format(base::RandomStream& random) {
  return {1 + static_cast<int>(random.below(16)), random.below(2) == 1};
}

TEST(IntegerProduct, EqualsTheSumOfProducts) {
  base::RandomStream random(1, 2, 3);
  for (int trial = 0; trial < 150; ++trial) {
    ProductShape shape{1 + static_cast<int64_t>(random.below(300)), 1 + static_cast<int64_t>(random.below(70)),
                       1 + static_cast<int64_t>(random.below(3))};
    FixedPoint input = any_format(random), weight = any_format(random);
    const int64_t vectors = 1 + static_cast<int64_t>(random.below(40));
    auto w = codes(random, shape.groups * shape.outputs * shape.rows, weight);
    auto x = codes(random, vectors * shape.groups * shape.rows, input);
    std::vector<int64_t> sums(static_cast<size_t>(vectors * shape.groups * shape.outputs), -1);
    IntegerProduct(shape, input, weight, w).multiply(x, vectors, sums);
    ASSERT_EQ(sums, reference(shape, w, x, vectors))
        << print(input) << " * " << print(weight) << " rows " << shape.rows << " outputs " << shape.outputs;
  }
}

// Digits of 7 bits, 8, and words, as processors without VNNI take them.
TEST(IntegerProduct, EveryWayOfCuttingIsExact) {
  base::RandomStream random(4, 5, 6);
  for (int bits = 1; bits <= 16; ++bits) {
    for (bool is_signed : {false, true}) {
      FixedPoint input{bits, is_signed}, weight{17 - bits, !is_signed};
      ProductShape shape{37, 9, 2};
      auto w = codes(random, shape.groups * shape.outputs * shape.rows, weight);
      auto x = codes(random, 5 * shape.groups * shape.rows, input);
      for (int digit : {0, 7}) {
        std::vector<int64_t> sums(5 * 18, -1);
        byte_kernel(shape, input, weight, w, digit)->multiply(x.data(), 5, sums.data());
        ASSERT_EQ(sums, reference(shape, w, x, 5))
            << print(input) << " * " << print(weight) << " digits of " << digit;
      }
      if (const auto words = word_kernel(shape, input, weight, w)) {
        std::vector<int64_t> sums(5 * 18, -1);
        words->multiply(x.data(), 5, sums.data());
        ASSERT_EQ(sums, reference(shape, w, x, 5)) << print(input) << " * " << print(weight) << " words";
      }
    }
  }
}

TEST(IntegerProduct, LongestColumnsDoNotOverflow) {
  ProductShape shape{70000, 2, 1};
  for (FixedPoint f : {FixedPoint{16, true}, FixedPoint{16, false}, FixedPoint{8, false}}) {
    for (bool least : {false, true}) {
      std::vector<int32_t> w(static_cast<size_t>(shape.rows * shape.outputs), least ? f.least() : f.most());
      std::vector<int32_t> x(static_cast<size_t>(shape.rows), f.most());
      std::vector<int64_t> sums(2);
      IntegerProduct(shape, f, f, w).multiply(x, 1, sums);
      ASSERT_EQ(sums, reference(shape, w, x, 1)) << print(f);
      byte_kernel(shape, f, f, w)->multiply(x.data(), 1, sums.data());
      ASSERT_EQ(sums, reference(shape, w, x, 1)) << print(f) << " bytes";
    }
  }
}

TEST(IntegerProduct, ThreadsAndBlocksChangeNothing) {
  base::RandomStream random(7, 8, 9);
  ProductShape shape{100, 30, 1};
  FixedPoint format{16, true};
  auto w = codes(random, shape.outputs * shape.rows, format);
  const int64_t vectors = 1500;
  auto x = codes(random, vectors * shape.rows, format);
  IntegerProduct product(shape, format, format, w);
  const int before = base::thread_count();
  std::vector<std::vector<int64_t>> results;
  for (int threads : {1, 2, 3}) {
    base::use_threads(threads);
    product.multiply(x, vectors, results.emplace_back(static_cast<size_t>(vectors * shape.outputs)));
  }
  // Called from a loop that is parallel already.
  base::use_threads(2);
  std::vector<int64_t> inside(results[0].size());
  base::parallel_for(3, [&](int64_t k) {
    product.multiply(
        std::span(x).subspan(static_cast<size_t>(k * 500 * shape.rows), static_cast<size_t>(500 * shape.rows)),
        500,
        std::span(inside).subspan(static_cast<size_t>(k * 500 * shape.outputs),
                                  static_cast<size_t>(500 * shape.outputs)));
  });
  base::use_threads(before);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
  EXPECT_EQ(results[0], inside);
  EXPECT_EQ(results[0], reference(shape, w, x, vectors));
}

}  // namespace
}  // namespace ohmweave::tensor
