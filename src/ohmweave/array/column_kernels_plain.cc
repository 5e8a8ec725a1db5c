// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>

#include "ohmweave/array/column_kernels.h"
#include "ohmweave/array/tile_columns.h"

namespace ohmweave::array {
namespace {

/// The kernels for any processor: vectors that compilers map to what registers of 128 bits there are.
struct Ops {
  using Bytes = uint8_t __attribute__((vector_size(16)));
  using Words = uint16_t __attribute__((vector_size(16)));
  using Doubles = uint32_t __attribute__((vector_size(16)));
  using Register = Words;
  using Half = Words;
  static constexpr const char* kName = "portable";
  static constexpr int kRegisters = 4, kHalves = 2;

  static void load(const uint8_t* p, Register& x) { std::memcpy(&x, p, sizeof(x)); }
  static void store(uint8_t* p, const Register& x) { std::memcpy(p, &x, sizeof(x)); }
  static void set16(int value, Register& x) { x = Words{} + static_cast<uint16_t>(value); }
  static Register add16(const Register& a, const Register& b) { return a + b; }
  static Register subtract16(const Register& a, const Register& b) { return a - b; }
  static Register subtract_saturated16(const Register& a, const Register& b) {
    return (a - b) & reinterpret_cast<Words>(a > b);
  }
  static Register min16(const Register& a, const Register& b) { return a - subtract_saturated16(a, b); }
  static Register multiply_high16(const Register& a, const Register& b) {
    Words out{};
    for (int k = 0; k < 8; ++k) out[k] = static_cast<uint16_t>(uint32_t{a[k]} * b[k] >> 16);
    return out;
  }
  static Register left16(const Register& a, int n) { return a << static_cast<uint16_t>(n); }
  static Register right16(const Register& a, int n) { return a >> static_cast<uint16_t>(n); }
  static Register look_up(const uint16_t* table, const Register& x) {
    Register out{};
    for (int k = 0; k < 8; ++k) out[k] = table[x[k]];
    return out;
  }
  static Register count_steps(const StepTables& steps, int64_t word, const Register& x) {
    Register out{};
    for (int k = 0; k < 8; ++k) out[k] = steps.code(word + k, x[k]);
    return out;
  }
  static Register bit_and(const Register& a, const Register& b) { return a & b; }
  static Register exclusive_or(const Register& a, const Register& b) { return a ^ b; }
  static Register multiply_pairs(const Register& a, const Register& b) {
    using Signed = int32_t __attribute__((vector_size(16)));
    const Signed x = reinterpret_cast<Signed>(a), y = reinterpret_cast<Signed>(b);
    const Signed low = ((x << 16) >> 16) * ((y << 16) >> 16);
    return reinterpret_cast<Words>(low + (x >> 16) * (y >> 16));
  }
  static Register add32(const Register& a, const Register& b) {
    return reinterpret_cast<Words>(reinterpret_cast<Doubles>(a) + reinterpret_cast<Doubles>(b));
  }
  static Register multiply32(const Register& a, const Register& b) {
    return reinterpret_cast<Words>(reinterpret_cast<Doubles>(a) * reinterpret_cast<Doubles>(b));
  }
  static Register low_words(const Register& a) {
    return reinterpret_cast<Words>(reinterpret_cast<Doubles>(a) & 65535);
  }
  static Register high_words(const Register& a) {
    return reinterpret_cast<Words>(reinterpret_cast<Doubles>(a) >> 16);
  }
  static Register add8(const Register& a, const Register& b) {
    return reinterpret_cast<Words>(reinterpret_cast<Bytes>(a) + reinterpret_cast<Bytes>(b));
  }
  static Register add_saturated8(const Register& a, const Register& b) {
    const Bytes sum = reinterpret_cast<Bytes>(add8(a, b));
    return reinterpret_cast<Words>(sum | reinterpret_cast<Bytes>(sum < reinterpret_cast<Bytes>(a)));
  }
  static Register min8(const Register& a, const Register& b) {
    const Bytes first = reinterpret_cast<Bytes>(a), second = reinterpret_cast<Bytes>(b);
    const Bytes less = reinterpret_cast<Bytes>(first < second);
    return reinterpret_cast<Words>((first & less) | (second & ~less));
  }
  static Register even(const Register& a) {
    alignas(16) uint8_t bytes[16];
    std::memcpy(bytes, &a, sizeof(a));
    Words out{};
    for (int k = 0; k < 8; ++k) out[k] = bytes[2 * k];
    return out;
  }
  static Register odd(const Register& a) {
    alignas(16) uint8_t bytes[16];
    std::memcpy(bytes, &a, sizeof(a));
    Words out{};
    for (int k = 0; k < 8; ++k) out[k] = bytes[2 * k + 1];
    return out;
  }
  static void part(const Register* line, Half* first, Half* second) {
    first[0] = line[0], first[1] = line[1];
    second[0] = line[2], second[1] = line[3];
  }
};

void turn(const int32_t* const* from, int64_t rows, int64_t lanes, const DrivenInputs& what, uint8_t* low,
          uint8_t* high) {
  std::fill_n(low, padded_rows(rows) * kStrip, uint8_t{0});
  if (high != nullptr) std::fill_n(high, padded_rows(rows) * kStrip, uint8_t{0});
  for (int64_t v = 0; v < lanes; ++v) {
    for (int64_t r = 0; r < rows; ++r) {
      const uint32_t driven = (static_cast<uint32_t>(from[v][r]) + what.offset) & what.mask;
      low[r * kStrip + v] = static_cast<uint8_t>(driven);
      if (high != nullptr) high[r * kStrip + v] = static_cast<uint8_t>(driven >> 8);
    }
  }
}

void list(const uint8_t* low, const uint8_t* high, int64_t rows, int planes, int64_t lanes, uint8_t*,
          uint16_t* entries, uint16_t* counts) {
  for (int64_t lane = 0; lane < lanes; ++lane) {
    for (int plane = 0; plane < planes; ++plane, entries += list_pitch(rows)) {
      const uint8_t* from = (plane < 8 ? low : high) + lane;
      uint16_t* end = entries;
      for (int64_t g = 0; g < table_count(rows); ++g, from += kTableRows * kStrip) {
        int64_t at = 0;
        for (int64_t j = 0; j < kTableRows; ++j) at |= (from[j * kStrip] >> (plane % 8) & 1) << j;
        if (at != 0) *end++ = static_cast<uint16_t>((g * kEntries + at) * kEntryStep);
      }
      while ((end - entries) % kListStep != 0) *end++ = 0;
      *counts++ = static_cast<uint16_t>((end - entries) / kListStep);
    }
  }
}

void add_noise(Ops::Half* v, const Ops::Half* variances, const PanelNoise& noise, const ReadNoise& normals,
               int64_t vector, int digit) {
  uint16_t sums[16], squares[16];
  std::memcpy(sums, v, sizeof(sums));
  std::memcpy(squares, variances, sizeof(squares));
  const ReadNoise::Block bits = normals.block(vector, digit, noise.place / ReadNoise::kColumns);
  for (size_t k = 0; k < 16; ++k) {
    const size_t column = k / 2 + k % 2 * 8;
    NoiseScale scale;
    scale.slope = noise.slope[column];
    scale.base = noise.base[column];
    const int32_t normal = ReadNoise::normal(bits[k], bits[16 + k]);
    sums[k] = static_cast<uint16_t>(scale.apply(sums[k] - 32768, squares[k], normal, true) + 32768);
  }
  std::memcpy(v, sums, sizeof(sums));
}

void sum_digits(const int16_t* cells, const PanelNoise* noise, const WideReads& reads, int32_t* sums) {
  const int64_t line = 2 * kWideColumns, step = noise != nullptr ? 2 * line : line;
  int64_t at = reads.begin;
  for (int k = 0; k < reads.digit_count; ++k, sums += kWideColumns) {
    int32_t sum[kWideColumns] = {}, variance[kWideColumns] = {};
    for (; at < reads.ends[k]; ++at) {
      const int16_t* own = cells + reads.pairs[at] * step;
      const auto first = static_cast<int32_t>(reads.digits[at] & 65535),
                 second = static_cast<int32_t>(reads.digits[at] >> 16);
      for (int64_t c = 0; c < kWideColumns; ++c) sum[c] += first * own[2 * c] + second * own[2 * c + 1];
      for (int64_t c = 0; c < kWideColumns && noise != nullptr; ++c)
        variance[c] += first * first * own[line + 2 * c] + second * second * own[line + 2 * c + 1];
    }
    if (noise != nullptr) {
      const ReadNoise::Block bits = reads.normals->block(reads.vector, k, noise->place / ReadNoise::kColumns);
      for (size_t c = 0; c < kWideColumns; ++c) {
        NoiseScale scale;
        scale.slope = noise->slope[c];
        scale.base = noise->base[c];
        const int32_t normal = ReadNoise::normal(bits[c], bits[16 + c]);
        sum[c] = static_cast<int32_t>(scale.apply(sum[c], variance[c], normal, false));
      }
    }
    std::copy(sum, sum + kWideColumns, sums);
  }
}

void code_digits(const WideConversion& c, int digits, int width, const int32_t* sums, double* merged) {
  std::fill_n(merged, kWideColumns, 0);
  for (int k = 0; k < digits; ++k) {
    for (int64_t column = 0; column < kWideColumns; ++column) {
      const double sum = static_cast<double>(*sums++) * c.unit[column] + c.offset[column];
      const double over = (sum * c.gain[column] - c.zero[column]) / c.step[column];
      const double code = std::clamp(std::floor(over + 0.5), 0.0, c.most[column]);
      merged[column] += code * static_cast<double>(int64_t{1} << k * width);
    }
  }
}

}  // namespace

#include "ohmweave/array/column_kernels_body.h"

const ColumnKernels* column_kernels_plain() { return &kKernels; }

}  // namespace ohmweave::array
