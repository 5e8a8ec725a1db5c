// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/column_kernels.h"
#include "ohmweave/array/column_kernels_target.h"
#include "ohmweave/array/tile_columns.h"

#if defined(__x86_64__)
#include <immintrin.h>

OHMWEAVE_BEGIN_TARGET("avx2,aes")

namespace ohmweave::array {
namespace {

/// VPSHUFB looks up 32 entries of tables of 16: sums of subsets of four rows.
struct Ops {
  using Register = __m256i;
  using Table = __m256i;
  static constexpr const char* kName = "avx2";
  static constexpr int kRegisters = 2, kDigits = 1;
  static constexpr int64_t kTableRows = 4, kTableBytes = 16;

  static Register load(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  /// Holds it in a register: compilers like to load what is used four times four times.
  static Register kept(Register x) {
    asm("" : "+x"(x));
    return x;
  }
  static void store(uint8_t* p, Register x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x); }
  static Table table(const uint8_t* p) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static Register look(Table table, Register index) { return _mm256_shuffle_epi8(table, index); }
  static Register set8(int x) { return _mm256_set1_epi8(static_cast<char>(x)); }
  static Register set16(int x) { return _mm256_set1_epi16(static_cast<int16_t>(x)); }
  static Register add8(Register a, Register b) { return _mm256_add_epi8(a, b); }
  static Register add_saturated8(Register a, Register b) { return _mm256_adds_epu8(a, b); }
  static Register min8(Register a, Register b) { return _mm256_min_epu8(a, b); }
  static bool any(Register a) { return _mm256_testz_si256(a, a) == 0; }
  static Register add16(Register a, Register b) { return _mm256_add_epi16(a, b); }
  static Register subtract_saturated16(Register a, Register b) { return _mm256_subs_epu16(a, b); }
  static Register min16(Register a, Register b) { return _mm256_min_epu16(a, b); }
  static Register multiply_high16(Register a, Register b) { return _mm256_mulhi_epu16(a, b); }
  static Register left16(Register a, int n) { return _mm256_sll_epi16(a, _mm_cvtsi32_si128(n)); }
  static Register right16(Register a, int n) { return _mm256_srl_epi16(a, _mm_cvtsi32_si128(n)); }
  static Register even(Register a) { return _mm256_and_si256(a, _mm256_set1_epi16(255)); }
  static Register odd(Register a) { return _mm256_srli_epi16(a, 8); }
};

/// Two tables at once: entry i of a half sums the cells whose bit is set in i.
void make_tables(const uint8_t* cells, int64_t rows, uint8_t* tables) {
  __m256i chosen[4];
  alignas(32) uint8_t from[32];
  for (int j = 0; j < 4; ++j) {
    for (int k = 0; k < 32; ++k) from[k] = static_cast<uint8_t>((k >> j & 1) != 0 ? k / 16 * 4 + j : 0x80);
    chosen[j] = Ops::load(from);
  }
  for (int64_t r = 0; r < rows; r += 8) {
    const __m256i both =
        _mm256_broadcastsi128_si256(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(cells + r)));
    const __m256i low =
        _mm256_add_epi8(_mm256_shuffle_epi8(both, chosen[0]), _mm256_shuffle_epi8(both, chosen[1]));
    const __m256i high =
        _mm256_add_epi8(_mm256_shuffle_epi8(both, chosen[2]), _mm256_shuffle_epi8(both, chosen[3]));
    Ops::store(tables + r * 4, _mm256_add_epi8(low, high));
  }
}

void make_wide_tables(const int16_t* cells, int64_t rows, uint8_t* tables) {
  __m256i chosen[4];
  alignas(32) uint8_t from[32];
  for (int j = 0; j < 4; ++j) {
    for (int k = 0; k < 32; ++k) from[k] = static_cast<uint8_t>((k / 2 >> j & 1) != 0 ? 2 * j + k % 2 : 0x80);
    chosen[j] = Ops::load(from);
  }
  for (int64_t r = 0; r < rows; r += 4, tables += 32) {
    const __m256i four = _mm256_broadcastq_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(cells + r)));
    const __m256i pairs =  // sums of those below 0
        _mm256_madd_epi16(_mm256_min_epi16(four, _mm256_setzero_si256()), _mm256_set1_epi16(1));
    const __m256i sum = _mm256_add_epi32(pairs, _mm256_shuffle_epi32(pairs, 0xb1));
    const __m256i least =
        _mm256_or_si256(_mm256_slli_epi32(sum, 16), _mm256_and_si256(sum, _mm256_set1_epi32(65535)));
    __m256i entries = _mm256_sub_epi16(_mm256_shuffle_epi8(four, chosen[0]), least);
    for (int j = 1; j < 4; ++j) entries = _mm256_add_epi16(entries, _mm256_shuffle_epi8(four, chosen[j]));
    const __m256i low = _mm256_and_si256(entries, _mm256_set1_epi16(31)), high = _mm256_srli_epi16(entries, 5);
    Ops::store(tables, _mm256_permute4x64_epi64(_mm256_packus_epi16(low, high), 0xd8));
  }
}

