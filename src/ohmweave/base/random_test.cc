// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/random.h"

#include <cmath>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace ohmweave::base {
namespace {

using Words = std::array<uint32_t, 4>;

// Known answers of Random123 (kat_vectors, philox4x32 with 10 rounds).
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

std::vector<uint64_t> draw(RandomStream stream, int n) {
  std::vector<uint64_t> out;
  for (int k = 0; k < n; ++k) out.push_back(stream.next64());
  return out;
}

TEST(RandomStream, DependsOnSeedPlaceAndPurposeAndOnNothingElse) {
  const auto expected = draw(RandomStream(1, 2, 3), 100);
  RandomStream other(9, 9, 9);
  other.next32();
  EXPECT_EQ(draw(RandomStream(1, 2, 3), 100), expected);
  EXPECT_NE(draw(RandomStream(2, 2, 3), 100), expected);
  EXPECT_NE(draw(RandomStream(1, 3, 3), 100), expected);
  EXPECT_NE(draw(RandomStream(1, 2, 4), 100), expected);
  EXPECT_NE(draw(RandomStream(1, 3, 2), 100), expected);  // place and purpose are not interchangeable
}

TEST(RandomStream, NeighbouringStreamsShareNothing) {
  std::set<uint64_t> seen;
  for (uint64_t seed = 0; seed < 4; ++seed) {
    for (uint64_t place = 0; place < 50; ++place) {
      for (uint64_t purpose = 0; purpose < 5; ++purpose) {
        for (uint64_t x : draw(RandomStream(seed, place, purpose), 8)) EXPECT_TRUE(seen.insert(x).second);
      }
    }
  }
}

TEST(RandomStream, InterleavedDrawsDoNotDisturbEachOther) {
  RandomStream a(1, 1, 1), b(1, 2, 1);
  std::vector<uint64_t> from_a, from_b;
  for (int k = 0; k < 30; ++k) from_a.push_back(a.next64()), from_b.push_back(b.next64());
  EXPECT_EQ(from_a, draw(RandomStream(1, 1, 1), 30));
  EXPECT_EQ(from_b, draw(RandomStream(1, 2, 1), 30));
}

struct Moments {
  double mean = 0, variance = 0, skewness = 0, kurtosis = 0;
};
template <class Draw>
Moments moments(Draw next, int n) {
  std::vector<double> x;
  Moments m;
  for (int k = 0; k < n; ++k) m.mean += x.emplace_back(next()) / n;
  for (double v : x) m.variance += (v - m.mean) * (v - m.mean) / n;
  const double deviation = std::sqrt(m.variance);
  for (double v : x) m.skewness += std::pow((v - m.mean) / deviation, 3) / n;
  for (double v : x) m.kurtosis += std::pow((v - m.mean) / deviation, 4) / n;
  return m;
}

// Bounds: five standard deviations of each estimate for 200,000 draws.
TEST(RandomStream, UniformHasItsMoments) {
  RandomStream s(7, key_of("tile"), key_of("test"));
  const Moments m = moments([&] { return s.uniform(); }, 200000);
  EXPECT_NEAR(m.mean, 0.5, 0.0033);
  EXPECT_NEAR(m.variance, 1.0 / 12, 0.00084);
  EXPECT_NEAR(m.skewness, 0, 0.022);
  EXPECT_NEAR(m.kurtosis, 1.8, 0.02);
  for (int k = 0; k < 1000; ++k) {
    const double x = s.uniform(-3, 5);
    EXPECT_GE(x, -3);
    EXPECT_LT(x, 5);
  }
}

TEST(RandomStream, NormalHasItsMoments) {
  RandomStream s(7, key_of("tile"), key_of("noise"));
  const Moments m = moments([&] { return s.normal(); }, 200000);
  EXPECT_NEAR(m.mean, 0, 0.0112);
  EXPECT_NEAR(m.variance, 1, 0.0158);
  EXPECT_NEAR(m.skewness, 0, 0.0274);
  EXPECT_NEAR(m.kurtosis, 3, 0.0548);
}

TEST(RandomStream, BelowIsUniformOverItsRange) {
  RandomStream s(3, 0, 0);
  std::array<int, 6> seen{};
  for (int k = 0; k < 60000; ++k) ++seen[s.below(6)];
  for (int count : seen) EXPECT_NEAR(count, 10000, 457);  // five deviations
  EXPECT_EQ(s.below(1), 0U);
  for (int k = 0; k < 100; ++k) EXPECT_LT(s.below((uint64_t{1} << 63) + 1), (uint64_t{1} << 63) + 1);
}

TEST(KeyOf, IsFnv1a) {
  EXPECT_EQ(key_of(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(key_of("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(key_of("foobar"), 0x85944171f73967e8ULL);
}

}  // namespace
}  // namespace ohmweave::base
