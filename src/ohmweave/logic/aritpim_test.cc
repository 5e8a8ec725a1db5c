// SPDX-License-Identifier: Apache-2.0
// AritPIM's bit-serial algorithms: its published tables and closed forms to the cycle and the cell, and its
// values.
#include <algorithm>
#include <bit>

#include <gtest/gtest.h>

#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/testing/checks.h"

namespace ohmweave::logic {
namespace {

struct Published {
  Arithmetic operation;
  const char* format;
  int64_t cycles;
  int cells;
};

/// Tables of latency (which is the energy in gates too: an initialisation counts as one) and area of the
/// authors.
constexpr Published kPublished[] = {
    {Arithmetic::Add, "fixed:8", 145, 29},     {Arithmetic::Add, "fixed:16", 289, 53},
    {Arithmetic::Add, "fixed:32", 577, 101},   {Arithmetic::Add, "fixed:64", 1153, 197},
    {Arithmetic::Sub, "fixed:8", 161, 30},     {Arithmetic::Sub, "fixed:16", 321, 54},
    {Arithmetic::Sub, "fixed:32", 641, 102},   {Arithmetic::Sub, "fixed:64", 1281, 198},
    {Arithmetic::Mul, "fixed:8", 1183, 47},    {Arithmetic::Mul, "fixed:16", 4927, 87},
    {Arithmetic::Mul, "fixed:32", 18123, 187}, {Arithmetic::Mul, "fixed:64", 61143, 385},
    {Arithmetic::Div, "fixed:8", 2119, 50},    {Arithmetic::Div, "fixed:16", 7559, 90},
    {Arithmetic::Div, "fixed:32", 28423, 170}, {Arithmetic::Div, "fixed:64", 110087, 330},
    {Arithmetic::Fadd, "bf16", 1849, 78},      {Arithmetic::Fadd, "fp16", 1978, 78},
    {Arithmetic::Fadd, "fp32", 3997, 142},     {Arithmetic::Fadd, "fp64", 8536, 270},
    {Arithmetic::Fmul, "bf16", 1742, 76},      {Arithmetic::Fmul, "fp16", 2780, 82},
    {Arithmetic::Fmul, "fp32", 11586, 172},    {Arithmetic::Fmul, "fp64", 46204, 360},
    {Arithmetic::Fdiv, "bf16", 3749, 75},      {Arithmetic::Fdiv, "fp16", 5639, 78},
    {Arithmetic::Fdiv, "fp32", 19909, 139},    {Arithmetic::Fdiv, "fp64", 83255, 264},
};
constexpr Published kPublishedUnsigned[] = {{Arithmetic::Fadd, "bf16", 1075, 71},
                                            {Arithmetic::Fadd, "fp16", 1117, 71},
                                            {Arithmetic::Fadd, "fp32", 2306, 135},
                                            {Arithmetic::Fadd, "fp64", 4915, 263}};

void expect_published(const LogicMethod& method, const Published& published) {
  const LogicProgram program = method.build(published.operation, parse_logic_format(published.format));
  check(program);
  const LogicCounts counts = count(program);
  EXPECT_EQ(counts.cycles, published.cycles) << program.name;
  EXPECT_EQ(counts.gates() + counts.inits(), published.cycles) << program.name;
  EXPECT_EQ(program.bitlines, published.cells) << program.name;
  EXPECT_EQ(program.partition_count(), 1) << program.name;
}

TEST(AritpimTest, TablesAreEqualToTheCycleAndTheCell) {
  for (const Published& published : kPublished) expect_published(kAritpim, published);
  for (const Published& published : kPublishedUnsigned) expect_published(kAritpimUnsigned, published);
}

int64_t cycles(Arithmetic operation, LogicFormat format, const LogicMethod& method = kAritpim) {
  return count(method.build(operation, format)).cycles;
}

int64_t product_formula(int64_t n) {
  if (n <= 20) return 20 * n * n - 12 * n - 1;
  const int64_t high = (n + 1) / 2;
  return 142 * high + 10 * n + 102 + product_formula(high + 1) + product_formula(high) + product_formula(n / 2);
}

TEST(AritpimTest, WholeNumbersFollowTheClosedFormsAtAnyWidth) {
  for (int n = 5; n <= 64; ++n) {
    const LogicFormat format{0, n};
    EXPECT_EQ(cycles(Arithmetic::Add, format), 18 * n + 1);
    EXPECT_EQ(cycles(Arithmetic::Sub, format), 20 * n + 1);
    EXPECT_EQ(cycles(Arithmetic::Mul, format), product_formula(n)) << n;
    EXPECT_EQ(cycles(Arithmetic::Div, format), 26 * n * n + 56 * n + 7) << n;
    EXPECT_EQ(kAritpim.build(Arithmetic::Add, format).bitlines, 3 * n + 5);
    EXPECT_EQ(kAritpim.build(Arithmetic::Sub, format).bitlines, 3 * n + 6);
    EXPECT_EQ(kAritpim.build(Arithmetic::Div, format).bitlines, 5 * n + 10);
  }
}

TEST(AritpimTest, FloatingSumsFollowTheClosedFormsInAnyFormat) {
  const auto log = [](int x) { return static_cast<int64_t>(std::bit_width(static_cast<unsigned>(x - 1))); };
  for (int e = 4; e <= 12; ++e) {
    for (int m = 2; m <= 50; m += 3) {
      const int64_t l = log(m + 3), lu = log(m + 2);
      if (e <= l) continue;  // the forms count an OR over bits of the exponent's difference above these
      EXPECT_EQ(cycles(Arithmetic::Fadd, {e, m}), 74 * m + 79 * e + 299 + (12 * m + 48) * l - 8 * (1 << l));
      EXPECT_EQ(cycles(Arithmetic::Fadd, {e, m}, kAritpimUnsigned),
                47 * m + 57 * e + 102 + (6 * m + 21) * lu - 4 * (1 << lu));
    }
  }
}

// The authors print no form for these: it is the sum of their procedures' forms, and gives all of their
// figures.
TEST(AritpimTest, FloatingProductsAndQuotientsAreTheSumOfTheirParts) {
  for (int e = 2; e <= 13; e += 2) {
    for (int m = 2; m <= 50; m += 3) {
      const int64_t p = m + 1, n = p + 2, quotient = 26 * n * n + 56 * n + 7;
      EXPECT_EQ(cycles(Arithmetic::Fmul, {e, m}), product_formula(p) + 40 * e + 18 * p + 95) << e << " " << m;
      EXPECT_EQ(cycles(Arithmetic::Fdiv, {e, m}), quotient + 42 * e + 18 * p + 102) << e << " " << m;
    }
  }
}

constexpr Arithmetic kWhole[] = {Arithmetic::Add, Arithmetic::Sub, Arithmetic::Mul, Arithmetic::Div,
                                 Arithmetic::Mac};
constexpr Arithmetic kFloating[] = {Arithmetic::Fadd, Arithmetic::Fsub, Arithmetic::Fmul, Arithmetic::Fdiv};

TEST(AritpimTest, WholeNumbersAreThoseOfPlainArithmetic) {
  for (int n : {1, 2, 3, 5, 8, 13, 16, 20, 21, 27, 32, 41, 64})
    for (Arithmetic operation : kWhole) testing::expect_values(kAritpim, operation, {0, n}, 2048);
}

TEST(AritpimTest, FloatingNumbersAreThoseOfTheStandardInItsDomain) {
  for (const char* format : {"bf16", "fp16", "fp32", "fp64", "float:3:4", "float:6:25", "float:7:2"}) {
    for (Arithmetic operation : kFloating)
      testing::expect_values(kAritpim, operation, parse_logic_format(format), 4096);
    testing::expect_values(kAritpimUnsigned, Arithmetic::Fadd, parse_logic_format(format), 4096);
  }
}

TEST(AritpimTest, SaysWhatItLeavesOut) {
  EXPECT_NE(kAritpim.refusal(Arithmetic::Fadd, {2, 40}), "");
  EXPECT_NE(kAritpim.refusal(Arithmetic::Mac, {8, 23}), "");
  EXPECT_EQ(kAritpim.refusal(Arithmetic::Fadd, {8, 23}), "");
  EXPECT_NE(kAritpimUnsigned.refusal(Arithmetic::Fmul, {8, 23}), "");
  const LogicFormat fp32{8, 23};
  const auto accepts = [&](uint64_t a, uint64_t b) {
    return kAritpim.accepts(Arithmetic::Fmul, fp32, std::span(&a, 1), std::span(&b, 1));
  };
  const uint64_t one = 0x3f800000, infinity = 0x7f800000, subnormal = 1, tiny = 0x00800000, half = 0x3f000000;
  EXPECT_TRUE(accepts(one, one));
  EXPECT_FALSE(accepts(one, infinity));
  EXPECT_FALSE(accepts(one, subnormal));
  EXPECT_FALSE(accepts(tiny, half)) << "the result would be subnormal";
}

}  // namespace
}  // namespace ohmweave::logic
