// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ohmweave/array/crossbar.h"
#include "ohmweave/array/crossbar_plan.h"
#include "ohmweave/array/lossy_columns.h"
#include "ohmweave/tensor/integer_product.h"

namespace ohmweave::array {

/// Weights in ideal cells. Without converters that lose something, digits, slices, signs and tiles add up to
/// the exact product, which is computed as one; then comes what the conversions of columns that can lose
/// change.
class CrossbarContents : public Contents {
 public:
  CrossbarContents(const Crossbar& crossbar, std::shared_ptr<const CrossbarPlan> plan,
                   std::span<const int32_t> weights);
  void multiply(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums,
                Tally& tally) const override;
  void observe(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums,
               SeenSums&) const override {
    product_.multiply(inputs, vectors, sums);
  }

 private:
  void program(const Crossbar& crossbar, const Block& block, std::span<const int32_t> weights);
  void count(const Crossbar& crossbar, std::span<const Block> blocks);

  /// Lossy columns of the rows [first_row, ...) of one group; outputs count within the group.
  struct Tile {
    int64_t group, first_row;
    LossyColumns weights, units;
  };
  Tile& tile_of(const Crossbar& crossbar, const Block& block);

  std::shared_ptr<const CrossbarPlan> plan_;
  tensor::IntegerProduct product_;
  std::vector<Tile> tiles_;
  Tally per_vector_;
};

}  // namespace ohmweave::array
