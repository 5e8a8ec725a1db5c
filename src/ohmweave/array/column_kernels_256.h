// SPDX-License-Identifier: Apache-2.0
#pragma once

// What processors with AVX2 do in registers of 256 bits whatever else they have: inputs, noise and wider
// digits. Included like column_kernels_body.h.

namespace {

/// What kernels do with words.
struct Words256 {
  using Half = __m256i;

  static void load(const uint8_t* p, Half& x) { x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static void store(uint8_t* p, Half x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x); }
  static void set16(int value, Half& x) { x = _mm256_set1_epi16(static_cast<int16_t>(value)); }
  static Half add16(Half a, Half b) { return _mm256_add_epi16(a, b); }
  static Half subtract16(Half a, Half b) { return _mm256_sub_epi16(a, b); }
  static Half subtract_saturated16(Half a, Half b) { return _mm256_subs_epu16(a, b); }
  static Half min16(Half a, Half b) { return _mm256_min_epu16(a, b); }
  static Half multiply_high16(Half a, Half b) { return _mm256_mulhi_epu16(a, b); }
  static Half left16(Half a, int n) { return _mm256_sll_epi16(a, _mm_cvtsi32_si128(n)); }
  static Half right16(Half a, int n) { return _mm256_srl_epi16(a, _mm_cvtsi32_si128(n)); }
  static Half look_up(const uint16_t* table, Half x) {
    alignas(32) uint16_t words[16];
    _mm256_store_si256(reinterpret_cast<__m256i*>(words), x);
    for (uint16_t& word : words) word = table[word];
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(words));
  }
  static Half count_steps(const StepTables& steps, int64_t first, Half x) {
    alignas(32) uint16_t words[16];
    _mm256_store_si256(reinterpret_cast<__m256i*>(words), x);
    for (int k = 0; k < 16; ++k) words[k] = steps.code(first + k, words[k]);
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(words));
  }
  static Half bit_and(Half a, Half b) { return _mm256_and_si256(a, b); }
  static Half exclusive_or(Half a, Half b) { return _mm256_xor_si256(a, b); }
  static Half multiply_pairs(Half a, Half b) { return _mm256_madd_epi16(a, b); }
  static Half add32(Half a, Half b) { return _mm256_add_epi32(a, b); }
  static Half multiply32(Half a, Half b) { return _mm256_mullo_epi32(a, b); }
  static Half low_words(Half a) { return _mm256_and_si256(a, _mm256_set1_epi32(65535)); }
  static Half high_words(Half a) { return _mm256_srli_epi32(a, 16); }
};

/// Bytes of 4 rows and 32 vectors: codes[v] + row.
[[gnu::always_inline]] inline void turn_square(const int32_t* const* codes, int64_t row, __m256i offset,
                                               __m256i mask, uint8_t* low, uint8_t* high) {
  const __m256i bytes = _mm256_set1_epi16(255);
  const __m256i by_row = _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 0, 4, 8, 12, 1,
                                          5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  __m256i words[8];  // of vectors 2k, 2k + 1 and, in the upper half, 16 later
  for (int k = 0; k < 8; ++k) {
    __m256i of_vector[2];
    for (int i = 0; i < 2; ++i) {
      const int v = 2 * k + i;
      const auto* first = reinterpret_cast<const __m128i*>(codes[v] + row);
      const auto* second = reinterpret_cast<const __m128i*>(codes[v + 16] + row);
      const __m256i both =
          _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(first)), _mm_loadu_si128(second), 1);
      of_vector[i] = _mm256_and_si256(_mm256_add_epi32(both, offset), mask);
    }
    words[k] = _mm256_packus_epi32(of_vector[0], of_vector[1]);
  }
  for (int part = 0; part < 2; ++part) {
    uint8_t* to = part == 0 ? low : high;
    if (to == nullptr) return;
    __m256i square[4];  // bytes of four vectors, row by row
    for (int k = 0; k < 4; ++k) {
      __m256i a = words[2 * k], b = words[2 * k + 1];
      a = part == 0 ? _mm256_and_si256(a, bytes) : _mm256_srli_epi16(a, 8);
      b = part == 0 ? _mm256_and_si256(b, bytes) : _mm256_srli_epi16(b, 8);
      square[k] = _mm256_shuffle_epi8(_mm256_packus_epi16(a, b), by_row);
    }
    const __m256i a = _mm256_unpacklo_epi32(square[0], square[1]),
                  b = _mm256_unpacklo_epi32(square[2], square[3]);
    const __m256i c = _mm256_unpackhi_epi32(square[0], square[1]),
                  d = _mm256_unpackhi_epi32(square[2], square[3]);
    auto* rows = reinterpret_cast<__m256i*>(to + row * kStrip);
    _mm256_storeu_si256(rows, _mm256_unpacklo_epi64(a, b));
    _mm256_storeu_si256(rows + 2, _mm256_unpackhi_epi64(a, b));
    _mm256_storeu_si256(rows + 4, _mm256_unpacklo_epi64(c, d));
    _mm256_storeu_si256(rows + 6, _mm256_unpackhi_epi64(c, d));
  }
}

