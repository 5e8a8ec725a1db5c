// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ohmweave/array/array.h"

namespace ohmweave::array {

/// The part of a matrix that stands in one array; blocks of several groups may share an array, along its
/// diagonal.
struct Block {
  int64_t array = 0;
  int64_t group = 0;
  int64_t first_row = 0, rows = 0;  // of the group
  int64_t first_output = 0, outputs = 0;
};

/// A plan whose product is cut into such blocks.
struct CutPlan : Plan {
  int64_t rows_per_array = 0, outputs_per_array = 0;

  /// All blocks of one copy, arrays in order.
  std::vector<Block> blocks() const;
};

/// What an array offers and a product takes of it.
struct Room {
  int64_t rows = 0, columns = 0;   // of one array, columns that hold data
  int64_t columns_per_weight = 1;  // beside each other in a row
  int64_t unit_columns = 0;        // that each block takes besides; the array has as many more
  int64_t cells_per_crossing = 1;  // of a row and a column
};

/// Deals out rows and columns of arrays: groups along the diagonal of one array if several fit, else tiles.
/// Fills in what Plan and CutPlan say of it, and a warning where arrays stay nearly empty.
void cut(const Room& room, CutPlan& plan);

constexpr int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace ohmweave::array
