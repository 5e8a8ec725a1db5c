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
/// pairs of weights that are too large for that, what is too much is multiplied in an extra step. Tiles that
/// have products of unsigned weights take wider operands as planes of bytes: every plane of the inputs with
/// every one of the weights.
class PanelWeights {
 public:
  PanelWeights(const IntegerTiles& tiles, const ProductShape& shape, const FixedPoint& input,
               std::span<const int32_t> weights);
  PanelWeights(const PanelWeights&) = delete;
  PanelWeights& operator=(const PanelWeights&) = delete;

  StepKind packing() const { return packing_; }       // of inputs: Words or Bytes
  int32_t offset() const { return offset_; }          // to be taken off the inputs
  int input_planes() const { return input_planes_; }  // a plane counts 256 times the one before it
  int planes() const { return static_cast<int>(kinds_.size()); }
  StepKind kind(int plane) const { return kinds_[static_cast<size_t>(plane)]; }
  int64_t exact_rows() const { return exact_rows_; }  // whose products add up in 32 bits
  int64_t depth() const { return depth_; }            // rows that are packed together
  int64_t step_rows() const { return packing_ == StepKind::Words ? 2 : 4; }
  /// Part k in the order [group][depth rows][plane].
  WeightStrips strips(int64_t k) const { return {strips_.data() + k * each_, each_}; }

 private:
  bool choose_bytes(int64_t most_input, std::span<const int32_t> weights);
  void choose_planes_of_bytes(int64_t most_input, std::span<const int32_t> weights);
  void choose_words(const FixedPoint& input, std::span<const int32_t> weights);
  void set_depth(int64_t most_sum);  // of a row
  void pack(std::span<const int32_t> weights);
  WeightStrip steps_of(const int32_t* weights, int64_t rows, int64_t outputs) const;
  void pack_strip(const int32_t* weights, int64_t rows, int64_t outputs, int plane,
                  std::vector<uint32_t>& packed);
  void pack_output(const int32_t* weights, int64_t rows, int plane, uint32_t* steps) const;
  void move_rest(size_t begin, int64_t outputs, std::vector<uint32_t>& packed);

  const IntegerTiles& tiles_;
  ProductShape shape_;
  int64_t each_;  // strips of a part
  StepKind packing_ = StepKind::Words;
  int32_t offset_ = 0;
  int input_planes_ = 1;
  std::vector<StepKind> kinds_;
  int32_t most_pair_ = 0;  // of bytes: how large the sum of a pair of weights may be
  int64_t exact_rows_ = 0, depth_ = 0;
  std::vector<CacheLine> weights_;
  std::vector<int32_t> extra_;
  std::vector<WeightStrip> strips_;
};

}  // namespace ohmweave::tensor
