// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "ohmweave/array/column_kernels.h"
#include "ohmweave/array/conversion.h"
#include "ohmweave/array/product_cells.h"
#include "ohmweave/array/tile_columns.h"

namespace ohmweave::array {

/// The columns of a tile that is read bit by bit, laid out for kernels: in panels of columns that are read
/// together. Tables of a panel are made for a block of vectors, then forgotten: only the cells are kept.
class PreparedTile {
 public:
  /// Takes the cells of the columns that a kernel is for out of the tile, and gives those with noise places.
  PreparedTile(TileColumns& tile, const ColumnKernels& kernels);
  bool takes_lanes() const { return plain_.empty(); }
  void add(const TileColumns& tile, const TileInputs& inputs, int64_t vectors, int64_t* outputs,
           int64_t output_stride, const ReadsAt& at) const;

 private:
  /// A transfer on the grid that its columns stand on.
  struct Converter {
    GridTransfer exact;
    std::optional<Conversion> arithmetic;  // none: a table is made when it is needed
    std::vector<DigitRun> runs;            // digits that are merged in 16 bits
  };
  struct Target {
    int64_t word, row, coefficient;  // word: of the column in its panel
  };
  /// A column that counts in most totals from a row on, by row.
  struct Spread {
    int64_t word, first;
    std::vector<int32_t> coefficients;
  };
  struct Panel {
    PanelKind kind = PanelKind::Words;
    int64_t converter = 0;            // whose runs all columns have, and whose table if they need one
    std::vector<int64_t> converters;  // by word, -1: no column; if each column has its own
    int64_t segment = 1;
    int scale = 0;
    size_t cells = 0;  // in cells_
    PanelConversion conversion = {};
    PanelNoise noise = {};
    std::array<uint8_t, kLine> most = {};
    std::vector<Target> targets;
    std::vector<Spread> spreads;
    /// If each column has one target and those of a unit follow each other: by place, and by unit.
    std::vector<int32_t> coefficients;
    std::array<int64_t, kMostUnits> first = {};
  };
  /// Totals that are multiplied by a converter's step and added to outputs that follow each other.
  struct Segment {
    int64_t row, count, step, output;
  };
  struct Builder;
  struct Block;
  struct Scratch;

  bool multiplies(PanelKind kind) const { return kernels_->multiplies(kind, rows_); }
  void load(const TileColumns& tile, const TileInputs& inputs, Block& block, Scratch& scratch) const;
  void load_lanes(const TileInputs& inputs, const DrivenInputs& what, const Block& block, int64_t first,
                  uint8_t* low, uint8_t* high) const;
  void start_totals(int64_t vectors, Scratch& scratch) const;
  void read(const Panel& panel, const Block& block, Scratch& scratch) const;
  template <class Total>
  void gather(const Panel& panel, const std::vector<DigitRun>& runs, const Block& block, const uint16_t* merged,
              Total* totals) const;
  template <class Total>
  void finish(const Block& block, const Total* totals, int64_t* outputs, int64_t output_stride) const;

  const ColumnKernels* kernels_;
  int64_t rows_;
  int planes_;  // bits of an input
  bool totals_fit_ = true;
  bool needs_lists_ = false, needs_inputs_ = false;
  int64_t total_rows_ = 0;
  std::vector<Panel> panels_;
  std::vector<int32_t> of_sums_;  // by row: coefficients of the sum of the inputs; empty: none
  std::vector<int64_t> plain_;    // columns that are read by the definition
  std::vector<CellLine> cells_;   // [row] of each panel, or see product_place()
  std::vector<Converter> converters_;
  std::vector<Segment> segments_;
  std::vector<std::pair<int64_t, int64_t>> constants_;  // output, what every vector gets
};

}  // namespace ohmweave::array
