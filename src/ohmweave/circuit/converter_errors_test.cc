// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/converter_errors.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"
#include "ohmweave/circuit/linearity.h"

namespace ohmweave::circuit {
namespace {

constexpr int kMany = 3000;  // converters

struct Moments {
  double sum = 0, squares = 0;
  int64_t count = 0;
  void add(double x) { sum += x, squares += x * x, ++count; }
  double mean() const { return sum / static_cast<double>(count); }
  double variance() const { return squares / static_cast<double>(count) - mean() * mean(); }
};
/// Mean 0 and this variance, of normal values, within 3 standard errors.
void expect_variance(const Moments& m, double variance, const std::string& what) {
  const auto n = static_cast<double>(m.count);
  EXPECT_NEAR(m.mean(), 0, 3 * std::sqrt(variance / n)) << what;
  EXPECT_NEAR(m.variance() / variance, 1, 3 * std::sqrt(2 / n)) << what;
}
void expect_deviation(const ConverterErrors& errors, int bits, const std::string& what, double variance,
                      const std::function<double(const std::vector<double>&)>& of) {
  Moments m;
  for (int k = 0; k < kMany; ++k) {
    const Characteristic c = characteristic(bits, errors, {11, 7, k});
    ASSERT_EQ(c.thresholds.size(), (size_t{1} << bits) - 1) << what;
    m.add(of(c.thresholds));
  }
  expect_variance(m, variance, what);
}
/// How far threshold k, from 1, is off its place.
auto off(int k) {
  return [k](const std::vector<double>& t) { return t[static_cast<size_t>(k - 1)] - (k - 0.5); };
}
auto width(int k) {
  return [k](const std::vector<double>& t) {
    return t[static_cast<size_t>(k)] - t[static_cast<size_t>(k - 1)] - 1;
  };
}

ConverterErrors of(AdcCircuit circuit) {
  ConverterErrors e;
  e.circuit = circuit;
  return e;
}

// k units on and 2^N - k off: the level of code k has the variance k (2^N - k) / 2^N of a unit, 2^N / 4 in the
// middle, and the step to the highest bit that of all other units, 2^N - 1 (Razavi, Principles of Data
// Conversion System Design, chapter 4).
TEST(Sar, LevelsHaveTheVarianceOfTheirCapacitors) {
  ConverterErrors e = of(AdcCircuit::Sar);
  e.capacitor_mismatch = 0.004;
  for (int k : {1, 37, 128, 192, 255})
    expect_deviation(e, 8, "level " + std::to_string(k), 0.004 * 0.004 * k * (256 - k) / 256.0, off(k));
  expect_deviation(e, 8, "highest bit", 0.004 * 0.004 * 255, width(127));
  expect_deviation(e, 10, "middle of 10 bits", 0.004 * 0.004 * 256, off(512));
  e.capacitor_mismatch.reset();
  e.comparator_offset = 0.8;
  expect_deviation(e, 6, "comparator", 0.64, off(17));
}

TEST(Sar, MissesCodesButStaysMonotonic) {
  ConverterErrors e = of(AdcCircuit::Sar);
  e.capacitor_mismatch = 0.1;
  int64_t missing = 0;
  for (int k = 0; k < 200; ++k) {
    const Linearity l = linearity(transfer_of(8, e, {0, 1}, {3, 4, k}));
    EXPECT_TRUE(l.monotonic);
    missing += static_cast<int64_t>(l.missing.size());
    for (double w : l.dnl) EXPECT_GE(w, -1 - 1e-9);
  }
  EXPECT_GT(missing, 200);
}

TEST(Sar, SplitArrayIsTheSameUntilItsPartsAreOff) {
  for (int split : {1, 3, 5}) {
    ConverterErrors e = of(AdcCircuit::Sar);
    e.split_bits = split;
    const Characteristic c = characteristic(8, e, {});
    for (int k = 1; k <= 255; ++k) EXPECT_NEAR(off(k)(c.thresholds), 0, 1e-9) << split << ' ' << k;
    // Capacitance behind the bridge takes from all low bits alike: they reach 2^s - 1 times their weight, and
    // the bit above them has its own.
    e.bridge_parasitic = 0.5;
    const Characteristic p = characteristic(8, e, {});
    const double units = std::ldexp(1.0, split), bridge = units / (units - 1);
    const double ratio = bridge / (units + 0.5 + bridge);  // of a low unit to a high one
    const double low = p.thresholds[1] - p.thresholds[0];
    const double high =
        p.thresholds[static_cast<size_t>(2 * units) - 1] - p.thresholds[static_cast<size_t>(units) - 1];
    if (split > 1) {
      EXPECT_NEAR(low / high, ratio, 1e-9) << split;
    }
    EXPECT_GT(width((1 << split) - 1)(p.thresholds), 0);
  }
  // A unit of the high half counts 2^s codes: its mismatch does too.
  ConverterErrors e = of(AdcCircuit::Sar);
  e.capacitor_mismatch = 0.002;
  e.split_bits = 4;
  Moments binary, split;
  for (int k = 0; k < kMany; ++k) {
    split.add(width(127)(characteristic(8, e, {1, 1, k}).thresholds));
    ConverterErrors plain = e;
    plain.split_bits.reset();
    binary.add(width(127)(characteristic(8, plain, {1, 1, k}).thresholds));
  }
  EXPECT_GT(split.variance(), 10 * binary.variance());
}

TEST(Flash, LadderAndComparators) {
  ConverterErrors e = of(AdcCircuit::Flash);
  e.resistor_mismatch = 0.01;
  for (int k : {1, 16, 32, 63})
    expect_deviation(e, 6, "tap " + std::to_string(k), 1e-4 * k * (64 - k) / 64.0, off(k));
  e.resistor_mismatch.reset();
  e.comparator_offset = 0.1;  // the distances are 1: none changes places
  expect_deviation(e, 5, "comparator", 0.01, off(9));
}

TEST(Flash, EncodersDifferWhereComparatorsChangePlaces) {
  ConverterErrors e = of(AdcCircuit::Flash);
  e.comparator_offset = 0.7;
  ConverterErrors highest = e;
  highest.encoder = FlashEncoder::Priority;
  int64_t missing = 0;
  for (int k = 0; k < 50; ++k) {
    const Linearity counted = linearity(transfer_of(6, e, {0, 1}, {5, 6, k}));
    EXPECT_TRUE(counted.missing.empty());  // every comparator that fires counts
    EXPECT_TRUE(counted.monotonic);
    const Linearity first = linearity(transfer_of(6, highest, {0, 1}, {5, 6, k}));
    EXPECT_TRUE(first.monotonic);
    missing += static_cast<int64_t>(first.missing.size());
    // One that fires too early takes the code with it: never later than the count.
    const Transfer a = transfer_of(6, e, {0, 1}, {5, 6, k}), b = transfer_of(6, highest, {0, 1}, {5, 6, k});
    for (double sum = -1; sum < 65; sum += 0.37) EXPECT_GE(b.code(sum), a.code(sum));
  }
  EXPECT_GT(missing, 50);
}

TEST(Ramp, SharesItsSlopeAndNotItsComparators) {
  ConverterErrors e = of(AdcCircuit::Ramp);
  e.ramp_slope = 0.01;
  e.ramp_bow = 0.5;
  const Characteristic one = characteristic(8, e, {1, 2, 0});
  EXPECT_EQ(one.thresholds, characteristic(8, e, {1, 2, 77}).thresholds);
  EXPECT_NE(one.thresholds, characteristic(8, e, {1, 3, 0}).thresholds);
  e.comparator_offset = 0.3;
  const double shift = characteristic(8, e, {1, 2, 1}).thresholds[9] - one.thresholds[9];
  EXPECT_NE(shift, 0);
  EXPECT_NEAR(characteristic(8, e, {1, 2, 1}).thresholds[200] - one.thresholds[200], shift, 1e-9);
  Moments slope, bow;
  for (uint64_t place = 0; place < kMany; ++place) {
    const std::vector<double> t = characteristic(8, e, {1, place, 0}).thresholds;
    slope.add((t[254] - t[0]) / 254 - 1);
    bow.add(t[127] - (t[0] + t[254]) / 2);  // of the middle off the chord
  }
  const double chord = 4.0 / (256 * 256) * (128 * 128 - (1 * 255 + 255 * 1) / 2.0);
  expect_variance(slope, 1e-4, "slope");
  expect_variance(bow, 0.25 * chord * chord, "bow");
}

/// A pipelined converter, sample by sample.
int64_t staged(double sum, int bits, bool redundant, double lack, double ratio) {
  double v = (sum + 0.5) * std::ldexp(1.0, 1 - bits) - 1;
  int64_t code = 0;
  for (int k = 0; k < bits - (redundant ? 2 : 1); ++k) {
    const int d = redundant ? (v >= 0.25) - (v < -0.25) : (v >= 0 ? 1 : -1);
    code = 2 * code + d;
    v = (1 - lack) * ((1 + ratio) * v - ratio * d);
  }
  const int64_t top = int64_t{1} << (bits - 1);
  if (redundant) {
    code = 4 * code / 2 + top + (v >= -0.5) + (v >= 0) + (v >= 0.5) - 2;
  } else {
    code = code + top + (v >= 0) - 1;
  }
  return std::clamp<int64_t>(code, 0, 2 * top - 1);
}

TEST(Pipeline, IsWhatItsStagesDoOneAfterTheOther) {
  base::RandomStream random(1, 2, 3);
  for (int bits : {3, 6, 9}) {
    for (bool redundant : {true, false}) {
      for (double lack : {0.0, 0.01, 0.1}) {
        ConverterErrors e = of(bits % 2 == 0 ? AdcCircuit::Cyclic : AdcCircuit::Pipeline);
        e.stage_gain = lack;
        e.redundancy = redundant;
        Transfer t{0, 1, (int64_t{1} << bits) - 1, {}, {}, 0};
        const Characteristic c = characteristic(bits, e, {});
        t.thresholds = c.thresholds;
        t.codes = c.codes;
        for (int k = 0; k < 2000; ++k) {
          const double sum = random.uniform(-3, std::ldexp(1.0, bits) + 3);
          EXPECT_EQ(t.code(sum), staged(sum, bits, redundant, lack, 1))
              << bits << ' ' << redundant << ' ' << sum;
        }
      }
    }
  }
}

TEST(Pipeline, CorrectionForgivesComparators) {
  ConverterErrors e = of(AdcCircuit::Pipeline);
  e.sub_adc_offset = 0.04;  // less than a quarter of the reference, far into the tail
  double with = 0, without = 0;
  int64_t missing = 0;
  for (int k = 0; k < 200; ++k) {
    e.redundancy = true;
    const Linearity corrected = linearity(transfer_of(8, e, {0, 1}, {9, 9, k}));
    EXPECT_TRUE(corrected.missing.empty());
    with = std::max(with, corrected.most_inl);
    e.redundancy = false;
    const Linearity plain = linearity(transfer_of(8, e, {0, 1}, {9, 9, k}));
    without = std::max(without, plain.most_inl);
    missing += static_cast<int64_t>(plain.missing.size());
  }
  EXPECT_LT(with, 4 * 2 * 2 * 0.04);  // only the flash at the end, whose steps are half the reference
  EXPECT_GT(without, 4);
  EXPECT_GT(missing, 200);
}

// Where the first stage changes its decision, the residue falls by the reference; with a gain of 2 (1 - e) the
// code then rises by e 2^(N-2) too much.
TEST(Pipeline, LackOfGainMissesCodes) {
  ConverterErrors e = of(AdcCircuit::Pipeline);
  e.stage_gain = 0.03;
  const Linearity l = linearity(transfer_of(10, e, {0, 1}, {}));
  EXPECT_TRUE(l.monotonic);
  int64_t at_quarter = 0;  // missing codes around 3/8 of the range
  for (int64_t c : l.missing) at_quarter += c > 370 && c < 398 ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(at_quarter + 1), 0.03 * 256, 1);
}

TEST(Pipeline, TooMuchGainIsNotMonotonicAndCyclicRepeatsItsStage) {
  ConverterErrors e = of(AdcCircuit::Pipeline);
  e.stage_mismatch = 0.05;
  int falling = 0;  // converters whose code falls by more than one where a stage changes its mind
  for (int k = 0; k < 100; ++k) {
    const Characteristic c = characteristic(8, e, {1, 1, k});
    int32_t fall = 0;
    for (size_t j = 1; j < c.codes.size(); ++j) fall = std::max(fall, c.codes[j - 1] - c.codes[j]);
    falling += fall > 1 ? 1 : 0;
  }
  EXPECT_GT(falling, 30);
  EXPECT_LT(falling, 90);
  ConverterErrors cyclic = e;
  cyclic.circuit = AdcCircuit::Cyclic;
  EXPECT_NE(characteristic(8, e, {1, 1, 5}).thresholds, characteristic(8, cyclic, {1, 1, 5}).thresholds);
}

TEST(ConverterErrors, GivenErrorsHaveTheirDeviations) {
  ConverterErrors e;
  e.offset = 0.6;
  expect_deviation(e, 8, "offset", 0.36, off(100));
  e = {};
  e.gain_error = 0.01;
  expect_deviation(e, 8, "gain", 1e-4 * 199.5 * 199.5, off(200));
  e = {};
  e.inl = 1.5;
  expect_deviation(e, 8, "bow", 2.25, off(128));
  e = {};
  e.dnl = 0.05;  // a bridge from the first threshold to the last: k (n - k) / n of a step after k of n
  expect_deviation(e, 8, "width", 0.0025 * (1 - 1.0 / 254), width(60));
  expect_deviation(e, 8, "widths to the middle", 0.0025 * 127 * 127 / 254, off(128));
  expect_deviation(e, 6, "widths to a quarter", 0.0025 * 15 * 47 / 62.0, off(16));
}

TEST(ConverterErrors, TableIsFollowed) {
  ConverterErrors e;
  e.inl_table = {0, 2, -1, 0};
  const Characteristic c = characteristic(8, e, {});
  EXPECT_NEAR(off(1)(c.thresholds), 0, 1e-9);
  EXPECT_NEAR(off(128)(c.thresholds), 0.5, 1e-9);
  EXPECT_NEAR(off(255)(c.thresholds), 0, 1e-9);
  const Linearity l = linearity(transfer_of(8, e, {-40, 3}, {}));
  EXPECT_NEAR(l.most_inl, 2, 0.05);
  EXPECT_NEAR(l.inl[127], 0.5, 1e-9);
}

TEST(ConverterErrors, EveryConverterHasItsOwnAndAlwaysTheSame) {
  for (AdcCircuit circuit : {AdcCircuit::Ideal, AdcCircuit::Sar, AdcCircuit::Flash, AdcCircuit::Pipeline}) {
    ConverterErrors e = of(circuit);
    e.offset = 0.5;
    if (circuit == AdcCircuit::Sar) e.capacitor_mismatch = 0.02;
    if (circuit == AdcCircuit::Flash) e.resistor_mismatch = 0.02;
    if (circuit == AdcCircuit::Pipeline) e.stage_mismatch = 0.002;
    const Transfer a = transfer_of(7, e, {0, 2}, {1, 2, 3});
    EXPECT_EQ(a, transfer_of(7, e, {0, 2}, {1, 2, 3}));
    for (const Instance& other : {Instance{2, 2, 3}, Instance{1, 3, 3}, Instance{1, 2, 4}})
      EXPECT_NE(a, transfer_of(7, e, {0, 2}, other));
    Moments both;  // converters side by side have nothing in common
    auto first = [&](int k) { return off(1)(characteristic(7, e, {5, 2, k}).thresholds); };
    for (int k = 0; k < 2 * kMany; k += 2) both.add(first(k) * first(k + 1));
    EXPECT_NEAR(both.mean(), 0, 3 * std::sqrt(both.variance() / kMany));
  }
}

TEST(ConverterErrors, TransferIsPlacedInItsRange) {
  ConverterErrors e;
  e.noise = 0.4;
  const Transfer quiet = transfer_of(8, e, {-100, 2.5}, {});
  EXPECT_TRUE(quiet.ideal());
  EXPECT_DOUBLE_EQ(quiet.noise, 1.0);
  e.offset = 1;
  const Transfer t = transfer_of(8, e, {-100, 2.5}, {4, 5, 6});
  const Characteristic c = characteristic(8, e, {4, 5, 6});
  ASSERT_EQ(t.thresholds.size(), 255U);
  EXPECT_TRUE(t.codes.empty());
  for (size_t k = 0; k < 255; ++k) EXPECT_DOUBLE_EQ(t.thresholds[k], -100 + 2.5 * c.thresholds[k]);
  EXPECT_TRUE(std::is_sorted(t.thresholds.begin(), t.thresholds.end()));
}

TEST(Linearity, OfAnIdealConverter) {
  const Linearity l = linearity({-5, 3, 255, {}, {}, 0});
  EXPECT_NEAR(l.most_inl, 0, 1e-9);
  EXPECT_NEAR(l.most_dnl, 0, 1e-9);
  EXPECT_NEAR(l.offset, 0, 1e-12);
  EXPECT_NEAR(l.gain, 1, 1e-12);
  EXPECT_TRUE(l.missing.empty());
  EXPECT_NEAR(l.squared_error, 9.0 / 12, 1e-9);
  EXPECT_NEAR(l.effective_bits, 8, 1e-4);
  // Noise as large as that of quantising doubles the error: half a bit.
  EXPECT_NEAR(linearity({0, 1, 255, {}, {}, std::sqrt(1.0 / 12)}).effective_bits, 7.5, 1e-4);
}

}  // namespace
}  // namespace ohmweave::circuit
