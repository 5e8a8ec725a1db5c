// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/integrate_fire.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"

namespace ohmweave::circuit {
namespace {

IntegrateFireSpec spec() {
  IntegrateFireSpec s;
  s.bits = 12;
  s.rate = units::Frequency::from_si(1 / 29.31e-9);  // PipeLayer, section VI
  s.energy = units::Energy::from_si(1.08e-12);
  return s;
}

TEST(IntegrateFire, ASpikeHasItsPrice) {
  const IntegrateFire column(spec());
  ASSERT_NE(column.action(Verb::Convert), nullptr);
  EXPECT_EQ(column.action(Verb::Convert)->unit, "spike");
  EXPECT_DOUBLE_EQ(column.action(Verb::Convert)->time.si(), 29.31e-9);
  EXPECT_DOUBLE_EQ(column.action(Verb::Convert)->energy.si(), 1.08e-12);
}

TEST(IntegrateFire, CountsWholeThresholds) {
  const IntegrateFire column(spec());
  EXPECT_TRUE(column.exact_up_to(1920));
  const Transfer t = column.transfer(1920, {});
  for (int sum = 0; sum <= 1920; ++sum) ASSERT_EQ(t.value(t.code(sum)), sum);
  EXPECT_EQ(t.code(17.99), 17);
  IntegrateFireSpec wide = spec();
  wide.threshold = 7.5;
  const Transfer cut = IntegrateFire(wide).transfer(1920, {});
  for (int sum = 0; sum <= 1920; ++sum) ASSERT_EQ(cut.code(sum), static_cast<int64_t>(std::floor(sum / 7.5)));
  wide.initial_charge = 0.5;
  const Transfer rounded = IntegrateFire(wide).transfer(1920, {});
  EXPECT_TRUE(rounded.ideal());
  for (int sum = 0; sum <= 1920; ++sum)
    ASSERT_EQ(rounded.code(sum), static_cast<int64_t>(std::floor(sum / 7.5 + 0.5)));
}

TEST(IntegrateFire, CounterSaturates) {
  IntegrateFireSpec s = spec();
  s.bits = 5;
  s.threshold = 1;
  const Transfer t = IntegrateFire(s).transfer(1920, {});
  EXPECT_EQ(t.code(31), 31);
  EXPECT_EQ(t.code(1900), 31);
  s.threshold.reset();  // large enough for the largest sum
  EXPECT_EQ(IntegrateFire(s).threshold(1920), 62);
  EXPECT_EQ(IntegrateFire(s).transfer(1920, {}).code(1922), 31);
  EXPECT_FALSE(IntegrateFire(s).exact_up_to(1920));
}

/// The capacitor in small steps of time.
int64_t simulated(double charge, double threshold, const IntegrateFireSpec& s) {
  constexpr int kSteps = 400000;
  double q = s.initial_charge.value_or(0) * threshold, wait = 0;
  int64_t spikes = 0;
  for (int k = 0; k < kSteps; ++k) {
    if (wait > 0) {
      wait -= 1.0 / kSteps;
      continue;
    }
    q += (charge - s.leak.value_or(0) * q) / kSteps;
    if (q < threshold) continue;
    ++spikes;
    wait = s.reset_loss.value_or(0);
    q -= threshold;  // the step's own overshoot, which vanishes with it
    if (s.leak.value_or(0) > 0) q = 0;
  }
  return spikes;
}

TEST(IntegrateFire, LeakAndResetAreWhatTheCapacitorDoes) {
  for (double leak : {0.0, 0.3, 4.0}) {
    for (double reset : {0.0, 0.002, 0.02}) {
      for (double initial : {0.0, 0.4}) {
        IntegrateFireSpec s = spec();
        s.threshold = 10;
        s.leak = leak, s.reset_loss = reset, s.initial_charge = initial;
        const Transfer t = IntegrateFire(s).transfer(700, {});
        EXPECT_TRUE(std::is_sorted(t.thresholds.begin(), t.thresholds.end()));
        for (double charge : {5.0, 33.0, 47.0, 213.0, 688.0})
          EXPECT_NEAR(static_cast<double>(t.code(charge)), static_cast<double>(simulated(charge, 10, s)), 1)
              << leak << ' ' << reset << ' ' << initial << ' ' << charge;
      }
    }
  }
  IntegrateFireSpec s = spec();
  s.leak = 2;  // a current below leak times threshold never fires
  s.threshold = 10;
  EXPECT_EQ(IntegrateFire(s).transfer(700, {}).code(20), 0);
  s.leak.reset();
  s.reset_loss = 0.125;  // at most one spike in every eighth of the read, and the first
  EXPECT_EQ(IntegrateFire(s).transfer(1e5, {}).code(1.4e5), 8);
}

TEST(IntegrateFire, ThresholdsVaryFromColumnToColumn) {
  IntegrateFireSpec s = spec();
  s.threshold_variation = 0.02;
  const IntegrateFire column(s);
  constexpr int kMany = 4000;
  double sum = 0, squares = 0;
  for (int k = 0; k < kMany; ++k) {
    const double off = column.transfer(10, {3, 1, k}).thresholds[4] / 5 - 1;
    sum += off, squares += off * off;
  }
  EXPECT_NEAR(sum / kMany, 0, 3 * 0.02 / std::sqrt(kMany));
  EXPECT_NEAR(squares / kMany / 4e-4, 1, 3 * std::sqrt(2.0 / kMany));
  EXPECT_EQ(column.transfer(10, {3, 1, 2}), column.transfer(10, {3, 1, 2}));
}

}  // namespace
}  // namespace ohmweave::circuit
