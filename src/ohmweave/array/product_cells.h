// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "ohmweave/array/column_kernels.h"

// How cells lie in memory where processors multiply matrices: a product takes 64 rows of 16 conversions, and
// four rows of a column stand together.
namespace ohmweave::array {

constexpr int64_t kProductRows = 64, kProductReads = 16, kRowsTogether = 4;
constexpr int64_t product_rows(int64_t rows) { return (rows + kProductRows - 1) / kProductRows * kProductRows; }

/// Where a part of 16 columns and 64 rows has a row of a column: [row / 4][column][row % 4].
constexpr int64_t place_in_part(int64_t part, int64_t row, int64_t column) {
  return (part * (kProductRows / kRowsTogether) + row % kProductRows / kRowsTogether) * kLine +
         column * kRowsTogether + row % kRowsTogether;
}
/// Where a panel that is read bit by bit has a byte of the line of a row: [64 rows][a quarter of the line].
/// Sums of two quarters are packed into words, first the even bytes: sums of the low bytes.
constexpr int64_t product_place(int64_t row, int64_t byte) {
  const int64_t quarter = byte % 2 * 2 + byte / 8 % 2;
  return place_in_part(row / kProductRows * 4 + quarter, row, byte / 16 * 4 + byte / 2 % 4);
}
/// Where a panel that wider digits read has the low or the high byte of a cell: [64 rows][byte].
constexpr int64_t wide_place(int64_t row, int64_t column, int64_t high) {
  return place_in_part(row / kProductRows * 2 + high, row, column);
}

/// Bytes that follow each other in lines of memory.
struct alignas(kLine) CellLine {
  std::array<uint8_t, kLine> bytes;
};

/// Writes eight bits of the values of a column, those above the `down` lowest; row r stands at place(r).
template <class T, class Place>
void put_byte(const T* values, int64_t rows, int down, const Place& place, CellLine* cells) {
  const auto put = [&](int64_t row, int64_t count) __attribute__((always_inline)) {
    uint32_t together = 0;
    for (int64_t j = 0; j < count; ++j)
      together |= (static_cast<uint32_t>(values[row + j] >> down) & 255) << (8 * j);
    const int64_t at = place(row);
    for (int64_t j = 0; j < kRowsTogether; ++j)
      cells[at / kLine].bytes[static_cast<size_t>(at % kLine + j)] = static_cast<uint8_t>(together >> (8 * j));
  };
  int64_t row = 0;
  for (; row + kRowsTogether <= rows; row += kRowsTogether) put(row, kRowsTogether);
  if (row < rows) put(row, rows - row);
}

}  // namespace ohmweave::array
