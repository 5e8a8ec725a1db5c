// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "ohmweave/tensor/integer_tiles_body.h"
#include "ohmweave/tensor/tile_registers.h"

namespace ohmweave::tensor {
namespace {

constexpr int64_t kVectors = IntegerTiles::kVectors, kPanel = IntegerTiles::kPanel;

struct PortableOps {
  typedef uint32_t Register __attribute__((vector_size(16), may_alias));
  typedef uint32_t Unaligned __attribute__((vector_size(16), may_alias, aligned(4)));
  typedef int32_t Signed __attribute__((vector_size(16), may_alias));
  typedef int16_t Words __attribute__((vector_size(16), may_alias));
  static constexpr const char* kName = "portable";
  static constexpr int kLanes = 4, kRegisters = 4, kWaiting = 1;
  static constexpr int32_t kMostPair = INT32_MAX;

  template <class Number>
  static Register load(const Number* from) {
    return *reinterpret_cast<const Unaligned*>(from);
  }
  static void store(int32_t* to, Register x) { *reinterpret_cast<Unaligned*>(to) = x; }
  static Register broadcast(uint32_t x) { return Register{x, x, x, x}; }
  static void add(Register& sum, Register x) { sum += x; }
  static Register words(Register a, Register b) {
#if defined(__SSE2__)
    return reinterpret_cast<Register>(
        __builtin_ia32_pmaddwd128(reinterpret_cast<Words>(a), reinterpret_cast<Words>(b)));
#else
    const auto low = [](Register x) {
      return reinterpret_cast<Register>(reinterpret_cast<Signed>(x << 16) >> 16);
    };
    const auto high = [](Register x) { return reinterpret_cast<Register>(reinterpret_cast<Signed>(x) >> 16); };
    return low(a) * low(b) + high(a) * high(b);
#endif
  }
  template <StepKind Kind>
  static void add_dot(Register& sum, Register input, Register weight) {
    if constexpr (Kind == StepKind::Words) {
      sum += words(input, weight);
    } else {
      const auto odd = [](Register x) { return reinterpret_cast<Register>(reinterpret_cast<Words>(x) >> 8); };
      sum += words(input & 0x00ff00ff, odd((weight & 0x00ff00ff) << 8)) +
             words(input >> 8 & 0x00ff00ff, odd(weight));
    }
  }

  template <StepKind Kind>
  static constexpr int kRowsOf = Kind == StepKind::Words ? 2 : 4;
  template <StepKind Kind>
  static void pack(const int32_t* codes, int64_t stride, int64_t vectors, int64_t rows, int32_t offset,
                   int /*planes*/, int64_t apart, uint32_t* panels) {
    constexpr int kRows = kRowsOf<Kind>, kBits = 32 / kRows;
    constexpr uint32_t kMask = (uint32_t{1} << kBits) - 1;
    for (int64_t v = 0; v < vectors; ++v, codes += stride) {
      uint32_t* to = panels + v / kPanel * apart * kPanel + v % kPanel;
      for (int64_t row = 0; row < rows; row += kRows, to += kPanel) {
        *to = 0;
        for (int64_t r = row; r < rows && r < row + kRows; ++r)
          *to |= (static_cast<uint32_t>(codes[r] - offset) & kMask) << (kBits * (r - row));
      }
    }
  }
  template <StepKind Kind>
  static void pack_lanes(const uint8_t* low, const uint8_t* high, int64_t rows, int32_t flip,
                         int32_t subtracted, int64_t apart, uint32_t* panels) {
    constexpr int kRows = kRowsOf<Kind>, kBits = 32 / kRows;
    constexpr uint32_t kMask = (uint32_t{1} << kBits) - 1;
    for (int64_t v = 0; v < kVectors; ++v) {
      uint32_t* to = panels + v / kPanel * apart * kPanel + v % kPanel;
      for (int64_t row = 0; row < rows; row += kRows, to += kPanel) {
        *to = 0;
        for (int64_t r = row; r < rows && r < row + kRows; ++r) {
          const int32_t bits = low[r * kVectors + v] | (high == nullptr ? 0 : high[r * kVectors + v] << 8);
          *to |= (static_cast<uint32_t>((bits ^ flip) - subtracted) & kMask) << (kBits * (r - row));
        }
      }
    }
  }
  static void join(const int32_t* products, int shift, int64_t vectors, int64_t outputs, int64_t stride,
                   const int64_t* start, int64_t* sums) {
    for (int64_t v = 0; v < vectors; ++v, sums += stride) {
      for (int64_t o = 0; o < outputs; ++o)
        sums[o] = (start == nullptr ? sums : start)[o] + products[o * kVectors + v] * (int64_t{1} << shift);
    }
  }
};

}  // namespace

#if defined(__x86_64__)
extern const IntegerTiles kTilesAvx2, kTilesAvx512;
IntegerTiles amx_tiles(const IntegerTiles& avx512);
#endif

std::span<const IntegerTiles* const> integer_tiles() {
  static constexpr IntegerTiles kPortable = make_tiles<PortableOps>();
  static const std::vector<const IntegerTiles*> all = [] {
    std::vector<const IntegerTiles*> out;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni")) {
      static const IntegerTiles kAmx = amx_tiles(kTilesAvx512);
      if (may_use_amx()) out.push_back(&kAmx);
      out.push_back(&kTilesAvx512);
    }
    if (__builtin_cpu_supports("avx2")) out.push_back(&kTilesAvx2);
#endif
    out.push_back(&kPortable);
    return out;
  }();
  return all;
}

}  // namespace ohmweave::tensor
