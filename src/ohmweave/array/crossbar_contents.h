// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ohmweave/array/column_tile.h"
#include "ohmweave/array/crossbar.h"
#include "ohmweave/array/crossbar_plan.h"
#include "ohmweave/array/programmed_array.h"
#include "ohmweave/array/solved_array.h"
#include "ohmweave/array/stored_columns.h"
#include "ohmweave/tensor/integer_product.h"

namespace ohmweave::array {

/// Weights in the cells of crossbars. Columns of ideal cells whose sums the converters return exactly are
/// computed as what they add up to, an exact product; all others are emulated, conversion by conversion.
class CrossbarContents : public Contents {
 public:
  CrossbarContents(const Crossbar& crossbar, std::shared_ptr<const CrossbarPlan> plan,
                   std::span<const int32_t> weights, uint64_t seed, uint64_t place);
  using Contents::multiply;
  void multiply(std::span<const int32_t> inputs, int64_t vectors, int64_t first, std::span<int64_t> sums,
                Tally& tally) const override;
  void multiply(InputVectors& inputs, int64_t vectors, int64_t first, std::span<int64_t> sums,
                Tally& tally) const override;
  bool takes_lanes() const override;
  int fraction_bits() const override { return fraction_bits_; }
  void observe(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums,
               SeenSums& seen) const override;

 private:
  /// Emulated columns over the rows [first_row, ...) of one group; outputs count within the group.
  struct Tile {
    int64_t group, first_row, rows;
    ColumnTile columns;
    std::vector<circuit::Transfer> transfers;

    int64_t transfer_of(const circuit::Transfer& transfer);
  };
  /// A block and the place of its first cell in its array.
  struct PlacedBlock {
    Block block;
    int64_t first_row;
    std::vector<StoredColumn> columns;
    std::vector<int64_t> at;  // the physical column of each
  };
  struct PlacedArray {
    std::vector<PlacedBlock> blocks;
    std::vector<int32_t> levels;  // of all its cells, columns x rows
  };
  PlacedArray place(const Crossbar& crossbar, std::span<const Block> blocks,
                    std::span<const int32_t> weights) const;
  /// Places columns by the faults of their array.
  void avoid_faults(const Crossbar& crossbar, std::vector<PlacedBlock>& blocks) const;
  /// Columns that hold weights over the same rows, as they are read: kept for observe() alone.
  struct Observed {
    int64_t first_input, rows;  // of a vector
    std::vector<float> steps;   // columns x rows
  };
  struct IdealBlock;
  void program(const Crossbar& crossbar, std::span<const Block> array, std::span<const int32_t> weights,
               bool reads_all);
  bool reads_all(const Crossbar& crossbar, std::span<const Block> blocks,
                 std::span<const int32_t> weights) const;
  int64_t attojoules(std::span<const int32_t> inputs, int64_t vectors) const;
  bool emulates() const { return !tiles_.empty() || !solved_.empty(); }
  Tile& tile_of(const Block& block);
  /// Keeps a column for observe() if its converter waits for what data say.
  void keep(const Crossbar& crossbar, const Block& block, std::span<const float> steps);
  /// Emulates the columns of a block of ideal cells that the converter may lose something of, or all of them.
  void emulate_lossy(const Crossbar& crossbar, const Block& block, std::span<const int32_t> weights, bool all);
  /// Emulates all columns of the blocks that share an array, as its cells and wires make them.
  void emulate_all(const Crossbar& crossbar, const PlacedArray& placed);
  /// Counts the energy of an array's cells, which conduct `steps` (columns x rows), per row.
  void add_energy(const Crossbar& crossbar, const PlacedArray& placed, std::span<const float> steps);
  void add_off_current(const Crossbar& crossbar, const PlacedBlock& placed, double gain);
  void add_tile(const Crossbar& crossbar, const PlacedBlock& placed, const ProgrammedArray& cells);
  void add_solved(const Crossbar& crossbar, const PlacedArray& placed, ProgrammedArray cells);
  void take_out(const Block& block, const StoredColumn& stored);
  /// Lays out a tile that has all its columns.
  void complete(Tile& tile);
  /// Where emulated columns leave multiples of the sum of a tile's inputs, that sum is read as a column of its
  /// own.
  void add_input_sum(Tile& tile);
  void set_fraction(const Crossbar& crossbar);
  void count(const Crossbar& crossbar, std::span<const Block> blocks);

  std::shared_ptr<const CrossbarPlan> plan_;
  uint64_t seed_, place_;
  int fraction_bits_ = 0;
  std::vector<int32_t> rest_;                      // weights that are not emulated; only while programming
  std::optional<tensor::IntegerProduct> product_;  // of them
  std::optional<tensor::IntegerProduct> exact_;    // of all weights, where that differs
  std::vector<int64_t>
      constants_;  // of all outputs: takes off what was added to the inputs of emulated columns
  std::vector<Tile> tiles_;
  std::vector<SolvedArray> solved_;
  std::vector<double> row_attojoules_;  // per input row and square of a digit; empty if nobody knows
  std::vector<Observed> observed_;      // empty unless their sums are to be known
  Tally per_vector_;
};

}  // namespace ohmweave::array
