// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/sum_histogram.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"
#include "ohmweave/circuit/transfer.h"

namespace ohmweave::circuit {
namespace {

TEST(SumHistogram, KnowsWholeSumsExactly) {
  SumHistogram h;
  for (int sum : {0, 0, 1, 5, 5, 5, 900}) h.add(sum);
  EXPECT_EQ(h.count(), 7);
  EXPECT_EQ(h.least(), 0);
  EXPECT_EQ(h.largest(), 900);
  EXPECT_EQ(h.quantile(0), 0);
  EXPECT_EQ(h.quantile(2.0 / 7), 0);
  EXPECT_EQ(h.quantile(3.0 / 7), 1);
  EXPECT_EQ(h.quantile(0.8), 5);
  EXPECT_EQ(h.quantile(1), 900);
  // Codes 0..15 of step 1: only 900 is off, by 885.
  EXPECT_DOUBLE_EQ(h.squared_error({0, 1}, 15), 885.0 * 885 / 7);
}

TEST(SumHistogram, DoesNotDependOnOrderOrParts) {
  base::RandomStream random(1, 2, 3);
  std::vector<double> sums;
  for (int k = 0; k < 4000; ++k) sums.push_back(std::floor(random.normal() * 3e5) + 0.5 * random.uniform());
  SumHistogram all, backwards, parts[3], joined;
  for (double s : sums) all.add(s);
  for (auto s = sums.rbegin(); s != sums.rend(); ++s) backwards.add(*s);
  for (size_t k = 0; k < sums.size(); ++k) parts[k % 7 % 3].add(sums[k]);
  for (int k : {2, 0, 1}) joined.add(parts[k]);
  for (const SumHistogram* other : {&backwards, &joined}) {
    EXPECT_EQ(all.count(), other->count());
    for (double share : {0.0, 0.1, 0.5, 0.937, 1.0}) EXPECT_EQ(all.quantile(share), other->quantile(share));
    EXPECT_EQ(all.squared_error({-1000, 37.5}, 255), other->squared_error({-1000, 37.5}, 255));
    EXPECT_EQ(all.best(63), other->best(63));
  }
  std::sort(sums.begin(), sums.end());
  const double width = (all.largest() - all.least()) / static_cast<double>(SumHistogram::kMostBins - 1);
  EXPECT_NEAR(all.quantile(0.25), sums[1000], 2 * width);
}

TEST(SumHistogram, PercentileLeavesOutBothEnds) {
  SumHistogram h;
  for (int sum = 1; sum <= 1000; ++sum) h.add(sum);
  const ConverterRange range = h.without(2, 255);
  EXPECT_EQ(range.zero, 10);
  EXPECT_DOUBLE_EQ(range.zero + 255 * range.step, 990);
  EXPECT_EQ(h.without(0, 255), h.whole(255));
  EXPECT_EQ(h.whole(255).zero, 1);
}

// Max, "Quantizing for minimum distortion", IRE Trans. Inf. Theory 6 (1960), Table II: the best spacing of
// equally spaced levels for a normal distribution, and what error is left.
TEST(SumHistogram, LeastErrorIsThePublishedUniformQuantiser) {
  SumHistogram normal;
  constexpr double kUnit = 1000;  // of the distribution, in steps
  for (int x = -6000; x <= 6000; ++x)
    normal.add(x, std::llround(1e9 * std::exp(-0.5 * (x / kUnit) * (x / kUnit))));
  struct Row {
    int levels;
    double spacing, error;
  };
  for (Row row :
       {Row{4, 0.9957, 0.1188}, Row{8, 0.5860, 0.03744}, Row{16, 0.3352, 0.01154}, Row{32, 0.1881, 0.003490}}) {
    const ConverterRange range = normal.best(row.levels - 1);
    EXPECT_NEAR(range.step / kUnit, row.spacing, 0.003 * row.spacing) << row.levels;
    EXPECT_NEAR(range.zero / kUnit, -0.5 * (row.levels - 1) * row.spacing, 0.01) << row.levels;
    const double error = normal.squared_error(range, row.levels - 1) / (kUnit * kUnit);
    EXPECT_NEAR(error, row.error, 0.002 * row.error) << row.levels;
  }
}

TEST(SumHistogram, LeastErrorIsNeverAboveOtherRanges) {
  base::RandomStream random(5, 6, 7);
  for (int trial = 0; trial < 12; ++trial) {
    SumHistogram h;  // sums of half a normal distribution, far outliers, sometimes above zero only
    const double spread = std::exp(random.uniform(1, 8)), low = random.below(2) == 0 ? 0 : 40;
    for (int k = 0; k < 3000; ++k) h.add(low + std::floor(std::abs(random.normal()) * spread));
    h.add(low + std::floor(8 * spread));
    for (int64_t most : {7, 31, 255}) {
      const double best = h.squared_error(h.best(most), most);
      EXPECT_LE(best, h.squared_error(h.whole(most), most) * (1 + 1e-12));
      for (double percent : {0.1, 1.0, 5.0})
        EXPECT_LE(best, h.squared_error(h.without(percent, most), most) * 1.02) << percent << ' ' << most;
    }
  }
}

TEST(SumHistogram, OneSumOnly) {
  SumHistogram h;
  h.add(17, 5);
  for (const ConverterRange& r : {h.whole(15), h.without(1, 15), h.best(15)}) {
    EXPECT_EQ(r.zero, 17);
    EXPECT_EQ(r.step, 1);
  }
}

// An ideal converter: errors are uniform, step^2 / 12, and a full sine reaches 6.02 bits + 1.76 dB.
TEST(Transfer, IdealConverterHasTheTextbookNoise) {
  constexpr int kSamples = 200000;
  for (int bits : {6, 8, 10}) {
    const double most = std::ldexp(1.0, bits) - 1;
    const Transfer t{-3, 2.5, static_cast<int64_t>(most), {}, {}, 0};
    double squares = 0, signal = 0;
    for (int k = 0; k < kSamples; ++k) {
      // A frequency that shares nothing with the sampling; peaks anywhere in the outermost step.
      const double amplitude = ((most + 1) / 2 - (k % 100) / 100.0) * t.step;
      const double wave = amplitude * std::sin(2 * std::numbers::pi * k * (std::numbers::sqrt2 / 10));
      const double sum = t.zero + most / 2 * t.step + wave, off = t.value(t.code(sum)) - sum;
      squares += off * off;
      signal += wave * wave;
    }
    EXPECT_NEAR(10 * std::log10(signal / squares), 6.02 * bits + 1.76, bits == 6 ? 0.2 : 0.1) << bits;
    EXPECT_NEAR(squares / kSamples / (t.step * t.step), 1.0 / 12, 0.02 / 12) << bits;
  }
}

}  // namespace
}  // namespace ohmweave::circuit
