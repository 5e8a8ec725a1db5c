// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>

#include "ohmweave/array/column_kernels.h"
#include "ohmweave/array/tile_columns.h"

namespace ohmweave::array {
namespace {

/// The kernels for any processor: loops that compilers turn into what instructions there are.
struct Ops {
  struct Register {
    union {
      uint8_t bytes[64];
      uint16_t words[32];
    };
  };
  using Table = const uint8_t*;
  static constexpr const char* kName = "portable";
  static constexpr int kRegisters = 1, kDigits = 1;
  static constexpr int64_t kTableRows = 4, kTableBytes = 16;

  template <class F>
  static Register of_bytes(F f) {
    Register out;
    for (int k = 0; k < 64; ++k) out.bytes[k] = static_cast<uint8_t>(f(k));
    return out;
  }
  template <class F>
  static Register of_words(F f) {
    Register out;
    for (int k = 0; k < 32; ++k) out.words[k] = static_cast<uint16_t>(f(k));
    return out;
  }
  static Register load(const uint8_t* p) {
    Register out;
    std::memcpy(out.bytes, p, 64);
    return out;
  }
  static const Register& kept(const Register& x) { return x; }
  static void store(uint8_t* p, const Register& x) { std::memcpy(p, x.bytes, 64); }
  static Table table(const uint8_t* p) { return p; }
  static Register look(Table table, const Register& index) {
    return of_bytes([&](int k) { return table[index.bytes[k]]; });
  }
  static Register set8(int x) {
    return of_bytes([&](int) { return x; });
  }
  static Register set16(int x) {
    return of_words([&](int) { return x; });
  }
  static Register add8(const Register& a, const Register& b) {
    return of_bytes([&](int k) { return a.bytes[k] + b.bytes[k]; });
  }
  static Register add_saturated8(const Register& a, const Register& b) {
    return of_bytes([&](int k) { return std::min(a.bytes[k] + b.bytes[k], 255); });
  }
  static Register min8(const Register& a, const Register& b) {
    return of_bytes([&](int k) { return std::min(a.bytes[k], b.bytes[k]); });
  }
  static bool any(const Register& a) {
    return std::any_of(a.bytes, a.bytes + 64, [](uint8_t b) { return b != 0; });
  }
  static Register add16(const Register& a, const Register& b) {
    return of_words([&](int k) { return a.words[k] + b.words[k]; });
  }
  static Register subtract_saturated16(const Register& a, const Register& b) {
    return of_words([&](int k) { return std::max(a.words[k] - b.words[k], 0); });
  }
  static Register min16(const Register& a, const Register& b) {
    return of_words([&](int k) { return std::min(a.words[k], b.words[k]); });
  }
  static Register multiply_high16(const Register& a, const Register& b) {
    return of_words([&](int k) { return uint32_t{a.words[k]} * b.words[k] >> 16; });
  }
  static Register left16(const Register& a, int n) {
    return of_words([&](int k) { return uint32_t{a.words[k]} << n; });
  }
  static Register right16(const Register& a, int n) {
    return of_words([&](int k) { return a.words[k] >> n; });
  }
  static Register even(const Register& a) {
    return of_words([&](int k) { return a.bytes[2 * k]; });
  }
  static Register odd(const Register& a) {
    return of_words([&](int k) { return a.bytes[2 * k + 1]; });
  }
};

void make_tables(const uint8_t* cells, int64_t rows, uint8_t* tables) {
  for (int64_t r = 0; r < rows; r += 4, tables += 16) {
    tables[0] = 0;
    for (int j = 0; j < 4; ++j)
      for (int k = 0; k < 1 << j; ++k) tables[(1 << j) + k] = static_cast<uint8_t>(tables[k] + cells[r + j]);
  }
}

void make_wide_tables(const int16_t* cells, int64_t rows, uint8_t* tables) {
  for (int64_t r = 0; r < rows; r += 4, tables += 32) {
    int entries[16] = {};
    for (int j = 0; j < 4; ++j) entries[0] -= std::min<int>(cells[r + j], 0);
    for (int j = 0; j < 4; ++j)
      for (int k = 0; k < 1 << j; ++k) entries[(1 << j) + k] = entries[k] + cells[r + j];
    for (int k = 0; k < 16; ++k) {
      tables[k] = static_cast<uint8_t>(entries[k] & 31);
      tables[16 + k] = static_cast<uint8_t>(entries[k] >> 5);
    }
  }
}

void turn(const int32_t* const* from, int64_t rows, uint32_t offset, uint32_t mask, uint8_t* low,
          uint8_t* high) {
  const int64_t padded = (rows + kRowsTogether - 1) / kRowsTogether * kRowsTogether;
  std::fill_n(low, padded * kStrip, uint8_t{0});
  if (high != nullptr) std::fill_n(high, padded * kStrip, uint8_t{0});
  for (int64_t v = 0; v < kStrip; ++v) {
    for (int64_t r = 0; r < rows; ++r) {
      const uint32_t driven = (static_cast<uint32_t>(from[v][r]) + offset) & mask;
      low[r * kStrip + v] = static_cast<uint8_t>(driven);
      if (high != nullptr) high[r * kStrip + v] = static_cast<uint8_t>(driven >> 8);
    }
  }
}

void add_square(const int32_t* totals, int64_t* const* to) {
  for (int k = 0; k < 8; ++k)
    for (int j = 0; j < 8; ++j) to[k][j] += totals[j * kStrip + k];
}

void index(const uint8_t* low, const uint8_t* high, int64_t rows, int bits, uint8_t* indices) {
  const int64_t count = (rows + 3) / 4;
  for (int bit = 0; bit < bits; ++bit) {
    const uint8_t* from = bit < 8 ? low : high;
    for (int64_t g = 0; g < count; ++g, indices += kStrip) {
      for (int64_t v = 0; v < kStrip; ++v) {
        int at = 0;
        for (int j = 0; j < 4; ++j) at |= (from[(4 * g + j) * kStrip + v] >> (bit % 8) & 1) << j;
        indices[v] = static_cast<uint8_t>(at);
      }
    }
  }
}

void add_noise(Ops::Register* even, Ops::Register* odd, const Ops::Register* even_variance,
               const Ops::Register* odd_variance, const ColumnNoise& noise, int digit) {
  const ReadNoise::Block bits = noise.normals->block(noise.block, digit, noise.column);
  NoiseScale scale;
  scale.slope = noise.slope;
  scale.base = noise.base;
  for (size_t k = 0; k < 64; ++k) {
    uint16_t& sum = k % 2 == 0 ? even->words[k / 2] : odd->words[k / 2];
    const uint16_t square = k % 2 == 0 ? even_variance->words[k / 2] : odd_variance->words[k / 2];
    const int32_t normal = ReadNoise::normal(bits[k], bits[64 + k]);
    sum = static_cast<uint16_t>(scale.apply(sum - 32768, square, normal, true) + 32768);
  }
}

}  // namespace

#include "ohmweave/array/column_kernels_body.h"

const ColumnKernels* column_kernels_plain() { return &kKernels; }

}  // namespace ohmweave::array
