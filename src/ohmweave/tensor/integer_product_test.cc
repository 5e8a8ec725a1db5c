// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/integer_product.h"

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/tensor/integer_panel_weights.h"
#include "ohmweave/tensor/integer_panels.h"

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
    IntegerProduct(shape, input, w).multiply(x, vectors, sums);
    ASSERT_EQ(sums, reference(shape, w, x, vectors))
        << print(input) << " * " << print(weight) << " rows " << shape.rows << " outputs " << shape.outputs;
  }
}

/// Vectors as bytes, with anything where there are none.
struct IntegerTestLanes {
  const std::vector<int32_t>& inputs;
  int64_t rows, vectors;

  void operator()(int64_t first, int64_t first_row, int64_t count, uint8_t* low, uint8_t* high) const {
    std::fill_n(low, 64 * (count + 1), 0xa5);
    if (high != nullptr) std::fill_n(high, 64 * (count + 1), 0x5a);
    for (int64_t row = 0; row < count; ++row) {
      for (int64_t v = 0; v < 64 && first + v < vectors; ++v) {
        const int32_t code = inputs[static_cast<size_t>((first + v) * rows + first_row + row)];
        low[64 * row + v] = static_cast<uint8_t>(code & 255);
        if (high != nullptr) high[64 * row + v] = static_cast<uint8_t>(code >> 8 & 255);
      }
    }
  }
};

/// By all sets of instructions, of vectors and of lanes.
void expect_exact(const ProductShape& shape, const FixedPoint& input, const FixedPoint& weight,
                  const std::vector<int32_t>& w, const std::vector<int32_t>& x, int64_t vectors) {
  const std::vector<int64_t> expected = reference(shape, w, x, vectors);
  std::vector<int64_t> sums(expected.size(), -1);
  const auto check = [&](const std::string& name, auto multiply) {
    std::fill(sums.begin(), sums.end(), -1);
    multiply();
    ASSERT_EQ(sums, expected) << print(input) << " * " << print(weight) << " " << name << ", rows "
                              << shape.rows << " outputs " << shape.outputs << " groups " << shape.groups
                              << " vectors " << vectors;
  };
  const IntegerTestLanes lanes{x, shape.groups * shape.rows, vectors};
  for (const IntegerTiles* tiles : integer_tiles()) {
    const IntegerProduct::Kernel kernel(*tiles, shape, input, w);
    check(tiles->name, [&] { kernel.multiply(x.data(), vectors, sums.data()); });
    check(tiles->name + std::string(" lanes"),
          [&] { kernel.multiply_lanes(IntegerLanes(lanes), 0, vectors, sums.data()); });
  }
}
TEST(IntegerProduct, EveryKernelIsExactForEveryFormat) {
  base::RandomStream random(4, 5, 6);
  for (int bits = 1; bits <= 16; ++bits) {
    for (bool is_signed : {false, true}) {
      for (int other : {17 - bits, 8, 16}) {
        const FixedPoint input{bits, is_signed}, weight{other, !is_signed};
        const ProductShape shape{37, 9, 2};
        const auto w = codes(random, shape.groups * shape.outputs * shape.rows, weight),
                   x = codes(random, 5 * shape.groups * shape.rows, input);
        expect_exact(shape, input, weight, w, x, 5);
      }
    }
  }
}

TEST(IntegerProduct, EveryKernelIsExactForEveryShape) {
  base::RandomStream random(14, 15, 16);
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(random.below(n)); };
  for (int trial = 0; trial < 300; ++trial) {
    // Inputs are packed by 512 or 1,024 rows, few of them together, vectors by 8, 16 and 64, outputs by 6, 8
    // and 16, groups by as many as fill a strip.
    const ProductShape shape{1 + below(trial % 10 == 0 ? 2500 : 40), 1 + below(trial % 3 == 0 ? 2 : 20),
                             1 + below(trial % 3 == 0 ? 24 : 4)};
    const int64_t vectors = 1 + below(trial % 7 == 0 ? 200 : 64);
    const FixedPoint input = any_format(random), weight = any_format(random);
    expect_exact(shape, input, weight, codes(random, shape.groups * shape.outputs * shape.rows, weight),
                 codes(random, vectors * shape.groups * shape.rows, input), vectors);
  }
}

