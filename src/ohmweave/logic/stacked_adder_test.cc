// SPDX-License-Identifier: Apache-2.0
// Adders in a stack of layers: sums and differences against plain arithmetic, and what they cost.
#include "ohmweave/logic/stacked_adder.h"

#include <gtest/gtest.h>

#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/testing/checks.h"

namespace ohmweave::logic {
namespace {

TEST(StackedAdder, SumsAndDifferencesOfAnyWidth) {
  for (int bits = 2; bits <= 64; ++bits) {
    testing::expect_values(kBnn3d, Arithmetic::Add, {0, bits}, 1000);
    testing::expect_values(kBnn3d, Arithmetic::Sub, {0, bits}, 1000);
  }
}

/// Every pair of operands.
TEST(StackedAdder, SmallOperandsOnePairARow) {
  for (int bits = 2; bits <= 6; ++bits) {
    const uint64_t numbers = uint64_t{1} << bits;
    std::vector<uint64_t> a, b;
    for (uint64_t i = 0; i < numbers * numbers; ++i) {
      a.push_back(i / numbers);
      b.push_back(i % numbers);
    }
    const auto sums = testing::results_in_used_rows(stacked_sum(bits), {a, b});
    const auto differences = testing::results_in_used_rows(stacked_difference(bits), {a, b});
    for (size_t i = 0; i < a.size(); ++i) {
      ASSERT_EQ(sums[i], (a[i] + b[i]) % numbers) << a[i] << " + " << b[i];
      ASSERT_EQ(differences[i], (a[i] - b[i]) % numbers) << a[i] << " - " << b[i];
    }
  }
}

TEST(StackedAdder, CyclesAndCellsOfItsClosedForms) {
  for (int bits = 2; bits <= 64; ++bits) {
    const int high = bits - bits / 2, turns = (high + 6) / 7;
    const LogicProgram sum = stacked_sum(bits), difference = stacked_difference(bits);
    EXPECT_EQ(count(sum).cycles, 14 * high + 3 + turns);
    EXPECT_EQ(count(difference).cycles, 15 * high + 3 + turns);
    EXPECT_EQ(footprint(sum), 3 * high + 10);
    EXPECT_EQ(footprint(difference), 4 * high + 10);
    EXPECT_EQ(sum.bitlines, 3 * (bits + high) + 30);
    EXPECT_EQ(sum.partition_count(), 3);
  }
}

TEST(StackedAdder, GatesOfItsLayers) {
  const LogicCounts counts = count(stacked_sum(32));
  EXPECT_EQ(counts[Gate::Nor], 3 * 16 * 9 + 2 * 16);
  EXPECT_EQ(counts[Gate::Not], 2 * 16 + 1 + 16);
  EXPECT_EQ(counts.gates(), counts[Gate::Nor] + counts[Gate::Not]);  // no optional gates
}

TEST(StackedAdder, CoversItsLargestLayer) {
  EXPECT_EQ(footprint(LogicProgram{.name = "three layers", .bitlines = 9, .partitions = {0, 2, 6}}), 4);
  EXPECT_EQ(footprint(LogicProgram{.name = "whole", .bitlines = 7}), 7);
}

TEST(StackedAdder, RefusesWhatItDoesNotHave) {
  EXPECT_EQ(kBnn3d.refusal(Arithmetic::Mul, {0, 8}), "it only has add and sub");
  EXPECT_EQ(kBnn3d.refusal(Arithmetic::Add, {0, 1}), "it adds numbers of at least 2 bits");
  EXPECT_EQ(kBnn3d.refusal(Arithmetic::Sub, {0, 64}), "");
}

}  // namespace
}  // namespace ohmweave::logic
