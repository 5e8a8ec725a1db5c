// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ohmweave/array/column_tile.h"
#include "ohmweave/array/encoding.h"
#include "ohmweave/circuit/transfer.h"

namespace ohmweave::array {

/// The columns of a tile as all kernels see them. Conductances stand on a grid: whole multiples of
/// 2^-grid_bits of a step; columns of whole steps have a grid of their own, of grid bits 0, and are exact. One
/// grid for all other columns of a tile: the finest on which all cells of any of them count at most kMostSum,
/// signs apart, so that 16 bits hold the sums. Variances stand on the finest grid on which a cell counts at
/// most kMostVariance and all cells of a column kMostSum; what rounding leaves over of a cell is handed to the
/// next, so that sums over many cells are off by less than one unit.
struct TileColumns {
  static constexpr int64_t kMostSum = 32767, kMostVariance = 255;

  struct Column {
    int64_t transfer = 0;
    bool whole = true;                // cells conduct whole steps, nothing is noisy
    std::vector<int32_t> cells;       // on the grid
    std::vector<uint8_t> variance;    // on its grid; empty: none
    std::vector<float> steps, given;  // conductances and variances as they were added, until the grid is known
    int64_t place = 0;                // whose random numbers its noise has: its own once a tile is prepared
  };
  struct Target {
    int64_t column, output, coefficient;
  };

  InputDigits digits;
  int64_t rows = 0;
  int fraction_bits = 0;
  std::vector<circuit::Transfer> transfers;
  std::vector<Column> columns;
  std::vector<Target> targets;
  int grid_bits = 0, variance_bits = 0;

  /// Chooses the grids and puts the columns on them.
  void set_grids();
  int bits_of(const Column& column) const { return column.whole ? 0 : grid_bits; }
  bool noisy(const Column& column) const {
    return !column.variance.empty() || transfers[static_cast<size_t>(column.transfer)].noise > 0;
  }
  /// Value of code c in units of the outputs: zero + c * step, both rounded once.
  int64_t zero(const circuit::Transfer& transfer) const;
  int64_t step(const circuit::Transfer& transfer) const;
  /// What every vector gets whatever it drives, the zeros of converters: output, amount. `counts`: whether a
  /// column is counted.
  std::vector<std::pair<int64_t, int64_t>> constants(const std::vector<bool>& counts) const;
};

/// How noise is added to sums on the grid. A conversion of one-bit digits has the deviation
///   s = min(32767, sqrt(V * slope + base)), rounded to the nearest whole number,
/// in units of 2^15 / ReadNoise::kDeviation grid steps, V being the sum of the variances of the cells read on
/// their grid; it adds round(s * normal / 2^15), and the sum is held within 16 bits. Of wider digits it adds
/// round(sqrt(V * slope + base) * normal) with s in units of 1 / kDeviation. Every operation is one of IEEE
/// single precision or of whole numbers.
struct NoiseScale {
  float slope = 0, base = 0;

  NoiseScale() = default;
  NoiseScale(const TileColumns& tile, const TileColumns::Column& column);
  /// The sum with its noise, by the definition.
  int64_t apply(int64_t sum, int64_t variance, int32_t normal, bool one_bit) const;
};

/// The definition of ColumnTile::add on the grid, one conversion after the other: what kernels are tested
/// against.
void add_by_definition(const TileColumns& tile, const int32_t* inputs, int64_t input_stride, int64_t vectors,
                       int64_t* outputs, int64_t output_stride, const ReadsAt& at,
                       std::span<const int64_t> columns);

}  // namespace ohmweave::array
