// SPDX-License-Identifier: Apache-2.0
// AritPIM's bit-parallel algorithms: its published tables to the cycle, the gate and the cell, and its values.
#include <bit>

#include <gtest/gtest.h>

#include "ohmweave/base/testing/sanitized.h"
#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/periphery.h"
#include "ohmweave/logic/testing/checks.h"

namespace ohmweave::logic {
namespace {

struct Published {
  Arithmetic operation;
  const char* format;
  int64_t cycles, gates;  // initialisations are gates too
  int cells;
};

/// Tables of latency, energy and area of the authors.
constexpr Published kPublished[] = {
    {Arithmetic::Add, "fixed:8", 67, 317, 64},       {Arithmetic::Add, "fixed:16", 81, 662, 128},
    {Arithmetic::Add, "fixed:32", 95, 1359, 256},    {Arithmetic::Add, "fixed:64", 109, 2760, 512},
    {Arithmetic::Sub, "fixed:8", 70, 334, 72},       {Arithmetic::Sub, "fixed:16", 84, 695, 144},
    {Arithmetic::Sub, "fixed:32", 98, 1424, 288},    {Arithmetic::Sub, "fixed:64", 112, 2889, 576},
    {Arithmetic::Mul, "fixed:8", 327, 1821, 88},     {Arithmetic::Mul, "fixed:16", 629, 6614, 176},
    {Arithmetic::Mul, "fixed:32", 1251, 25039, 352}, {Arithmetic::Mul, "fixed:64", 2545, 97224, 704},
    {Arithmetic::Div, "fixed:8", 1019, 4598, 112},   {Arithmetic::Div, "fixed:16", 2071, 16544, 224},
    {Arithmetic::Div, "fixed:32", 4291, 62338, 448}, {Arithmetic::Div, "fixed:64", 8991, 241492, 896},
    {Arithmetic::Fadd, "bf16", 1132, 4709, 240},     {Arithmetic::Fadd, "fp16", 1121, 4959, 240},
    {Arithmetic::Fadd, "fp32", 1359, 10186, 480},    {Arithmetic::Fadd, "fp64", 1673, 21798, 960},
    {Arithmetic::Fmul, "bf16", 721, 3333, 224},      {Arithmetic::Fmul, "fp16", 841, 4641, 224},
    {Arithmetic::Fmul, "fp32", 1407, 16887, 448},    {Arithmetic::Fmul, "fp64", 2625, 71819, 896},
    {Arithmetic::Fdiv, "bf16", 1749, 8535, 272},     {Arithmetic::Fdiv, "fp16", 2092, 12716, 272},
    {Arithmetic::Fdiv, "fp32", 3963, 44530, 544},    {Arithmetic::Fdiv, "fp64", 8252, 184501, 1088},
};

TEST(AritpimParallel, TablesAreEqualToTheCycleTheGateAndTheCell) {
  for (const Published& published : kPublished) {
    const LogicProgram program =
        kAritpimParallel.build(published.operation, parse_logic_format(published.format));
    const LogicCounts counts = count(program);
    const std::string what = std::string(name_of(published.operation)) + " " + published.format;
    EXPECT_EQ(counts.cycles, published.cycles) << what;
    EXPECT_EQ(counts.gates() + counts.inits(), published.gates) << what;
    EXPECT_EQ(program.bitlines, published.cells) << what;
    EXPECT_EQ(program.partition_count(), parse_logic_format(published.format).width());
    EXPECT_EQ(violation(program, Periphery::Minimal), "") << what;
  }
}

/// Forms that go through the tables of whole numbers hold at all widths.
TEST(AritpimParallel, ClosedFormsBetweenTheTables) {
  const auto cycles = [](Arithmetic operation, int n) {
    return count(kAritpimParallel.build(operation, {0, n})).cycles;
  };
  for (int n = 3; n <= 64; n += base::testing::kSanitized ? 6 : 1) {
    const int steps = std::bit_width(static_cast<unsigned>(n - 1));
    EXPECT_EQ(cycles(Arithmetic::Add, n), 14 * steps + 25) << n;
    EXPECT_EQ(cycles(Arithmetic::Sub, n), 14 * steps + 28) << n;
    EXPECT_EQ(cycles(Arithmetic::Mul, n), n * (2 * steps + 26) + 14 * steps + 29) << n;
    EXPECT_EQ(cycles(Arithmetic::Div, n), n * (9 * steps + 83) + 28 * steps + 55) << n;
  }
}

TEST(AritpimParallel, WholeNumbersOfAnyWidth) {
  for (int bits = 1; bits <= 64; bits += bits < 12 ? 1 : 7) {
    for (const Arithmetic operation : {Arithmetic::Add, Arithmetic::Sub, Arithmetic::Mul, Arithmetic::Div})
      testing::expect_values(kAritpimParallel, operation, {0, bits}, 1000);
  }
}

TEST(AritpimParallel, FloatingPointOfAnyFormat) {
  for (const LogicFormat format :
       {LogicFormat{8, 7}, {5, 10}, {8, 23}, {11, 52}, {4, 3}, {5, 2}, {6, 9}, {7, 17}, {15, 40}}) {
    for (const Arithmetic operation :
         {Arithmetic::Fadd, Arithmetic::Fsub, Arithmetic::Fmul, Arithmetic::Fdiv}) {
      EXPECT_EQ(kAritpimParallel.refusal(operation, format), "");
      testing::expect_values(kAritpimParallel, operation, format, 4000);
    }
  }
}

TEST(AritpimParallel, RefusesWhatItsLanesCannotHold) {
  EXPECT_EQ(kAritpimParallel.refusal(Arithmetic::Fmul, {3, 10}), "it needs an exponent of at least 4 bits");
  EXPECT_EQ(kAritpimParallel.refusal(Arithmetic::Fmul, {5, 1}), "it needs a mantissa of at least 2 bits");
  EXPECT_EQ(kAritpimParallel.refusal(Arithmetic::Fadd, {4, 30}),
            "a mantissa of 30 bits needs an exponent of at least 6");
  EXPECT_EQ(kAritpimParallel.refusal(Arithmetic::Div, {0, 2}), "it divides by numbers of at least 3 bits");
  EXPECT_NE(kAritpimParallel.refusal(Arithmetic::Mac, {0, 8}), "");
}

}  // namespace
}  // namespace ohmweave::logic
