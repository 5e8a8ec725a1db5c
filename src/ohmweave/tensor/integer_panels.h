// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ohmweave/tensor/integer_panel_weights.h"
#include "ohmweave/tensor/integer_product.h"
#include "ohmweave/tensor/integer_tiles.h"

namespace ohmweave::tensor {

/// Matrices of few rows and outputs stand together as one that has zeros between: what a tile takes to begin
/// and to end costs more than these.
struct MergedGroups {
  ProductShape shape;
  std::span<const int32_t> weights;  // `with_zeros`, or those of matrices that stay alone
  std::vector<int32_t> with_zeros;

  MergedGroups(const ProductShape& own, std::span<const int32_t> from);
};

/// The products of one matrix by one set of instructions; multiply() runs on the calling thread.
class IntegerProduct::Kernel {
 public:
  Kernel(const IntegerTiles& tiles, const ProductShape& shape, const FixedPoint& input,
         std::span<const int32_t> weights)
      : Kernel(tiles, MergedGroups(shape, weights), input) {}

  /// As many as read the weights together before they leave the second cache.
  static constexpr int64_t kVectorsAtOnce = 4 * IntegerTiles::kVectors;

  void multiply(const int32_t* inputs, int64_t vectors, int64_t* sums) const;
  /// The same of the vectors from `first` on.
  void multiply_lanes(const IntegerLanes& lanes, int64_t first, int64_t vectors, int64_t* sums) const;

 private:
  Kernel(const IntegerTiles& tiles, const MergedGroups& merged, const FixedPoint& input);
  template <class Pack>
  void multiply(int64_t vectors, int64_t* sums, const Pack& pack) const;
  bool side_by_side(int64_t vectors) const;
  void add_products(int64_t part, const uint32_t* panels, int64_t vectors, bool add, int32_t* products) const;
  void join(const int32_t* products, int64_t vectors, const int64_t* start, int64_t* sums) const;

  const IntegerTiles& tiles_;
  ProductShape shape_;
  FixedPoint input_;
  PanelWeights weights_;
  size_t packing_;
  int64_t apart_;                   // steps from one panel of inputs to the next
  int64_t plane_;                   // products from one plane to the next
  std::vector<int64_t> constants_;  // of every output
};

}  // namespace ohmweave::tensor
