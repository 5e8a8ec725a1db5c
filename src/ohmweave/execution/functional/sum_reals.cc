// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/sum_reals.h"

#include <algorithm>
#include <bit>
#include <cmath>
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

}  // namespace

SumReals::SumReals(std::vector<double> factors, std::vector<double> biases)
    : factors_(std::move(factors)), biases_(std::move(biases)) {
  OHMWEAVE_CHECK(factors_.size() == biases_.size(), "one factor and one bias per sum expected");
}

void SumReals::in_order(const int64_t* sums, int64_t count, int fraction_bits, float* to) const {
  base::with_wide_vectors([=, width = static_cast<int64_t>(factors_.size()), factors = factors_.data(),
                           biases = biases_.data(), one = std::ldexp(1.0, -fraction_bits)] {
    for (int64_t v = 0; v < count; ++v) convert(sums + v * width, width, factors, biases, one, to + v * width);
  });
}

void SumReals::in_planes(const int64_t* sums, int64_t count, int fraction_bits,
                         const std::vector<int64_t>& places, float* to) const {
  base::with_wide_vectors([=, width = static_cast<int64_t>(factors_.size()), factors = factors_.data(),
                           biases = biases_.data(), places = places.data(),
                           one = std::ldexp(1.0, -fraction_bits)] {
    float tile[kTile][kTile];
    const auto turn = [&](int64_t v, int64_t k, int64_t vectors, int64_t columns) {
      for (int64_t i = 0; i < vectors; ++i)
        convert(sums + (v + i) * width + k, columns, factors + k, biases + k, one, tile[i]);
      for (int64_t j = 0; j < columns; ++j) {
        float* plane = to + places[k + j] + v;
        for (int64_t i = 0; i < vectors; ++i) plane[i] = tile[i][j];
      }
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

}  // namespace ohmweave::execution
