// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/array/array.h"

namespace ohmweave::array {

/// What rows of an array offer, and what a sum of products takes of its own row: inputs and weights beside each
/// other, a tap each, and besides them the running sum and scratch.
struct RowRoom {
  int64_t rows = 0, columns = 0;  // of one array
  int64_t columns_per_tap = 0, columns_besides = 0;
  int64_t cells_per_tap = 0,
          cells_besides = 0;  // as many as columns, or more where columns are stacks of cells

  /// Taps that a row holds.
  int64_t taps() const { return columns < columns_besides ? 0 : (columns - columns_besides) / columns_per_tap; }
};

/// A plan of arrays whose rows compute: each row makes one sum. A sum with more taps than a row holds is cut
/// into parts of equal length, whose sums are added.
struct RowPlan : Plan {
  int64_t parts = 1;         // of a sum
  int64_t taps_per_row = 0;  // of the longest part
  int64_t parts_per_array =
      1;  // parts of the same sum that stand in one array; Plan::row_tiles arrays hold them all

  /// Sums of a vector: a row each in every part.
  int64_t sums() const { return shape.groups * shape.outputs; }
};

/// Deals out rows of arrays to the sums of the plan's shape and fills in what Plan and RowPlan say of it. All
/// sums of a vector stand in one array if it has as many rows, and then as many of their parts as it holds;
/// whole products share an array only if all parts do. A row has to hold a tap.
void lay_out(const RowRoom& room, RowPlan& plan);

}  // namespace ohmweave::array
