// SPDX-License-Identifier: Apache-2.0
// Products blocked for caches as those of floats are (Goto and van de Geijn, "Anatomy of high-performance
// matrix multiplication", ACM TOMS 34(3), 2008): inputs of 64 vectors and some hundred rows are packed, and
// strips of 6 outputs of the weights, packed once and for all, go over them.
#include <algorithm>
#include <vector>

#include "ohmweave/tensor/integer_kernels.h"
#include "ohmweave/tensor/integer_panel_weights.h"

namespace ohmweave::tensor {
namespace {

constexpr int64_t kOutputs = IntegerTiles::kOutputs, kPanel = IntegerTiles::kPanel,
                  kVectors = IntegerTiles::kVectors, kPadding = IntegerTiles::kPadding;
constexpr int64_t kTogether = 256;  // outputs of groups that are joined together

/// Memory that a thread uses again: new memory costs more than to write it.
template <class T>
T* memory(int64_t n) {
  thread_local std::vector<T> all;
  if (all.size() < static_cast<size_t>(n)) all.resize(static_cast<size_t>(n));
  return all.data();
}

class PanelKernel : public IntegerProduct::Kernel {
 public:
  PanelKernel(const IntegerTiles& tiles, const ProductShape& shape, const FixedPoint& input,
              std::span<const int32_t> weights)
      : tiles_(tiles),
        shape_(shape),
        input_(input),
        weights_(shape, input, weights),
        kind_(static_cast<size_t>(weights_.kind())),
        apart_((std::min(weights_.depth(), shape.rows) / weights_.step_rows() / kPadding + 1) * kPadding),
        together_(shape.rows > weights_.depth()
                      ? 1
                      : std::clamp<int64_t>(kTogether / std::max<int64_t>(shape.outputs, 1), 1, shape.groups)) {
    for (int64_t o = 0; o < shape.groups * shape.outputs; ++o) {
      int64_t sum = 0;
      for (int64_t r = 0; r < shape.rows; ++r) sum += weights[static_cast<size_t>(o * shape.rows + r)];
      constants_.push_back(weights_.offset() * sum);
    }
  }

  int64_t vectors_at_once() const override { return kVectors; }

  void multiply(const int32_t* inputs, int64_t vectors, int64_t* sums) const override {
    const int64_t in = shape_.groups * shape_.rows;
    multiply(vectors, sums, [&](int64_t row, int64_t rows, uint32_t* panels) {
      tiles_.pack[kind_](inputs + row, in, vectors, rows, weights_.offset(), apart_, panels);
    });
  }

  bool takes_lanes() const override { return true; }
  void multiply_lanes(const IntegerLanes& lanes, int64_t first, int64_t vectors, int64_t* sums) const override {
    const int64_t most = (std::min(weights_.depth(), shape_.rows) + 4) * kVectors;  // and what is read behind
    uint8_t* low = memory<uint8_t>(2 * most);
    uint8_t* high = input_.bits > 8 ? low + most : nullptr;
    const int32_t flip = input_.is_signed && high == nullptr ? 128 : 0;  // extends the sign of a byte
    const int32_t subtracted = flip + weights_.offset();
    multiply(vectors, sums, [&](int64_t row, int64_t rows, uint32_t* panels) {
      lanes(first, row, rows, low, high);
      tiles_.pack_lanes[kind_](low, high, rows, flip, subtracted, apart_, panels);
    });
  }

 private:
  /// pack(row, rows, panels) packs so many rows of all inputs of a vector.
  template <class Pack>
  void multiply(int64_t vectors, int64_t* sums, const Pack& pack) const {
    const int64_t out = shape_.groups * shape_.outputs;
    const int64_t plane = together_ * shape_.outputs * kVectors, depth = weights_.depth();
    auto* panels = memory<uint32_t>(kVectors * apart_);
    auto* products = memory<int32_t>(weights_.planes() * plane);
    size_t strip = 0;
    for (int64_t first = 0; first < shape_.groups; first += together_) {
      const int64_t groups = std::min(together_, shape_.groups - first), outputs = groups * shape_.outputs;
      const int64_t* start = constants_.data() + first * shape_.outputs;
      int64_t added = 0;  // rows that the products have so far
      for (int64_t row = 0; row < shape_.rows; row += depth) {
        for (int64_t k = 0; k < groups; ++k) {
          pack((first + k) * shape_.rows + row, std::min(depth, shape_.rows - row), panels);
          for (int p = 0; p < weights_.planes(); ++p)
            strip = add_strips(strip, panels, vectors, added != 0,
                               products + p * plane + k * shape_.outputs * kVectors);
        }
        added += depth;
        if (added + depth <= weights_.exact_rows() && row + depth < shape_.rows) continue;
        tiles_.join(products, weights_.planes() == 2 ? products + plane : nullptr, vectors, outputs, out, start,
                    sums + first * shape_.outputs);
        start = nullptr;
        added = 0;
      }
    }
  }

  /// Returns the number of the next strip.
  size_t add_strips(size_t k, const uint32_t* panels, int64_t vectors, bool add, int32_t* products) const {
    for (int64_t output = 0; output < shape_.outputs; output += kOutputs, ++k) {
      const WeightStrip strip = weights_.strip(k);
      for (int64_t v = 0; v < vectors; v += kPanel)
        tiles_.multiply[kind_](strip, panels + v * apart_, std::min(kPanel, vectors - v), add,
                               products + output * kVectors + v);
    }
    return k;
  }

  const IntegerTiles& tiles_;
  ProductShape shape_;
  FixedPoint input_;
  PanelWeights weights_;
  size_t kind_;
  int64_t apart_;                   // steps from one panel of inputs to the next
  int64_t together_;                // groups
  std::vector<int64_t> constants_;  // of every output
};

}  // namespace

std::unique_ptr<const IntegerProduct::Kernel> panel_kernel(const IntegerTiles& tiles, const ProductShape& shape,
                                                           const FixedPoint& input,
                                                           std::span<const int32_t> weights) {
  return std::make_unique<PanelKernel>(tiles, shape, input, weights);
}

}  // namespace ohmweave::tensor
