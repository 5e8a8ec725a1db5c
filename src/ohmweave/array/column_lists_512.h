// SPDX-License-Identifier: Apache-2.0
#pragma once

// Lists of what is read, with AVX-512 (VBMI2 and GFNI). Included like column_kernels_body.h.

namespace {

constexpr int64_t kRowsOfPart = 64;                            // of a part: a bit of each is an element of 64
constexpr int64_t kTablesTogether = kRowsOfPart / kTableRows;  // of a part
constexpr int64_t kBytesTogether = kRowsOfPart / 8;            // that have a bit of all rows of a part

/// Eight rows of 64 vectors, row k at rows + k * kStrip: the element of a vector has its bytes or, turned once
/// more, a byte for each bit. Register k has the vectors 16 l + 2 k and 16 l + 2 k + 1, l being their lane of
/// 128 bits.
template <bool Bits>
[[gnu::always_inline]] inline void turn_bytes(const uint8_t* rows, int64_t count, __m512i* to) {
  __m512i x[8];
#pragma GCC unroll 8
  for (int k = 0; k < 8; ++k) {
    const int row = Bits ? 7 - k : k;  // the first byte becomes the highest bit
    x[k] = row < count ? _mm512_loadu_si512(rows + row * kStrip) : _mm512_setzero_si512();
  }
#pragma GCC unroll 3
  for (int round = 0; round < 3; ++round) {  // like turn_words() of column_lists_256.h
    __m512i y[8];
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      y[2 * k] = _mm512_unpacklo_epi8(x[k], x[k + 4]);
      y[2 * k + 1] = _mm512_unpackhi_epi8(x[k], x[k + 4]);
    }
    for (int k = 0; k < 8; ++k) x[k] = y[k];
  }
  const __m512i bits = _mm512_set1_epi64(static_cast<int64_t>(0x8040201008040201));
#pragma GCC unroll 8
  for (int k = 0; k < 8; ++k) to[k] = Bits ? _mm512_gf2p8affine_epi64_epi8(bits, x[k], 0) : x[k];
}

/// Calls take(vector, its bytes of a part of the rows, or elements of a byte of eight rows for each bit).
template <bool Bits, class Take>
[[gnu::always_inline]] inline void turn_part(const uint8_t* rows, int64_t count, const Take& take) {
  __m512i bytes[kBytesTogether][8];
  for (int64_t k = 0; k < kBytesTogether; ++k) turn_bytes<Bits>(rows + 8 * k * kStrip, count - 8 * k, bytes[k]);
  for (int64_t k = 0; k < 8; ++k) {
#pragma GCC unroll 2
    for (int64_t odd = 0; odd < 2; ++odd) {  // vectors 16 l + 2 k + odd
      __m512i pairs[4];
#pragma GCC unroll 4
      for (int64_t j = 0; j < 4; ++j)
        pairs[j] = odd != 0 ? _mm512_maskz_unpackhi_epi64(255, bytes[2 * j][k], bytes[2 * j + 1][k])
                            : _mm512_maskz_unpacklo_epi64(255, bytes[2 * j][k], bytes[2 * j + 1][k]);
#pragma GCC unroll 4
      for (int64_t l = 0; l < 4; ++l) {
        constexpr int kEven = 0x88, kOdd = 0xdd;  // lanes 0 and 2, or 1 and 3, of both
        const auto two = [&](__m512i a, __m512i b, bool upper) __attribute__((always_inline)) {
          return upper ? _mm512_maskz_shuffle_i64x2(255, a, b, kOdd)
                       : _mm512_maskz_shuffle_i64x2(255, a, b, kEven);
        };
        const __m512i own =
            two(two(pairs[0], pairs[1], l % 2 != 0), two(pairs[2], pairs[3], l % 2 != 0), l / 2 != 0);
        take(16 * l + 2 * k + odd, own);
      }
    }
  }
}

