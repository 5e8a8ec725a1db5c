// SPDX-License-Identifier: Apache-2.0
#pragma once

// Wider digits with AVX2. Included like column_kernels_body.h, behind column_kernels_256.h.

namespace {

void sum_digits(const int16_t* cells, const PanelNoise* noise, const WideReads& reads, int32_t* sums) {
  const int64_t step = noise != nullptr ? 4 : 2;  // registers of a pair
  const auto* lines = reinterpret_cast<const __m256i*>(cells);
  int64_t at = reads.begin;
  for (int k = 0; k < reads.digit_count; ++k, sums += kWideColumns) {
    __m256i sum[2] = {}, variance[2] = {};
    for (; at < reads.ends[k]; ++at) {
      const __m256i* line = lines + reads.pairs[at] * step;
      const __m256i digits = _mm256_set1_epi32(static_cast<int>(reads.digits[at]));
      for (int h = 0; h < 2; ++h)
        sum[h] = _mm256_add_epi32(sum[h], _mm256_madd_epi16(digits, _mm256_loadu_si256(line + h)));
      if (noise == nullptr) continue;
      const __m256i squares = _mm256_mullo_epi16(digits, digits);
      for (int h = 0; h < 2; ++h)
        variance[h] =
            _mm256_add_epi32(variance[h], _mm256_madd_epi16(squares, _mm256_loadu_si256(line + 2 + h)));
    }
    if (noise != nullptr) {
      const __m256i numbers = normal_numbers(random_bits(*reads.normals, reads.vector, k, noise->place));
      sum[0] = _mm256_add_epi32(sum[0],
                                moved(variance[0], _mm256_castsi256_si128(numbers), noise->slope, noise->base));
      sum[1] = _mm256_add_epi32(
          sum[1], moved(variance[1], _mm256_extracti128_si256(numbers, 1), noise->slope + 8, noise->base + 8));
    }
    for (int h = 0; h < 2; ++h) _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + 8 * h), sum[h]);
  }
}

void code_digits(const WideConversion& c, int digits, int width, const int32_t* sums, double* merged) {
  for (int64_t column = 0; column < kWideColumns; column += 4) {
    const __m256d unit = _mm256_load_pd(c.unit + column), offset = _mm256_load_pd(c.offset + column),
                  gain = _mm256_load_pd(c.gain + column), zero = _mm256_load_pd(c.zero + column),
                  step = _mm256_load_pd(c.step + column), most = _mm256_load_pd(c.most + column);
    __m256d sum = _mm256_setzero_pd();
    for (int k = 0; k < digits; ++k) {
      const auto* from = reinterpret_cast<const __m128i*>(sums + k * kWideColumns + column);
      const __m256d steps = _mm256_mul_pd(_mm256_cvtepi32_pd(_mm_loadu_si128(from)), unit);
      const __m256d seen = _mm256_mul_pd(_mm256_add_pd(steps, offset), gain);
      const __m256d over = _mm256_div_pd(_mm256_sub_pd(seen, zero), step);
      const __m256d code = _mm256_floor_pd(_mm256_add_pd(over, _mm256_set1_pd(0.5)));
      const __m256d held = _mm256_min_pd(_mm256_max_pd(code, _mm256_setzero_pd()), most);
      sum =
          _mm256_add_pd(sum, _mm256_mul_pd(held, _mm256_set1_pd(static_cast<double>(int64_t{1} << k * width))));
    }
    _mm256_storeu_pd(merged + column, sum);
  }
}

}  // namespace
