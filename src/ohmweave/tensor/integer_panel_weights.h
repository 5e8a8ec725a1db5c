// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ohmweave/tensor/integer_product.h"
#include "ohmweave/tensor/integer_tiles.h"

namespace ohmweave::tensor {

/// Weights packed for the steps of IntegerTiles.
///
/// Words: a weight that is too wide for sums of 32 bits is cut in two planes, weight = low + 256 high. An
/// unsigned input of 16 bits is a word less 2^15.
///
/// Bytes: VPMADDUBSW multiplies twice as many as VPMADDWD does, but adds pairs in 16 bits, which saturates. Of
/// pairs of weights that are too large for that, what is too much is multiplied in an extra step.
class PanelWeights {
 public:
  PanelWeights(const ProductShape& shape, const FixedPoint& input, std::span<const int32_t> weights);

  StepKind kind() const { return kind_; }
  int32_t offset() const { return offset_; }          // to be taken off the inputs
  int planes() const { return planes_; }              // words of a weight
  int64_t exact_rows() const { return exact_rows_; }  // whose products add up in 32 bits
  int64_t depth() const { return depth_; }            // rows that are packed together
  int64_t step_rows() const { return kind_ == StepKind::Words ? 2 : 4; }
  /// In the order [group][depth rows][plane][6 outputs].
  WeightStrip strip(size_t k) const {
    const Strip& s = strips_[k];
    return {s.outputs, &weights_[s.weights], s.steps, extra_.data() + s.extra, s.extras};
  }

 private:
  struct Strip {
    int64_t outputs, steps, extras;
    size_t weights, extra;  // where they begin
  };

  void set_depth(int64_t most_input, int64_t most_weight);
  void choose_planes(const FixedPoint& input, std::span<const int32_t> weights);
  int32_t part(int32_t weight, int plane) const;
  void pack(std::span<const int32_t> weights);
  void pack_words(const int32_t* weights, int64_t rows, int64_t outputs, int plane);
  void pack_bytes(const int32_t* weights, int64_t rows, int64_t outputs);

  ProductShape shape_;
  StepKind kind_ = StepKind::Words;
  int32_t offset_ = 0;
  int planes_ = 1;
  int32_t most_pair_ = 0;  // of bytes: how large the sum of a pair of weights may be
  int64_t exact_rows_ = 0, depth_ = 0;
  std::vector<uint32_t> weights_;
  std::vector<int32_t> extra_;
  std::vector<Strip> strips_;
};

}  // namespace ohmweave::tensor
