// SPDX-License-Identifier: Apache-2.0
#include <type_traits>

#include "ohmweave/array/column_kernels.h"
#include "ohmweave/array/column_kernels_target.h"
#include "ohmweave/array/product_cells.h"
#include "ohmweave/array/tile_columns.h"
#include "ohmweave/tensor/tile_registers.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

OHMWEAVE_BEGIN_TARGET("avx2,aes,popcnt,avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx512vnni,gfni,vaes")

namespace ohmweave::array {
#include "ohmweave/array/column_kernels_256.h"
#include "ohmweave/array/column_lists_512.h"
#include "ohmweave/array/column_wide_512.h"
namespace {

/// A line is a register. Masks of all lanes: some unmasked intrinsics warn of uninitialised values (GCC bug
/// 105593).
struct Ops : Words256 {
  using Register = __m512i;
  static constexpr const char* kName = "avx512";
  static constexpr int kRegisters = 1, kHalves = 1;
  using Words256::load, Words256::store, Words256::set16, Words256::add16, Words256::subtract16,
      Words256::subtract_saturated16, Words256::min16, Words256::multiply_high16, Words256::left16,
      Words256::right16, Words256::bit_and, Words256::exclusive_or, Words256::multiply_pairs, Words256::add32,
      Words256::multiply32, Words256::low_words, Words256::high_words;

  static void load(const uint8_t* p, Register& x) { x = _mm512_loadu_si512(p); }
  static void store(uint8_t* p, Register x) { _mm512_storeu_si512(p, x); }
  static void set16(int value, Register& x) { x = _mm512_set1_epi16(static_cast<int16_t>(value)); }
  static Register add16(Register a, Register b) { return _mm512_add_epi16(a, b); }
  static Register subtract16(Register a, Register b) { return _mm512_sub_epi16(a, b); }
  static Register subtract_saturated16(Register a, Register b) { return _mm512_subs_epu16(a, b); }
  static Register min16(Register a, Register b) { return _mm512_min_epu16(a, b); }
  static Register multiply_high16(Register a, Register b) { return _mm512_mulhi_epu16(a, b); }
  static Register left16(Register a, int n) { return _mm512_sll_epi16(a, _mm_cvtsi32_si128(n)); }
  static Register right16(Register a, int n) { return _mm512_srl_epi16(a, _mm_cvtsi32_si128(n)); }
  /// Elements of 32 bits are read: the table has a word behind its last.
  static Register look_up(const uint16_t* table, Register x) {
    const auto at = [&](Register places) __attribute__((always_inline)) {
      return _mm512_mask_i32gather_epi32(places, 0xffff, places, table, sizeof(*table));
    };
    return _mm512_mask_blend_epi16(0xaaaaaaaa, at(low_words(x)),
                                   _mm512_maskz_slli_epi32(0xffff, at(high_words(x)), 16));
  }
  static Half look_up(const uint16_t* table, Half x) {
    const Register places = _mm512_maskz_cvtepu16_epi32(0xffff, x);
    return _mm512_maskz_cvtepi32_epi16(
        0xffff, _mm512_mask_i32gather_epi32(places, 0xffff, places, table, sizeof(*table)));
  }
  static Register gather(const uint16_t* table, Register places) {
    return low_words(_mm512_mask_i32gather_epi32(places, 0xffff, places, table, sizeof(*table)));
  }
  /// The codes of 32 bits each, of every second word or of each, from `word` on.
  static Register count_steps(const StepTables& steps, int64_t word, int64_t apart, Register v) {
    const Register count = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const Register all = _mm512_add_epi32(_mm512_mullo_epi32(count, _mm512_set1_epi32(static_cast<int>(apart))),
                                          _mm512_set1_epi32(static_cast<int>(word)));
    const Register words = _mm512_and_si512(all, _mm512_set1_epi32(static_cast<int>(steps.words - 1)));
    const Register above = _mm512_sub_epi32(_mm512_maskz_max_epu32(0xffff, v, _mm512_set1_epi32(steps.low)),
                                            _mm512_set1_epi32(steps.low));
    const Register bucket =
        _mm512_maskz_min_epu32(0xffff, _mm512_maskz_srl_epi32(0xffff, above, _mm_cvtsi32_si128(steps.shift)),
                               _mm512_set1_epi32(StepTables::kBuckets - 1));
    const Register first = _mm512_mullo_epi32(words, _mm512_set1_epi32(static_cast<int>(steps.pitch)));
    Register place = _mm512_add_epi32(
        first,
        gather(steps.starts,
               _mm512_add_epi32(_mm512_mullo_epi32(words, _mm512_set1_epi32(StepTables::kBuckets)), bucket)));
    for (int k = 0; k < steps.inside; ++k) {
      const __mmask16 passes = _mm512_cmpgt_epu32_mask(v, gather(steps.limits, place));
      place = _mm512_mask_add_epi32(place, passes, place, _mm512_set1_epi32(1));
    }
    return gather(steps.codes, place);
  }
  static Register count_steps(const StepTables& steps, int64_t word, Register v) {
    const Register even = count_steps(steps, word, 2, low_words(v));
    const Register odd = count_steps(steps, word + 1, 2, high_words(v));
    return _mm512_mask_blend_epi16(0xaaaaaaaa, even, _mm512_maskz_slli_epi32(0xffff, odd, 16));
  }
  static Half count_steps(const StepTables& steps, int64_t word, Half v) {
    return _mm512_maskz_cvtepi32_epi16(0xffff,
                                       count_steps(steps, word, 1, _mm512_maskz_cvtepu16_epi32(0xffff, v)));
  }
  static Register bit_and(Register a, Register b) { return _mm512_and_si512(a, b); }
  static Register exclusive_or(Register a, Register b) { return _mm512_xor_si512(a, b); }
  static Register multiply_pairs(Register a, Register b) { return _mm512_madd_epi16(a, b); }
  static Register add32(Register a, Register b) { return _mm512_add_epi32(a, b); }
  static Register multiply32(Register a, Register b) { return _mm512_mullo_epi32(a, b); }
  static Register low_words(Register a) { return _mm512_and_si512(a, _mm512_set1_epi32(65535)); }
  static Register high_words(Register a) { return _mm512_maskz_srli_epi32(0xffff, a, 16); }
  static Register add8(Register a, Register b) { return _mm512_add_epi8(a, b); }
  static Register add_saturated8(Register a, Register b) { return _mm512_adds_epu8(a, b); }
  static Register min8(Register a, Register b) { return _mm512_min_epu8(a, b); }
  static Register even(Register a) { return _mm512_and_si512(a, _mm512_set1_epi16(255)); }
  static Register odd(Register a) { return _mm512_srli_epi16(a, 8); }
  static void part(const Register* line, Half* first, Half* second) {
    *first = _mm512_maskz_extracti64x4_epi64(0xff, *line, 0);
    *second = _mm512_maskz_extracti64x4_epi64(0xff, *line, 1);
  }
};

}  // namespace
#include "ohmweave/array/column_inputs_512.h"
#include "ohmweave/array/column_kernels_body.h"
#include "ohmweave/array/column_products_amx.h"
}  // namespace ohmweave::array

