// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/integer_panel_weights.h"

#include <algorithm>
#include <cstdlib>

namespace ohmweave::tensor {
namespace {

constexpr int64_t kSteps = 256;    // of a panel of inputs: 16 KiB, in the first cache
constexpr int64_t kFewRows = 128;  // sums of fewer are taken out of the tiles too often
constexpr size_t kOften = 4;       // one extra step in so many, and words are as fast as bytes

/// Four signed bytes, and what their pairs have too much.
struct Quad {
  uint32_t kept = 0, rest = 0;

  /// The largest sum of a pair is that of weights of one sign: products of two signs are within 128 * 255 <
  /// 2^15.
  Quad(uint32_t bytes, int32_t most_pair) {
    int32_t kept_of[4], rest_of[4] = {};
    for (int k = 0; k < 4; ++k) kept_of[k] = static_cast<int8_t>(bytes >> (8 * k) & 255);
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

struct Range {
  int32_t least = 0, most = 0;

  explicit Range(std::span<const int32_t> weights) {
    int32_t low = 0, high = 0;  // members might be among the weights, for all that compilers know
    for (const int32_t w : weights) low = std::min(low, w), high = std::max(high, w);
    least = low, most = high;
  }
  bool within(int32_t low, int32_t high) const { return least >= low && most <= high; }
  int64_t magnitude() const { return std::max(-int64_t{least}, int64_t{most}); }
};

}  // namespace

PanelWeights::PanelWeights(const IntegerTiles& tiles, const ProductShape& shape, const FixedPoint& input,
                           std::span<const int32_t> weights)
    : tiles_(tiles), shape_(shape), each_((shape.outputs + tiles.outputs - 1) / tiles.outputs) {
  offset_ = input.least();
  const int64_t most_input = std::max(int64_t{input.most()} - offset_, int64_t{1});
  if (tiles.cuts_words()) {
    choose_planes_of_bytes(most_input, weights);
  } else if (input.bits > 8 || !choose_bytes(most_input, weights)) {
    choose_words(input, weights);
  }
}

/// Whether that pays.
bool PanelWeights::choose_bytes(int64_t most_input, std::span<const int32_t> weights) {
  if (!Range(weights).within(INT8_MIN, INT8_MAX)) return false;
  packing_ = StepKind::Bytes;
  kinds_ = {StepKind::Bytes};
  most_pair_ = static_cast<int32_t>(tiles_.most_pair / most_input);
  set_depth(most_input * -INT8_MIN);
  pack(weights);
  int64_t steps = 0;
  for (const WeightStrip& s : strips_) steps += s.steps;
  return extra_.size() * kOften <= static_cast<size_t>(steps);
}

void PanelWeights::choose_planes_of_bytes(int64_t most_input, std::span<const int32_t> weights) {
  const Range range(weights);
  packing_ = StepKind::Bytes;
  most_pair_ = tiles_.most_pair;
  input_planes_ = most_input > UINT8_MAX ? 2 : 1;
  if (range.within(INT8_MIN, INT8_MAX)) {
    kinds_ = {StepKind::Bytes};
  } else if (range.within(0, UINT8_MAX)) {
    kinds_ = {StepKind::UnsignedBytes};
  } else {
    kinds_ = {StepKind::UnsignedBytes, range.most > INT16_MAX ? StepKind::UnsignedBytes : StepKind::Bytes};
  }
  const int64_t most_weight = std::min(range.magnitude(), int64_t{UINT8_MAX});
  set_depth(std::min(most_input, int64_t{UINT8_MAX}) * most_weight * std::min(input_planes_, planes()));
  pack(weights);
}

/// One plane, or two where sums of fewer than kFewRows rows would leave 32 bits.
void PanelWeights::choose_words(const FixedPoint& input, std::span<const int32_t> weights) {
  packing_ = StepKind::Words;
  kinds_ = {StepKind::Words};
  offset_ = input.most() > INT16_MAX ? 1 << 15 : 0;
  const int64_t most_input =
      std::max(int64_t{input.most()} - offset_, std::abs(int64_t{input.least()} - offset_));
  const int64_t most = Range(weights).magnitude();
  set_depth(most_input * most);
  if (most > INT16_MAX || exact_rows_ < kFewRows) {
    kinds_.push_back(StepKind::Words);
    set_depth(most_input * std::max<int64_t>(128, (most + 128) / 256));
  }
  pack(weights);
}

void PanelWeights::set_depth(int64_t most_sum) {
  exact_rows_ = INT32_MAX / std::max<int64_t>(most_sum, 1) / step_rows() * step_rows();
  depth_ = std::min(exact_rows_, kSteps * step_rows());
}

void PanelWeights::pack(std::span<const int32_t> weights) {
  std::vector<uint32_t> packed;
  std::vector<size_t> begin, first_extra;  // of strips
  extra_.clear(), strips_.clear();
  for (int64_t group = 0; group < shape_.groups; ++group) {
    for (int64_t row = 0; row < shape_.rows; row += depth_) {
      const int64_t rows = std::min(depth_, shape_.rows - row);
      for (int plane = 0; plane < planes(); ++plane) {
        for (int64_t o = 0; o < shape_.outputs; o += tiles_.outputs) {
          const int64_t outputs = std::min(tiles_.outputs, shape_.outputs - o);
          const int32_t* own = weights.data() + (group * shape_.outputs + o) * shape_.rows + row;
          WeightStrip strip = steps_of(own, rows, outputs);
          begin.push_back(packed.size()), first_extra.push_back(extra_.size());
          const int64_t before = strip.first * step_rows(), most = strip.steps * step_rows();
          pack_strip(own + before, std::min(rows - before, most), outputs, plane, packed);
          strip.extras = static_cast<int64_t>(extra_.size() - first_extra.back());
          strips_.push_back(strip);
        }
      }
    }
  }
  weights_.assign(packed.size() / 16 + 2, {});  // and what may be read
  auto* to = reinterpret_cast<uint32_t*>(weights_.data());
  std::copy(packed.begin(), packed.end(), to);
  for (size_t k = 0; k < strips_.size(); ++k)
    strips_[k].weights = to + begin[k], strips_[k].extra = extra_.data() + first_extra[k];
}

/// Merged groups leave zeros before and behind the weights of a strip.
WeightStrip PanelWeights::steps_of(const int32_t* weights, int64_t rows, int64_t outputs) const {
  const int64_t steps = (rows + step_rows() - 1) / step_rows();
  if (tiles_.block > 1) return {outputs, nullptr, 0, steps, nullptr, 0};
  const auto is_zero = [&](int64_t row) {
    for (int64_t o = 0; o < outputs; ++o) {
      if (weights[o * shape_.rows + row] != 0) return false;
    }
    return true;
  };
  int64_t first = 0, end = rows;
  while (first < end && is_zero(first)) ++first;
  while (first < end && is_zero(end - 1)) --end;
  first /= step_rows();
  return {outputs, nullptr, first, (end + step_rows() - 1) / step_rows() - first, nullptr, 0};
}

void PanelWeights::pack_strip(const int32_t* weights, int64_t rows, int64_t outputs, int plane,
                              std::vector<uint32_t>& packed) {
  const int64_t block = tiles_.block, filled = block > 1 ? tiles_.outputs : outputs;
  const int64_t blocks = (rows + block * step_rows() - 1) / (block * step_rows());
  const size_t begin = packed.size();
  packed.resize(begin + static_cast<size_t>(blocks * block * filled));
  std::vector<uint32_t> steps(static_cast<size_t>(blocks * block));
  for (int64_t o = 0; o < outputs; ++o) {
    pack_output(weights + o * shape_.rows, rows, plane, steps.data());
    for (int64_t k = 0; k < blocks; ++k)
      std::copy_n(steps.data() + k * block, block, packed.data() + begin + (k * filled + o) * block);
  }
  if (packing_ == StepKind::Bytes && most_pair_ < -2 * INT8_MIN) move_rest(begin, outputs, packed);
}

/// The steps of one output; what is behind its last row stays 0.
void PanelWeights::pack_output(const int32_t* weights, int64_t rows, int plane, uint32_t* steps) const {
  const auto low = [](int32_t weight) { return ((weight & 255) ^ 128) - 128; };
  if (packing_ == StepKind::Bytes) {
    auto* bytes = reinterpret_cast<uint8_t*>(steps);
    for (int64_t r = 0; r < rows; ++r) bytes[r] = static_cast<uint8_t>(weights[r] >> 8 * plane & 255);
    return;
  }
  auto* words = reinterpret_cast<int16_t*>(steps);
  if (planes() == 1) {
    for (int64_t r = 0; r < rows; ++r) words[r] = static_cast<int16_t>(weights[r]);
  } else if (plane == 0) {
    for (int64_t r = 0; r < rows; ++r) words[r] = static_cast<int16_t>(low(weights[r]));
  } else {
    for (int64_t r = 0; r < rows; ++r) words[r] = static_cast<int16_t>((weights[r] - low(weights[r])) >> 8);
  }
}

/// Takes off the steps of a strip what their pairs have too much, as extra steps behind them.
void PanelWeights::move_rest(size_t begin, int64_t outputs, std::vector<uint32_t>& packed) {
  const size_t end = packed.size(), each = static_cast<size_t>(outputs);
  std::vector<uint32_t> rest(each);
  for (size_t first = begin; first < end; first += each) {
    bool any = false;
    for (size_t o = 0; o < each; ++o) {
      const Quad quad(packed[first + o], most_pair_);
      packed[first + o] = quad.kept;
      rest[o] = quad.rest;
      any = any || quad.rest != 0;
    }
    if (!any) continue;
    extra_.push_back(static_cast<int32_t>((first - begin) / each));
    packed.insert(packed.end(), rest.begin(), rest.end());
  }
}

}  // namespace ohmweave::tensor
