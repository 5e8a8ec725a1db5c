// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/cutting.h"

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/base/check.h"

namespace ohmweave::array {
namespace {

/// A column that adds up less than this share of its rows is worth a warning: every conversion costs the same.
constexpr int64_t kFewRows = 4;

}  // namespace

void cut(const Room& room, CutPlan& p) {
  const ProductShape& s = p.shape;
  OHMWEAVE_CHECK(s.rows > 0 && s.outputs > 0 && s.groups > 0, "an empty product");
  const int64_t unit = room.unit_columns, columns = room.columns + unit;
  const int64_t per_group = s.outputs * room.columns_per_weight + unit;
  p.rows_per_array = room.rows;
  p.outputs_per_array = room.columns / room.columns_per_weight;
  OHMWEAVE_CHECK(p.outputs_per_array > 0, "a weight is wider than an array");
  p.row_tiles = divide_up(s.rows, p.rows_per_array);
  p.column_tiles = divide_up(s.outputs, p.outputs_per_array);
  const int64_t fit = p.column_tiles == 1 ? std::min(room.rows / s.rows, columns / per_group) : 0;
  p.groups_per_array = std::clamp<int64_t>(fit, 1, s.groups);
  p.arrays = divide_up(s.groups, p.groups_per_array) * p.row_tiles * p.column_tiles;
  p.copies_per_array = p.arrays == 1 ? std::max<int64_t>(fit / s.groups, 1) : 1;
  p.rows_used = p.groups_per_array * std::min(s.rows, p.rows_per_array);
  const int64_t outputs = std::min(s.outputs, p.outputs_per_array);
  p.columns_used = p.groups_per_array * (outputs * room.columns_per_weight + unit) - unit;
  p.cells_used = s.groups * s.rows * (s.outputs * room.columns_per_weight + unit * p.column_tiles) *
                 room.cells_per_crossing;
  if (s.rows * kFewRows < room.rows)
    p.warnings.push_back(fmt::format("a column adds up only {} of {} rows", s.rows, room.rows));
}

std::vector<Block> CutPlan::blocks() const {
  std::vector<Block> out;
  int64_t array = 0;
  for (int64_t group = 0; group < shape.groups; ++group) {
    for (int64_t row = 0; row < shape.rows; row += rows_per_array) {
      for (int64_t output = 0; output < shape.outputs; output += outputs_per_array) {
        out.push_back({array, group, row, std::min(rows_per_array, shape.rows - row), output,
                       std::min(outputs_per_array, shape.outputs - output)});
        if (groups_per_array == 1) ++array;
      }
    }
    if (groups_per_array > 1 && (group + 1) % groups_per_array == 0) ++array;
  }
  return out;
}

}  // namespace ohmweave::array
