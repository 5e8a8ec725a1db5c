// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/floating_sums.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ohmweave/tensor/floating_kernels.h"

namespace ohmweave::tensor {
namespace {

/// A number in double precision with as many bits as there are, the last of which is set if the exact number
/// has more behind: whatever is rounded to fewer bits then is rounded once (Boldo and Melquiond, "Emulation of
/// a FMA and correctly rounded sums: proved algorithms using rounding to odd", IEEE TC 57(4), 2008).
double to_odd(double near, double rest) {
  const auto bits = std::bit_cast<uint64_t>(near);
  if (rest == 0 || (bits & 1) != 0 || !std::isfinite(near)) return near;
  return std::nextafter(
      near, rest > 0 ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity());
}

/// By division, which is exact: whole multiples of the last place.
double rounded(double x, const FloatingPoint& f) {
  const int bias = (1 << (f.exponent - 1)) - 1;
  if (x == 0 || !std::isfinite(x)) return x;
  const double place = std::ldexp(1.0, std::max(std::ilogb(x), 1 - bias) - f.mantissa),
               out = std::nearbyint(x / place) * place,
               most = std::ldexp(2 - std::ldexp(1.0, -f.mantissa), bias);
  return std::abs(out) > most ? std::copysign(std::numeric_limits<double>::infinity(), x) : out;
}

double sum_of(double a, double b, const FloatingPoint& f) {
  const double sum = a + b, of_b = sum - a, rest = (a - (sum - of_b)) + (b - of_b);  // Knuth's
  return rounded(to_odd(sum, rest), f);
}

/// sum_products() one operation after the other, in double precision: a product of two numbers of at most 24
/// bits is exact there.
std::vector<float> one_by_one(const FloatingPoint& f, const ProductShape& s, const std::vector<float>& weights,
                              const std::vector<float>& start, const std::vector<float>& inputs,
                              int64_t vectors) {
  std::vector<float> out;
  for (int64_t v = 0; v < vectors; ++v) {
    for (int64_t k = 0; k < s.groups * s.outputs; ++k) {
      double sum = start.empty() ? 0 : static_cast<double>(start[static_cast<size_t>(k)]);
      for (int64_t row = 0; row < s.rows; ++row) {
        const double w = static_cast<double>(weights[static_cast<size_t>(k * s.rows + row)]),
                     x = static_cast<double>(
                         inputs[static_cast<size_t>((v * s.groups + k / s.outputs) * s.rows + row)]);
        sum = sum_of(sum, rounded(w * x, f), f);
      }
      out.push_back(static_cast<float>(std::isnan(sum) ? std::numeric_limits<double>::quiet_NaN() : sum));
    }
  }
  return out;
}

class Numbers {
 public:
  Numbers(uint64_t seed, const FloatingPoint& f) : random_(seed), format_(f) {}

  /// `spread`: powers of two between the smallest and the largest, around the one whose square is about
  /// 2^`product`.
  std::vector<float> draw(int64_t count, int product, int spread) {
    std::vector<float> out(static_cast<size_t>(count));
    for (float& x : out) {
      const int exponent =
          product / 2 + static_cast<int>(random_() % static_cast<uint64_t>(spread)) - spread / 2;
      const float mantissa = 1 + static_cast<float>(random_() % (1U << 23)) * 0x1p-23F;
      x = random_() % 16 == 0 ? 0.0F : std::ldexp(random_() % 2 == 0 ? mantissa : -mantissa, exponent);
    }
    round(out, out, format_);
    return out;
  }
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_() % static_cast<uint64_t>(high - low + 1));
  }

 private:
  std::mt19937_64 random_;
  FloatingPoint format_;
};

void expect_same(const std::vector<float>& ours, const std::vector<float>& theirs, const std::string& what) {
  ASSERT_EQ(ours.size(), theirs.size());
  for (size_t k = 0; k < ours.size(); ++k)
    ASSERT_EQ(std::bit_cast<uint32_t>(ours[k]), std::bit_cast<uint32_t>(theirs[k]))
        << what << ", sum " << k << ": " << ours[k] << " instead of " << theirs[k];
}

/// Every format, sums in its middle and at both ends, where products and sums are subnormal or overflow.
TEST(FloatingSums, EveryOperationIsRoundedOnce) {
  for (int exponent = 2; exponent <= 8; ++exponent) {
    for (int mantissa = 1; mantissa <= 23; ++mantissa) {
      const FloatingPoint f{exponent, mantissa};
      const int bias = (1 << (exponent - 1)) - 1;
      Numbers numbers(static_cast<uint64_t>(100 * exponent + mantissa), f);
      for (const int product : {0, 1 - bias, 1 - bias - mantissa, -bias - mantissa - 3, bias - 4}) {
        const ProductShape s{numbers.between(1, 40), numbers.between(1, 40), numbers.between(1, 2)};
        const int64_t vectors = numbers.between(1, 40);
        const int spread = static_cast<int>(numbers.between(1, 2 * mantissa + 4));
        const std::vector<float> weights = numbers.draw(s.groups * s.outputs * s.rows, product, spread),
                                 inputs = numbers.draw(vectors * s.groups * s.rows, product, spread),
                                 start = numbers.between(0, 1) == 0
                                             ? std::vector<float>()
                                             : numbers.draw(s.groups * s.outputs, 2 * product, spread);
        const std::vector<float> expected = one_by_one(f, s, weights, start, inputs, vectors);
        for (const FloatingKernel* kernel : floating_kernels()) {
          std::vector<float> sums(expected.size());
          sum_products(*kernel, f, s, weights, start, inputs, vectors, sums);
          expect_same(
              sums, expected,
              std::string(kernel->name) + ", " + print(f) + ", products of 2^" + std::to_string(product));
        }
      }
    }
  }
}

