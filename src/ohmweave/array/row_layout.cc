// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/row_layout.h"

#include <algorithm>

#include "ohmweave/array/cutting.h"
#include "ohmweave/base/check.h"

namespace ohmweave::array {

void lay_out(const RowRoom& room, RowPlan& p) {
  const ProductShape& s = p.shape;
  OHMWEAVE_CHECK(s.rows > 0 && s.outputs > 0 && s.groups > 0, "an empty product");
  OHMWEAVE_CHECK(room.rows > 0 && room.columns_per_tap > 0 && room.taps() > 0, "rows that hold no tap");
  const int64_t sums = p.sums();
  p.taps_per_row = divide_up(s.rows, divide_up(s.rows, room.taps()));
  p.parts = divide_up(s.rows, p.taps_per_row);
  p.column_tiles = divide_up(sums, room.rows);
  p.row_tiles = divide_up(p.parts, std::max<int64_t>(room.rows / sums, 1));
  p.parts_per_array = divide_up(p.parts, p.row_tiles);
  p.arrays = p.row_tiles * p.column_tiles;
  p.groups_per_array = std::clamp<int64_t>(room.rows / s.outputs, 1, s.groups);
  p.copies_per_array = p.arrays == 1 ? room.rows / (sums * p.parts) : 1;
  p.rows_used = std::min(sums, room.rows) * p.parts_per_array;
  p.columns_used = room.columns_besides + p.taps_per_row * room.columns_per_tap;
  p.cells_used = sums * (s.rows * room.cells_per_tap + p.parts * room.cells_besides);
}

}  // namespace ohmweave::array