/// Bits of a part of the rows as elements, [vector][bit], the first row being the lowest bit.
void turn_bits(const uint8_t* rows, int64_t count, uint64_t* to) {
  alignas(kLine) uint8_t order[kLine];  // rows become columns in a matrix of 8 x 8 bytes
  for (int k = 0; k < kLine; ++k) order[k] = static_cast<uint8_t>(k % 8 * 8 + k / 8);
  const __m512i turned = _mm512_load_si512(order);
  turn_part<true>(
      rows, count, [&](int64_t vector, __m512i own) __attribute__((always_inline)) {
        _mm512_storeu_si512(to + vector * 8, _mm512_maskz_permutexvar_epi8(~0ULL, turned, own));
      });
}

constexpr int64_t kTwoParts = 2 * kTablesTogether;  // tables of which a register has a word each

/// The tables of two parts.
struct TwoParts {
  __mmask32 all;
  uint32_t tables, most;  // of these; from `most` on that a vector reads it reads all: that is foretold easily
};

/// Constants in registers: compilers would make them again for every list.
struct ListConstants {
  __m512i bytes;  // of a table, in the upper half of its word
  __m512i down;   // to four bits of it, times kEntryStep
  __m512i four;
  __m512i base;  // entry 0 of each table

  ListConstants() {
    const __m128i low = _mm_setr_epi8(-1, 0, -1, 0, -1, 1, -1, 1, -1, 2, -1, 2, -1, 3, -1, 3);
    const __m128i high = _mm_setr_epi8(-1, 4, -1, 4, -1, 5, -1, 5, -1, 6, -1, 6, -1, 7, -1, 7);
    bytes = _mm512_maskz_broadcast_i64x4(255, _mm256_set_m128i(high, low));
    down = _mm512_set1_epi32(9 << 16 | 5);
    four = _mm512_set1_epi16(15 * kEntryStep);
    alignas(kLine) uint16_t first[kTwoParts];
    for (int k = 0; k < kTwoParts; ++k) first[k] = static_cast<uint16_t>(k * kEntries * kEntryStep);
    base = _mm512_load_si512(first);
    asm("" : "+v"(bytes), "+v"(down), "+v"(four), "+v"(base));
  }
};

/// Writes the entries that a vector reads of two parts, behind them 0. Returns their number.
[[gnu::always_inline]] inline uint32_t append(const uint64_t& first, const uint64_t& second,
                                              const TwoParts& parts, const ListConstants& c, __m512i base,
                                              uint16_t* to) {
  const __m512i both = _mm512_mask_set1_epi64(_mm512_set1_epi64(static_cast<int64_t>(first)), 0xf0,
                                              static_cast<int64_t>(second));
  const __m512i bits = _mm512_srlv_epi16(_mm512_shuffle_epi8(both, c.bytes), c.down);
  __mmask32 told = _mm512_mask_test_epi16_mask(parts.all, bits, c.four);
  auto count = static_cast<uint32_t>(__builtin_popcount(told));
  told = count >= parts.most ? parts.all : told;
  count = count >= parts.most ? parts.tables : count;
  const __m512i entries = _mm512_ternarylogic_epi32(bits, c.four, base, 0xea);  // bits & four | base
  _mm512_storeu_si512(to, _mm512_maskz_compress_epi16(told, entries));
  return count;
}

constexpr int64_t kPart = kStrip * 8;  // elements of a part

/// The lists of a vector, `count` bits of whose inputs stand in `bits`.
template <bool Few>
[[gnu::always_inline]] inline void list_bits(const uint64_t* bits, int64_t count, const TwoParts* parts,
                                             int64_t pairs, int64_t pitch, const ListConstants& c,
                                             uint16_t* entries, uint16_t* counts) {
  for (int64_t plane = 0; plane < count; ++plane, ++bits, entries += pitch) {
    uint32_t n = 0;
    if constexpr (Few) {  // at most two parts
      n = append(bits[0], bits[kPart], *parts, c, c.base, entries);
    } else {
      __m512i base = c.base;
      for (int64_t k = 0; k < pairs; ++k) {
        n += append(bits[2 * k * kPart], bits[(2 * k + 1) * kPart], parts[k], c, base, entries + n);
        base = _mm512_add_epi16(base, _mm512_set1_epi16(kTwoParts * kEntries * kEntryStep));
      }
      _mm_storeu_si128(reinterpret_cast<__m128i*>(entries + n), _mm_setzero_si128());
    }
    counts[plane] = static_cast<uint16_t>((n + uint32_t{kListStep - 1}) / kListStep);
  }
}