OHMWEAVE_END_TARGET

namespace ohmweave::array {
namespace {
bool has_vaes() {  // which compilers' lists of what to ask for lack
  constexpr unsigned kVaes = 1U << 9;
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c & kVaes) != 0;
}
}  // namespace

const ColumnKernels* column_kernels_avx512() {
  if (!has_vaes()) return nullptr;
  for (const bool has :
       {__builtin_cpu_supports("avx512bw"), __builtin_cpu_supports("avx512vl"),
        __builtin_cpu_supports("avx512vbmi"), __builtin_cpu_supports("avx512vbmi2"),
        __builtin_cpu_supports("avx512vnni"), __builtin_cpu_supports("gfni"), __builtin_cpu_supports("aes")})
    if (!has) return nullptr;
  return &kKernels;
}
const ColumnKernels* column_kernels_amx() {
  static const ColumnKernels kAmx = [] {
    ColumnKernels out = kKernels;
    out.name = "amx";
    out.pack_inputs = pack_inputs;
    out.turn_inputs = turn_inputs;
    out.sum_vectors = sum_vectors;
    out.codes_of_products = codes_of_products;
    out.sum_wide_products = sum_wide_products;
    return out;
  }();
  static const bool has = column_kernels_avx512() != nullptr && tensor::may_use_amx();
  return has ? &kAmx : nullptr;
}
}  // namespace ohmweave::array
#else
namespace ohmweave::array {
const ColumnKernels* column_kernels_avx512() { return nullptr; }
const ColumnKernels* column_kernels_amx() { return nullptr; }
}  // namespace ohmweave::array
#endif
