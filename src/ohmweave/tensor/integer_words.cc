// SPDX-License-Identifier: Apache-2.0
// Processors with AVX2 but without VNNI add pairs of byte products in 16 bits, which saturates, so that bytes
// have to be cut shorter. VPMADDWD multiplies words of 16 bits and adds pairs in 32: an input is a word, a
// weight one word of 8 bits or two (weight = low + 256 high), and a tile of 6 vectors and 16 outputs stays in
// registers. An unsigned input of 16 bits is a word less 2^15, which a constant of every output puts back.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "ohmweave/tensor/integer_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

namespace ohmweave::tensor {
namespace {

constexpr int64_t kVectors = 6, kOutputs = 16, kLanes = 8;
constexpr int64_t kMostDepth = 512;  // rows of a panel of weights: 16 KiB, in the first cache

/// products[v][o] of V vectors, `stride` words apart, and R * 8 outputs: sums over pairs of rows.
template <int V, int R>
[[gnu::target("avx2")]] void multiply_tile(const int16_t* x, int64_t stride, const int16_t* w, int64_t pairs,
                                           int32_t* products) {
  __m256i sums[V][R];
#pragma GCC unroll 12
  for (int k = 0; k < V * R; ++k) sums[k / R][k % R] = _mm256_setzero_si256();
  for (int64_t p = 0; p < pairs; ++p) {
    __m256i weights[R];
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r)
      weights[r] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w + 2 * (p * kOutputs + kLanes * r)));
#pragma GCC unroll 6
    for (int v = 0; v < V; ++v) {
      int32_t pair;
      std::memcpy(&pair, x + v * stride + 2 * p, sizeof pair);
      const __m256i inputs = _mm256_set1_epi32(pair);
#pragma GCC unroll 2
      for (int r = 0; r < R; ++r) {
        sums[v][r] = _mm256_add_epi32(sums[v][r], _mm256_madd_epi16(inputs, weights[r]));
        asm("" : "+x"(sums[v][r]));  // stays in its register
      }
    }
  }
#pragma GCC unroll 12
  for (int k = 0; k < V * R; ++k)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(products + k / R * kOutputs + k % R * kLanes),
                        sums[k / R][k % R]);
}
using Tile = void (*)(const int16_t*, int64_t, const int16_t*, int64_t, int32_t*);
constexpr Tile kTiles[2][kVectors] = {{multiply_tile<1, 1>, multiply_tile<2, 1>, multiply_tile<3, 1>,
                                       multiply_tile<4, 1>, multiply_tile<5, 1>, multiply_tile<6, 1>},
                                      {multiply_tile<1, 2>, multiply_tile<2, 2>, multiply_tile<3, 2>,
                                       multiply_tile<4, 2>, multiply_tile<5, 2>, multiply_tile<6, 2>}};

[[gnu::target("avx2")]] void add_products(const int32_t* products, int64_t outputs, int shift, int64_t* sums) {
  for (int64_t o = 0; o < outputs; ++o) sums[o] += static_cast<int64_t>(products[o]) * (int64_t{1} << shift);
}
[[gnu::target("avx2")]] void pack(const int32_t* codes, int64_t rows, int32_t offset, int16_t* words) {
  for (int64_t r = 0; r < rows; ++r) words[r] = static_cast<int16_t>(codes[r] - offset);
}

class WordKernel : public IntegerProduct::Kernel {
 public:
  WordKernel(const ProductShape& shape, const FixedPoint& input, const FixedPoint& weight,
             std::span<const int32_t> weights)
      : shape_(shape),
        padded_((shape.rows + 1) / 2 * 2),
        offset_(input.most() > INT16_MAX ? 1 << 15 : 0),
        planes_(weight.bits > 8 ? 2 : 1) {
    const int64_t most_input =
        std::max(int64_t{input.most()} - offset_, std::abs(int64_t{input.least()} - offset_));
    const int64_t most_weight = planes_ == 2 ? 255 : std::max<int64_t>(weight.most(), std::abs(weight.least()));
    depth_ = std::min(INT32_MAX / (2 * most_input * most_weight) * 2, kMostDepth);
    for (int64_t group = 0; group < shape.groups; ++group) {
      const auto own = weights.subspan(static_cast<size_t>(group * shape.outputs * shape.rows),
                                       static_cast<size_t>(shape.outputs * shape.rows));
      for (int64_t row = 0; row < padded_; row += depth_) {
        for (int64_t output = 0; output < shape.outputs; output += kOutputs) {
          for (int plane = 0; plane < planes_; ++plane) add_panel(own, row, output, plane);
        }
      }
      for (int64_t o = 0; o < shape.outputs; ++o) {
        int64_t sum = 0;
        for (int64_t r = 0; r < shape.rows; ++r) sum += own[static_cast<size_t>(o * shape.rows + r)];
        constants_.push_back(offset_ * sum);
      }
    }
  }

