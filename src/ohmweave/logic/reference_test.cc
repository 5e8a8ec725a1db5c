// SPDX-License-Identifier: Apache-2.0
// The integer arithmetic that results are compared with, against the processor's.
#include "ohmweave/logic/reference.h"

#include <bit>
#include <cmath>

#include <gtest/gtest.h>

#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/verification.h"

namespace ohmweave::logic {
namespace {

constexpr Arithmetic kFloating[] = {Arithmetic::Fadd, Arithmetic::Fsub, Arithmetic::Fmul, Arithmetic::Fdiv};

template <class Real, class Pattern>
uint64_t processor_result(Arithmetic operation, uint64_t a_bits, uint64_t b_bits) {
  const auto a = std::bit_cast<Real>(static_cast<Pattern>(a_bits)),
             b = std::bit_cast<Real>(static_cast<Pattern>(b_bits));
  const Real result = operation == Arithmetic::Fadd   ? a + b
                      : operation == Arithmetic::Fsub ? a - b
                      : operation == Arithmetic::Fmul ? a * b
                                                      : a / b;
  if (std::isnan(result)) return std::bit_cast<Pattern>(std::numeric_limits<Real>::quiet_NaN());
  return std::bit_cast<Pattern>(result);
}

/// Pairs of patterns at random and at corners.
LogicValues pairs(LogicFormat format, int64_t rows, Arithmetic operation) {
  LogicMethod everything = kAritpim;
  everything.accepts = [](Arithmetic, LogicFormat, std::span<const uint64_t>, std::span<const uint64_t>) {
    return true;
  };
  LogicProgram shape;
  shape.inputs = {{"a", Word(static_cast<size_t>(format.width()))},
                  {"b", Word(static_cast<size_t>(format.width()))}};
  return random_operands(everything, operation, format, shape, rows, 7);
}

template <class Real, class Pattern>
void compare_with_processor(LogicFormat format) {
  constexpr int64_t kPairs = 1 << 17;
  for (Arithmetic operation : kFloating) {
    const LogicValues operands = pairs(format, kPairs, operation);
    int64_t wrong = 0;
    for (size_t r = 0; r < kPairs; ++r) {
      const uint64_t a = operands[0][r], b = operands[1][r];
      const uint64_t expected = processor_result<Real, Pattern>(operation, a, b);
      if (expected_result(operation, format, {&a, 1}, {&b, 1})[0] == expected) continue;
      if (++wrong < 4)
        ADD_FAILURE() << name_of(operation) << std::hex << " " << a << " " << b << " is " << expected;
    }
    EXPECT_EQ(wrong, 0);
  }
}

TEST(ReferenceTest, FloatAndDoubleAreTheProcessors) {
  compare_with_processor<float, uint32_t>({8, 23});
  compare_with_processor<double, uint64_t>({11, 52});
}

/// A pattern of at most 16 bits as a number; double holds its sums, differences and products exactly.
double value_of(LogicFormat format, uint64_t bits) {
  const FloatPattern x{format, bits};
  if (x.nan()) return std::nan("");
  if (x.infinite()) return x.negative() ? -INFINITY : INFINITY;
  const int exponent = static_cast<int>(x.magnitude() >> format.bits), bias = (1 << (format.exponent - 1)) - 1;
  const uint64_t fraction = x.magnitude() & (x.smallest_normal() - 1);
  const double value = std::ldexp(static_cast<double>(exponent > 0 ? fraction | x.smallest_normal() : fraction),
                                  std::max(exponent, 1) - bias - format.bits);
  return x.negative() ? -value : value;
}

/// The nearest pattern by comparing distances with every neighbour: patterns of one sign are ordered like
/// numbers.
uint64_t nearest(LogicFormat format, double value) {
  const FloatPattern x{format};
  if (std::isnan(value)) return x.quiet_nan();
  const uint64_t sign = std::signbit(value) ? x.sign_bit() : 0;
  uint64_t low = 0, high = x.infinity();
  while (high - low > 1) {
    const uint64_t middle = (low + high) / 2;
    (value_of(format, middle) <= std::fabs(value) ? low : high) = middle;
  }
  // What would be the pattern after the largest finite one bounds rounding to infinity.
  const double below = value_of(format, low);
  const double step = low == 0 ? value_of(format, 1) : below - value_of(format, low - 1);
  const double above = high == x.infinity() ? below + step : value_of(format, high);
  const double half = below + (above - below) / 2;
  const bool up = std::fabs(value) > half || (std::fabs(value) == half && (low & 1) != 0);
  return sign | (up ? high : low);
}

// Quotients of significands of at most 11 bits are no nearer to a tie than double tells apart (Figueroa, 1995:
// twice the bits and two more do not hurt).
TEST(ReferenceTest, SmallFormatsAreDoublesRoundedOnce) {
  for (LogicFormat format :
       {LogicFormat{5, 10}, LogicFormat{4, 3}, LogicFormat{5, 2}, LogicFormat{2, 1}, LogicFormat{3, 8}}) {
    for (Arithmetic operation : kFloating) {
      const LogicValues operands = pairs(format, 20000, operation);
      int64_t wrong = 0;
      for (size_t r = 0; r < operands[0].size(); ++r) {
        const uint64_t a = operands[0][r], b = operands[1][r];
        const double x = value_of(format, a), y = value_of(format, b);
        const double exact = operation == Arithmetic::Fadd   ? x + y
                             : operation == Arithmetic::Fsub ? x - y
                             : operation == Arithmetic::Fmul ? x * y
                                                             : x / y;
        const uint64_t expected = nearest(format, exact);
        if (expected_result(operation, format, {&a, 1}, {&b, 1})[0] == expected) continue;
        if (++wrong < 4)
          ADD_FAILURE() << to_string(format) << " " << name_of(operation) << std::hex << " " << a << " " << b
                        << " is " << expected;
      }
      EXPECT_EQ(wrong, 0);
    }
  }
}

TEST(ReferenceTest, WholeNumbersOfTwoWordsCarry) {
  const uint64_t most = ~uint64_t{0}, one = 1;
  EXPECT_EQ(expected_result(Arithmetic::Mul, {0, 64}, {&most, 1}, {&most, 1}),
            (std::vector<uint64_t>{1, most - 1}));
  EXPECT_EQ(expected_result(Arithmetic::Add, {0, 64}, {&most, 1}, {&one, 1}), std::vector<uint64_t>{0});
  EXPECT_EQ(expected_result(Arithmetic::Sub, {0, 5}, {&one, 1}, {&most, 1}), std::vector<uint64_t>{2});
  const uint64_t dividend[] = {7, 3};
  const uint64_t divisor = 4;
  EXPECT_EQ(expected_result(Arithmetic::Div, {0, 64}, dividend, {&divisor, 1}),
            (std::vector<uint64_t>{(uint64_t{3} << 62) + 1, 3}));
  EXPECT_TRUE(expected_result(Arithmetic::Div, {0, 64}, dividend, {&one, 1}).empty())
      << "3 * 2^64 + 7 does not fit";
}

}  // namespace
}  // namespace ohmweave::logic