/// The lists of at most kListStep tables, which read all of them: those of eight bits are a register.
void list_few(const uint64_t* bits, int64_t tables, int64_t count, int64_t apart, int64_t lanes,
              uint16_t* entries) {
  const __m512i bytes = _mm512_maskz_broadcast_i32x4(
      0xffff, _mm_setr_epi8(-1, 0, -1, 0, -1, 1, -1, 1, -1, 8, -1, 8, -1, 9, -1, 9));
  const ListConstants c;
  const __m512i base = _mm512_maskz_permutexvar_epi64(255, _mm512_setzero_si512(), c.base);
  const auto all = static_cast<__mmask32>(((1 << tables) - 1) * 0x11111111LL);
  const __mmask32 written = ~0U >> (32 - kListStep * count);
  for (int64_t lane = 0; lane < lanes; ++lane, entries += apart) {
    const __m512i turned = _mm512_shuffle_epi8(_mm512_loadu_si512(bits + lane * 8), bytes);
    const __m512i own = _mm512_ternarylogic_epi32(_mm512_srlv_epi16(turned, c.down), c.four, base, 0xea);
    _mm512_mask_storeu_epi16(entries, written, _mm512_maskz_mov_epi16(all, own));
  }
}

void list(const uint8_t* low, const uint8_t* high, int64_t rows, int planes, int64_t lanes, uint8_t* scratch,
          uint16_t* entries, uint16_t* counts) {
  const int64_t tables = table_count(rows), pairs = (tables + kTwoParts - 1) / kTwoParts;
  const int64_t pitch = list_pitch(rows);
  auto* bits = reinterpret_cast<uint64_t*>(scratch);
  for (int64_t part = 0; part * kTablesTogether < tables; ++part) {
    const int64_t row = part * kRowsOfPart;
    turn_bits(low + row * kStrip, padded_rows(rows) - row, bits + part * kPart);
    if (planes > 8) turn_bits(high + row * kStrip, padded_rows(rows) - row, bits + (2 * pairs + part) * kPart);
  }
  if (tables <= kListStep) {
    for (int64_t plane = 0; plane < planes; plane += 8)
      list_few(bits + plane / 8 * 2 * kPart, tables, planes - plane < 8 ? planes - plane : 8, planes * pitch,
               lanes, entries + plane * pitch);
    for (int64_t k = 0; k < lanes * planes; ++k) counts[k] = 1;
    return;
  }
  TwoParts parts[kMostRows / kTableRows / kTwoParts];
  for (int64_t k = 0; k < pairs; ++k) {
    const int64_t left = tables - k * kTwoParts, own = left < kTwoParts ? left : kTwoParts;
    parts[k] = {own < kTwoParts ? (1U << own) - 1 : ~0U, static_cast<uint32_t>(own),
                static_cast<uint32_t>(own - own / 4)};
  }
  const ListConstants constants;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    for (int64_t plane = 0; plane < planes; plane += 8) {
      const uint64_t* own = bits + plane / 8 * 2 * pairs * kPart + lane * 8;
      const int64_t count = planes - plane < 8 ? planes - plane : 8;
      pairs == 1 ? list_bits<true>(own, count, parts, 1, pitch, constants, entries, counts)
                 : list_bits<false>(own, count, parts, pairs, pitch, constants, entries, counts);
      entries += count * pitch;
      counts += count;
    }
  }
}

}  // namespace
