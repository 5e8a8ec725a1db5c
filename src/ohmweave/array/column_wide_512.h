// SPDX-License-Identifier: Apache-2.0
#pragma once

// Wider digits with AVX-512 (VNNI). Included like column_kernels_body.h, behind column_kernels_256.h.

namespace {

[[gnu::always_inline]] inline __m512i twice(__m256i half) { return _mm512_maskz_broadcast_i64x4(0xff, half); }

[[gnu::always_inline]] inline __m512i sum_of_four(const __m512i* x) {
  return _mm512_add_epi32(_mm512_add_epi32(x[0], x[1]), _mm512_add_epi32(x[2], x[3]));
}

/// Sums of products over the pairs of rows of a list, and of squares and variances.
template <bool Noisy>
[[gnu::always_inline]] inline void sum_pairs(const int16_t* cells, const WideReads& reads, int64_t begin,
                                             int64_t end, __m512i* sum, __m512i* variance) {
  constexpr int64_t kTogether = 4;  // products that do not wait for each other
  constexpr int64_t kStep = (Noisy ? 2 : 1) * kLine / static_cast<int64_t>(sizeof(*cells));  // of a pair
  __m512i sums[kTogether] = {}, variances[kTogether] = {};
  const auto add = [&](int64_t at, int64_t k) __attribute__((always_inline)) {
    const int16_t* line = cells + reads.pairs[at] * kStep;
    const __m512i digits = _mm512_set1_epi32(static_cast<int>(reads.digits[at]));
    sums[k] = _mm512_dpwssd_epi32(sums[k], digits, _mm512_loadu_si512(line));
    if constexpr (Noisy)
      variances[k] = _mm512_dpwssd_epi32(variances[k], _mm512_mullo_epi16(digits, digits),
                                         _mm512_loadu_si512(line + kStep / 2));
  };
  int64_t at = begin;
  for (; at + kTogether <= end; at += kTogether) {
#pragma GCC unroll 4
    for (int64_t k = 0; k < kTogether; ++k) add(at + k, k);
  }
  for (; at < end; ++at) add(at, 0);
  *sum = sum_of_four(sums);
  *variance = sum_of_four(variances);
}

void sum_digits(const int16_t* cells, const PanelNoise* noise, const WideReads& reads, int32_t* sums) {
  int64_t begin = reads.begin;
  for (int k = 0; k < reads.digit_count; begin = reads.ends[k], ++k, sums += kWideColumns) {
    __m512i sum, variance;
    if (noise == nullptr) {
      sum_pairs<false>(cells, reads, begin, reads.ends[k], &sum, &variance);
    } else {
      sum_pairs<true>(cells, reads, begin, reads.ends[k], &sum, &variance);
      const __m256i numbers = normal_numbers(random_bits(*reads.normals, reads.vector, k, noise->place));
      const __m256i first = moved(_mm512_maskz_extracti64x4_epi64(0xff, variance, 0),
                                  _mm256_castsi256_si128(numbers), noise->slope, noise->base);
      const __m256i second = moved(_mm512_maskz_extracti64x4_epi64(0xff, variance, 1),
                                   _mm256_extracti128_si256(numbers, 1), noise->slope + 8, noise->base + 8);
      sum = _mm512_add_epi32(sum, _mm512_maskz_inserti64x4(0xff, twice(first), second, 1));
    }
    _mm512_storeu_si512(sums, sum);
  }
}

void code_digits(const WideConversion& c, int digits, int width, const int32_t* sums, double* merged) {
  for (int64_t column = 0; column < kWideColumns; column += 8) {
    const __m512d unit = _mm512_load_pd(c.unit + column), offset = _mm512_load_pd(c.offset + column),
                  gain = _mm512_load_pd(c.gain + column), zero = _mm512_load_pd(c.zero + column),
                  step = _mm512_load_pd(c.step + column), most = _mm512_load_pd(c.most + column);
    __m512d sum = _mm512_setzero_pd();
    for (int k = 0; k < digits; ++k) {
      const auto* from = reinterpret_cast<const __m256i*>(sums + k * kWideColumns + column);
      const __m512d steps = _mm512_mul_pd(_mm512_maskz_cvtepi32_pd(0xff, _mm256_loadu_si256(from)), unit);
      const __m512d seen = _mm512_mul_pd(_mm512_add_pd(steps, offset), gain);
      const __m512d over = _mm512_div_pd(_mm512_sub_pd(seen, zero), step);
      const __m512d code = _mm512_maskz_roundscale_pd(0xff, _mm512_add_pd(over, _mm512_set1_pd(0.5)),
                                                      _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
      const __m512d held =
          _mm512_maskz_min_pd(0xff, _mm512_maskz_max_pd(0xff, code, _mm512_setzero_pd()), most);
      sum =
          _mm512_add_pd(sum, _mm512_mul_pd(held, _mm512_set1_pd(static_cast<double>(int64_t{1} << k * width))));
    }
    _mm512_storeu_pd(merged + column, sum);
  }
}

}  // namespace
