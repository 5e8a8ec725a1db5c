// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <immintrin.h>

#include "ohmweave/tensor/integer_tiles_body.h"

namespace ohmweave::tensor {
namespace {

constexpr int64_t kVectors = IntegerTiles::kVectors, kPanel = IntegerTiles::kPanel;
constexpr int64_t kTurned = 16;  // elements of 32 bits in a register

// Masked forms: GCC warns that what the others leave undefined is read.
template <bool High>
__m512i unpack_32(__m512i a, __m512i b) {
  return High ? _mm512_maskz_unpackhi_epi32(0xffff, a, b) : _mm512_maskz_unpacklo_epi32(0xffff, a, b);
}
template <bool High>
__m512i unpack_64(__m512i a, __m512i b) {
  return High ? _mm512_maskz_unpackhi_epi64(0xff, a, b) : _mm512_maskz_unpacklo_epi64(0xff, a, b);
}
template <int Lanes>
__m512i lanes_of(__m512i a, __m512i b) {
  return _mm512_maskz_shuffle_i32x4(0xffff, a, b, Lanes);
}

/// A 16 x 16 matrix of them: rows become columns.
inline void turn(__m512i (&x)[kTurned]) {
  __m512i fours[kTurned];  // [four rows][column within a lane], a lane having each fourth column
#pragma GCC unroll 4
  for (int k = 0; k < 16; k += 4) {
    const __m512i a = unpack_32<false>(x[k], x[k + 1]), b = unpack_32<true>(x[k], x[k + 1]);
    const __m512i c = unpack_32<false>(x[k + 2], x[k + 3]), d = unpack_32<true>(x[k + 2], x[k + 3]);
    fours[k] = unpack_64<false>(a, c);
    fours[k + 1] = unpack_64<true>(a, c);
    fours[k + 2] = unpack_64<false>(b, d);
    fours[k + 3] = unpack_64<true>(b, d);
  }
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    const __m512i a = lanes_of<0x44>(fours[k], fours[k + 4]), b = lanes_of<0xee>(fours[k], fours[k + 4]);
    const __m512i c = lanes_of<0x44>(fours[k + 8], fours[k + 12]);
    const __m512i d = lanes_of<0xee>(fours[k + 8], fours[k + 12]);
    x[k] = lanes_of<0x88>(a, c);
    x[k + 4] = lanes_of<0xdd>(a, c);
    x[k + 8] = lanes_of<0x88>(b, d);
    x[k + 12] = lanes_of<0xdd>(b, d);
  }
}

struct Avx512Ops {
  using Register = __m512i;
  static constexpr const char* kName = "avx512";
  static constexpr int kLanes = 16, kRegisters = 4;
  static constexpr int kWaiting = 10;  // additions that are under way at a time: two a cycle take five
  static constexpr int32_t kMostPair = INT32_MAX;

  static Register load(const void* from) { return _mm512_loadu_si512(from); }
  static void store(void* to, Register x) { _mm512_storeu_si512(to, x); }
  static Register broadcast(uint32_t x) { return _mm512_set1_epi32(static_cast<int>(x)); }
  static void add(Register& sum, Register x) { sum = _mm512_add_epi32(sum, x); }
  /// Written down because compilers like to hold sums in memory, or to move them about.
  template <StepKind Kind>
  static void add_dot(Register& sum, Register input, Register weight) {
    if constexpr (Kind == StepKind::Words) {
      asm("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(input), "v"(weight));
    } else {
      asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(input), "v"(weight));
    }
  }

  template <StepKind Kind>
  static constexpr int64_t kRows = Kind == StepKind::Words ? 32 : 64;  // of 16 steps

