// SPDX-License-Identifier: Apache-2.0
// Our own method against the processor, against every pair of numbers of small formats, and in odd formats.
#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/testing/checks.h"
#include "ohmweave/logic/verification.h"

namespace ohmweave::logic {
namespace {

constexpr Arithmetic kFloating[] = {Arithmetic::Fadd, Arithmetic::Fsub, Arithmetic::Fmul, Arithmetic::Fdiv};

template <class Real, class Pattern>
Pattern on_processor(Arithmetic operation, uint64_t a_bits, uint64_t b_bits) {
  const auto a = std::bit_cast<Real>(static_cast<Pattern>(a_bits));
  const auto b = std::bit_cast<Real>(static_cast<Pattern>(b_bits));
  const Real result = operation == Arithmetic::Fadd   ? a + b
                      : operation == Arithmetic::Fsub ? a - b
                      : operation == Arithmetic::Fmul ? a * b
                                                      : a / b;
  return std::bit_cast<Pattern>(std::isnan(result) ? std::numeric_limits<Real>::quiet_NaN() : result);
}

template <class Real, class Pattern>
void expect_processor(LogicFormat format, int64_t rows) {
  for (Arithmetic operation : kFloating) {
    const LogicProgram program = kOhmweave.build(operation, format);
    const LogicValues operands = random_operands(kOhmweave, operation, format, program, rows, 3);
    const LogicValues results = run_rows(program, operands);
    int64_t wrong = 0;
    for (size_t r = 0; r < results[0].size(); ++r) {
      const uint64_t a = operands[0][r], b = operands[1][r];
      const Pattern expected = on_processor<Real, Pattern>(operation, a, b);
      if (results[0][r] == expected || ++wrong > 3) continue;
      ADD_FAILURE() << name_of(operation) << std::hex << " " << a << " " << b << " is " << expected << ", not "
                    << results[0][r];
    }
    EXPECT_EQ(wrong, 0) << program.name;
  }
}

TEST(IeeeTest, FloatAndDoubleAreTheProcessors) {
  expect_processor<float, uint32_t>({8, 23}, 1 << 16);
  expect_processor<double, uint64_t>({11, 52}, 1 << 16);
}

TEST(IeeeTest, EveryPairOfSmallNumbersIsRight) {
  for (LogicFormat format :
       {LogicFormat{2, 1}, LogicFormat{2, 3}, LogicFormat{3, 2}, LogicFormat{4, 3}, LogicFormat{5, 2}}) {
    const uint64_t count = uint64_t{1} << format.width();
    LogicValues pairs(2);
    for (uint64_t a = 0; a < count; ++a) {
      for (uint64_t b = 0; b < count; ++b) {
        pairs[0].push_back(a);
        pairs[1].push_back(b);
      }
    }
    for (Arithmetic operation : kFloating) {
      const LogicProgram program = kOhmweave.build(operation, format);
      const LogicVerification verification =
          verify(kOhmweave, operation, format, program, pairs, run_rows(program, pairs));
      EXPECT_EQ(verification.verified, static_cast<int64_t>(count * count));
      EXPECT_EQ(verification.wrong, 0) << program.name << ", row " << verification.first.value_or(-1);
    }
  }
}

TEST(IeeeTest, AnyExponentAndMantissaWidth) {
  for (LogicFormat format :
       {LogicFormat{8, 7}, LogicFormat{5, 10}, LogicFormat{2, 61}, LogicFormat{2, 20}, LogicFormat{3, 12},
        LogicFormat{6, 25}, LogicFormat{10, 2}, LogicFormat{15, 1}, LogicFormat{15, 48}}) {
    for (Arithmetic operation : kFloating) testing::expect_values(kOhmweave, operation, format, 8192);
    testing::expect_values(kOhmweave, Arithmetic::Mac, format, 4096);
  }
}

TEST(IeeeTest, WholeNumbersAreThoseOfPlainArithmetic) {
  for (int n : {1, 2, 3, 4, 7, 20, 21, 32, 43, 64})
    for (Arithmetic operation :
         {Arithmetic::Add, Arithmetic::Sub, Arithmetic::Mul, Arithmetic::Div, Arithmetic::Mac})
      testing::expect_values(kOhmweave, operation, {0, n}, 1024);
}

TEST(IeeeTest, WholeNumbersTakeFewerCyclesThanPublished) {
  for (int n = 2; n <= 64; n += 3) {
    const auto cycles = [&](const LogicMethod& method, Arithmetic operation) {
      return count(method.build(operation, {0, n})).cycles;
    };
    if (n <= 20) {
      EXPECT_EQ(cycles(kOhmweave, Arithmetic::Mul), 20 * n * n - 22 * n);
    }
    EXPECT_LT(cycles(kOhmweave, Arithmetic::Mul), cycles(kAritpim, Arithmetic::Mul));
    EXPECT_EQ(cycles(kOhmweave, Arithmetic::Div), 24 * n * n + 40 * n + 5);
  }
}

TEST(IeeeTest, ZerosInfinitiesAndNan) {
  constexpr uint64_t kZero = 0, kMinusZero = 0x80000000, kOne = 0x3f800000, kInfinity = 0x7f800000,
                     kMinusInfinity = 0xff800000, kNan = 0x7fc00000, kSignalling = 0xff800001,
                     kLargest = 0x7f7fffff;
  struct Case {
    Arithmetic operation;
    uint64_t a, b, result;
  };
  constexpr Case kCases[] = {
      {Arithmetic::Fadd, kZero, kMinusZero, kZero},
      {Arithmetic::Fadd, kMinusZero, kMinusZero, kMinusZero},
      {Arithmetic::Fsub, kOne, kOne, kZero},
      {Arithmetic::Fsub, kMinusZero, kZero, kMinusZero},
      {Arithmetic::Fadd, kInfinity, kMinusInfinity, kNan},
      {Arithmetic::Fsub, kInfinity, kInfinity, kNan},
      {Arithmetic::Fadd, kInfinity, kInfinity, kInfinity},
      {Arithmetic::Fadd, kMinusInfinity, kLargest, kMinusInfinity},
      {Arithmetic::Fadd, kLargest, kLargest, kInfinity},
      {Arithmetic::Fadd, kOne, kSignalling, kNan},
      {Arithmetic::Fmul, kZero, kInfinity, kNan},
      {Arithmetic::Fmul, kMinusInfinity, kZero, kNan},
      {Arithmetic::Fmul, kMinusInfinity, kOne, kMinusInfinity},
      {Arithmetic::Fmul, kMinusZero, kOne, kMinusZero},
      {Arithmetic::Fmul, kLargest, kLargest, kInfinity},
      {Arithmetic::Fmul, kSignalling, kZero, kNan},
      {Arithmetic::Fmul, 1, 1, kZero},
      {Arithmetic::Fdiv, kZero, kZero, kNan},
      {Arithmetic::Fdiv, kInfinity, kMinusInfinity, kNan},
      {Arithmetic::Fdiv, kOne, kMinusZero, kMinusInfinity},
      {Arithmetic::Fdiv, kOne, kMinusInfinity, kMinusZero},
      {Arithmetic::Fdiv, kInfinity, kZero, kInfinity},
      {Arithmetic::Fdiv, kOne, kSignalling, kNan},
      {Arithmetic::Fdiv, 1, kLargest, kZero},
      {Arithmetic::Fdiv, kLargest, 1, kInfinity},
  };
  for (const Case& c : kCases) {
    const LogicProgram program = kOhmweave.build(c.operation, {8, 23});
    EXPECT_EQ(run_rows(program, {{c.a}, {c.b}})[0][0], c.result)
        << name_of(c.operation) << std::hex << " " << c.a << " " << c.b;
  }
}

// Being complete costs products of few bits a third or more, sums nothing and quotients little: larger operands
// come first, and a division works modulo what its remainder can be.
TEST(IeeeTest, CyclesBesideThoseOfAritpim) {
  const auto cycles = [](const LogicMethod& method, Arithmetic operation, const char* format) {
    return count(method.build(operation, parse_logic_format(format))).cycles;
  };
  for (const char* format : {"bf16", "fp16", "fp32", "fp64"}) {
    EXPECT_LT(cycles(kOhmweave, Arithmetic::Fadd, format), cycles(kAritpim, Arithmetic::Fadd, format));
    EXPECT_LT(cycles(kOhmweave, Arithmetic::Fmul, format), 1.5 * cycles(kAritpim, Arithmetic::Fmul, format));
  }
  EXPECT_EQ(cycles(kOhmweave, Arithmetic::Fadd, "fp32"), 3693);
  EXPECT_EQ(cycles(kOhmweave, Arithmetic::Fmul, "fp32"), 12697);
  EXPECT_EQ(cycles(kOhmweave, Arithmetic::Fdiv, "fp32"), 19216);
}

}  // namespace
}  // namespace ohmweave::logic
