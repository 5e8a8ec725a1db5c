// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace ohmweave::array {

/// Normal random numbers that belong to conversions: the number of a conversion depends on the key, the vector
/// of the run, the digit and the place of the column and on nothing else, and is made of whole numbers only, so
/// that every processor makes the same. Bits come from ARS-5 (Salmon et al., SC 2011: five rounds of AES on a
/// counter, with round keys of a Weyl sequence). Sixteen of them choose one of 65536 values: four tables of 16
/// values each, weighted and added. kNormalDeviation is the deviation of the sum.
class ReadNoise {
 public:
  ReadNoise(uint64_t seed, uint64_t place);

  static constexpr int kRounds = 5;
  static constexpr int64_t kColumns = 16;  // that share a block of bits
  /// Bytes of a block: byte k and byte 16 + k are the bits of column k of the block.
  using Block = std::array<uint8_t, 2 * kColumns>;

  /// The bits of the columns at places [16 block, 16 block + 16).
  Block block(int64_t vector, int64_t digit, int64_t block) const;
  /// The same by what processors have for AES; the reference of kernels is block().
  using Words = std::array<uint64_t, 2>;
  /// The counter of 16 bytes of a block, `part` 0 or 1, and the keys of the rounds.
  static constexpr Words counter(int64_t vector, int64_t digit, int64_t block, int part) {
    return {static_cast<uint64_t>(vector), static_cast<uint64_t>(block) << 24 |
                                               static_cast<uint64_t>(digit) << 8 | static_cast<uint64_t>(part)};
  }
  const std::array<Words, kRounds + 1>& keys() const { return keys_; }

  /// The number that 16 bits choose.
  static int32_t normal(uint8_t low, uint8_t high);
  /// The number of one conversion, as often as it is wanted but slowly.
  int32_t normal(int64_t vector, int64_t digit, int64_t place) const;

  /// normal() = kLow (kTables[0][low % 16] + kTables[1][low / 16]) + kHigh (the same of `high`)
  static constexpr int32_t kLow = 64, kHigh = 61;
  static const std::array<std::array<int8_t, 16>, 4> kTables;
  static const double kDeviation;

 private:
  std::array<Words, kRounds + 1> keys_;
};

/// One round of AES on 16 bytes, as the instruction AESENC does it (AESENCLAST if `last`).
ReadNoise::Words aes_round(const ReadNoise::Words& state, const ReadNoise::Words& key, bool last);

}  // namespace ohmweave::array