void turn(const int32_t* const* from, int64_t rows, int64_t lanes, const DrivenInputs& what, uint8_t* low,
          uint8_t* high) {
  const __m256i offsets = _mm256_set1_epi32(static_cast<int>(what.offset)),
                masks = _mm256_set1_epi32(static_cast<int>(what.mask));
  for (int64_t v = 0; v < lanes; v += 32) {
    for (int64_t row = 0; row + 4 <= rows; row += 4)
      turn_square(from + v, row, offsets, masks, low + v, high == nullptr ? nullptr : high + v);
  }
  for (int64_t row = rows - rows % 4; row < rows; ++row) {
    for (int64_t v = 0; v < lanes; ++v) {
      const uint32_t driven = (static_cast<uint32_t>(from[v][row]) + what.offset) & what.mask;
      low[row * kStrip + v] = static_cast<uint8_t>(driven);
      if (high != nullptr) high[row * kStrip + v] = static_cast<uint8_t>(driven >> 8);
    }
  }
  for (uint8_t* bytes : {low, high})
    if (bytes != nullptr)
      __builtin_memset(bytes + rows * kStrip, 0, static_cast<size_t>((padded_rows(rows) - rows) * kStrip));
}

// --- noise
// -----------------------------------------------------------------------------------------------------

/// Random bits of 16 columns: the low bytes of all of them, then the high bytes.
[[gnu::always_inline]] inline __m256i random_bits(const ReadNoise& normals, int64_t vector, int digit,
                                                  int64_t place) {
  const auto* keys = reinterpret_cast<const __m128i*>(normals.keys().data());
  const ReadNoise::Words counter = ReadNoise::counter(vector, digit, place / ReadNoise::kColumns, 0);
  const __m128i words = _mm_insert_epi64(_mm_cvtsi64_si128(static_cast<int64_t>(counter[0])),
                                         static_cast<int64_t>(counter[1]), 1);
  __m128i low = _mm_xor_si128(words, _mm_loadu_si128(keys));
  __m128i high = _mm_xor_si128(low, _mm_set_epi64x(1, 0));
#pragma GCC unroll 8
  for (int k = 1; k <= ReadNoise::kRounds; ++k) {
    const __m128i key = _mm_loadu_si128(keys + k);
    const bool last = k == ReadNoise::kRounds;
    low = last ? _mm_aesenclast_si128(low, key) : _mm_aesenc_si128(low, key);
    high = last ? _mm_aesenclast_si128(high, key) : _mm_aesenc_si128(high, key);
  }
  return _mm256_set_m128i(high, low);
}

/// Tables k, of the low bytes, and k + 2, of the high ones, 64 added.
[[gnu::always_inline]] inline __m256i normal_tables(size_t k) {
  const auto* low = reinterpret_cast<const __m128i*>(ReadNoise::kTables[k].data());
  const auto* high = reinterpret_cast<const __m128i*>(ReadNoise::kTables[k + 2].data());
  return _mm256_add_epi8(_mm256_set_m128i(_mm_loadu_si128(high), _mm_loadu_si128(low)), _mm256_set1_epi8(64));
}

/// Their normal numbers, as 16 bits each.
[[gnu::always_inline]] inline __m256i normal_numbers(__m256i bits) {
  const __m256i four = _mm256_set1_epi8(15);
  const __m256i sums = _mm256_add_epi8(
      _mm256_shuffle_epi8(normal_tables(0), _mm256_and_si256(bits, four)),
      _mm256_shuffle_epi8(normal_tables(1), _mm256_and_si256(_mm256_srli_epi16(bits, 4), four)));
  const __m128i low = _mm256_castsi256_si128(sums), high = _mm256_extracti128_si256(sums, 1);
  const __m256i pairs = _mm256_set_m128i(_mm_unpackhi_epi8(low, high), _mm_unpacklo_epi8(low, high));
  const __m256i weights = _mm256_set1_epi16(static_cast<int16_t>(ReadNoise::kHigh << 8 | ReadNoise::kLow));
  return _mm256_sub_epi16(_mm256_maddubs_epi16(pairs, weights),
                          _mm256_set1_epi16(128 * (ReadNoise::kLow + ReadNoise::kHigh)));
}

/// min(32767, sqrt(variance * slope + base)), rounded, of eight columns.
[[gnu::always_inline]] inline __m256i deviation(__m256i variance, const float* slope, const float* base) {
  const __m256 square =
      _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(variance), _mm256_load_ps(slope)), _mm256_load_ps(base));
  return _mm256_cvtps_epi32(_mm256_min_ps(_mm256_sqrt_ps(square), _mm256_set1_ps(32767.0F)));
}

[[gnu::always_inline]] inline void add_noise(__m256i* v, const __m256i* variances, const PanelNoise& noise,
                                             const ReadNoise& normals, int64_t vector, int digit) {
  const __m256i numbers = normal_numbers(random_bits(normals, vector, digit, noise.place));
  const __m256i first =
      deviation(_mm256_and_si256(*variances, _mm256_set1_epi32(65535)), noise.slope, noise.base);
  const __m256i second = deviation(_mm256_srli_epi32(*variances, 16), noise.slope + 8, noise.base + 8);
  const __m256i deviations = _mm256_or_si256(first, _mm256_slli_epi32(second, 16));
  const __m256i sign = _mm256_set1_epi16(INT16_MIN);
  const __m256i sum = _mm256_adds_epi16(_mm256_xor_si256(*v, sign), _mm256_mulhrs_epi16(numbers, deviations));
  *v = _mm256_xor_si256(sum, sign);
}

// --- wider digits
// ---------------------------------------------------------------------------------------------

/// What noise moves the sums of eight columns by.
[[gnu::always_inline]] inline __m256i moved(__m256i variance, __m128i numbers, const float* slope,
                                            const float* base) {
  const __m256 square =
      _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(variance), _mm256_load_ps(slope)), _mm256_load_ps(base));
  const __m256 by = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(numbers)), _mm256_sqrt_ps(square));
  return _mm256_cvtps_epi32(
      _mm256_min_ps(_mm256_max_ps(by, _mm256_set1_ps(-0x1p30F)), _mm256_set1_ps(0x1p30F)));
}

}  // namespace
