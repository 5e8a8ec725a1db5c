// SPDX-License-Identifier: Apache-2.0
#pragma once

// Driven inputs vector by vector, with AVX-512, for kernels that multiply bits by cells. Included by
// column_kernels_avx512.cc behind column_lists_512.h.

namespace {

/// The bits of a byte that any of 64 bytes has.
[[gnu::always_inline]] inline uint64_t bits_of(__m512i bytes) {
  const __m256i half = _mm256_or_si256(_mm512_maskz_extracti64x4_epi64(0xff, bytes, 0),
                                       _mm512_maskz_extracti64x4_epi64(0xff, bytes, 1));
  const __m128i part = _mm_or_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  auto bits = static_cast<uint64_t>(_mm_cvtsi128_si64(_mm_or_si128(part, _mm_unpackhi_epi64(part, part))));
  bits |= bits >> 32, bits |= bits >> 16, bits |= bits >> 8;
  return bits & 255;
}

void pack_inputs(const int32_t* codes, int64_t stride, int64_t vectors, int64_t rows, const DrivenInputs& what,
                 uint8_t* inputs, uint16_t* driven) {
  const __m512i offset = _mm512_set1_epi32(static_cast<int>(what.offset)),
                mask = _mm512_set1_epi32(static_cast<int>(what.mask)), byte = _mm512_set1_epi16(255);
  const __m512i in_order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const int64_t whole = product_rows(rows);
  for (int64_t v = 0; v < vectors; ++v, codes += stride, inputs += what.two_bytes() ? whole : 0) {
    __m512i seen = _mm512_setzero_si512(), seen_high = seen;
    for (int64_t row = 0; row < rows; row += kProductRows, inputs += kProductRows) {
      __m512i x[4];
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) {
        const int64_t left = rows - row - 16 * k;
        const auto own = static_cast<__mmask16>(left >= 16 ? 0xffff : left <= 0 ? 0 : (1 << left) - 1);
        const __m512i code = _mm512_maskz_loadu_epi32(own, codes + row + 16 * k);
        x[k] = _mm512_maskz_and_epi32(own, _mm512_add_epi32(code, offset), mask);
      }
      const __m512i first = _mm512_packus_epi32(x[0], x[1]), second = _mm512_packus_epi32(x[2], x[3]);
      const auto store = [&](__m512i a, __m512i b, uint8_t * to) __attribute__((always_inline)) {
        const __m512i bytes = _mm512_maskz_permutexvar_epi32(0xffff, in_order, _mm512_packus_epi16(a, b));
        _mm512_storeu_si512(to, bytes);
        return bytes;
      };
      const __m512i low = store(_mm512_and_si512(first, byte), _mm512_and_si512(second, byte), inputs);
      seen = _mm512_or_si512(seen, low);
      if (!what.two_bytes()) continue;
      const __m512i high = store(_mm512_srli_epi16(first, 8), _mm512_srli_epi16(second, 8), inputs + whole);
      seen_high = _mm512_or_si512(seen_high, high);
    }
    driven[v] = static_cast<uint16_t>(bits_of(seen) | bits_of(seen_high) << 8);
  }
}

void sum_vectors(const uint8_t* inputs, int64_t rows, int planes, bool is_signed, int64_t vectors,
                 int32_t* sums) {
  const int64_t whole = product_rows(rows);
  const __m512i sign = _mm512_set1_epi8(static_cast<char>(is_signed ? 1 << ((planes - 1) % 8) : 0));
  for (int64_t v = 0; v < vectors; ++v) {
    __m512i sum = _mm512_setzero_si512();
    int64_t negative = 0;
    for (int first = 0; first < planes; first += 8) {
      for (int64_t row = 0; row < whole; row += kProductRows, inputs += kProductRows) {
        const __m512i own = _mm512_loadu_si512(inputs);
        sum = _mm512_add_epi64(sum, _mm512_maskz_slli_epi64(0xff, _mm512_sad_epu8(own, _mm512_setzero_si512()),
                                                            static_cast<unsigned>(first)));
        if (first + 8 >= planes) negative += __builtin_popcountll(_mm512_test_epi8_mask(own, sign));
      }
    }
    alignas(kLine) int64_t parts[8];
    _mm512_store_si512(parts, sum);
    int64_t all = -(negative << planes);
    for (int64_t part : parts) all += part;
    sums[v] = static_cast<int32_t>(all);
  }
}

void turn_inputs(const uint8_t* low, const uint8_t* high, int64_t rows, int64_t lanes, uint8_t* inputs,
                 uint16_t* driven) {
  const int64_t whole = product_rows(rows), apart = (high != nullptr ? 2 : 1) * whole;
  for (int64_t vector = 0; vector < lanes; ++vector) driven[vector] = 0;
  for (int shift = 0; shift < (high != nullptr ? 16 : 8); shift += 8, inputs += whole) {
    for (int64_t row = 0; row < rows; row += kProductRows) {
      uint8_t* to = inputs + row;
      const auto take = [&](int64_t vector, __m512i own) __attribute__((always_inline)) {
        if (vector >= lanes) return;
        _mm512_storeu_si512(to + vector * apart, own);
        driven[vector] = static_cast<uint16_t>(driven[vector] | bits_of(own) << shift);
      };
      turn_part<false>((shift == 0 ? low : high) + row * kStrip, padded_rows(rows) - row, take);
    }
  }
}

}  // namespace
