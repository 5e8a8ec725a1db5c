// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/read_noise.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "ohmweave/base/random.h"

namespace ohmweave::array {
namespace {

constexpr uint8_t twice(uint8_t x) { return static_cast<uint8_t>((x << 1) ^ ((x >> 7) * 0x1b)); }

/// The substitution box of AES (FIPS 197, section 5.1.1): the inverse in GF(2^8), then an affine map. Powers of
/// the generator 3 run through all elements but 0; those of its inverse beside them are the inverses.
constexpr std::array<uint8_t, 256> substitution_box() {
  std::array<uint8_t, 256> box{};
  uint8_t p = 1, q = 1;
  do {
    p = static_cast<uint8_t>(p ^ twice(p));
    q = static_cast<uint8_t>(q ^ (q << 1));  // divide by 3
    q = static_cast<uint8_t>(q ^ (q << 2));
    q = static_cast<uint8_t>(q ^ (q << 4));
    if ((q & 0x80) != 0) q ^= 0x09;
    box[p] =
        static_cast<uint8_t>(q ^ std::rotl(q, 1) ^ std::rotl(q, 2) ^ std::rotl(q, 3) ^ std::rotl(q, 4) ^ 0x63);
  } while (p != 1);
  box[0] = 0x63;
  return box;
}
constexpr std::array<uint8_t, 256> kBox = substitution_box();

double deviation_of_normals() {
  double sum = 0;
  for (int k = 0; k < 4; ++k) {
    const double weight = k < 2 ? ReadNoise::kLow : ReadNoise::kHigh;
    for (int8_t x : ReadNoise::kTables[static_cast<size_t>(k)]) sum += weight * weight * x * x / 16;
  }
  return std::sqrt(sum);
}

}  // namespace

// Found by a random search for whole numbers whose sum has the moments of a normal number up to the sixth and
// its tails up to 3.75 deviations.
const std::array<std::array<int8_t, 16>, 4> ReadNoise::kTables = {{
    {6, 9, 14, 16, 25, 31, 37, 64, -6, -9, -14, -16, -25, -31, -37, -64},
    {1, 5, 7, 8, 11, 20, 21, 60, -1, -5, -7, -8, -11, -20, -21, -60},
    {5, 8, 14, 20, 25, 29, 33, 61, -5, -8, -14, -20, -25, -29, -33, -61},
    {2, 6, 15, 17, 24, 29, 30, 53, -2, -6, -15, -17, -24, -29, -30, -53},
}};
const double ReadNoise::kDeviation = deviation_of_normals();

ReadNoise::Words aes_round(const ReadNoise::Words& state, const ReadNoise::Words& key, bool last) {
  auto byte = [](const ReadNoise::Words& words, int k) {
    return static_cast<uint8_t>(words[static_cast<size_t>(k / 8)] >> (k % 8 * 8));
  };
  ReadNoise::Words out = key;
  for (int c = 0; c < 4; ++c) {
    uint8_t s[4];  // ShiftRows, SubBytes: row r of column c comes from column c + r
    for (int r = 0; r < 4; ++r) s[r] = kBox[byte(state, (c + r) % 4 * 4 + r)];
    for (int r = 0; r < 4; ++r) {
      const uint8_t a = s[r], b = s[(r + 1) % 4];
      const auto mixed = static_cast<uint8_t>(twice(a) ^ twice(b) ^ b ^ s[(r + 2) % 4] ^ s[(r + 3) % 4]);
      const int k = c * 4 + r;
      out[static_cast<size_t>(k / 8)] ^= uint64_t{last ? a : mixed} << (k % 8 * 8);
    }
  }
  return out;
}

ReadNoise::ReadNoise(uint64_t seed, uint64_t place) {
  // Philox spreads seeds and places that differ in a few bits over the whole key.
  constexpr uint64_t kPurpose = base::key_of("read noise");
  auto low = [](uint64_t x) { return static_cast<uint32_t>(x); };
  auto high = [](uint64_t x) { return static_cast<uint32_t>(x >> 32); };
  const auto words =
      base::philox({low(seed), high(seed), low(place), high(place)}, {low(kPurpose), high(kPurpose)});
  keys_[0] = {words[0] | uint64_t{words[1]} << 32, words[2] | uint64_t{words[3]} << 32};
  for (size_t k = 1; k < keys_.size(); ++k)  // the golden ratio and the square root of 3, less 1
    keys_[k] = {keys_[k - 1][0] + 0x9E3779B97F4A7C15, keys_[k - 1][1] + 0xBB67AE8584CAA73B};
}

ReadNoise::Block ReadNoise::block(int64_t vector, int64_t digit, int64_t block) const {
  Block out;
  for (int part = 0; part < 2; ++part) {
    Words state = counter(vector, digit, block, part);
    for (size_t k = 0; k < 2; ++k) state[k] ^= keys_[0][k];
    for (int round = 1; round <= kRounds; ++round)
      state = aes_round(state, keys_[static_cast<size_t>(round)], round == kRounds);
    for (int k = 0; k < 16; ++k)
      out[static_cast<size_t>(part * 16 + k)] =
          static_cast<uint8_t>(state[static_cast<size_t>(k / 8)] >> (k % 8 * 8));
  }
  return out;
}

int32_t ReadNoise::normal(uint8_t low, uint8_t high) {
  return kLow * (kTables[0][low & 15] + kTables[1][low >> 4]) +
         kHigh * (kTables[2][high & 15] + kTables[3][high >> 4]);
}

int32_t ReadNoise::normal(int64_t vector, int64_t digit, int64_t place) const {
  const Block bits = block(vector, digit, place / kColumns);
  const auto k = static_cast<size_t>(place % kColumns);
  return normal(bits[k], bits[kColumns + k]);
}

}  // namespace ohmweave::array
