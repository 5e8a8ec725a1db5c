// SPDX-License-Identifier: Apache-2.0
// Four rows of an output stand together in 32 bits, so that one instruction multiplies four digits of a vector
// with the levels of eight outputs and adds pairs in 16 bits. Digits and levels are small: 64 times four rows
// of 3-bit digits and 4-bit levels stay below 2^15, so that sums are widened once per array and not once per
// product.
#include "ohmweave/array/part_sums.h"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ohmweave::array {
namespace {

constexpr int64_t kRows = 4;  // of a group
constexpr int64_t kMost = 32767;

int64_t up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

void sum_plain(const uint8_t* digits, int64_t step, const int8_t* levels, int64_t groups, int64_t,
               int32_t* sums) {
  std::fill_n(sums, PartSums::kSums, 0);
  for (int64_t g = 0; g < groups; ++g, levels += kRows * PartSums::kOutputs) {
    for (int64_t v = 0; v < PartSums::kVectors; ++v) {
      const uint8_t* x = digits + v * step + g * kRows;
      for (int64_t o = 0; o < PartSums::kOutputs; ++o) {
        const int8_t* w = levels + o * kRows;
        sums[v * PartSums::kOutputs + o] += x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3];
      }
    }
  }
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void sum_avx2(const uint8_t* digits, int64_t step, const int8_t* levels, int64_t groups,
                                      int64_t groups_in_16_bits, int32_t* sums) {
  constexpr int64_t kLanes = 8, kHalves = PartSums::kOutputs / kLanes;
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i wide[PartSums::kVectors][kHalves] = {};
  for (int64_t first = 0; first < groups; first += groups_in_16_bits) {
    __m256i narrow[PartSums::kVectors][kHalves] = {};
    const int64_t last = std::min(groups, first + groups_in_16_bits);
    for (int64_t g = first; g < last; ++g) {
      const auto* w = reinterpret_cast<const __m256i*>(levels) + g * kHalves;
      const __m256i low = _mm256_loadu_si256(w), high = _mm256_loadu_si256(w + 1);
      for (int64_t v = 0; v < PartSums::kVectors; ++v) {
        const __m256i x = _mm256_castps_si256(
            _mm256_broadcast_ss(reinterpret_cast<const float*>(digits + v * step + g * kRows)));
        narrow[v][0] = _mm256_add_epi16(narrow[v][0], _mm256_maddubs_epi16(x, low));
        narrow[v][1] = _mm256_add_epi16(narrow[v][1], _mm256_maddubs_epi16(x, high));
      }
    }
    for (int64_t v = 0; v < PartSums::kVectors; ++v) {
      for (int64_t h = 0; h < kHalves; ++h)
        wide[v][h] = _mm256_add_epi32(wide[v][h], _mm256_madd_epi16(narrow[v][h], ones));
    }
  }
  for (int64_t v = 0; v < PartSums::kVectors; ++v) {
    for (int64_t h = 0; h < kHalves; ++h)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + v * PartSums::kOutputs + h * kLanes), wide[v][h]);
  }
}
#endif

}  // namespace

std::vector<PartSums::Kernel> PartSums::kernels() {
  std::vector<Kernel> out = {sum_plain};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) out.push_back(sum_avx2);
#endif
  return out;
}

bool PartSums::fits(const InputDigits& digits, const WeightSlices& slices) {
  return digits.width <= 8 && slices.largest() <= 127 && 2 * digits.largest() * slices.largest() <= kMost;
}

PartSums::PartSums(const InputDigits& digits, const WeightSlices& slices, int64_t rows, int64_t outputs,
                   const int32_t* weights, int64_t step)
    : digits_(digits),
      slices_(slices),
      rows_(rows),
      outputs_(outputs),
      groups_((rows + kRows - 1) / kRows),
      groups_in_16_bits_(std::max<int64_t>(kMost / (2 * digits.largest() * slices.largest()), 1)) {
  levels_.resize(static_cast<size_t>(slices.count * squares() * groups_ * kRows * kOutputs));
  for (int s = 0; s < slices.count; ++s) {
    for (int64_t o = 0; o < outputs; ++o) {
      int8_t* to =
          levels_.data() + (s * squares() + o / kOutputs) * groups_ * kRows * kOutputs + o % kOutputs * kRows;
      const int32_t* from = weights + o * step;
      for (int64_t r = 0; r < rows; ++r)
        to[r / kRows * kRows * kOutputs + r % kRows] = static_cast<int8_t>(slices.difference(from[r], s));
    }
  }
}

size_t PartSums::cut_size(int64_t vectors) const {
  return static_cast<size_t>(digits_.count * up(vectors, kVectors) * groups_ * kRows);
}

void PartSums::cut(const int32_t* inputs, int64_t step, int64_t vectors, uint8_t* to) const {
  std::fill_n(to, cut_size(vectors), uint8_t{0});
  const int64_t line = groups_ * kRows, plane = up(vectors, kVectors) * line;
  const uint32_t mask = (1U << digits_.width) - 1;
  for (int64_t v = 0; v < vectors; ++v) {
    for (int k = 0; k < digits_.count; ++k) {
      uint8_t* out = to + k * plane + v * line;
      const int shift = k * digits_.width;
      for (int64_t r = 0; r < rows_; ++r)
        out[r] = static_cast<uint8_t>(digits_.driven(inputs[v * step + r]) >> shift & mask);
    }
  }
}

void PartSums::sum(const uint8_t* cut, int64_t vectors, int64_t first, int64_t square, int digit, int slice,
                   int32_t* sums) const {
  static const Kernel kernel = kernels().back();
  const int64_t line = groups_ * kRows;
  kernel(cut + (digit * up(vectors, kVectors) + first) * line, line,
         levels_.data() + (slice * squares() + square) * line * kOutputs, groups_, groups_in_16_bits_, sums);
}

}  // namespace ohmweave::array
