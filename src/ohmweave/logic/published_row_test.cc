// SPDX-License-Identifier: Apache-2.0
// MultPIM, Haj-Ali and adders in one row: counts as published and values against integer arithmetic.
#include <bit>

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"
#include "ohmweave/logic/array.h"
#include "ohmweave/logic/hajali.h"
#include "ohmweave/logic/multpim.h"
#include "ohmweave/logic/nor_adders.h"
#include "ohmweave/logic/periphery.h"
#include "ohmweave/logic/testing/checks.h"

namespace ohmweave::logic {
namespace {

__extension__ using Wide = unsigned __int128;

uint64_t ones(int bits) { return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1; }

/// Numbers of some bits: corners first, then random ones.
std::vector<uint64_t> numbers(int bits, int count, uint64_t seed) {
  base::RandomStream random(seed, 0, 0);
  std::vector<uint64_t> all;
  for (const uint64_t corner : {uint64_t{0}, uint64_t{1}, ones(bits), ones(bits) >> 1, ones(bits) / 3})
    for (int i = 0; i < 5; ++i) all.push_back(corner);
  while (static_cast<int>(all.size()) < count) {
    const uint64_t low = random.below(uint64_t{1} << 32);
    all.push_back((random.below(uint64_t{1} << 32) << 32 | low) & ones(bits));
  }
  return all;
}

/// What a program leaves of operands in rows whose other cells hold ones, two words for each row.
std::vector<uint64_t> results(const LogicProgram& program, const std::vector<uint64_t>& a,
                              const std::vector<uint64_t>& b) {
  const std::vector<uint64_t> words = testing::results_in_used_rows(program, {a, b});
  const size_t width = words.size() / a.size();
  std::vector<uint64_t> two;
  for (size_t row = 0; row < a.size(); ++row) {
    two.push_back(words[row * width]);
    two.push_back(width > 1 ? words[row * width + 1] : 0);
  }
  return two;
}

void expect_products(const LogicProgram& program, int bits) {
  std::vector<uint64_t> a = numbers(bits, 700, 1), b = numbers(bits, 700, 2);
  for (int i = 0; i < 25; ++i) b[i] = a[i % 5 * 5];  // corners with corners
  const std::vector<uint64_t> got = results(program, a, b);
  const int result_bits = static_cast<int>(program.outputs[0].cells.size());
  for (size_t row = 0; row < a.size(); ++row) {
    const Wide want = static_cast<Wide>(a[row]) * b[row];
    ASSERT_EQ(got[2 * row], static_cast<uint64_t>(want) & ones(result_bits))
        << program.name << " " << bits << " bits";
    ASSERT_EQ(got[2 * row + 1],
              result_bits > 64 ? static_cast<uint64_t>(want >> 64) & ones(result_bits - 64) : 0);
  }
}

void expect_sums(const LogicProgram& program, int bits) {
  std::vector<uint64_t> a = numbers(bits, 700, 1), b = numbers(bits, 700, 2);
  for (int i = 0; i < 25; ++i) b[i] = a[i % 5 * 5];
  const std::vector<uint64_t> got = results(program, a, b);
  for (size_t row = 0; row < a.size(); ++row) {
    ASSERT_EQ(got[2 * row], (a[row] + b[row]) & ones(bits)) << program.name << " " << bits << " bits";
  }
}

int64_t steps_to_all(int bits) { return std::bit_width(static_cast<unsigned>(bits - 1)); }

const std::vector<int> kWidths = {2, 3, 4, 5, 7, 8, 11, 16, 17, 24, 31, 32, 33, 53, 64};

TEST(MultPim, PrintedTableAt32Bits) {  // table of the paper and of its code
  EXPECT_EQ(count(multpim_product(32)).cycles, 611);
  EXPECT_EQ(multpim_product(32).bitlines, 441);
  EXPECT_EQ(count(multpim_area_product(32)).cycles, 899);
  EXPECT_EQ(multpim_area_product(32).bitlines, 320);
  EXPECT_EQ(count(multpim_nor_product(32)).cycles, 995);
  EXPECT_EQ(multpim_nor_product(32).bitlines, 379);
  EXPECT_EQ(count(multpim_sum(32)).cycles, 161);
  EXPECT_EQ(multpim_sum(32).bitlines, 101);
  EXPECT_EQ(multpim_product(32).partition_count() - 1, 31);  // transistors
}

TEST(MultPim, ClosedFormsAndProductsAtAnyWidth) {
  for (const int n : kWidths) {
    const LogicProgram fast = multpim_product(n), small = multpim_area_product(n), nor = multpim_nor_product(n);
    EXPECT_EQ(count(fast).cycles, n * steps_to_all(n) + 14 * n + 3);
    EXPECT_EQ(fast.bitlines, 14 * n - 7);
    EXPECT_EQ(count(small).cycles, n * steps_to_all(n) + 23 * n + 3);
    EXPECT_EQ(small.bitlines, 10 * n);
    EXPECT_EQ(count(nor).cycles, n * steps_to_all(n) + 26 * n + 3);
    EXPECT_EQ(nor.bitlines, 12 * n - 5);
    EXPECT_EQ(count(nor)[Gate::Min3], 0);
    for (const LogicProgram* program : {&fast, &small, &nor}) {
      EXPECT_EQ(program->partition_count(), n);
      EXPECT_EQ(least_periphery(*program), Periphery::Unlimited);
      expect_products(*program, n);
    }
  }
}

TEST(HajAli, PrintedCountsAndProducts) {
  EXPECT_EQ(count(hajali_product(32)).cycles, 12870);  // as MultPIM's table quotes it
  EXPECT_EQ(hajali_product(32).bitlines, 635);
  for (const int n : kWidths) {
    const LogicProgram program = hajali_product(n);
    EXPECT_EQ(count(program).cycles, 13 * n * n - 14 * n + 6);
    EXPECT_EQ(program.bitlines, 20 * n - 5);
    expect_products(program, n);
  }
}

TEST(HajAli, LowProductTakesOneHalfAdderMoreThanTheFormula) {
  EXPECT_EQ(hajali_low_formula(7), 264);  // FloatPIM, bf16: 360 less 12 Ne
  EXPECT_EQ(hajali_low_product(7).bitlines - 3 * 7, 93);
  for (const int n : kWidths) {
    const LogicProgram program = hajali_low_product(n);
    EXPECT_EQ(count(program).cycles, hajali_low_formula(n) + 7);
    EXPECT_EQ(program.bitlines, 3 * n + 16 * n - 19);
    expect_products(program, n);
  }
}

TEST(RowAdders, CountsAndSums) {
  for (const int n : kWidths) {
    EXPECT_EQ(count(felix_sum(n)).cycles, 12 * n + 1);
    EXPECT_EQ(count(nor9_sum(n)).cycles, 9 * n + 2);
    EXPECT_EQ(count(multpim_sum(n)).cycles, 5 * n + 1);
    EXPECT_EQ(multpim_sum(n).bitlines, 3 * n + 5);
    for (const LogicProgram& program : {felix_sum(n), nor9_sum(n), multpim_sum(n)}) expect_sums(program, n);
  }
}

}  // namespace
}  // namespace ohmweave::logic
