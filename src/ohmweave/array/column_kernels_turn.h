// SPDX-License-Identifier: Apache-2.0
#pragma once

// turn() and add_square() of processors with AVX2; included like column_kernels_body.h.

namespace {

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

void turn(const int32_t* const* from, int64_t rows, uint32_t offset, uint32_t mask, uint8_t* low,
          uint8_t* high) {
  const __m256i offsets = _mm256_set1_epi32(static_cast<int>(offset)),
                masks = _mm256_set1_epi32(static_cast<int>(mask));
  for (int64_t v = 0; v < kStrip; v += 32) {
    for (int64_t row = 0; row + 4 <= rows; row += 4)
      turn_square(from + v, row, offsets, masks, low + v, high == nullptr ? nullptr : high + v);
  }
  for (int64_t row = rows - rows % 4; row < rows; ++row) {
    for (int64_t v = 0; v < kStrip; ++v) {
      const uint32_t driven = (static_cast<uint32_t>(from[v][row]) + offset) & mask;
      low[row * kStrip + v] = static_cast<uint8_t>(driven);
      if (high != nullptr) high[row * kStrip + v] = static_cast<uint8_t>(driven >> 8);
    }
  }
  const int64_t padded = (rows + kRowsTogether - 1) / kRowsTogether * kRowsTogether;
  for (int64_t k = rows * kStrip; k < padded * kStrip; k += 32) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(low + k), _mm256_setzero_si256());
    if (high != nullptr) _mm256_storeu_si256(reinterpret_cast<__m256i*>(high + k), _mm256_setzero_si256());
  }
}

void add_square(const int32_t* totals, int64_t* const* to) {
  __m256i a[8], b[8];
  for (int j = 0; j < 8; ++j) a[j] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(totals + j * kStrip));
  for (int j = 0; j < 8; j += 2) {
    b[j] = _mm256_unpacklo_epi32(a[j], a[j + 1]);
    b[j + 1] = _mm256_unpackhi_epi32(a[j], a[j + 1]);
  }
  for (int j = 0; j < 8; j += 4) {
    for (int k = 0; k < 2; ++k) {  // outputs j..j + 3 of vectors 2 k, 2 k + 1 and, in the upper half, 4 later
      a[j + 2 * k] = _mm256_unpacklo_epi64(b[j + k], b[j + 2 + k]);
      a[j + 2 * k + 1] = _mm256_unpackhi_epi64(b[j + k], b[j + 2 + k]);
    }
  }
  for (int k = 0; k < 8; ++k) {
    for (int j = 0; j < 8; j += 4) {
      const __m128i four = k < 4 ? _mm256_castsi256_si128(a[j + k]) : _mm256_extracti128_si256(a[j + k - 4], 1);
      auto* at = reinterpret_cast<__m256i*>(to[k] + j);
      _mm256_storeu_si256(at, _mm256_add_epi64(_mm256_loadu_si256(at), _mm256_cvtepi32_epi64(four)));
    }
  }
}

}  // namespace
