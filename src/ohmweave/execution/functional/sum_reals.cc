// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/sum_reals.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "ohmweave/base/check.h"
#include "ohmweave/base/wide_vectors.h"

namespace ohmweave::execution {
namespace {

constexpr int64_t kTile = 16;  // vectors and sums that are turned together: lines of memory on both sides

/// static_cast<double>, of which compilers make vectors everywhere: the halves, put into the mantissas of 2^52
/// and of 2^84 (+ 2^63 for the sign), are exact, and adding them rounds once.
inline double real(int64_t whole) {
  constexpr double kBoth = 0x1p84 + 0x1p63 + 0x1p52;
  const auto bits = static_cast<uint64_t>(whole);
  const auto low = std::bit_cast<double>((bits & 0xffffffffU) | 0x4330000000000000U);
  const auto high = std::bit_cast<double>((bits >> 32) ^ 0x4530000080000000U);
  return (high - kBoth) + low;
}

inline void convert(const int64_t* sums, int64_t count, const double* factors, const double* biases, double one,
                    float* to) {
  for (int64_t k = 0; k < count; ++k) to[k] = static_cast<float>(real(sums[k]) * one * factors[k] + biases[k]);
}

/// A loop of its own: vectors of bytes are long for what comes before.
template <class Make, class To>
inline void finish(const float* reals, int64_t count, const Make& make, To* to) {
  for (int64_t k = 0; k < count; ++k) to[k] = static_cast<To>(make(reals[k]));
}

/// Every half of the bits of a place in the tile is moved past the other, a bit at a time: rows become columns.
/// `other` is memory for what is between.
template <class To>
inline void transpose(To* tile, To* other) {
  static_assert(kTile == 16);
  constexpr int64_t kHalf = kTile * kTile / 2;
  const auto interleave = [](const To* from, To* to) {
    for (int64_t k = 0; k < kHalf; ++k) {
      to[2 * k] = from[k];
      to[2 * k + 1] = from[k + kHalf];
    }
  };
  for (int twice = 0; twice < 2; ++twice) interleave(tile, other), interleave(other, tile);
}

}  // namespace

SumReals::SumReals(std::vector<double> factors, std::vector<double> biases)
    : factors_(std::move(factors)), biases_(std::move(biases)) {
  OHMWEAVE_CHECK(factors_.size() == biases_.size(), "one factor and one bias per sum expected");
}

template <class Make, class To>
void SumReals::in_order(const int64_t* sums, int64_t count, int fraction_bits, const Make& make, To* to) const {
  base::with_wide_vectors([=, width = static_cast<int64_t>(factors_.size()), factors = factors_.data(),
                           biases = biases_.data(), one = std::ldexp(1.0, -fraction_bits)] {
    constexpr int64_t kTogether = 256;
    float reals[kTogether];
    for (int64_t v = 0; v < count; ++v) {
      for (int64_t k = 0; k < width; k += kTogether) {
        const int64_t n = std::min(kTogether, width - k);
        convert(sums + v * width + k, n, factors + k, biases + k, one, reals);
        finish(reals, n, make, to + v * width + k);
      }
    }
  });
}

template <class Make, class To>
void SumReals::in_planes(const int64_t* sums, int64_t count, int fraction_bits,
                         const std::vector<int64_t>& places, const Make& make, To* to) const {
  base::with_wide_vectors([=, width = static_cast<int64_t>(factors_.size()), factors = factors_.data(),
                           biases = biases_.data(), places = places.data(),
                           one = std::ldexp(1.0, -fraction_bits)] {
    alignas(64) float reals[kTile * kTile] = {};
    alignas(64) To tile[kTile * kTile], other[kTile * kTile];
    const auto turn = [&](int64_t v, int64_t k, int64_t vectors, int64_t columns) {
      for (int64_t i = 0; i < vectors; ++i)
        convert(sums + (v + i) * width + k, columns, factors + k, biases + k, one, reals + i * kTile);
      finish(reals, kTile * kTile, make, tile);
      transpose(tile, other);
      for (int64_t j = 0; j < columns; ++j)
        std::memcpy(to + places[k + j] + v, tile + j * kTile, static_cast<size_t>(vectors) * sizeof(To));
    };
    for (int64_t v = 0; v < count; v += kTile) {
      const int64_t vectors = std::min(kTile, count - v);
      for (int64_t k = 0; k < width; k += kTile) {
        const int64_t columns = std::min(kTile, width - k);
        if (vectors == kTile && columns == kTile)
          turn(v, k, kTile, kTile);  // loops of a known length
        else
          turn(v, k, vectors, columns);
      }
    }
  });
}

#define OHMWEAVE_INSTANTIATE(Make, To)                                                                      \
  template void SumReals::in_order(const int64_t*, int64_t, int, const Make&, To*) const;                   \
  template void SumReals::in_planes(const int64_t*, int64_t, int, const std::vector<int64_t>&, const Make&, \
                                    To*) const;
OHMWEAVE_INSTANTIATE(SumReals::Keep, float)
OHMWEAVE_INSTANTIATE(tensor::Cut, int8_t)
OHMWEAVE_INSTANTIATE(tensor::Cut, uint8_t)
OHMWEAVE_INSTANTIATE(tensor::Cut, int16_t)
OHMWEAVE_INSTANTIATE(tensor::Cut, uint16_t)
OHMWEAVE_INSTANTIATE(tensor::Cut, int32_t)
#undef OHMWEAVE_INSTANTIATE

}  // namespace ohmweave::execution
