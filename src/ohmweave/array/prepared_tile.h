// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "ohmweave/array/column_kernels.h"
#include "ohmweave/array/conversion.h"
#include "ohmweave/array/tile_columns.h"

namespace ohmweave::array {

/// The columns of a tile laid out for kernels. Tables are made for a few columns and used for a few strips of
/// vectors, then forgotten: only the cells are kept.
class PreparedTile {
 public:
  /// Takes the cells of the columns that a kernel is for out of the tile.
  PreparedTile(TileColumns& tile, const ColumnKernels& kernels);
  bool takes_lanes(const TileColumns& tile) const { return plain_.empty() && tile.digits.width == 1; }
  void add(const TileColumns& tile, const TileInputs& inputs, int64_t vectors, int64_t* outputs,
           int64_t output_stride, const ReadsAt& at) const;

 private:
  enum class Kind {
    Saturating,  // codes are min(sum, most) of cells of bytes
    Converted,   // one-bit digits: sums and codes of 16 bits
    Combined,    // wider digits: sums of their bits are put together in 32 bits
    Plain,       // by the definition
  };
  /// A transfer on the grid that its columns stand on.
  struct Converter {
    GridTransfer exact;
    std::optional<Conversion> arithmetic;  // none: a table is made when it is needed
    double zero = 0, inverse = 0;          // of Kind::Combined
    std::vector<DigitRun> runs;            // digits that are merged in 16 bits
  };
  struct Column {
    int64_t number = 0;
    Kind kind = Kind::Plain;
    KernelColumn kernel;  // without tables
    size_t cells = 0;     // in bytes_ or words_
    size_t variance = 0;  // in bytes_
    bool noisy = false, varies = false;
    NoiseScale noise;
    int64_t converter = 0;
    size_t first_target = 0, last_target = 0;
  };
  struct Target {
    int64_t row, coefficient;
  };
  /// What is summed before it is multiplied by a converter's step and added to an output.
  struct Row {
    int64_t output, step;
  };
  struct Scratch;
  struct Block;

  void set_targets(const TileColumns& tile);
  void lay_out(const TileColumns& tile, int64_t number);
  int64_t converter(const TileColumns& tile, const TileColumns::Column& column);
  bool fit_bytes(const TileColumns& tile, const TileColumns::Column& column, Column& out);
  bool fit_words(const TileColumns::Column& column, Column& out);
  void load(const TileColumns& tile, const TileInputs& inputs, Block& block, Scratch& scratch) const;
  void saturating(const Column* columns, int64_t count, const Block& block, Scratch& s) const;
  /// Tables of what the cells of a column conduct, in one part or two.
  void make_tables(const Column& column, uint8_t* tables) const;
  void converted(const Column& column, const Block& block, Scratch& scratch) const;
  void combined(const TileColumns& tile, const Column& column, const Block& block, Scratch& scratch) const;
  void merge(const Column& column, const DigitRun& run, const uint16_t* merged, int64_t strip,
             Scratch& scratch) const;
  template <class Total>
  void add_totals(const Block& block, int64_t strip, const Total* totals, int64_t* outputs,
                  int64_t output_stride) const;
  void finish(const Block& block, Scratch& scratch, int64_t* outputs, int64_t output_stride) const;

  const ColumnKernels* kernels_;
  int64_t rows_, padded_;
  int planes_;  // bits of a driven input
  bool any_noise_ = false, totals_fit_ = true;
  bool in_order_ = true;         // totals are added as they are to outputs that follow each other
  std::vector<Column> columns_;  // by kind
  std::vector<int64_t> plain_;
  std::vector<uint8_t> bytes_;
  std::vector<int16_t> words_;
  std::vector<Converter> converters_;
  std::map<std::pair<int64_t, bool>, int64_t> converter_of_;
  std::vector<Target> targets_;
  std::array<int64_t, kStrip> vector_at_;  // the vector of a strip whose result stands at a place
  std::vector<Row> rows_of_totals_;
  std::vector<std::pair<int64_t, int64_t>> constants_;  // output, what every vector gets
};

}  // namespace ohmweave::array