/// Bits s and s + 4 of a byte of four rows become the halves of one byte, which is then parted.
void index(const uint8_t* low, const uint8_t* high, int64_t rows, int bits, uint8_t* indices) {
  const int64_t count = (rows + 3) / 4, step = count * kStrip;
  for (int byte = 0; byte * 8 < bits; ++byte) {
    const uint8_t* from = byte == 0 ? low : high;
    for (int64_t g = 0; g < count; ++g) {
      for (int64_t lane = 0; lane < kStrip; lane += 32) {
        __m256i x[4];
        for (int j = 0; j < 4; ++j) x[j] = Ops::load(from + (4 * g + j) * kStrip + lane);
        uint8_t* to = indices + byte * 8 * step + g * kStrip + lane;
#pragma GCC unroll 4
        for (int s = 0; s < 4; ++s) {
          if (byte * 8 + s >= bits) break;
          __m256i both = _mm256_setzero_si256();
#pragma GCC unroll 4
          for (int j = 0; j < 4; ++j) {
            const __m256i moved = j >= s ? _mm256_slli_epi16(x[j], j - s) : _mm256_srli_epi16(x[j], s - j);
            both =
                _mm256_or_si256(both, _mm256_and_si256(moved, _mm256_set1_epi8(static_cast<char>(0x11 << j))));
          }
          const __m256i four = _mm256_set1_epi8(15);
          Ops::store(to + s * step, _mm256_and_si256(both, four));
          if (byte * 8 + s + 4 < bits)
            Ops::store(to + (s + 4) * step, _mm256_and_si256(_mm256_srli_epi16(both, 4), four));
        }
      }
    }
  }
}

/// Random bits of 32 vectors: two parts of a block for each of the two tables of a byte.
struct Bits {
  __m256i low, high;
};
[[gnu::always_inline]] inline Bits random_bits(const ColumnNoise& noise, int digit, int half) {
  const auto* keys = reinterpret_cast<const __m128i*>(noise.normals->keys().data());
  const ReadNoise::Words counter = ReadNoise::counter(noise.block, digit, noise.column, 2 * half);
  const __m128i words = _mm_set_epi64x(static_cast<int64_t>(counter[1]), static_cast<int64_t>(counter[0]));
  const __m128i first = _mm_xor_si128(words, _mm_loadu_si128(keys));
  __m128i a = first, b = _mm_xor_si128(first, _mm_set_epi64x(1, 0));
  __m128i c = _mm_xor_si128(first, _mm_set_epi64x(4, 0)), d = _mm_xor_si128(first, _mm_set_epi64x(5, 0));
#pragma GCC unroll 8
  for (int k = 1; k <= ReadNoise::kRounds; ++k) {
    const __m128i key = _mm_loadu_si128(keys + k);
    const bool last = k == ReadNoise::kRounds;
    a = last ? _mm_aesenclast_si128(a, key) : _mm_aesenc_si128(a, key);
    b = last ? _mm_aesenclast_si128(b, key) : _mm_aesenc_si128(b, key);
    c = last ? _mm_aesenclast_si128(c, key) : _mm_aesenc_si128(c, key);
    d = last ? _mm_aesenclast_si128(d, key) : _mm_aesenc_si128(d, key);
  }
  return {_mm256_set_m128i(b, a), _mm256_set_m128i(d, c)};
}

