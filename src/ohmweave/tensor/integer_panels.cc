// SPDX-License-Identifier: Apache-2.0
// Products blocked for caches as those of floats are (Goto and van de Geijn, "Anatomy of high-performance
// matrix multiplication", ACM TOMS 34(3), 2008): inputs of 64 vectors and some hundred rows are packed, and
// strips of a few outputs of the weights, packed once and for all, go over them.
#include "ohmweave/tensor/integer_panels.h"

#include <algorithm>
#include <numeric>

namespace ohmweave::tensor {
namespace {

constexpr int64_t kVectors = IntegerTiles::kVectors, kPanel = IntegerTiles::kPanel,
                  kPadding = IntegerTiles::kPadding;

/// Memory that a thread uses again: new memory costs more than to write it.
template <class T>
T* memory(int64_t n) {
  thread_local std::vector<CacheLine> all;
  const size_t lines = static_cast<size_t>(n) * sizeof(T) / sizeof(CacheLine) + 1;
  if (all.size() < lines) all.resize(lines);
  return reinterpret_cast<T*>(all.data());
}

}  // namespace

MergedGroups::MergedGroups(const ProductShape& own, std::span<const int32_t> from) {
  constexpr int64_t kOutputs = IntegerTiles::kJoined, kRows = 256;
  int64_t together = std::clamp<int64_t>(
      std::min(kOutputs / std::max<int64_t>(own.outputs, 1), kRows / std::max<int64_t>(own.rows, 1)), 1,
      own.groups);
  while (own.groups % together != 0) --together;
  shape = {own.rows * together, own.outputs * together, own.groups / together};
  weights = from;
  if (together == 1) return;
  with_zeros.resize(static_cast<size_t>(shape.groups * shape.outputs * shape.rows));
  for (int64_t o = 0; o < own.groups * own.outputs; ++o) {
    const int64_t first = o / own.outputs % together * own.rows;
    std::copy_n(from.begin() + o * own.rows, own.rows, with_zeros.begin() + o * shape.rows + first);
  }
  weights = with_zeros;
}

IntegerProduct::Kernel::Kernel(const IntegerTiles& tiles, const MergedGroups& merged, const FixedPoint& input)
    : tiles_(tiles),
      shape_(merged.shape),
      input_(input),
      weights_(tiles, shape_, input, merged.weights),
      packing_(static_cast<size_t>(weights_.packing())) {
  const int64_t step_rows = weights_.step_rows(), most = std::min(weights_.depth(), shape_.rows);
  apart_ = (most + step_rows * kPadding - 1) / (step_rows * kPadding) * kPadding;
  plane_ =
      (shape_.outputs + IntegerTiles::kJoined - 1) / IntegerTiles::kJoined * IntegerTiles::kJoined * kVectors;
  for (int64_t o = 0; o < shape_.groups * shape_.outputs; ++o) {
    const int32_t* own = merged.weights.data() + o * shape_.rows;
    constants_.push_back(weights_.offset() * std::accumulate(own, own + shape_.rows, int64_t{0}));
  }
}

void IntegerProduct::Kernel::multiply(const int32_t* inputs, int64_t vectors, int64_t* sums) const {
  const int64_t in = shape_.groups * shape_.rows;
  multiply(vectors, sums, [&](int64_t v, int64_t count, int64_t row, int64_t rows, uint32_t* panels) {
    tiles_.pack[packing_](inputs + v * in + row, in, count, rows, weights_.offset(), weights_.input_planes(),
                          apart_, panels);
  });
}

void IntegerProduct::Kernel::multiply_lanes(const IntegerLanes& lanes, int64_t first, int64_t vectors,
                                            int64_t* sums) const {
  const int64_t most = (std::min(weights_.depth(), shape_.rows) + 4) * kVectors;  // and what is read behind
  uint8_t* low = memory<uint8_t>(2 * most);
  uint8_t* high = input_.bits > 8 ? low + most : nullptr;
  const int32_t flip = input_.is_signed && high == nullptr ? 128 : 0;  // extends the sign of a byte
  const int32_t subtracted = flip + weights_.offset();
  multiply(vectors, sums, [&](int64_t v, int64_t, int64_t row, int64_t rows, uint32_t* panels) {
    lanes(first + v, row, rows, low, high);
    if (weights_.input_planes() == 1)
      return tiles_.pack_lanes[packing_](low, high, rows, flip, subtracted, apart_, panels);
    // What is subtracted of more than 8 bits has no low byte.
    tiles_.pack_lanes[packing_](low, nullptr, rows, 0, 0, apart_, panels);
    tiles_.pack_lanes[packing_](high, nullptr, rows, 0, subtracted / 256, apart_, panels + kVectors * apart_);
  });
}

/// pack(vector, vectors, row, rows, panels) packs so many rows of all inputs of up to 64 vectors.
template <class Pack>
void IntegerProduct::Kernel::multiply(int64_t vectors, int64_t* sums, const Pack& pack) const {
  const int64_t out = shape_.groups * shape_.outputs, depth = weights_.depth();
  const int64_t planes = (weights_.input_planes() + weights_.planes() - 1) * plane_;
  const int64_t each = shape_.rows > depth ? planes : 0;  // products that are kept while rows are added
  auto* panels = memory<uint32_t>(weights_.input_planes() * kVectors * apart_);
  auto* products = memory<int32_t>(planes + vectors / kVectors * each);
  int64_t part = 0;
  for (int64_t group = 0; group < shape_.groups; ++group) {
    const int64_t* start = constants_.data() + group * shape_.outputs;
    int64_t added = 0;  // rows that the products have so far
    for (int64_t row = 0; row < shape_.rows; row += depth, part += weights_.planes()) {
      const bool joins = added + 2 * depth > weights_.exact_rows() || row + depth >= shape_.rows;
      for (int64_t v = 0; v < vectors; v += kVectors) {
        const int64_t count = std::min(kVectors, vectors - v);
        int32_t* own = products + v / kVectors * each;
        pack(v, count, group * shape_.rows + row, std::min(depth, shape_.rows - row), panels);
        add_products(part, panels, count, added != 0, own);
        if (joins) join(own, count, start, sums + v * out + group * shape_.outputs);
      }
      added = joins ? 0 : added + depth;
      if (joins) start = nullptr;
    }
  }
}

/// Of few vectors the second plane of inputs is a panel behind the first, so that weights are read once for
/// both.
bool IntegerProduct::Kernel::side_by_side(int64_t vectors) const {
  return weights_.input_planes() == 2 && vectors <= kPanel;
}

/// Every plane of the inputs with every one of the weights.
void IntegerProduct::Kernel::add_products(int64_t part, const uint32_t* panels, int64_t vectors, bool add,
                                          int32_t* products) const {
  const auto multiply = [&](int plane, const InputPanels& inputs, bool add_to, int32_t* to) {
    tiles_.multiply[static_cast<size_t>(weights_.kind(plane))](weights_.strips(part + plane), inputs, add_to,
                                                               to);
  };
  const bool both = side_by_side(vectors);
  for (int i = 0; i < (both ? 1 : weights_.input_planes()); ++i) {
    const InputPanels own{panels + i * kVectors * apart_, apart_, vectors};
    const InputPanels inputs = both ? InputPanels{panels, kVectors / kPanel * apart_, 2 * kPanel} : own;
    for (int w = 0; w < weights_.planes(); ++w)
      multiply(w, inputs, add || (i > 0 && w + 1 < weights_.planes()), products + (i + w) * plane_);
  }
}

/// Products of plane i of the inputs and w of the weights count 2^(8 (i + w)).
void IntegerProduct::Kernel::join(const int32_t* products, int64_t vectors, const int64_t* start,
                                  int64_t* sums) const {
  const bool both = side_by_side(vectors);
  const int planes = both ? weights_.planes() : weights_.input_planes() + weights_.planes() - 1;
  for (int p = 0; p < planes; ++p) {
    for (int k = 0; k < (both ? 2 : 1); ++k, start = nullptr)
      tiles_.join(products + p * plane_ + k * kPanel, 8 * (p + k), vectors, shape_.outputs,
                  shape_.groups * shape_.outputs, start, sums);
  }
}

}  // namespace ohmweave::tensor
