// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/dac.h"

#include <cmath>

#include <gtest/gtest.h>

namespace ohmweave::circuit {
namespace {

using units::Voltage;

DacSpec spec(int bits) {
  DacSpec s;
  s.bits = bits;
  s.rate = units::Frequency::from_si(1e7);
  return s;
}

TEST(Dac, IdealLevelsAreTheDigits) {
  for (int bits : {1, 3}) {
    const Dac dac(spec(bits));
    EXPECT_TRUE(dac.exact());
    const DriveLevels l = dac.levels({1, 2, 3});
    ASSERT_EQ(l.values.size(), size_t{1} << bits);
    for (size_t d = 0; d < l.values.size(); ++d) EXPECT_EQ(l.values[d], static_cast<double>(d));
    EXPECT_TRUE(l.linear());
    EXPECT_EQ(l.factor(), 1);
    EXPECT_EQ(l.offset(), 0);
  }
}

TEST(Dac, VoltagesInsteadOfDigits) {
  DacSpec s = spec(2);
  s.levels = {Voltage::from_si(0.0), Voltage::from_si(0.1), Voltage::from_si(0.21), Voltage::from_si(0.3)};
  const Dac dac(s);
  EXPECT_FALSE(dac.exact());
  const DriveLevels l = dac.levels({});
  EXPECT_NEAR(l.values[1], 1, 1e-12);
  EXPECT_NEAR(l.values[2], 2.1, 1e-12);
  EXPECT_EQ(l.values[3], 3);
  EXPECT_FALSE(l.linear());
  EXPECT_NEAR(l.factor(), 1, 1e-12);
}

TEST(Dac, RowsDeviateAsTheyAreTold) {
  constexpr int kMany = 4000;
  DacSpec s = spec(2);
  s.offset = 0.05;
  s.gain_error = 0.02;
  const Dac straight(s);
  double offsets = 0, factors = 0;
  for (int k = 0; k < kMany; ++k) {
    const DriveLevels l = straight.levels({7, 8, k});
    EXPECT_TRUE(l.linear());
    offsets += l.offset() * l.offset();
    factors += (l.factor() - 1) * (l.factor() - 1);
  }
  EXPECT_NEAR(offsets / kMany / 0.0025, 1, 3 * std::sqrt(2.0 / kMany));
  EXPECT_NEAR(factors / kMany / 0.0004, 1, 3 * std::sqrt(2.0 / kMany));
  s = spec(2);
  s.level_mismatch = 0.1;
  const Dac uneven(s);
  double second = 0;
  for (int k = 0; k < kMany; ++k) {
    const DriveLevels l = uneven.levels({7, 8, k});
    EXPECT_EQ(l.values[0], 0);
    second += (l.values[2] - 2) * (l.values[2] - 2);
    EXPECT_EQ(l.values, uneven.levels({7, 8, k}).values);
  }
  EXPECT_NEAR(second / kMany / 0.01, 1, 3 * std::sqrt(2.0 / kMany));
}

}  // namespace
}  // namespace ohmweave::circuit