/// All products of two mantissas about the least number and its half, where a float has few places behind.
TEST(FloatingSums, TheSmallestProductsAreRoundedOnce) {
  for (const int mantissa : {7, 8}) {
    const FloatingPoint f{8, mantissa};
    const int hidden = 1 << mantissa;
    for (int exponent = -127 - 2 * mantissa; exponent <= -124 - mantissa; ++exponent) {
      std::vector<float> weights, inputs;
      for (int k = hidden; k < 2 * hidden; ++k) {
        weights.push_back(std::ldexp(static_cast<float>(k), exponent / 2 - mantissa));
        inputs.push_back(std::ldexp(static_cast<float>(k), exponent - exponent / 2 - mantissa));
      }
      const ProductShape s{1, hidden, 1};
      std::vector<float> sums(static_cast<size_t>(hidden * hidden));
      sum_products(f, s, weights, {}, inputs, hidden, sums);
      expect_same(sums, one_by_one(f, s, weights, {}, inputs, hidden),
                  print(f) + " " + std::to_string(exponent));
    }
  }
}

/// Sums a little beside the middle of two numbers: rounded to a middle first, they would go the wrong way.
TEST(FloatingSums, SumsBesideTiesAreRoundedOnce) {
  for (int mantissa = 1; mantissa <= 23; ++mantissa) {
    for (int exponent = 6; exponent <= 8; ++exponent) {
      const FloatingPoint f{exponent, mantissa};
      std::vector<float> weights, start;
      for (int below = 0; below <= std::min(mantissa, 7); ++below) {
        for (int last = 0; last <= mantissa; ++last) {
          for (const float sign : {1.0F, -1.0F}) {
            for (const float odd : {0.0F, std::ldexp(1.0F, -mantissa)}) {
              start.push_back(1 + odd);
              weights.push_back(
                  sign * std::ldexp(1 + (last == 0 ? 0 : std::ldexp(1.0F, -last)), -mantissa - 1 - below));
            }
          }
        }
      }
      round(start, start, f);
      round(weights, weights, f);
      const ProductShape s{1, static_cast<int64_t>(weights.size()), 1};
      std::vector<float> sums(weights.size());
      sum_products(f, s, weights, start, std::vector<float>{1}, 1, sums);
      expect_same(sums, one_by_one(f, s, weights, start, {1}, 1), print(f));
    }
  }
}

TEST(FloatingSums, LongAndWideProductsAreCutIntoBlocks) {
  for (const FloatingPoint f : {FloatingPoint{8, 7}, {5, 10}, {8, 23}, {8, 12}}) {
    for (const auto& [s, vectors] : {std::pair<ProductShape, int64_t>{{700, 3, 1}, 70},
                                     {{700, 70, 1}, 3},
                                     {{5, 1, 9}, 33},
                                     {{256, 32, 1}, 32},
                                     {{257, 1, 1}, 1}}) {
      Numbers numbers(7, f);
      const std::vector<float> weights = numbers.draw(s.groups * s.outputs * s.rows, 0, 6),
                               inputs = numbers.draw(vectors * s.groups * s.rows, 0, 6),
                               start = numbers.draw(s.groups * s.outputs, 0, 6);
      const std::vector<float> expected = one_by_one(f, s, weights, start, inputs, vectors);
      for (const FloatingKernel* kernel : floating_kernels()) {
        std::vector<float> sums(expected.size());
        sum_products(*kernel, f, s, weights, start, inputs, vectors, sums);
        expect_same(sums, expected, std::string(kernel->name) + ", " + print(f));
      }
    }
  }
}

TEST(FloatingSums, InfinitiesAndNaNFollowTheStandard) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const FloatingPoint f : {FloatingPoint{8, 7}, {5, 10}, {8, 23}, {6, 15}}) {
    for (const FloatingKernel* kernel : floating_kernels()) {
      const auto of = [&](std::vector<float> w, std::vector<float> x) {
        float out = 0;
        sum_products(*kernel, f, {static_cast<int64_t>(w.size()), 1, 1}, w, {}, x, 1, {&out, 1});
        return out;
      };
      constexpr uint32_t kQuiet = 0x7fc00000U;
      EXPECT_EQ(of({kInfinity, 1}, {2, 3}), kInfinity);
      EXPECT_EQ(of({-kInfinity, 1}, {2, 3}), -kInfinity);
      EXPECT_EQ(std::bit_cast<uint32_t>(of({kInfinity, kInfinity}, {1, -1})), kQuiet);
      EXPECT_EQ(std::bit_cast<uint32_t>(of({kInfinity}, {0})), kQuiet);
      EXPECT_EQ(std::bit_cast<uint32_t>(of({std::numeric_limits<float>::quiet_NaN(), 1}, {1, 1})), kQuiet);
      EXPECT_EQ(std::bit_cast<uint32_t>(of({0}, {-1})), 0U) << "a sum starts with +0";
    }
  }
}

}  // namespace
}  // namespace ohmweave::tensor
