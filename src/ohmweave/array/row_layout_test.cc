// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/row_layout.h"

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"

namespace ohmweave::array {
namespace {

RowPlan laid_out(const RowRoom& room, const ProductShape& shape) {
  RowPlan plan;
  plan.shape = shape;
  lay_out(room, plan);
  return plan;
}

/// Rows of 100 columns hold 9 taps of 10 columns beside 10 others.
constexpr RowRoom kRoom{64, 100, 10, 10, 30, 12};

TEST(RowLayout, SmallProductsShareAnArray) {
  const RowPlan plan = laid_out(kRoom, {9, 10, 1});
  EXPECT_EQ(plan.arrays, 1);
  EXPECT_EQ(plan.parts, 1);
  EXPECT_EQ(plan.copies_per_array, 6);
  EXPECT_EQ(plan.rows_used, 10);
  EXPECT_EQ(plan.columns_used, 100);
  EXPECT_EQ(plan.cells_used, 10 * (9 * 30 + 12));
}

TEST(RowLayout, LongSumsAreCutIntoPartsOfEqualLength) {
  const RowPlan plan = laid_out(kRoom, {28, 20, 1});
  EXPECT_EQ(plan.parts, 4);
  EXPECT_EQ(plan.taps_per_row, 7);
  EXPECT_EQ(plan.row_tiles, 2);  // an array holds three parts of twenty sums, and two arrays two each
  EXPECT_EQ(plan.parts_per_array, 2);
  EXPECT_EQ(plan.rows_used, 40);
  EXPECT_EQ(plan.arrays, 2);
  EXPECT_EQ(plan.copies_per_array, 1);
  EXPECT_EQ(plan.cells_used, 20 * (28 * 30 + 4 * 12));
}

TEST(RowLayout, ManySumsTakeArraysSideBySide) {
  const RowPlan plan = laid_out(kRoom, {19, 20, 7});
  EXPECT_EQ(plan.parts, 3);
  EXPECT_EQ(plan.column_tiles, 3);
  EXPECT_EQ(plan.row_tiles, 3);
  EXPECT_EQ(plan.arrays, 9);
  EXPECT_EQ(plan.groups_per_array, 3);
  EXPECT_EQ(plan.rows_used, 64);
}

/// Whatever the shape: everything has a place, and one array less would not do.
TEST(RowLayout, EveryTapOfEverySumHasAPlace) {
  base::RandomStream random(1, 0, base::key_of("row layout"));
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(random.below(n)) + 1; };
  for (int round = 0; round < 3000; ++round) {
    RowRoom room{below(300), 0, below(20), below(50), below(30), below(60)};
    room.columns = room.columns_besides + room.columns_per_tap * below(40) + below(5) - 1;
    const ProductShape shape{below(3000), below(200), below(4)};
    const RowPlan plan = laid_out(room, shape);
    const int64_t sums = shape.outputs * shape.groups;
    EXPECT_LE(plan.columns_used, room.columns);
    EXPECT_GE(plan.taps_per_row * plan.parts, shape.rows);
    EXPECT_LT(plan.taps_per_row * (plan.parts - 1), shape.rows);
    EXPECT_LT((plan.parts - 1) * room.taps(), shape.rows) << "fewer rows of a sum would do";
    EXPECT_GE(plan.row_tiles * plan.parts_per_array, plan.parts);
    EXPECT_LE(plan.rows_used * plan.copies_per_array, room.rows);
    EXPECT_GE(plan.arrays * room.rows, sums * plan.parts);
    if (sums > room.rows) {
      EXPECT_EQ(plan.parts_per_array, 1);
    }
    if (plan.arrays == 1) {
      EXPECT_GT((plan.copies_per_array + 1) * sums * plan.parts, room.rows);
    }
  }
}

}  // namespace
}  // namespace ohmweave::array
