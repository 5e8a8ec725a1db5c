// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/read_noise.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace ohmweave::array {
namespace {

/// FIPS 197, appendix B: the first round of the example, and its last one.
TEST(ReadNoise, RoundsAreThoseOfAes) {
  using Words = ReadNoise::Words;
  auto words = [](const char* hex) {
    Words out{};
    for (size_t k = 0; k < 16; ++k) {
      const std::string byte(hex + 2 * k, 2);
      out[k / 8] |= uint64_t{std::stoul(byte, nullptr, 16)} << (k % 8 * 8);
    }
    return out;
  };
  EXPECT_EQ(
      aes_round(words("193de3bea0f4e22b9ac68d2ae9f84808"), words("a0fafe1788542cb123a339392a6c7605"), false),
      words("a49c7ff2689f352b6b5bea43026a5049"));
  EXPECT_EQ(
      aes_round(words("eb40f21e592e38848ba113e71bc342d2"), words("d014f9a8c9ee2589e13f0cc8b6630ca6"), true),
      words("3925841d02dc09fbdc118597196a0b32"));
}

/// The distribution of one number is known exactly: all 65536 are equally likely.
TEST(ReadNoise, NumbersAreNormal) {
  std::vector<double> all;
  for (int bits = 0; bits < 65536; ++bits) {
    all.push_back(ReadNoise::normal(static_cast<uint8_t>(bits & 255), static_cast<uint8_t>(bits >> 8)) /
                  ReadNoise::kDeviation);
  }
  double moment[9] = {};
  for (double z : all)
    for (int k = 1; k <= 8; ++k) moment[k] += std::pow(z, k) / 65536;
  EXPECT_NEAR(moment[1], 0, 1e-12);
  EXPECT_NEAR(moment[2], 1, 1e-12);
  EXPECT_NEAR(moment[3], 0, 1e-12);
  EXPECT_NEAR(moment[4], 3, 0.003);
  EXPECT_NEAR(moment[6], 15, 0.3);
  EXPECT_NEAR(moment[8], 105, 7);
  std::sort(all.begin(), all.end());
  double distance = 0;  // of Kolmogorov: between the distribution functions
  for (size_t k = 0; k < all.size(); ++k) {
    const double normal = std::erfc(-all[k] / std::sqrt(2.0)) / 2;
    distance = std::max({distance, std::abs(normal - static_cast<double>(k) / 65536),
                         std::abs(normal - static_cast<double>(k + 1) / 65536)});
  }
  EXPECT_LT(distance, 0.01);
  for (double from : {1.0, 2.0, 3.0, 3.5}) {  // tails
    const auto beyond = all.end() - std::upper_bound(all.begin(), all.end(), from);
    EXPECT_NEAR(static_cast<double>(beyond) / 65536 / (std::erfc(from / std::sqrt(2.0)) / 2), 1, 0.15) << from;
  }
  EXPECT_GT(all.back(), 4);
}

/// Correlations of neighbours in every direction, over 65536 numbers each: within 4 standard errors.
TEST(ReadNoise, NumbersOfNeighboursAreIndependent) {
  const ReadNoise noise(1, 2), other_seed(2, 2), other_place(1, 3);
  double moments[3] = {}, products[5] = {}, squares = 0;
  constexpr int kVectors = 128, kDigits = 8, kBlocks = 4;
  int64_t n = 0;
  for (int vector = 0; vector < kVectors; ++vector) {
    for (int digit = 0; digit < kDigits; ++digit) {
      for (int64_t block = 0; block < kBlocks; ++block) {
        const auto here = noise.block(vector, digit, block);
        const ReadNoise::Block beside[] = {
            noise.block(vector + 1, digit, block), noise.block(vector, digit + 1, block),
            noise.block(vector, digit, block + 1), other_seed.block(vector, digit, block),
            other_place.block(vector, digit, block)};
        for (size_t c = 0; c < 16; ++c, ++n) {
          const double z = ReadNoise::normal(here[c], here[16 + c]) / ReadNoise::kDeviation;
          for (int k = 0; k < 3; ++k) moments[k] += std::pow(z, k + 1);
          for (size_t k = 0; k < 5; ++k)
            products[k] += z * ReadNoise::normal(beside[k][c], beside[k][16 + c]) / ReadNoise::kDeviation;
          const size_t next = c ^ 1;
          squares += z * ReadNoise::normal(here[next], here[16 + next]) / ReadNoise::kDeviation;
        }
      }
    }
  }
  const double count = static_cast<double>(n), error = 4 / std::sqrt(count);
  EXPECT_NEAR(moments[0] / count, 0, error);
  EXPECT_NEAR(moments[1] / count, 1, error * std::sqrt(2.0));
  EXPECT_NEAR(moments[2] / count, 0, error * std::sqrt(15.0));
  for (double p : products) EXPECT_NEAR(p / count, 0, error);
  EXPECT_NEAR(squares / count, 0, error * std::sqrt(2.0));  // every pair twice
}

}  // namespace
}  // namespace ohmweave::array
