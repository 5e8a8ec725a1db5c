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
  static Half subtract_saturated16(Half a, Half b) { return _mm256_subs_epu16(a, b); }
  static Half min16(Half a, Half b) { return _mm256_min_epu16(a, b); }
  static Half multiply_high16(Half a, Half b) { return _mm256_mulhi_epu16(a, b); }
  static Half left16(Half a, int n) { return _mm256_sll_epi16(a, _mm_cvtsi32_si128(n)); }
  static Half right16(Half a, int n) { return _mm256_srl_epi16(a, _mm_cvtsi32_si128(n)); }
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
  for (uint8_t* bytes : {low, high})
    if (bytes != nullptr)
      __builtin_memset(bytes + rows * kStrip, 0, static_cast<size_t>((padded_rows(rows) - rows) * kStrip));
}

// --- lists of what is read
// -------------------------------------------------------------------------------------

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

/// Appends the entries that a vector reads for bit k of four: kEntries * table + entry.
[[gnu::always_inline]] inline uint16_t* append(const uint16_t* words, int64_t tables, int k, uint16_t* to) {
  const __m128i down = _mm_cvtsi32_si128(4 * k);
  __m256i first = _mm256_setr_epi16(0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240);
  for (int64_t g = 0; g < tables; g += 2 * kTablesTogether) {
    const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(words + g));
    const __m256i own = _mm256_and_si256(_mm256_srl_epi16(bits, down), _mm256_set1_epi16(kEntries - 1));
    const __m256i read = _mm256_cmpgt_epi16(own, _mm256_setzero_si256());
    const auto told = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_packs_epi16(read, read)));
    const __m256i entries = _mm256_add_epi16(own, first);
    first = _mm256_add_epi16(first, _mm256_set1_epi16(2 * kTablesTogether * kEntries));
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

uint16_t* list(const uint8_t* low, const uint8_t* high, int64_t rows, int planes, int64_t lanes,
               uint8_t* scratch, uint16_t* entries, uint16_t* counts) {
  const int64_t tables = table_count(rows);
  const int64_t padded = padded_tables(rows), step = (planes + 7) / 8 * 2 * padded;
  auto* words = reinterpret_cast<uint16_t*>(scratch);
  turn_bits(low, tables, padded, step, words);
  if (planes > 8) turn_bits(high, tables, padded, step, words + 2 * padded);
  for (int64_t lane = 0; lane < lanes; ++lane, words += step) {
    uint64_t any = 0;
    for (int plane = 0; plane < planes; ++plane) {
      const uint16_t* own = words + plane / 4 * padded;
      if (plane % 4 == 0) any = any_of(own, padded);
      if ((any >> plane % 4 * 4 & 0x000f000f000f000f) == 0) {
        *counts++ = 0;
        continue;
      }
      uint16_t* end = append(own, tables, plane % 4, entries);
      _mm_storel_epi64(reinterpret_cast<__m128i*>(end), _mm_setzero_si128());
      const int64_t steps = (end - entries + kListStep - 1) / kListStep;
      *counts++ = static_cast<uint16_t>(steps);
      entries += steps * kListStep;
    }
  }
  return entries;
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
