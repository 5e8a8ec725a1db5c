// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ohmweave/array/column_tile.h"
#include "ohmweave/array/crossbar.h"
#include "ohmweave/array/crossbar_plan.h"
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
  int fraction_bits() const override { return fraction_bits_; }
  void observe(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums,
               SeenSums&) const override {
    (exact_ ? exact_ : product_)->multiply(inputs, vectors, sums);
  }

 private:
  /// Emulated columns over the rows [first_row, ...) of one group; outputs count within the group.
  struct Tile {
    int64_t group, first_row;
    ColumnTile columns;
  };
  ColumnTile& tile_of(const Block& block);
  /// Emulates the columns of a block of ideal cells that the converter may lose something of.
  void emulate_lossy(const Crossbar& crossbar, const Block& block, std::span<const int32_t> weights);
  /// Emulates all columns of the blocks that share an array, as its cells and wires make them.
  void emulate_all(const Crossbar& crossbar, std::span<const Block> blocks, std::span<const int32_t> weights);
  void connect(const Block& block, const StoredColumn& stored, int64_t column);
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
  Tally per_vector_;
};

}  // namespace ohmweave::array