/// min(32767, sqrt(v * slope + base)), rounded, of lanes of 32 bits.
[[gnu::always_inline]] inline __m256i deviation(__m256i v, __m256 slope, __m256 base) {
  const __m256 square = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(v), slope), base);
  return _mm256_cvtps_epi32(_mm256_min_ps(_mm256_sqrt_ps(square), _mm256_set1_ps(32767.0F)));
}

[[gnu::always_inline]] inline __m256i noisy(__m256i v, __m256i variance, __m256i normal,
                                            const ColumnNoise& noise) {
  const __m256 slope = _mm256_set1_ps(noise.slope), base = _mm256_set1_ps(noise.base);
  const __m256i even = deviation(_mm256_and_si256(variance, _mm256_set1_epi32(65535)), slope, base);
  const __m256i odd = deviation(_mm256_srli_epi32(variance, 16), slope, base);
  const __m256i deviations = _mm256_or_si256(even, _mm256_slli_epi32(odd, 16));
  const __m256i sign = _mm256_set1_epi16(INT16_MIN);
  const __m256i sum = _mm256_adds_epi16(_mm256_xor_si256(v, sign), _mm256_mulhrs_epi16(normal, deviations));
  return _mm256_xor_si256(sum, sign);
}

/// Entries of a table of normals, 64 added.
[[gnu::always_inline]] inline __m256i normals(int table, __m256i at) {
  const __m128i entries =
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(ReadNoise::kTables[static_cast<size_t>(table)].data()));
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_add_epi8(entries, _mm_set1_epi8(64))), at);
}

[[gnu::always_inline]] inline void add_noise(__m256i* even, __m256i* odd, const __m256i* even_variance,
                                             const __m256i* odd_variance, const ColumnNoise& noise, int digit) {
  const __m256i four = _mm256_set1_epi8(15);
  const __m256i added = _mm256_set1_epi16(128 * (ReadNoise::kLow + ReadNoise::kHigh));
#pragma GCC unroll 2
  for (int r = 0; r < 2; ++r) {
    const Bits bits = random_bits(noise, digit, r);
    auto sum = [&](int table, __m256i at) {
      return _mm256_add_epi8(normals(table, _mm256_and_si256(at, four)),
                             normals(table + 1, _mm256_and_si256(_mm256_srli_epi16(at, 4), four)));
    };
    const __m256i lows = sum(0, bits.low), highs = sum(2, bits.high);
    auto normal = [&](int shift) {  // of the even or the odd bytes
      const __m256i a =
          _mm256_maddubs_epi16(lows, _mm256_set1_epi16(static_cast<int16_t>(ReadNoise::kLow << shift)));
      const __m256i b =
          _mm256_maddubs_epi16(highs, _mm256_set1_epi16(static_cast<int16_t>(ReadNoise::kHigh << shift)));
      return _mm256_sub_epi16(_mm256_add_epi16(a, b), added);
    };
    even[r] = noisy(even[r], even_variance[r], normal(0), noise);
    odd[r] = noisy(odd[r], odd_variance[r], normal(8), noise);
  }
}

}  // namespace
}  // namespace ohmweave::array

namespace ohmweave::array {
#include "ohmweave/array/column_kernels_body.h"
#include "ohmweave/array/column_kernels_turn.h"
}  // namespace ohmweave::array

OHMWEAVE_END_TARGET

namespace ohmweave::array {
const ColumnKernels* column_kernels_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes") ? &kKernels : nullptr;
}
}  // namespace ohmweave::array
#else
namespace ohmweave::array {
const ColumnKernels* column_kernels_avx2() { return nullptr; }
}  // namespace ohmweave::array
#endif