  /// Sixteen steps of a vector, one per element, in the order of step_of(); of codes that there are not, none
  /// is read.
  template <StepKind Kind, bool All>
  static Register steps_of(const int32_t* from, __mmask64 there, Register offset, __m128i shift) {
    const auto codes = [&](int k) {
      const Register x =
          All ? load(from + k) : _mm512_maskz_loadu_epi32(static_cast<__mmask16>(there >> k), from + k);
      return _mm512_sub_epi32(x, offset);
    };
    if constexpr (Kind == StepKind::Words) return _mm512_packs_epi32(codes(0), codes(16));
    const auto bytes = [&](int k) {
      const Register words = _mm512_packus_epi32(codes(k), codes(k + 16));
      return _mm512_and_si512(_mm512_maskz_srl_epi16(~0U, words, shift), _mm512_set1_epi16(255));
    };
    return _mm512_packus_epi16(bytes(0), bytes(32));
  }
  template <StepKind Kind>
  static constexpr int64_t step_of(int64_t element) {
    const int64_t lane = element / 4, within = element % 4;
    return Kind == StepKind::Words ? within / 2 * 8 + lane * 2 + within % 2 : within * 4 + lane;
  }

  /// Sixteen vectors and sixteen steps at a time.
  template <StepKind Kind>
  static void pack(const int32_t* codes, int64_t stride, int64_t vectors, int64_t rows, int32_t offset,
                   int planes, int64_t apart, uint32_t* panels) {
    const Register off = _mm512_set1_epi32(offset);
    for (int64_t first = 0; first < vectors; first += kPanel, codes += kPanel * stride) {
      const int64_t last = (vectors - first < kPanel ? vectors - first : kPanel) - 1;  // and those behind it
      uint32_t* to = panels + first * apart;
      for (int64_t row = 0; row < rows; row += kRows<Kind>, to += kTurned * kPanel) {
        const int64_t left = rows - row;
        const __mmask64 there = left >= 64 ? ~0ULL : (1ULL << left) - 1;
        const auto pack_some = left >= kRows<Kind> ? pack_steps<Kind, true> : pack_steps<Kind, false>;
        for (int plane = 0; plane < planes; ++plane)
          pack_some(codes + row, stride, last, there, off, 8 * plane, to + plane * kVectors * apart);
      }
    }
  }
  template <StepKind Kind, bool All>
  static void pack_steps(const int32_t* codes, int64_t stride, int64_t last, __mmask64 there, Register offset,
                         int shift, uint32_t* to) {
    const __m128i bits = _mm_cvtsi32_si128(shift);
    if (last == 0) {
      alignas(64) uint32_t steps[kTurned];
      store(steps, steps_of<Kind, All>(codes, there, offset, bits));
#pragma GCC unroll 16
      for (int64_t k = 0; k < kTurned; ++k) to[step_of<Kind>(k) * kPanel] = steps[k];
      return;
    }
    Register x[kTurned];
#pragma GCC unroll 16
    for (int64_t v = 0; v < kTurned; ++v)
      x[v] = steps_of<Kind, All>(codes + (v < last ? v : last) * stride, there, offset, bits);
    turn(x);
#pragma GCC unroll 16
    for (int64_t k = 0; k < kTurned; ++k) store(to + step_of<Kind>(k) * kPanel, x[k]);
  }

