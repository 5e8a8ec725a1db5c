// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/floatpim.h"

#include <bit>
#include <cmath>

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"
#include "ohmweave/logic/array.h"
#include "ohmweave/logic/hajali.h"
#include "ohmweave/logic/testing/checks.h"

namespace ohmweave::logic {
namespace {

constexpr LogicFormat kBf16{8, 7}, kFp16{5, 10}, kFp32{8, 23}, kFp64{11, 52}, kTiny{3, 2}, kLong{2, 9};

/// Normal numbers, some of them close to each other.
void operands(LogicFormat format, int count, std::vector<uint64_t>& a, std::vector<uint64_t>& b) {
  base::RandomStream random(3, 0, 0);
  const auto number = [&](uint64_t exponent, bool corner) {
    uint64_t mantissa =
        (random.below(uint64_t{1} << 32) << 32 | random.below(uint64_t{1} << 32)) >> (64 - format.bits);
    if (corner) mantissa = random.below(2) ? 0 : (uint64_t{1} << format.bits) - 1;
    return (random.below(2) << format.exponent | exponent) << format.bits | mantissa;
  };
  const uint64_t last = (uint64_t{1} << format.exponent) - 2;
  for (int i = 0; i < count; ++i) {
    const uint64_t exponent = 1 + random.below(last);
    const uint64_t near = std::min(last, exponent + random.below(format.bits + 2));
    a.push_back(number(exponent, i % 7 == 0));
    b.push_back(number(i % 4 == 0 ? 1 + random.below(last) : near, i % 5 == 0));
    if (i % 2 == 0) std::swap(a.back(), b.back());
  }
}

/// The value of a word as hardware numbers hold it.
double value(LogicFormat format, uint64_t word) {
  const uint64_t sign = word >> (format.exponent + format.bits), hidden = uint64_t{1} << format.bits;
  const int exponent = static_cast<int>(word >> format.bits & ((1u << format.exponent) - 1));
  const double significand = static_cast<double>((word & (hidden - 1)) | hidden);
  return std::ldexp(sign ? -significand : significand,
                    exponent - format.bits - (1 << (format.exponent - 1)) + 1);
}

TEST(FloatPim, PrintedFormulas) {
  EXPECT_EQ(floatpim_formula(Arithmetic::Fmul, kBf16).nor_cycles, 360);
  EXPECT_EQ(floatpim_formula(Arithmetic::Fadd, kBf16).nor_cycles, 313);
  EXPECT_EQ(floatpim_formula(Arithmetic::Fadd, kBf16).search_cycles, 15);
  EXPECT_EQ(floatpim_formula(Arithmetic::Fmul, kFp32).nor_cycles, 3360);
  EXPECT_EQ(floatpim_formula(Arithmetic::Fadd, kFp32).nor_cycles, 1097);
  EXPECT_EQ(floatpim_formula(Arithmetic::Fadd, kFp32).search_cycles, 47);
}

// The sum has the paper's gates, and those for the increment of the exponent and for the sign, which it leaves
// out.
TEST(FloatPim, GatesOfTheSumAreThoseOfTheFormula) {
  for (const LogicFormat format : {kBf16, kFp16, kFp32, kFp64}) {
    const LogicCounts counts = count(floatpim_sum(format));
    const FloatPimFormula formula = floatpim_formula(Arithmetic::Fadd, format);
    EXPECT_EQ(counts.gates(), formula.nor_cycles + 12 * format.exponent + 2);
    EXPECT_EQ(counts[Gate::Search], formula.search_cycles + 6);  // the sign twice, and four to normalise
  }
}

// The table of docs/models/logic_partitions.md.
TEST(FloatPim, ProgramsBesideFormulas) {
  const auto expect = [](const LogicProgram& program, int64_t gates, int64_t searches, int64_t cycles) {
    const LogicCounts counts = count(program);
    EXPECT_EQ(counts.gates(), gates);
    EXPECT_EQ(counts[Gate::Search], searches);
    EXPECT_EQ(counts.cycles, cycles);
  };
  expect(floatpim_sum(kBf16), 411, 21, 489);
  expect(floatpim_product(kBf16), 936, 2, 969);
  expect(floatpim_sum(kFp32), 1195, 53, 1353);
  expect(floatpim_product(kFp32), 7400, 2, 7449);
}

TEST(FloatPim, WholeNumbersTake13CyclesForABit) {
  for (const int bits : {2, 7, 16, 32, 64}) {
    const LogicProgram program = floatpim_whole_sum(bits);
    EXPECT_EQ(count(program).cycles, 13 * bits + 1);
    EXPECT_EQ(program.bitlines, 3 * bits + 12 + 1);
  }
  EXPECT_EQ(testing::results_in_used_rows(floatpim_whole_sum(16), {{40000, 65535}, {30000, 65535}}),
            (std::vector<uint64_t>{70000 - 65536, 65534}));
}

TEST(FloatPim, ProductHasAHalfTheFormulaLeavesOut) {
  for (const LogicFormat format : {kBf16, kFp32}) {
    const int64_t cycles = count(floatpim_product(format)).cycles;
    const int m = format.bits + 1;
    EXPECT_GT(cycles, floatpim_formula(Arithmetic::Fmul, format).nor_cycles);
    // whole significands, two additions of 13 Ne, the sign, and copies of the upper half in searched rows
    EXPECT_EQ(cycles, count(hajali_product(m)).cycles + 2 * 13 * format.exponent + 6 + 3 * m + 5);
  }
}

// Against plain arithmetic on the parts, bits beyond the last dropped: every row, whether exact or not.
TEST(FloatPim, ValuesDropBitsBeyondTheLast) {
  for (const LogicFormat format : {kTiny, kLong, kBf16, kFp16, kFp32}) {
    std::vector<uint64_t> a, b;
    operands(format, 3000, a, b);
    const std::vector<uint64_t> product = testing::results_in_used_rows(floatpim_product(format), {a, b});
    const uint64_t sign = uint64_t{1} << (format.width() - 1);
    std::vector<uint64_t> same_sign = b;
    for (size_t i = 0; i < a.size(); ++i) same_sign[i] = (b[i] & (sign - 1)) | (a[i] & sign);
    const std::vector<uint64_t> sum = testing::results_in_used_rows(floatpim_sum(format), {a, same_sign});
    const double last =
        value(format, ((uint64_t{1} << (format.exponent + format.bits)) - 1) - (uint64_t{1} << format.bits));
    const double least = value(format, uint64_t{1} << format.bits);
    int compared = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      const double exact_product = value(format, a[i]) * value(format, b[i]);  // 48 bits: exact
      if (std::fabs(exact_product) >= least) {
        const double unit = std::ldexp(1.0, std::ilogb(exact_product) - format.bits);
        const double want = std::trunc(exact_product / unit) * unit;
        if (std::fabs(want) <= last) {
          ASSERT_EQ(value(format, product[i]), want) << format.bits << std::hex << " " << a[i] << " " << b[i];
          ++compared;
        }
      }
      const double x = value(format, a[i]), y = value(format, same_sign[i]);
      if (std::abs(std::ilogb(x) - std::ilogb(y)) > 28) continue;  // exact in 53 bits
      const double unit = std::ldexp(1.0, std::ilogb(x + y) - format.bits);
      const double want = std::trunc((x + y) / unit) * unit;
      if (std::fabs(want) <= last) {
        ASSERT_EQ(value(format, sum[i]), want) << format.bits << std::hex << " " << a[i] << " " << same_sign[i];
        ++compared;
      }
    }
    EXPECT_GT(compared, 1500);
  }
}

// On its domain it is IEEE arithmetic: against the machine's float and double.
TEST(FloatPim, AcceptedOperandsGiveIeeeResults) {
  for (const Arithmetic operation : {Arithmetic::Fadd, Arithmetic::Fmul}) {
    std::vector<uint64_t> a, b;
    operands(kFp32, 20000, a, b);
    for (size_t i = 0; i < a.size(); i += 3)
      a[i] &= ~uint64_t{0xfff}, b[i] &= ~uint64_t{0xfff};  // exact ones too
    const bool sum = operation == Arithmetic::Fadd;
    const std::vector<uint64_t> got =
        testing::results_in_used_rows(sum ? floatpim_sum(kFp32) : floatpim_product(kFp32), {a, b});
    int accepted = 0, refused = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      const float x = std::bit_cast<float>(static_cast<uint32_t>(a[i])),
                  y = std::bit_cast<float>(static_cast<uint32_t>(b[i]));
      const uint32_t want = std::bit_cast<uint32_t>(sum ? x + y : x * y);
      if (floatpim_accepts(operation, kFp32, a[i], b[i])) {
        ASSERT_EQ(got[i], want) << std::hex << a[i] << " " << b[i];
        ++accepted;
      } else {
        refused += got[i] != want;
      }
    }
    EXPECT_GT(accepted, 3000);
    EXPECT_GT(refused, 1000);  // and what it does not accept is mostly not IEEE
  }
}

TEST(FloatPim, AcceptsDoubles) {
  std::vector<uint64_t> a, b;
  operands(kFp64, 2000, a, b);
  for (const Arithmetic operation : {Arithmetic::Fadd, Arithmetic::Fmul}) {
    const bool sum = operation == Arithmetic::Fadd;
    const std::vector<uint64_t> got =
        testing::results_in_used_rows(sum ? floatpim_sum(kFp64) : floatpim_product(kFp64), {a, b});
    int accepted = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      if (!floatpim_accepts(operation, kFp64, a[i], b[i])) continue;
      const double x = std::bit_cast<double>(a[i]), y = std::bit_cast<double>(b[i]);
      ASSERT_EQ(got[i], std::bit_cast<uint64_t>(sum ? x + y : x * y));
      ++accepted;
    }
    EXPECT_GT(accepted, 200);
  }
}

}  // namespace
}  // namespace ohmweave::logic
