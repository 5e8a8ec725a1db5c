// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/sense_amplifier.h"

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
