// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include <immintrin.h>

#include "ohmweave/tensor/integer_tiles_body.h"

namespace ohmweave::tensor {
namespace {

constexpr int64_t kVectors = IntegerTiles::kVectors, kPanel = IntegerTiles::kPanel;
constexpr int64_t kTurned = 8;  // elements of 32 bits in a register

/// An 8 x 8 matrix of them: rows become columns.
inline void turn(__m256i (&x)[kTurned]) {
  __m256i pairs[kTurned], fours[kTurned];
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    pairs[2 * k] = _mm256_unpacklo_epi32(x[2 * k], x[2 * k + 1]);
    pairs[2 * k + 1] = _mm256_unpackhi_epi32(x[2 * k], x[2 * k + 1]);
  }
#pragma GCC unroll 2
  for (int k = 0; k < 8; k += 4) {
    fours[k] = _mm256_unpacklo_epi64(pairs[k], pairs[k + 2]);
    fours[k + 1] = _mm256_unpackhi_epi64(pairs[k], pairs[k + 2]);
    fours[k + 2] = _mm256_unpacklo_epi64(pairs[k + 1], pairs[k + 3]);
    fours[k + 3] = _mm256_unpackhi_epi64(pairs[k + 1], pairs[k + 3]);
  }
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    x[k] = _mm256_permute2x128_si256(fours[k], fours[k + 4], 0x20);
    x[k + 4] = _mm256_permute2x128_si256(fours[k], fours[k + 4], 0x31);
  }
}

struct Avx2Ops {
  using Register = __m256i;
  static constexpr const char* kName = "avx2";
  static constexpr int kLanes = 8, kRegisters = 2;
  static constexpr int kWaiting = 1;               // additions that are under way at a time
  static constexpr int32_t kMostPair = INT16_MAX;  // which VPMADDUBSW saturates at

