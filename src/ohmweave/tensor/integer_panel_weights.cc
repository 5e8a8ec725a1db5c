// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/integer_panel_weights.h"

#include <algorithm>
#include <cstdlib>

namespace ohmweave::tensor {
namespace {

constexpr int64_t kSteps = 256;    // of a panel of inputs: 16 KiB, in the first cache
constexpr int64_t kFewRows = 128;  // sums of fewer are taken out of the tiles too often
constexpr size_t kOften = 4;       // one extra step in so many, and words are as fast as bytes

/// Four weights (fewer at the end) as signed bytes, and what their pairs have too much.
struct Quad {
  uint32_t kept = 0, rest = 0;

  /// The largest sum of a pair is that of weights of one sign: products of two signs are within 128 * 255 <
  /// 2^15.
  Quad(const int32_t* weights, int64_t count, int32_t most_pair) {
    int32_t kept_of[4] = {}, rest_of[4] = {};
    std::copy_n(weights, std::min<int64_t>(count, 4), kept_of);
    for (int k = 0; k < 4; k += 2) {
      const int32_t sum = kept_of[k] + kept_of[k + 1];
      const int larger = k + (std::abs(kept_of[k + 1]) > std::abs(kept_of[k]) ? 1 : 0);
      rest_of[larger] = sum - std::clamp(sum, -most_pair, most_pair);
      kept_of[larger] -= rest_of[larger];
    }
    for (int k = 0; k < 4; ++k) {
      kept |= static_cast<uint32_t>(kept_of[k] & 255) << (8 * k);
      rest |= static_cast<uint32_t>(rest_of[k] & 255) << (8 * k);
    }
  }
};

}  // namespace

PanelWeights::PanelWeights(const ProductShape& shape, const FixedPoint& input, std::span<const int32_t> weights)
    : shape_(shape) {
  const auto fits = [](int32_t w) { return w >= INT8_MIN && w <= INT8_MAX; };
  if (input.bits <= 8 && std::all_of(weights.begin(), weights.end(), fits)) {
    kind_ = StepKind::Bytes;
    offset_ = input.least();
    const int64_t most_input = std::max(int64_t{input.most()} - offset_, int64_t{1});
    most_pair_ = static_cast<int32_t>(INT16_MAX / most_input);
    set_depth(most_input, -INT8_MIN);
    pack(weights);
    int64_t steps = 0;
    for (const Strip& s : strips_) steps += s.steps;
    if (extra_.size() * kOften <= static_cast<size_t>(steps)) return;
    kind_ = StepKind::Words;
  }
  choose_planes(input, weights);
  pack(weights);
}

void PanelWeights::set_depth(int64_t most_input, int64_t most_weight) {
  exact_rows_ = INT32_MAX / std::max<int64_t>(most_input * most_weight, 1) / step_rows() * step_rows();
  depth_ = std::min(exact_rows_, kSteps * step_rows());
}

/// One plane, or two where sums of fewer than kFewRows rows would leave 32 bits.
void PanelWeights::choose_planes(const FixedPoint& input, std::span<const int32_t> weights) {
  offset_ = input.most() > INT16_MAX ? 1 << 15 : 0;
  const int64_t most_input =
      std::max(int64_t{input.most()} - offset_, std::abs(int64_t{input.least()} - offset_));
  for (planes_ = 1;; ++planes_) {
    int32_t most = 0;
    for (int32_t w : weights) {
      for (int plane = 0; plane < planes_; ++plane) most = std::max(most, std::abs(part(w, plane)));
    }
    set_depth(most_input, most);
    if (planes_ == 2 || (most <= INT16_MAX && exact_rows_ >= kFewRows)) return;
  }
}

int32_t PanelWeights::part(int32_t weight, int plane) const {
  if (planes_ == 1) return weight;
  const int32_t low = ((weight & 255) ^ 128) - 128;
  return plane == 0 ? low : (weight - low) / 256;
}

void PanelWeights::pack(std::span<const int32_t> weights) {
  weights_.clear(), extra_.clear(), strips_.clear();
  for (int64_t group = 0; group < shape_.groups; ++group) {
    for (int64_t row = 0; row < shape_.rows; row += depth_) {
      const int64_t rows = std::min(depth_, shape_.rows - row);
      for (int plane = 0; plane < planes_; ++plane) {
        for (int64_t o = 0; o < shape_.outputs; o += IntegerTiles::kOutputs) {
          const int64_t outputs = std::min(IntegerTiles::kOutputs, shape_.outputs - o);
          strips_.push_back(
              {outputs, (rows + step_rows() - 1) / step_rows(), 0, weights_.size(), extra_.size()});
          const int32_t* own = weights.data() + (group * shape_.outputs + o) * shape_.rows + row;
          kind_ == StepKind::Words ? pack_words(own, rows, outputs, plane) : pack_bytes(own, rows, outputs);
          strips_.back().extras = static_cast<int64_t>(extra_.size() - strips_.back().extra);
        }
      }
    }
  }
  weights_.resize(weights_.size() + 8);  // may be read
}

void PanelWeights::pack_words(const int32_t* weights, int64_t rows, int64_t outputs, int plane) {
  const auto word = [&](int64_t output, int64_t r) {
    return r < rows ? static_cast<uint32_t>(part(weights[output * shape_.rows + r], plane) & 0xffff) : 0;
  };
  for (int64_t r = 0; r < rows; r += 2) {
    for (int64_t o = 0; o < outputs; ++o) weights_.push_back(word(o, r) | word(o, r + 1) << 16);
  }
}

void PanelWeights::pack_bytes(const int32_t* weights, int64_t rows, int64_t outputs) {
  std::vector<uint32_t> rest;
  for (int64_t r = 0; r < rows; r += 4) {
    const size_t before = rest.size();
    bool any = false;
    for (int64_t o = 0; o < outputs; ++o) {
      const Quad quad(weights + o * shape_.rows + r, rows - r, most_pair_);
      weights_.push_back(quad.kept);
      rest.push_back(quad.rest);
      any = any || quad.rest != 0;
    }
    if (any) {
      extra_.push_back(static_cast<int32_t>(r / 4));
    } else {
      rest.resize(before);
    }
  }
  weights_.insert(weights_.end(), rest.begin(), rest.end());
}

}  // namespace ohmweave::tensor
