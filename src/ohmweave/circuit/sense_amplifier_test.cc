// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/sense_amplifier.h"

#include <cmath>

#include <gtest/gtest.h>

namespace ohmweave::circuit {
namespace {

TEST(SenseAmplifier, CutsTheMagnitudeAndSaturatesIt) {
  EXPECT_EQ(SenseAmplifier::convert(0b1011, {0, 4}), 0b1011);
  EXPECT_EQ(SenseAmplifier::convert(0b1011, {2, 4}), 0b10);
  EXPECT_EQ(SenseAmplifier::convert(-0b1011, {2, 4}), -0b10);  // towards zero, as positive sums
  EXPECT_EQ(SenseAmplifier::convert(-3, {2, 4}), 0);
  EXPECT_EQ(SenseAmplifier::convert(64, {2, 4}), 15);
  EXPECT_EQ(SenseAmplifier::convert(-64, {2, 4}), -15);
  EXPECT_EQ(SenseAmplifier::convert(64, {2, 0}), 0);
}

TEST(SenseAmplifier, TransferTellsWhatConvertCounts) {
  SenseAmplifierSpec spec;
  spec.rate = units::Frequency::from_si(1e9);
  const SenseAmplifier amplifier(spec);
  EXPECT_TRUE(amplifier.exact());
  for (const KeptBits& kept :
       {KeptBits{0, 4}, KeptBits{2, 4}, KeptBits{5, 1}, KeptBits{3, 0}, KeptBits{9, 6}}) {
    const Transfer t = amplifier.transfer(kept, {1, 2, 3});
    for (int64_t sum = -3000; sum <= 3000; ++sum) {
      const int64_t told = SenseAmplifier::convert(sum, kept) * (int64_t{1} << kept.shift);
      ASSERT_EQ(t.value(t.code(static_cast<double>(sum))), static_cast<double>(told)) << sum;
    }
  }
}

TEST(SenseAmplifier, OffsetsGrowWithTheWindow) {
  SenseAmplifierSpec spec;
  spec.rate = units::Frequency::from_si(1e9);
  spec.bits = 6;
  spec.offset = 0.5;
  spec.noise = 0.25;
  const SenseAmplifier amplifier(spec);
  EXPECT_FALSE(amplifier.exact());
  constexpr int kMany = 4000;
  for (const KeptBits& kept : {KeptBits{0, 6}, KeptBits{4, 6}, KeptBits{7, 3}}) {
    const double least = std::ldexp(1.0, kept.shift + kept.count - 6);
    double sum = 0, squares = 0;
    for (int k = 0; k < kMany; ++k) {
      const Transfer t = amplifier.transfer(kept, {1, 2, k});
      EXPECT_DOUBLE_EQ(t.noise, 0.25 * least);
      const double off = (t.thresholds.back() - std::ldexp((1 << kept.count) - 1, kept.shift)) / least;
      sum += off, squares += off * off;
    }
    EXPECT_NEAR(sum / kMany, 0, 3 * 0.5 / std::sqrt(kMany));
    EXPECT_NEAR(squares / kMany / 0.25, 1, 3 * std::sqrt(2.0 / kMany));
  }
}

TEST(SenseAmplifier, ABitTakesAStep) {
  SenseAmplifierSpec spec;
  spec.rate = units::Frequency::from_si(2e9);
  spec.energy = units::Energy::from_si(3e-15);
  const SenseAmplifier amplifier(spec);
  ASSERT_NE(amplifier.action(Verb::Convert), nullptr);
  EXPECT_EQ(amplifier.action(Verb::Convert)->unit, "bit");
  EXPECT_DOUBLE_EQ(amplifier.action(Verb::Convert)->time.si(), 0.5e-9);
  EXPECT_DOUBLE_EQ(amplifier.action(Verb::Convert)->energy.si(), 3e-15);
}

}  // namespace
}  // namespace ohmweave::circuit
