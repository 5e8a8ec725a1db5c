// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/adc.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace ohmweave::circuit {
namespace {

using units::Area;
using units::Energy;
using units::Frequency;
using units::Length;
using units::Power;

AdcSpec isaac() {  // Table I: 2 mW and 1200 um2 at 8 bits
  AdcSpec spec;
  spec.rate = Frequency::from_si(1.2e9);
  spec.power = Power::from_si(2e-3);
  spec.area = Area::from_si(1200e-12);
  spec.capacitive_power_share = 0.066;
  spec.capacitive_area_share = 0.455;
  return spec;
}

// hwcomponents-library, isaac.py: the same converter from 4 to 10 bits.
TEST(Adc, ReferenceModelGrowsLikeThePublishedTable) {
  const double picojoules[] = {0.79, 0.99, 1.20, 1.42, 1.67, 1.97, 2.38};
  const double square_micrometres[] = {361, 477, 627, 845, 1200, 1828, 3002};
  for (int bits = 4; bits <= 10; ++bits) {
    AdcSpec spec = isaac();
    spec.bits = bits;
    Adc adc(spec);
    EXPECT_NEAR(adc.action(Verb::Convert)->energy.si() * 1e12 / picojoules[bits - 4], 1, 0.02) << bits;
    EXPECT_NEAR(adc.area().si() * 1e12 / square_micrometres[bits - 4], 1, 0.02) << bits;
  }
}

TEST(Adc, TotalsAndExplicitEnergyGrowLikeThePower) {
  AdcSpec spec = isaac();
  spec.count = 8;
  spec.power.reset();
  spec.total_power = Power::from_si(16e-3);
  spec.energy = Energy::from_si(5e-12);
  spec.bits = 9;
  const double growth = 0.934 * 9 / 8 + 0.066 * 2;
  Adc adc(spec);
  EXPECT_NEAR(adc.peak_power().si(), 2e-3 * growth, 1e-12);
  EXPECT_NEAR(adc.action(Verb::Convert)->energy.si(), 5e-12 * growth, 1e-20);
}

TEST(Adc, SurveyModel) {  // values computed from the published fit by an independent script
  const Length node32 = Length::from_si(32e-9), node22 = Length::from_si(22e-9);
  const Frequency rate = Frequency::from_si(1.28e9);
  struct Row {
    int bits;
    double picojoules, square_micrometres;
  };
  for (Row row :
       {Row{4, 0.92, 5189}, Row{6, 1.06, 5414}, Row{8, 1.93, 6467}, Row{9, 5.5, 8861}, Row{10, 16.4, 12269}}) {
    EXPECT_NEAR(survey_energy(row.bits, rate, node32).si() * 1e12, row.picojoules, 0.005 * row.picojoules)
        << row.bits;
    EXPECT_NEAR(survey_area(row.bits, rate, node32).si() * 1e12, row.square_micrometres, 0.5) << row.bits;
  }
  EXPECT_NEAR(survey_energy(8, Frequency::from_si(2.1e9), node32).si() * 1e12, 2.67, 0.005);
  EXPECT_NEAR(survey_energy(8, rate, node22).si() * 1e12, 0.95, 0.005);
  EXPECT_NEAR(survey_area(8, rate, node22).si() * 1e12, 3610, 0.5);

  AdcSpec spec = isaac();
  spec.model = AdcModel::Survey;
  spec.rate = rate;
  spec.technology = node32;
  Adc adc(spec);
  EXPECT_NEAR(adc.action(Verb::Convert)->energy.si() * 1e12, 1.93, 0.005);
  EXPECT_NEAR(adc.peak_power().si(), survey_energy(8, rate, node32).si() * rate.si(), 1e-9);
}

TEST(Adc, ClipKeepsSmallSumsAndCutsLargeOnes) {
  AdcSpec spec = isaac();
  spec.bits = 7;
  Adc adc(spec);
  EXPECT_TRUE(adc.exact_up_to(127));
  EXPECT_FALSE(adc.exact_up_to(128));
  for (int64_t sum = 0; sum <= 255; ++sum) EXPECT_EQ(adc.convert(sum, 255), sum <= 127 ? sum : 127);
}

TEST(Adc, ScaleRoundsToTheNearestCode) {
  AdcSpec spec = isaac();
  spec.range = AdcRange::Scale;
  for (int bits : {1, 2, 5, 7, 8}) {
    spec.bits = bits;
    Adc adc(spec);
    for (int64_t largest : {1, 3, 100, 255, 384, 5000}) {
      for (int64_t sum = 0; sum <= largest; ++sum) {
        int64_t read = adc.convert(sum, largest);
        if (largest <= adc.most_code()) {
          EXPECT_EQ(read, sum);
          continue;
        }
        // Half a step of the codes, and half for the whole number it is told as.
        double step = static_cast<double>(largest) / static_cast<double>(adc.most_code());
        EXPECT_LE(std::abs(static_cast<double>(read - sum)), step / 2 + 0.5)
            << bits << ' ' << sum << ' ' << largest;
      }
      EXPECT_EQ(adc.convert(0, largest), 0);
      EXPECT_EQ(adc.convert(largest, largest), largest);
    }
  }
}

TEST(Adc, TransferTellsWhatConvertRounds) {
  for (AdcRange range : {AdcRange::Clip, AdcRange::Scale}) {
    for (int bits : {1, 2, 5, 7, 8}) {
      AdcSpec spec = isaac();
      spec.range = range;
      spec.bits = bits;
      const Adc adc(spec);
      for (int64_t largest : {1, 3, 100, 255, 384, 5000}) {
        const Transfer t = adc.transfer(0, static_cast<double>(largest), {});
        EXPECT_EQ(t.most, adc.most_code());
        EXPECT_EQ(t.zero, 0);
        const bool spread = range == AdcRange::Scale && largest > adc.most_code();
        EXPECT_DOUBLE_EQ(t.step, spread ? static_cast<double>(largest) / static_cast<double>(t.most) : 1.0);
        for (int64_t sum = 0; sum <= largest; ++sum) {
          const double told = t.value(t.code(static_cast<double>(sum)));
          const bool tie = (2 * sum * t.most + largest) % (2 * largest) == 0;  // between two codes
          EXPECT_NEAR(static_cast<double>(adc.convert(sum, largest)), told, tie ? t.step + 0.5 : 0.5 + 1e-9);
          EXPECT_LE(std::abs(told - static_cast<double>(sum)),
                    range == AdcRange::Clip ? std::max<double>(0, static_cast<double>(sum - t.most))
                                            : (t.step == 1 ? 0 : t.step / 2 + 1e-9));
        }
      }
    }
  }
}

TEST(Adc, RangeThatLosesNothing) {
  EXPECT_EQ(lossless_range(0, 255).bits, 8);
  EXPECT_EQ(lossless_range(0, 256).bits, 9);
  const LosslessRange signed_sums = lossless_range(-100, 155);
  EXPECT_EQ(signed_sums.bits, 8);
  EXPECT_EQ(signed_sums.range, (ConverterRange{-100, 1}));
  AdcSpec spec = isaac();
  spec.range = AdcRange::Scale;
  EXPECT_EQ(Adc(spec).placed(-100, 155), signed_sums.range);
  EXPECT_EQ(Adc(spec).placed(-100, 410), (ConverterRange{-100, 2}));
  spec.range = AdcRange::Clip;  // a converter for sums of both signs has its zero in the middle
  EXPECT_EQ(Adc(spec).placed(-300, 300), (ConverterRange{-128, 1}));
  EXPECT_EQ(Adc(spec).placed(20, 300), (ConverterRange{0, 1}));
}

TEST(Adc, FixedRangeInStepsAndShares) {
  AdcSpec spec = isaac();
  spec.range = AdcRange::Fixed;
  spec.low = -51;
  spec.high = 459;
  EXPECT_EQ(Adc(spec).placed(0, 1000), (ConverterRange{-51, 2}));
  EXPECT_FALSE(Adc(spec).exact_up_to(10));
  EXPECT_EQ(Adc(spec).convert(700, 1000), 459);
  EXPECT_EQ(Adc(spec).convert(8, 1000), 9);
  spec.low = 0;
  spec.high = 255;
  EXPECT_TRUE(Adc(spec).exact_up_to(255));
  EXPECT_FALSE(Adc(spec).exact_up_to(256));
  spec.bounds = AdcBounds::Share;
  spec.high = 0.5;
  EXPECT_EQ(Adc(spec).placed(0, 1020), (ConverterRange{0, 2}));
}

TEST(Adc, CalibratedRangeFollowsTheData) {
  AdcSpec spec = isaac();
  spec.bits = 4;
  spec.range = AdcRange::Calibrated;
  SumHistogram seen;
  for (int sum = 20; sum <= 320; ++sum) seen.add(sum);
  seen.add(900);
  spec.calibration = AdcCalibration::MinMax;
  EXPECT_EQ(Adc(spec).placed(0, 1500, &seen), (ConverterRange{20, 880.0 / 15}));
  EXPECT_EQ(Adc(spec).placed(0, 1500), (ConverterRange{0, 100}));  // nothing is known
  spec.calibration = AdcCalibration::Percentile;
  spec.percentile = 99;
  const ConverterRange most = Adc(spec).placed(0, 1500, &seen);
  EXPECT_EQ(most.zero, 21);
  EXPECT_DOUBLE_EQ(most.zero + 15 * most.step, 320);
  spec.calibration = AdcCalibration::Mse;
  const ConverterRange best = Adc(spec).placed(0, 1500, &seen);
  EXPECT_LT(seen.squared_error(best, 15), 0.9 * seen.squared_error({20, 880.0 / 15}, 15));
  // Few sums need no calibration, neither of all that can be nor of those that were.
  SumHistogram few;
  for (int sum = 30; sum <= 45; ++sum) few.add(sum);
  EXPECT_EQ(Adc(spec).placed(0, 15, &seen), (ConverterRange{0, 1}));
  EXPECT_EQ(Adc(spec).placed(0, 1500, &few), (ConverterRange{30, 1}));
}

TEST(Adc, LosslessBitsAreIsaacsEquations) {
  for (int log_rows = 0; log_rows <= 10; ++log_rows) {
    for (int v = 1; v <= 4; ++v) {
      for (int w = 1; w <= 4; ++w) {
        int equation = v > 1 && w > 1 ? log_rows + v + w : log_rows + v + w - 1;
        EXPECT_EQ(lossless_bits(int64_t{1} << log_rows, v, w), equation) << log_rows << ' ' << v << ' ' << w;
      }
    }
  }
  EXPECT_EQ(lossless_bits(128, 1, 2), 9);
  EXPECT_EQ(lossless_bits(100, 1, 1), 7);  // 100 fits in 7 bits
}

}  // namespace
}  // namespace ohmweave::circuit
