// SPDX-License-Identifier: Apache-2.0
#pragma once

// Lists of what is read, with AVX2. Included like column_kernels_body.h.

namespace {

constexpr int64_t kTablesTogether = 8;

/// Of 32 vectors and a table: words of the entries of bits 0..3 and of bits 4..7, vectors 0..7 and 16..23 in
/// the first of each pair of registers, the others in the second.
[[gnu::always_inline]] inline void pair_bits(const uint8_t* rows, __m256i* low, __m256i* high) {
  __m256i x[4], both[4];
  for (int j = 0; j < 4; ++j) x[j] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows + j * kStrip));
#pragma GCC unroll 4
  for (int s = 0; s < 4; ++s) {  // bits s and s + 4 of the four rows become the halves of a byte
    both[s] = _mm256_setzero_si256();
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const __m256i moved = j >= s ? _mm256_slli_epi16(x[j], j - s) : _mm256_srli_epi16(x[j], s - j);
      both[s] =
          _mm256_or_si256(both[s], _mm256_and_si256(moved, _mm256_set1_epi8(static_cast<char>(0x11 << j))));
    }
  }
  const __m256i four = _mm256_set1_epi8(15);
  __m256i of_low[2], of_high[2];
  for (int k = 0; k < 2; ++k) {
    const __m256i a = both[2 * k], b = both[2 * k + 1];
    of_low[k] = _mm256_or_si256(_mm256_and_si256(a, four), _mm256_slli_epi16(_mm256_and_si256(b, four), 4));
    of_high[k] = _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(a, 4), four), _mm256_andnot_si256(four, b));
  }
  low[0] = _mm256_unpacklo_epi8(of_low[0], of_low[1]);
  low[kTablesTogether] = _mm256_unpackhi_epi8(of_low[0], of_low[1]);
  high[0] = _mm256_unpacklo_epi8(of_high[0], of_high[1]);
  high[kTablesTogether] = _mm256_unpackhi_epi8(of_high[0], of_high[1]);
}

/// Words of 8 tables x 16 vectors to vectors x tables, lines of `step` words. Every round moves the highest bit
/// of a word's place in its row to the lowest of the row's number: three rounds exchange them.
[[gnu::always_inline]] inline void turn_words(const __m256i* from, uint16_t* to, int64_t step) {
  __m256i x[8];
  for (int k = 0; k < 8; ++k) x[k] = from[k];
#pragma GCC unroll 3
  for (int round = 0; round < 3; ++round) {
    __m256i y[8];
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      y[2 * k] = _mm256_unpacklo_epi16(x[k], x[k + 4]);
      y[2 * k + 1] = _mm256_unpackhi_epi16(x[k], x[k + 4]);
    }
    for (int k = 0; k < 8; ++k) x[k] = y[k];
  }
  for (int k = 0; k < 8; ++k) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + k * step), _mm256_castsi256_si128(x[k]));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + (16 + k) * step), _mm256_extracti128_si256(x[k], 1));
  }
}

/// Words of all tables of 64 vectors, of four bits each: [vector][four bits][table].
void turn_bits(const uint8_t* rows, int64_t tables, int64_t padded, int64_t step, uint16_t* to) {
  for (int64_t lane = 0; lane < kStrip; lane += 32) {
    for (int64_t g = 0; g < padded; g += kTablesTogether) {
      __m256i low[2 * kTablesTogether], high[2 * kTablesTogether];
      for (int64_t k = 0; k < kTablesTogether; ++k) {
        if (g + k < tables) {
          pair_bits(rows + (g + k) * kTableRows * kStrip + lane, low + k, high + k);
        } else {
          low[k] = low[kTablesTogether + k] = high[k] = high[kTablesTogether + k] = _mm256_setzero_si256();
        }
      }
      for (int64_t half = 0; half < 2; ++half) {
        uint16_t* own = to + (lane + 8 * half) * step + g;
        turn_words(low + half * kTablesTogether, own, step);
        turn_words(high + half * kTablesTogether, own + padded, step);
      }
    }
  }
}

