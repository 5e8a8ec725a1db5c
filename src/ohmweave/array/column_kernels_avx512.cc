// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/column_kernels.h"
#include "ohmweave/array/column_kernels_target.h"
#include "ohmweave/array/tile_columns.h"

#if defined(__x86_64__)
#include <immintrin.h>

OHMWEAVE_BEGIN_TARGET("avx2,aes,avx512f,avx512bw,avx512vl,avx512vbmi,gfni")

namespace ohmweave::array {
namespace {

// Masks of all lanes: the unmasked intrinsics warn of uninitialised values (GCC bug 105593).
constexpr __mmask16 kAll = 0xffff;
constexpr __mmask32 kAllWords = 0xffffffff;
constexpr __mmask64 kAllBytes = 0xffffffffffffffff;

/// VPERMB looks up 64 entries of tables of 64: sums of subsets of six rows.
struct Ops {
  using Register = __m512i;
  using Table = __m512i;
  static constexpr const char* kName = "avx512";
  static constexpr int kRegisters = 1, kDigits = 4;
  static constexpr int64_t kTableRows = 6, kTableBytes = 64;

  static Register load(const uint8_t* p) { return _mm512_loadu_si512(p); }
  static Register kept(Register x) { return x; }
  static void store(uint8_t* p, Register x) { _mm512_storeu_si512(p, x); }
  static Table table(const uint8_t* p) { return _mm512_loadu_si512(p); }
  static Register look(Table table, Register index) {
    return _mm512_maskz_permutexvar_epi8(kAllBytes, index, table);
  }
  static Register set8(int x) { return _mm512_set1_epi8(static_cast<char>(x)); }
  static Register set16(int x) { return _mm512_set1_epi16(static_cast<int16_t>(x)); }
  static Register add8(Register a, Register b) { return _mm512_add_epi8(a, b); }
  static Register add_saturated8(Register a, Register b) { return _mm512_adds_epu8(a, b); }
  static Register min8(Register a, Register b) { return _mm512_min_epu8(a, b); }
  static bool any(Register a) { return _mm512_test_epi8_mask(a, a) != 0; }
  static Register add16(Register a, Register b) { return _mm512_add_epi16(a, b); }
  static Register subtract_saturated16(Register a, Register b) { return _mm512_subs_epu16(a, b); }
  static Register min16(Register a, Register b) { return _mm512_min_epu16(a, b); }
  static Register multiply_high16(Register a, Register b) { return _mm512_mulhi_epu16(a, b); }
  static Register left16(Register a, int n) { return _mm512_sll_epi16(a, _mm_cvtsi32_si128(n)); }
  static Register right16(Register a, int n) { return _mm512_srl_epi16(a, _mm_cvtsi32_si128(n)); }
  static Register even(Register a) { return _mm512_and_si512(a, _mm512_set1_epi16(255)); }
  static Register odd(Register a) { return _mm512_srli_epi16(a, 8); }
};

/// Entries whose bit j is set, of 64.
constexpr __mmask64 kWithBit[6] = {0xAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCC, 0xF0F0F0F0F0F0F0F0,
                                   0xFF00FF00FF00FF00, 0xFFFF0000FFFF0000, 0xFFFFFFFF00000000};

void make_tables(const uint8_t* cells, int64_t rows, uint8_t* tables) {
  for (int64_t r = 0; r < rows; r += 6, tables += 64) {
    __m512i entries = _mm512_setzero_si512();
    for (int j = 0; j < 6; ++j)
      entries = _mm512_mask_add_epi8(entries, kWithBit[j], entries, Ops::set8(cells[r + j]));
    Ops::store(tables, entries);
  }
}

void make_wide_tables(const int16_t* cells, int64_t rows, uint8_t* tables) {
  for (int64_t r = 0; r < rows; r += 6, tables += 128) {
    int below = 0;
    for (int j = 0; j < 6; ++j) below += cells[r + j] < 0 ? cells[r + j] : 0;
    __m512i entries = Ops::set16(-below);  // the first 32: without the last row
    for (int j = 0; j < 5; ++j)
      entries = _mm512_mask_add_epi16(entries, static_cast<__mmask32>(kWithBit[j]), entries,
                                      Ops::set16(cells[r + j]));
    const __m512i others = _mm512_add_epi16(entries, Ops::set16(cells[r + 5])), five = Ops::set16(31);
    auto* to = reinterpret_cast<__m256i*>(tables);
    _mm256_storeu_si256(to, _mm512_maskz_cvtepi16_epi8(kAllWords, _mm512_and_si512(entries, five)));
    _mm256_storeu_si256(to + 1, _mm512_maskz_cvtepi16_epi8(kAllWords, _mm512_and_si512(others, five)));
    _mm256_storeu_si256(to + 2, _mm512_maskz_cvtepi16_epi8(kAllWords, _mm512_srli_epi16(entries, 5)));
    _mm256_storeu_si256(to + 3, _mm512_maskz_cvtepi16_epi8(kAllWords, _mm512_srli_epi16(others, 5)));
  }
}

/// A matrix of bits (GF2P8AFFINEQB) that moves bit `from` of a byte to bit `to` and drops the others.
int64_t moving(int from, int to) { return static_cast<int64_t>(uint64_t{1} << (8 * (7 - to) + from)); }

void index(const uint8_t* low, const uint8_t* high, int64_t rows, int bits, uint8_t* indices) {
  const int64_t count = (rows + 5) / 6;
  for (int bit = 0; bit < bits; ++bit) {
    const uint8_t* from = bit < 8 ? low : high;
    __m512i matrices[6];
    for (int j = 0; j < 6; ++j) matrices[j] = _mm512_set1_epi64(moving(bit % 8, j));
    for (int64_t g = 0; g < count; ++g, from += 6 * kStrip, indices += kStrip) {
      __m512i at = _mm512_gf2p8affine_epi64_epi8(Ops::load(from), matrices[0], 0);
      for (int j = 1; j < 6; ++j)
        at = _mm512_or_si512(at, _mm512_gf2p8affine_epi64_epi8(Ops::load(from + j * kStrip), matrices[j], 0));
      Ops::store(indices, at);
    }
  }
}

/// Four parts of a block of random bits, from part `first` on.
[[gnu::always_inline]] inline __m512i random_bits(const ColumnNoise& noise, int digit, int first) {
  const auto* keys = reinterpret_cast<const __m128i*>(noise.normals->keys().data());
  const ReadNoise::Words counter = ReadNoise::counter(noise.block, digit, noise.column, first);
  const __m128i words = _mm_set_epi64x(static_cast<int64_t>(counter[1]), static_cast<int64_t>(counter[0]));
  const __m128i start = _mm_xor_si128(words, _mm_loadu_si128(keys));
  __m128i part[4];
  for (int p = 0; p < 4; ++p) part[p] = _mm_xor_si128(start, _mm_set_epi64x(p, 0));
  for (int k = 1; k <= ReadNoise::kRounds; ++k) {
    const __m128i key = _mm_loadu_si128(keys + k);
    for (__m128i& p : part)
      p = k == ReadNoise::kRounds ? _mm_aesenclast_si128(p, key) : _mm_aesenc_si128(p, key);
  }
  const __m512i half = _mm512_inserti32x4(_mm512_castsi128_si512(part[0]), part[1], 1);
  return _mm512_inserti32x4(_mm512_inserti32x4(half, part[2], 2), part[3], 3);
}

/// min(32767, sqrt(v * slope + base)), rounded, of lanes of 32 bits.
[[gnu::always_inline]] inline __m512i deviation(__m512i v, __m512 slope, __m512 base) {
  const __m512 square = _mm512_add_ps(_mm512_mul_ps(_mm512_maskz_cvtepi32_ps(kAll, v), slope), base);
  return _mm512_maskz_cvtps_epi32(
      kAll, _mm512_maskz_min_ps(kAll, _mm512_maskz_sqrt_ps(kAll, square), _mm512_set1_ps(32767.0F)));
}

[[gnu::always_inline]] inline __m512i noisy(__m512i v, __m512i variance, __m512i normal,
                                            const ColumnNoise& noise) {
  const __m512 slope = _mm512_set1_ps(noise.slope), base = _mm512_set1_ps(noise.base);
  const __m512i even = deviation(_mm512_and_si512(variance, _mm512_set1_epi32(65535)), slope, base);
  const __m512i odd = deviation(_mm512_maskz_srli_epi32(kAll, variance, 16), slope, base);
  const __m512i deviations = _mm512_or_si512(even, _mm512_maskz_slli_epi32(kAll, odd, 16));
  const __m512i sign = _mm512_set1_epi16(INT16_MIN);
  const __m512i sum = _mm512_adds_epi16(_mm512_xor_si512(v, sign), _mm512_mulhrs_epi16(normal, deviations));
  return _mm512_xor_si512(sum, sign);
}

/// Entries of a table of normals, 64 added.
[[gnu::always_inline]] inline __m512i normals(int table, __m512i at) {
  const __m128i entries =
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(ReadNoise::kTables[static_cast<size_t>(table)].data()));
  return _mm512_shuffle_epi8(_mm512_maskz_broadcast_i32x4(kAll, _mm_add_epi8(entries, _mm_set1_epi8(64))), at);
}

[[gnu::always_inline]] inline void add_noise(__m512i* even, __m512i* odd, const __m512i* even_variance,
                                             const __m512i* odd_variance, const ColumnNoise& noise, int digit) {
  const __m512i four = _mm512_set1_epi8(15);
  const __m512i added = _mm512_set1_epi16(128 * (ReadNoise::kLow + ReadNoise::kHigh));
  auto sum = [&](int table, __m512i at) {
    return _mm512_add_epi8(normals(table, _mm512_and_si512(at, four)),
                           normals(table + 1, _mm512_and_si512(_mm512_srli_epi16(at, 4), four)));
  };
  const __m512i lows = sum(0, random_bits(noise, digit, 0)), highs = sum(2, random_bits(noise, digit, 4));
  auto normal = [&](int shift) {  // of the even or the odd bytes
    const __m512i a =
        _mm512_maddubs_epi16(lows, _mm512_set1_epi16(static_cast<int16_t>(ReadNoise::kLow << shift)));
    const __m512i b =
        _mm512_maddubs_epi16(highs, _mm512_set1_epi16(static_cast<int16_t>(ReadNoise::kHigh << shift)));
    return _mm512_sub_epi16(_mm512_add_epi16(a, b), added);
  };
  *even = noisy(*even, *even_variance, normal(0), noise);
  *odd = noisy(*odd, *odd_variance, normal(8), noise);
}

}  // namespace

#include "ohmweave/array/column_kernels_body.h"
#include "ohmweave/array/column_kernels_turn.h"
}  // namespace ohmweave::array

OHMWEAVE_END_TARGET

namespace ohmweave::array {
const ColumnKernels* column_kernels_avx512() {
  for (bool has :
       {__builtin_cpu_supports("avx512bw"), __builtin_cpu_supports("avx512vl"),
        __builtin_cpu_supports("avx512vbmi"), __builtin_cpu_supports("gfni"), __builtin_cpu_supports("aes")})
    if (!has) return nullptr;
  return &kKernels;
}
}  // namespace ohmweave::array
#else
namespace ohmweave::array {
const ColumnKernels* column_kernels_avx512() { return nullptr; }
}  // namespace ohmweave::array
#endif
