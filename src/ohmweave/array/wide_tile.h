// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ohmweave/array/column_kernels.h"
#include "ohmweave/array/product_cells.h"
#include "ohmweave/array/tile_columns.h"

namespace ohmweave::array {

/// The columns of a tile that is read by digits of more than one bit: sums of products of digits and cells, in
/// panels of 16 columns. A vector reads only the pairs of rows that a digit drives.
class WideTile {
 public:
  /// Takes the cells of the columns that kernels are for out of the tile, and gives those with noise places.
  WideTile(TileColumns& tile, const ColumnKernels& kernels);
  void add(const TileColumns& tile, const TileInputs& inputs, int64_t vectors, int64_t* outputs,
           int64_t output_stride, const ReadsAt& at) const;

 private:
  struct Panel {
    std::vector<int64_t> columns;  // of the tile
    std::vector<int16_t> cells;   // [pair of rows][column][row], if noisy followed by the variances of the pair
    std::vector<CellLine> lines;  // or the cells as products want them
    bool noisy = false;
    PanelNoise noise = {};
    bool ideal = true;  // so are the converters of all columns
    WideConversion conversion = {};
  };
  struct Target {
    int64_t output, factor;
  };
  struct Scratch;

  bool fits(const TileColumns& tile, const TileColumns::Column& column) const;
  void add_panel(TileColumns& tile, std::span<const int64_t> columns);
  bool multiplies(const TileColumns& tile, const Panel& panel) const;
  void set_cells(const TileColumns& tile, Panel& panel) const;
  void spread(const TileColumns& tile, const TileInputs& inputs, int64_t first, int64_t last,
              Scratch& scratch) const;
  void list(const TileColumns& tile, const int32_t* codes, Scratch& scratch) const;
  void read(const TileColumns& tile, const Panel& panel, const WideReads& reads, int64_t* outputs) const;
  void add_codes(const TileColumns& tile, const Panel& panel, const int32_t* sums, int64_t* outputs) const;

  static void code_one_by_one(const TileColumns& tile, const Panel& panel, const int32_t* sums, double* merged);

  const ColumnKernels* kernels_;
  std::vector<Panel> panels_;
  bool needs_lists_ = false, needs_digits_ = false;
  int64_t noisy_panels_ = 0;
  std::vector<int64_t> plain_;                          // columns that are read by the definition
  std::vector<std::vector<Target>> targets_;            // of columns: what a merged code adds
  std::vector<std::pair<int64_t, int64_t>> constants_;  // output, what every vector gets
};

}  // namespace ohmweave::array