/// For eight bits, the words that are set, moved to the front; behind them 0.
struct Fronts {
  alignas(16) uint8_t bytes[256][16];
};
constexpr Fronts make_fronts() {
  Fronts out{};
  for (int set = 0; set < 256; ++set) {
    int at = 0;
    for (int k = 0; k < 8; ++k) {
      if ((set >> k & 1) == 0) continue;
      out.bytes[set][at++] = static_cast<uint8_t>(2 * k);
      out.bytes[set][at++] = static_cast<uint8_t>(2 * k + 1);
    }
    while (at < 16) out.bytes[set][at++] = 0x80;
  }
  return out;
}
constexpr Fronts kFronts = make_fronts();

/// Appends those of eight entries that are told.
[[gnu::always_inline]] inline uint16_t* append_eight(__m128i entries, uint32_t told, uint16_t* to) {
  const __m128i front = _mm_load_si128(reinterpret_cast<const __m128i*>(kFronts.bytes[told]));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_shuffle_epi8(entries, front));
  return to + __builtin_popcount(told);
}

/// Appends the entries that a vector reads for bit k of four: kEntryStep * (kEntries * table + entry).
[[gnu::always_inline]] inline uint16_t* append(const uint16_t* words, int64_t tables, int k, uint16_t* to) {
  const __m128i down = _mm_cvtsi32_si128(4 * k);
  __m256i first = _mm256_mullo_epi16(_mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                                     _mm256_set1_epi16(kEntries * kEntryStep));
  for (int64_t g = 0; g < tables; g += 2 * kTablesTogether) {
    const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words + g));
    const __m256i own = _mm256_and_si256(_mm256_srl_epi16(bits, down), _mm256_set1_epi16(kEntries - 1));
    const __m256i read = _mm256_cmpgt_epi16(own, _mm256_setzero_si256());
    const auto told = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_packs_epi16(read, read)));
    const __m256i entries = _mm256_add_epi16(_mm256_slli_epi16(own, __builtin_ctz(kEntryStep)), first);
    first = _mm256_add_epi16(first, _mm256_set1_epi16(2 * kTablesTogether * kEntries * kEntryStep));
    to = append_eight(_mm256_castsi256_si128(entries), told & 255, to);
    if (g + kTablesTogether < tables) to = append_eight(_mm256_extracti128_si256(entries, 1), told >> 24, to);
  }
  return to;
}

/// The bits that any of the words has.
[[gnu::always_inline]] inline uint64_t any_of(const uint16_t* words, int64_t padded) {
  __m256i all = _mm256_setzero_si256();
  for (int64_t g = 0; g < padded; g += 2 * kTablesTogether)
    all = _mm256_or_si256(all, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words + g)));
  const __m128i half = _mm_or_si128(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
  const __m128i quarter = _mm_or_si128(half, _mm_srli_si128(half, 8));
  return static_cast<uint64_t>(_mm_cvtsi128_si64(quarter));
}

void list(const uint8_t* low, const uint8_t* high, int64_t rows, int planes, int64_t lanes, uint8_t* scratch,
          uint16_t* entries, uint16_t* counts) {
  const int64_t tables = table_count(rows), pitch = list_pitch(rows);
  const int64_t padded = (tables + 15) / 16 * 16, step = (planes + 7) / 8 * 2 * padded;
  auto* words = reinterpret_cast<uint16_t*>(scratch);
  turn_bits(low, tables, padded, step, words);
  if (planes > 8) turn_bits(high, tables, padded, step, words + 2 * padded);
  for (int64_t lane = 0; lane < lanes; ++lane, words += step) {
    uint64_t any = 0;
    for (int plane = 0; plane < planes; ++plane, entries += pitch) {
      const uint16_t* own = words + plane / 4 * padded;
      if (plane % 4 == 0) any = any_of(own, padded);
      if ((any >> plane % 4 * 4 & 0x000f000f000f000f) == 0) {
        *counts++ = 0;
        continue;
      }
      uint16_t* end = append(own, tables, plane % 4, entries);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(end), _mm_setzero_si128());
      *counts++ = static_cast<uint16_t>((end - entries + kListStep - 1) / kListStep);
    }
  }
}

}  // namespace