  int64_t vectors_at_once() const override { return 120; }

  void multiply(const int32_t* inputs, int64_t vectors, int64_t* sums) const override {
    const int64_t in = shape_.groups * shape_.rows, out = shape_.groups * shape_.outputs;
    for (int64_t v = 0; v < vectors; ++v) std::copy(constants_.begin(), constants_.end(), sums + v * out);
    std::vector<int16_t> words(static_cast<size_t>(vectors * padded_));
    const int16_t* panel = panels_.data();
    for (int64_t group = 0; group < shape_.groups; ++group) {
      for (int64_t v = 0; v < vectors; ++v)
        pack(inputs + v * in + group * shape_.rows, shape_.rows, offset_, words.data() + v * padded_);
      int64_t* to = sums + group * shape_.outputs;
      for (int64_t row = 0; row < padded_; row += depth_) {
        const int64_t rows = std::min(depth_, padded_ - row);
        for (int64_t output = 0; output < shape_.outputs; output += kOutputs) {
          for (int plane = 0; plane < planes_; ++plane, panel += rows * kOutputs)
            add_tiles(words.data() + row, vectors, panel, rows, std::min(kOutputs, shape_.outputs - output),
                      8 * plane, to + output);
        }
      }
    }
  }

 private:
  /// Weights of rows [row, row + depth_) and 16 outputs: [pair of rows][output][2].
  void add_panel(std::span<const int32_t> weights, int64_t row, int64_t output, int plane) {
    for (int64_t pair = row; pair < std::min(row + depth_, padded_); pair += 2) {
      for (int64_t o = output; o < output + kOutputs; ++o) {
        for (int64_t r = pair; r < pair + 2; ++r) {
          const bool is = o < shape_.outputs && r < shape_.rows;
          const int32_t w = is ? weights[static_cast<size_t>(o * shape_.rows + r)] : 0;
          panels_.push_back(static_cast<int16_t>(planes_ == 1 ? w : plane == 0 ? w & 255 : w >> 8));
        }
      }
    }
  }

  void add_tiles(const int16_t* words, int64_t vectors, const int16_t* panel, int64_t rows, int64_t outputs,
                 int shift, int64_t* sums) const {
    alignas(32) int32_t products[kVectors * kOutputs];
    for (int64_t first = 0; first < vectors; first += kVectors) {
      const int64_t n = std::min(kVectors, vectors - first);
      kTiles[outputs > kLanes ? 1 : 0][n - 1](words + first * padded_, padded_, panel, rows / 2, products);
      for (int64_t v = 0; v < n; ++v)
        add_products(products + v * kOutputs, outputs, shift,
                     sums + (first + v) * shape_.groups * shape_.outputs);
    }
  }

  ProductShape shape_;
  int64_t padded_;  // rows, an even number
  int32_t offset_;  // taken off the inputs
  int planes_;      // words of a weight
  int64_t depth_;   // rows whose products add up in 32 bits
  std::vector<int16_t> panels_;
  std::vector<int64_t> constants_;  // of every output
};

}  // namespace

std::unique_ptr<const IntegerProduct::Kernel> word_kernel(const ProductShape& shape, const FixedPoint& input,
                                                          const FixedPoint& weight,
                                                          std::span<const int32_t> weights) {
  if (!__builtin_cpu_supports("avx2")) return nullptr;
  return std::make_unique<WordKernel>(shape, input, weight, weights);
}

}  // namespace ohmweave::tensor
#else
namespace ohmweave::tensor {
std::unique_ptr<const IntegerProduct::Kernel> word_kernel(const ProductShape&, const FixedPoint&,
                                                          const FixedPoint&, std::span<const int32_t>) {
  return nullptr;
}
}  // namespace ohmweave::tensor
#endif
