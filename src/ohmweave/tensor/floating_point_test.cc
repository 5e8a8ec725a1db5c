// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/floating_point.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace ohmweave::tensor {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

float rounded(float x, const FloatingPoint& format) {
  float out = 0;
  round({&x, 1}, {&out, 1}, format);
  return out;
}

/// The number of a pattern, by the definition of IEEE 754 (2019), 3.4. Patterns behind the largest number count
/// on: what would be the next one, if exponents went on.
double number_of(uint32_t pattern, const FloatingPoint& f) {
  const uint32_t exponent = pattern >> f.mantissa, fraction = pattern & ((1U << f.mantissa) - 1);
  const int bias = (1 << (f.exponent - 1)) - 1;
  const double hidden = exponent > 0 ? std::ldexp(1.0, f.mantissa) : 0;
  return std::ldexp(hidden + fraction, static_cast<int>(exponent > 0 ? exponent : 1) - bias - f.mantissa);
}
uint32_t infinite_pattern(const FloatingPoint& f) { return ((1U << f.exponent) - 1) << f.mantissa; }

/// By division in double precision, which is exact: whole multiples of the last place.
double divided(float x, const FloatingPoint& f) {
  const int bias = (1 << (f.exponent - 1)) - 1;
  if (x == 0 || !std::isfinite(x)) return x;
  const int exponent = std::max(std::ilogb(x), 1 - bias);
  const double place = std::ldexp(1.0, exponent - f.mantissa), out = std::nearbyint(x / place) * place;
  const double most = number_of(infinite_pattern(f) - 1, f);
  return std::abs(out) > most ? std::copysign(kInfinity, x) : out;
}

TEST(FloatingPoint, NamesAreReadBack) {
  for (int exponent = 2; exponent <= 8; ++exponent) {
    for (int mantissa = 1; mantissa <= 23; ++mantissa) {
      const FloatingPoint f{exponent, mantissa};
      EXPECT_EQ(parse_floating_point(print(f)), f);
    }
  }
  EXPECT_EQ(print(FloatingPoint{8, 7}), "bf16");
  EXPECT_EQ(print(FloatingPoint{5, 10}), "fp16");
  EXPECT_EQ(print(FloatingPoint{8, 23}), "fp32");
  EXPECT_EQ(print(FloatingPoint{4, 3}), "float:4:3");
  EXPECT_EQ((FloatingPoint{4, 3}.bits()), 8);
  for (const char* wrong : {"", "bf17", "float", "float:", "float:5", "float:5:", "float:5:10:2", "float:1:10",
                            "float:9:10", "float:5:0", "float:8:24", "float:-5:10", "float: 5:10", "fp64"})
    EXPECT_FALSE(parse_floating_point(wrong)) << wrong;
}

/// All neighbours of formats with few bits: the number between two is a tie, and a float beside it is not.
TEST(FloatingPoint, RoundsToTheNearerNeighbour) {
  for (const FloatingPoint f : {FloatingPoint{8, 7}, {5, 10}, {4, 3}, {2, 1}, {8, 1}, {2, 9}, {7, 8}, {6, 5}}) {
    for (uint32_t p = 0; p < infinite_pattern(f); ++p) {
      const double low = number_of(p, f), high = number_of(p + 1, f), middle = (low + high) / 2;
      const auto above = static_cast<float>(p + 1 == infinite_pattern(f) ? kInfinity : high),
                 below = static_cast<float>(low), tie = static_cast<float>(middle);
      ASSERT_EQ(static_cast<double>(tie), middle);
      for (const float sign : {1.0F, -1.0F}) {
        ASSERT_EQ(rounded(sign * below, f), sign * below) << print(f) << " pattern " << p;
        ASSERT_EQ(rounded(sign * tie, f), sign * (p % 2 == 0 ? below : above)) << print(f) << " pattern " << p;
        ASSERT_EQ(rounded(sign * std::nextafter(tie, 0.0F), f), sign * below) << print(f) << " pattern " << p;
        ASSERT_EQ(rounded(sign * std::nextafter(tie, kInfinity), f), sign * above)
            << print(f) << " pattern " << p;
      }
    }
  }
}

TEST(FloatingPoint, EveryFormatRoundsAsDivisionDoes) {
  std::mt19937 random(5);
  for (int exponent = 2; exponent <= 8; ++exponent) {
    for (int mantissa = 1; mantissa <= 23; ++mantissa) {
      const FloatingPoint f{exponent, mantissa};
      for (int k = 0; k < 2000; ++k) {
        // Half of them where the format has its numbers, the rest anywhere among floats.
        const auto x = k % 2 == 0
                           ? std::bit_cast<float>(static_cast<uint32_t>(random()))
                           : std::ldexp(static_cast<float>(random()) - 0x1p31F,
                                        static_cast<int>(random() % (2U << exponent)) - (1 << exponent) - 31);
        if (std::isnan(x)) continue;
        const float ours = rounded(x, f);
        ASSERT_EQ(static_cast<double>(ours), divided(x, f)) << print(f) << " " << x;
        ASSERT_EQ(std::signbit(ours), std::signbit(x)) << print(f) << " " << x;
      }
    }
  }
}

TEST(FloatingPoint, HalfPrecisionIsThatOfTensors) {
  for (uint64_t k = 0; k < (uint64_t{1} << 32); k += 4099) {
    const auto x = std::bit_cast<float>(static_cast<uint32_t>(k));
    if (std::isnan(x)) continue;
    ASSERT_EQ(std::bit_cast<uint32_t>(rounded(x, {5, 10})),
              std::bit_cast<uint32_t>(half_to_float(float_to_half(x))))
        << x;
  }
}

TEST(FloatingPoint, NotANumberAndInfinityStayWhatTheyAre) {
  for (const FloatingPoint f : {FloatingPoint{8, 7}, {5, 10}, {8, 23}, {2, 1}}) {
    for (const uint32_t pattern : {0x7f800001U, 0x7fffffffU, 0xffc00000U, 0xffffffffU})
      EXPECT_EQ(std::bit_cast<uint32_t>(rounded(std::bit_cast<float>(pattern), f)), 0x7fc00000U);
    EXPECT_EQ(rounded(kInfinity, f), kInfinity);
    EXPECT_EQ(rounded(-kInfinity, f), -kInfinity);
    EXPECT_TRUE(std::signbit(rounded(-0.0F, f)));
  }
}

TEST(FloatingPoint, TensorsAreRoundedElementByElement) {
  std::vector<float> values(100'000);
  for (size_t k = 0; k < values.size(); ++k) values[k] = static_cast<float>(k) * 1.0001F;
  const Tensor out = round(Tensor::of<float>({1000, 100}, values), {8, 7});
  EXPECT_EQ(out.shape(), (Shape{1000, 100}));
  for (size_t k = 0; k < values.size(); ++k)
    ASSERT_EQ(static_cast<double>(out.data<float>()[k]), divided(values[k], {8, 7}));
}

}  // namespace
}  // namespace ohmweave::tensor