  /// A row of 64 bytes so that unpacking it leaves 16 neighbouring vectors in a register.
  static Register row_of(const uint8_t* from) {
    const Register order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm512_maskz_permutexvar_epi32(0xffff, order, load(from));
  }
  template <StepKind Kind>
  static void pack_lanes(const uint8_t* low, const uint8_t* high, int64_t rows, int32_t flip,
                         int32_t subtracted, int64_t apart, uint32_t* panels) {
    const auto store_two = [&](Register even, Register odd, uint32_t* to) {  // panels
      store(to, _mm512_unpacklo_epi16(even, odd));
      store(to + apart * kPanel, _mm512_unpackhi_epi16(even, odd));
    };
    const int64_t two = 2 * apart * kPanel;
    if constexpr (Kind == StepKind::Bytes) {
      const Register flips = _mm512_set1_epi8(static_cast<char>(flip));
      const Register off = _mm512_set1_epi8(static_cast<char>(subtracted));
      for (int64_t row = 0; row < rows; row += 4, panels += kPanel) {
        Register x[4];
#pragma GCC unroll 4
        for (int64_t k = 0; k < 4; ++k)
          x[k] = _mm512_sub_epi8(_mm512_xor_si512(row_of(low + (row + k) * kVectors), flips), off);
        store_two(_mm512_unpacklo_epi8(x[0], x[1]), _mm512_unpacklo_epi8(x[2], x[3]), panels);
        store_two(_mm512_unpackhi_epi8(x[0], x[1]), _mm512_unpackhi_epi8(x[2], x[3]), panels + two);
      }
    } else {
      const Register flips = _mm512_set1_epi16(static_cast<int16_t>(flip));
      const Register off = _mm512_set1_epi16(static_cast<int16_t>(subtracted));
      const auto words = [&](Register x) { return _mm512_sub_epi16(_mm512_xor_si512(x, flips), off); };
      for (int64_t row = 0; row < rows; row += 2, panels += kPanel) {
        Register x[2], y[2] = {};
#pragma GCC unroll 2
        for (int64_t k = 0; k < 2; ++k) {
          x[k] = row_of(low + (row + k) * kVectors);
          if (high != nullptr) y[k] = row_of(high + (row + k) * kVectors);
        }
        store_two(words(_mm512_unpacklo_epi8(x[0], y[0])), words(_mm512_unpacklo_epi8(x[1], y[1])), panels);
        store_two(words(_mm512_unpackhi_epi8(x[0], y[0])), words(_mm512_unpackhi_epi8(x[1], y[1])),
                  panels + two);
      }
    }
  }

  /// Which output an element stands for where join() widens it: halves of lanes are unpacked with their signs.
  static constexpr int64_t output_of(int64_t element) {
    return element % 4 / 2 * 8 + element / 4 * 2 + element % 2;
  }
  /// Sixteen outputs of a vector, or those of the mask.
  static void add_wide(const int64_t* start, Register products, __mmask16 which, Register shift,
                       int64_t* sums) {
    const Register signs = _mm512_maskz_srai_epi32(0xffff, products, 31);
    const auto eight = [&](Register wide, int k) {
      const auto own = static_cast<__mmask8>(which >> k);
      const Register before = _mm512_maskz_loadu_epi64(own, start + k);
      _mm512_mask_storeu_epi64(sums + k, own,
                               _mm512_add_epi64(before, _mm512_maskz_sllv_epi64(0xff, wide, shift)));
    };
    eight(unpack_32<false>(products, signs), 0);
    eight(unpack_32<true>(products, signs), 8);
  }
  static void join(const int32_t* products, int shift, int64_t vectors, int64_t outputs, int64_t stride,
                   const int64_t* start, int64_t* sums) {
    constexpr int64_t kFew = 4;  // vectors that are faster one by one
    alignas(64) int32_t rows[kTurned];
    for (int64_t k = 0; k < kTurned; ++k) rows[k] = static_cast<int32_t>(output_of(k) * kVectors);
    const Register bits = _mm512_set1_epi64(shift);
    for (int64_t first = 0; first < vectors; first += kTurned) {
      const int64_t count = vectors - first < kTurned ? vectors - first : kTurned;
      for (int64_t output = 0; output < outputs; output += kTurned) {
        const int64_t left = outputs - output;
        const auto which = static_cast<__mmask16>(left < kTurned ? (1 << left) - 1 : 0xffff);
        const int32_t* from = products + output * kVectors + first;
        const auto add = [&](int64_t v, Register x) {
          int64_t* to = sums + (first + v) * stride + output;
          add_wide(start == nullptr ? to : start + output, x, which, bits, to);
        };
        if (count <= kFew) {
          for (int64_t v = 0; v < count; ++v)
            add(v, _mm512_mask_i32gather_epi32(Register{}, 0xffff, load(rows), from + v, 4));
          continue;
        }
        Register x[kTurned];
#pragma GCC unroll 16
        for (int64_t k = 0; k < kTurned; ++k) x[k] = load(from + output_of(k) * kVectors);
        turn(x);
        for (int64_t k = 0; k < count; ++k) add(k, x[k]);
      }
    }
  }
};

}  // namespace

extern const IntegerTiles kTilesAvx512;
constexpr IntegerTiles kTilesAvx512 = make_tiles<Avx512Ops>();

}  // namespace ohmweave::tensor
#endif