  static Register load(const void* from) { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }
  static void store(void* to, Register x) { _mm256_storeu_si256(static_cast<__m256i*>(to), x); }
  static Register broadcast(uint32_t x) { return _mm256_set1_epi32(static_cast<int>(x)); }
  /// Written down because compilers like to hold sums in memory, or to move them about.
  static void add(Register& sum, Register x) { asm("vpaddd %1, %0, %0" : "+x"(sum) : "x"(x)); }
  template <StepKind Kind>
  static void add_dot(Register& sum, Register input, Register weight) {
    if constexpr (Kind == StepKind::Words) {
      add(sum, _mm256_madd_epi16(input, weight));
    } else {
      add(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(input, weight), _mm256_set1_epi16(1)));
    }
  }

  /// Eight codes; what is behind the `left` first ones is not read.
  static Register codes_of(const int32_t* from, int64_t left) {
    alignas(32) static constexpr int32_t kRead[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    if (left >= 8) return load(from);
    return left <= 0 ? Register{} : _mm256_maskload_epi32(from, load(kRead + 8 - left));
  }
  /// Eight steps of a vector, one per element.
  template <StepKind Kind>
  static Register steps_of(const int32_t* from, int64_t left, Register offset) {
    const auto words = [&](int64_t first) {
      return _mm256_packs_epi32(_mm256_sub_epi32(codes_of(from + first, left - first), offset),
                                _mm256_sub_epi32(codes_of(from + first + 8, left - first - 8), offset));
    };
    if constexpr (Kind == StepKind::Words) return _mm256_permute4x64_epi64(words(0), 0xd8);
    return _mm256_permutevar8x32_epi32(_mm256_packus_epi16(words(0), words(16)),
                                       _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  }

  /// Eight vectors and eight steps at a time.
  template <StepKind Kind>
  static void pack(const int32_t* codes, int64_t stride, int64_t vectors, int64_t rows, int32_t offset,
                   int /*planes*/, int64_t apart, uint32_t* panels) {
    constexpr int64_t kRows = Kind == StepKind::Words ? 16 : 32;
    const Register off = _mm256_set1_epi32(offset);
    for (int64_t first = 0; first < vectors; first += kTurned, codes += kTurned * stride) {
      const int64_t most = vectors - first - 1;  // stands for those that there are not
      uint32_t* to = panels + first / kPanel * apart * kPanel + first % kPanel;
      for (int64_t row = 0; row < rows; row += kRows) {
        const int64_t left = rows - row;
        __m256i x[kTurned];
        if (left >= kRows) {
#pragma GCC unroll 8
          for (int64_t v = 0; v < kTurned; ++v)
            x[v] = steps_of<Kind>(codes + (v < most ? v : most) * stride + row, kRows, off);
        } else {
          for (int64_t v = 0; v < kTurned; ++v)
            x[v] = steps_of<Kind>(codes + (v < most ? v : most) * stride + row, left, off);
        }
        turn(x);
#pragma GCC unroll 8
        for (int64_t k = 0; k < kTurned; ++k, to += kPanel) store(to, x[k]);
      }
    }
  }

  /// Steps of the same row of two panels, four vectors at a time.
  static void store_step(Register even, Register odd, int64_t vector, int64_t apart, uint32_t* panels) {
    const auto put = [&](Register x, uint32_t* to) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_castsi256_si128(x));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + apart * kPanel), _mm256_extracti128_si256(x, 1));
    };
    put(_mm256_unpacklo_epi16(even, odd), panels + vector);
    put(_mm256_unpackhi_epi16(even, odd), panels + vector + 4);
  }
  template <StepKind Kind>
  static void pack_lanes(const uint8_t* low, const uint8_t* high, int64_t rows, int32_t flip,
                         int32_t subtracted, int64_t apart, uint32_t* panels) {
    constexpr int64_t kTwo = 2 * kPanel;
    const auto turned = [&](Register x) {
      if constexpr (Kind == StepKind::Bytes)
        return _mm256_sub_epi8(_mm256_xor_si256(x, _mm256_set1_epi8(static_cast<char>(flip))),
                               _mm256_set1_epi8(static_cast<char>(subtracted)));
      return _mm256_sub_epi16(_mm256_xor_si256(x, _mm256_set1_epi16(static_cast<int16_t>(flip))),
                              _mm256_set1_epi16(static_cast<int16_t>(subtracted)));
    };
    for (int64_t first = 0; first < kVectors; first += kTwo, panels += 2 * apart * kPanel) {
      uint32_t* to = panels;
      if constexpr (Kind == StepKind::Bytes) {
        for (int64_t row = 0; row < rows; row += 4, to += kPanel) {
          Register x[4];
          for (int64_t k = 0; k < 4; ++k) x[k] = turned(load(low + (row + k) * kVectors + first));
          store_step(_mm256_unpacklo_epi8(x[0], x[1]), _mm256_unpacklo_epi8(x[2], x[3]), 0, apart, to);
          store_step(_mm256_unpackhi_epi8(x[0], x[1]), _mm256_unpackhi_epi8(x[2], x[3]), 8, apart, to);
        }
      } else {
        for (int64_t row = 0; row < rows; row += 2, to += kPanel) {
          Register x[2], y[2] = {};
          for (int64_t k = 0; k < 2; ++k) {
            x[k] = load(low + (row + k) * kVectors + first);
            if (high != nullptr) y[k] = load(high + (row + k) * kVectors + first);
          }
          store_step(turned(_mm256_unpacklo_epi8(x[0], y[0])), turned(_mm256_unpacklo_epi8(x[1], y[1])), 0,
                     apart, to);
          store_step(turned(_mm256_unpackhi_epi8(x[0], y[0])), turned(_mm256_unpackhi_epi8(x[1], y[1])), 8,
                     apart, to);
        }
      }
    }
  }

  static void add_wide(const int64_t* start, Register products, __m128i shift, int64_t* sums) {
    const auto four = [&](__m128i x, const int64_t* from) {
      return _mm256_add_epi64(load(from), _mm256_sll_epi64(_mm256_cvtepi32_epi64(x), shift));
    };
    const Register first = four(_mm256_castsi256_si128(products), start);
    store(sums + 4, four(_mm256_extracti128_si256(products, 1), start + 4));
    store(sums, first);
  }
  static void join(const int32_t* products, int shift, int64_t vectors, int64_t outputs, int64_t stride,
                   const int64_t* start, int64_t* sums) {
    const __m128i bits = _mm_cvtsi32_si128(shift);
    int64_t output = 0;
    for (; output + kTurned <= outputs; output += kTurned) {
      for (int64_t first = 0; first < vectors; first += kTurned) {
        __m256i x[kTurned];
#pragma GCC unroll 8
        for (int64_t k = 0; k < kTurned; ++k) x[k] = load(products + (output + k) * kVectors + first);
        turn(x);
        for (int64_t k = 0; k < kTurned && first + k < vectors; ++k) {
          int64_t* to = sums + (first + k) * stride + output;
          add_wide(start == nullptr ? to : start + output, x[k], bits, to);
        }
      }
    }
    for (; output < outputs; ++output) {
      for (int64_t v = 0; v < vectors; ++v) {
        int64_t& to = sums[v * stride + output];
        to = (start == nullptr ? to : start[output]) + products[output * kVectors + v] * (int64_t{1} << shift);
      }
    }
  }
};

}  // namespace

extern const IntegerTiles kTilesAvx2;
constexpr IntegerTiles kTilesAvx2 = make_tiles<Avx2Ops>();

}  // namespace ohmweave::tensor
#endif