// Weights of a network are small but for a few.
TEST(IntegerProduct, BytesAreExactWherePairsOfWeightsDoNotFit) {
  base::RandomStream random(24, 25, 26);
  const ProductShape shape{1500, 13, 1};
  for (const FixedPoint input : {FixedPoint{8, false}, FixedPoint{8, true}, FixedPoint{7, false}}) {
    for (const uint64_t apart : {1000000, 60, 1}) {  // extremes among the weights
      std::vector<int32_t> w(static_cast<size_t>(shape.rows * shape.outputs));
      for (size_t k = 0; k < w.size(); ++k) {
        const auto extreme = random.below(2) == 0 ? -128 : 127;
        w[k] = k % 2 == 1 && random.below(4) != 0 && std::abs(w[k - 1]) > 64 ? w[k - 1]
               : random.below(apart) == 0                                    ? extreme
                                          : static_cast<int32_t>(random.below(128)) - 64;
      }
      for (const IntegerTiles* tiles : integer_tiles()) {
        if (tiles->cuts_words()) continue;
        const PanelWeights packed(*tiles, shape, input, w);
        const bool saturates = tiles->most_pair == INT16_MAX,
                   bytes = !saturates || apart > 1 || input.bits == 7;
        EXPECT_EQ(packed.packing(), bytes ? StepKind::Bytes : StepKind::Words)
            << tiles->name << " " << print(input) << " " << apart;
        EXPECT_EQ(packed.strips(0).first->extras != 0, saturates && bytes && apart == 60 && input.bits == 8)
            << tiles->name << " " << print(input) << " " << apart;
      }
      for (bool most : {false, true}) {
        std::vector<int32_t> x(static_cast<size_t>(3 * shape.rows), most ? input.most() : input.least());
        expect_exact(shape, input, {8, true}, w, x, 3);
        for (size_t k = 0; k < x.size(); ++k)  // all sums of a pair as large as they get
          x[k] = w[k % static_cast<size_t>(shape.rows)] > 0 ? input.most() : input.least();
        expect_exact(shape, input, {8, true}, w, x, 3);
      }
    }
  }
}

TEST(IntegerProduct, LongestColumnsDoNotOverflow) {
  ProductShape shape{70000, 2, 1};
  for (FixedPoint f : {FixedPoint{16, true}, FixedPoint{16, false}, FixedPoint{9, true}, FixedPoint{8, false},
                       FixedPoint{8, true}}) {
    for (int32_t weight : {f.least(), f.most(), f.least() / 2, f.most() / 2}) {
      for (int32_t input : {f.least(), f.most()}) {
        const std::vector<int32_t> w(static_cast<size_t>(shape.rows * shape.outputs), weight);
        const std::vector<int32_t> x(static_cast<size_t>(shape.rows), input);
        expect_exact(shape, f, f, w, x, 1);
      }
    }
  }
}

TEST(IntegerProduct, ThreadsAndBlocksChangeNothing) {
  base::RandomStream random(7, 8, 9);
  ProductShape shape{150, 30, 1};
  FixedPoint format{16, true};
  auto w = codes(random, shape.outputs * shape.rows, format);
  const int64_t vectors = 1500;
  auto x = codes(random, vectors * shape.rows, format);
  IntegerProduct product(shape, format, w);
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
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
  EXPECT_EQ(results[0], inside);
  EXPECT_EQ(results[0], reference(shape, w, x, vectors));
  const IntegerTestLanes lanes{x, shape.rows, vectors};
  for (int threads : {1, 2}) {
    base::use_threads(threads);
    std::vector<int64_t> sums(results[0].size());
    product.multiply_lanes(IntegerLanes(lanes), vectors, sums);
    EXPECT_EQ(results[0], sums);
  }
  base::use_threads(before);
}

}  // namespace
}  // namespace ohmweave::tensor
