// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/composed_crossbar.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <gmock/gmock.h>

#include "ohmweave/array/composed_plan.h"
#include "ohmweave/array/part_sums.h"
#include "ohmweave/array/testing/composing_periphery.h"
#include "ohmweave/base/random.h"

namespace ohmweave::array {
namespace {

using circuit::Verb;
using ::testing::ElementsAre;

struct Design {  // PRIME's mat unless told otherwise
  int64_t rows = 256, columns = 256;
  int cell_bits = 4, dac_bits = 3, amplifier_bits = 6;
  double amplifiers = 8;
  SumWindow window = SumWindow::Full;
  double percentile = 95;
};

std::shared_ptr<ComposedCrossbar> crossbar(const Design& s) {
  circuit::DacSpec dac;
  dac.bits = s.dac_bits;
  circuit::SenseAmplifierSpec amplifier;
  amplifier.bits = s.amplifier_bits;
  ComposedCrossbarSpec spec;
  spec.rows = s.rows;
  spec.columns = s.columns;
  spec.cell.bits = s.cell_bits;
  spec.read_pulse = units::Time::from_si(50e-9);
  spec.window = s.window;
  spec.percentile = s.percentile;
  return std::make_shared<ComposedCrossbar>(spec,
                                            testing::composing_periphery(dac, s.rows, amplifier, s.amplifiers));
}

ProductFormats formats(int input, bool is_signed, int weight) { return {{input, is_signed}, {weight, true}}; }
const ProductFormats kPrime{{6, false}, {8, true}};

std::vector<int> kept(const ComposedPlan& plan) {
  std::vector<int> out;
  for (const SumPart& p : plan.parts) out.push_back(p.kept.count);
  return out;
}

int64_t count(const Plan& plan, Verb verb) {
  int64_t n = 0;
  for (const Use& use : plan.uses) n += use.verb == verb ? use.count : 0;
  return n;
}

std::vector<int32_t> codes(base::RandomStream& random, int64_t n, const tensor::FixedPoint& f) {
  std::vector<int32_t> out(static_cast<size_t>(n));
  for (int32_t& c : out) {
    const uint64_t pick = random.below(6);
    const auto span = static_cast<uint64_t>(f.most() - f.least()) + 1;
    c = pick == 0 ? f.least() : pick == 1 ? f.most() : f.least() + static_cast<int32_t>(random.below(span));
  }
  return out;
}

/// The composing scheme as it is defined (PRIME, section III-D), one sum after the other and digit by digit;
/// knows nothing of plans and kernels. `window`: bits that a sum over an array is taken to have.
std::vector<int64_t> composed(const Design& d, const ProductShape& s, const ProductFormats& f, int window,
                              const std::vector<int32_t>& w, const std::vector<int32_t>& x, int64_t vectors) {
  const bool offset = f.input.is_signed && d.dac_bits > 1;
  const int32_t added = offset ? 1 << (f.input.bits - 1) : 0;
  const int bottom = std::max(window - d.amplifier_bits, 0);
  std::vector<int64_t> out;
  for (int64_t v = 0; v < vectors; ++v) {
    for (int64_t o = 0; o < s.groups * s.outputs; ++o) {
      const int32_t* in = x.data() + (v * s.groups + o / s.outputs) * s.rows;
      const int32_t* held = w.data() + o * s.rows;
      int64_t result = 0;
      for (int64_t first = 0; first < s.rows; first += d.rows) {
        const int64_t end = std::min(s.rows, first + d.rows);
        for (int i = 0; i < f.input.bits; i += d.dac_bits) {
          for (int j = 0; j < f.weight.bits; j += d.cell_bits) {
            int64_t sum = 0;  // of the part: the currents of both crossbars, one taken off the other
            for (int64_t r = first; r < end; ++r) {
              const int32_t mask = (1 << f.input.bits) - 1;
              const int64_t digit = ((in[r] + added) & mask) >> i & ((1 << d.dac_bits) - 1);
              const int64_t level = std::abs(held[r]) >> j & ((1 << d.cell_bits) - 1);
              sum += digit * (held[r] < 0 ? -level : level);
            }
            if (f.input.is_signed && !offset && i + 1 == f.input.bits) sum = -sum;
            // Bits of it that lie from `bottom` to the window's end, where it saturates.
            const int place = i + j, shift = std::max(bottom - place, 0);
            const int top = std::max(window - place, shift);
            const int64_t magnitude = std::min(std::abs(sum) >> shift, (int64_t{1} << (top - shift)) - 1)
                                      << shift << place;
            result += sum < 0 ? -magnitude : magnitude;
          }
        }
      }
      for (int64_t r = 0; r < s.rows; ++r) result -= int64_t{added} * held[r];
      out.push_back(result);
    }
  }
  return out;
}

TEST(Compose, KeepsTheBitsThatThePaperNames) {
  const auto plan = plan_composed(*crossbar({}), {256, 100, 1}, kPrime);
  EXPECT_EQ(plan->full_window, 22);
  EXPECT_EQ(plan->result_place, 16);
  EXPECT_THAT(kept(*plan), ElementsAre(0, 3, 2, 6));  // LL, low input x high weight, the reverse, HH
  EXPECT_EQ(count(*plan, Verb::Convert), 100 * (3 + 2 + 6));
  EXPECT_EQ(count(*plan, Verb::Add), 100 * 3);
}

TEST(Compose, EachAmplifierServesItsColumnsOneAfterTheOther) {
  const auto plan = plan_composed(*crossbar({}), {256, 128, 1}, kPrime);
  // 32 columns of each: 16 weights. Low inputs: 16 x 3 steps, high ones: 16 x (2 + 6), each after the pulse.
  EXPECT_EQ(plan->interval, units::to_picoseconds(units::Time::from_si((50 + 48 + 50 + 128) * 1e-9)));
  EXPECT_EQ(plan->latency, plan->interval + 1000);
}

TEST(Compose, CopiesShareAnArrayAlongItsDiagonal) {
  const auto x = crossbar({});
  auto copies = [&](const ProductShape& s) { return x->plan(s, kPrime)->copies_per_array; };
  EXPECT_EQ(copies({128, 1, 1}), 2);  // the paper's example: 128-1 becomes 256-2
  EXPECT_EQ(copies({25, 20, 1}), 6);  // 40 of 256 columns
  EXPECT_EQ(copies({129, 1, 1}), 1);
  EXPECT_EQ(copies({256, 129, 1}), 1);  // two arrays
  EXPECT_EQ(copies({9, 1, 10}), 2);     // ten groups of 9 rows
}

TEST(Compose, SumsAsNarrowAsTheAmplifiersAreExact) {
  const Design narrow{.rows = 2, .columns = 8, .cell_bits = 2, .dac_bits = 1};
  EXPECT_TRUE(crossbar(narrow)->plan({2, 3, 1}, formats(2, false, 3))->lossless);   // 2 + 3 + 1 bits
  EXPECT_FALSE(crossbar(narrow)->plan({2, 3, 1}, formats(3, false, 3))->lossless);  // one more
}

class Random : public ::testing::TestWithParam<int> {};

/// Values and counts of random designs and products are those of the definition and the plan.
TEST_P(Random, IsBitExactAndCountsWhatThePlanSays) {
  base::RandomStream random(7, static_cast<uint64_t>(GetParam()), 0);
  auto between = [&](int64_t least, int64_t most) {
    return least + static_cast<int64_t>(random.below(static_cast<uint64_t>(most - least + 1)));
  };
  Design d;
  d.rows = between(1, 3) == 1 ? 256 : between(1, 300);
  d.cell_bits = static_cast<int>(between(1, 8));
  d.dac_bits = static_cast<int>(between(1, 8));
  d.amplifier_bits = static_cast<int>(between(1, 8));
  d.columns = between(16, 80);
  const ProductFormats f{{static_cast<int>(between(1, 16)), between(0, 1) == 1},
                         {static_cast<int>(between(1, 16)), true}};
  const ProductShape s{between(1, 700), between(1, 70), between(1, 4) == 1 ? between(2, 5) : 1};
  const auto x = crossbar(d);
  const auto plan = x->plan(s, f);
  const int64_t vectors = between(1, 9);
  const auto weights = codes(random, s.groups * s.outputs * s.rows, f.weight);
  const auto inputs = codes(random, vectors * s.groups * s.rows, f.input);
  std::vector<int64_t> sums(static_cast<size_t>(vectors * s.groups * s.outputs));
  Tally tally;
  x->program(plan, weights, 0, 0)->multiply(inputs, vectors, sums, tally);
  int rows_bits = 0;
  while ((int64_t{1} << rows_bits) < d.rows) ++rows_bits;
  EXPECT_EQ(sums, composed(d, s, f, f.input.bits + f.weight.bits + rows_bits, weights, inputs, vectors));
  for (const Use& use : plan->uses)
    EXPECT_EQ((tally[{use.on, use.verb}]), use.count * vectors) << config::word_of(use.verb);
}
INSTANTIATE_TEST_SUITE_P(Shapes, Random, ::testing::Range(0, 60));

/// The window that calibration data ask for, from sums that are exact meanwhile.
TEST(Windows, FollowTheSumsThatDataMake) {
  base::RandomStream random(3, 0, 0);
  const ProductShape shape{300, 20, 1};
  const auto weights = codes(random, shape.outputs * shape.rows, kPrime.weight);
  constexpr int64_t kSamples = 50;
  std::vector<int32_t> inputs = codes(random, kSamples * shape.rows, kPrime.input);
  for (int32_t& x : inputs) x /= 8;
  for (const double percentile : {100.0, 95.0}) {
    Design d;
    d.window = SumWindow::Calibrated;
    d.percentile = percentile;
    const auto x = crossbar(d);
    ASSERT_TRUE(x->wants_sums());
    const auto full = plan_composed(*x, shape, kPrime);
    EXPECT_EQ(full->window, full->full_window) << "nothing is known yet";
    std::vector<int64_t> sums(static_cast<size_t>(kSamples * shape.outputs));
    SeenSums seen;
    x->program(full, weights, 0, 0)->observe(inputs, kSamples, sums, seen);
    // Sums over the rows of each array, here of the first 256 and of the others.
    int64_t largest = 0;
    for (int64_t v = 0; v < kSamples; ++v) {
      for (int64_t o = 0; o < shape.outputs; ++o) {
        int64_t sum = 0, all = 0;
        for (int64_t r = 0; r < shape.rows; ++r) {
          if (r == d.rows) sum = 0;
          const int64_t product = int64_t{weights[static_cast<size_t>(o * shape.rows + r)]} *
                                  inputs[static_cast<size_t>(v * shape.rows + r)];
          sum += product, all += product;
          if (r == d.rows - 1 || r == shape.rows - 1) largest = std::max(largest, std::abs(sum));
        }
        ASSERT_EQ(sums[static_cast<size_t>(v * shape.outputs + o)], all);
      }
    }
    const auto plan = plan_composed(*x, shape, kPrime, &seen);
    EXPECT_LT(plan->window, plan->full_window);
    if (percentile == 100) {
      EXPECT_GT(int64_t{1} << plan->window, largest);
      EXPECT_LE(int64_t{1} << (plan->window - 1), largest);
    }
    EXPECT_GT(count(*plan, Verb::Convert), count(*full, Verb::Convert))
        << "more bits of the low parts are kept";
    std::vector<int64_t> results(sums.size());
    Tally tally;
    x->program(plan, weights, 0, 0)->multiply(inputs, kSamples, results, tally);
    EXPECT_EQ(results, composed(d, shape, kPrime, plan->window, weights, inputs, kSamples));
  }
}

/// What is said of the errors of a window is so, in arrays of one above the other each for itself.
TEST(Windows, TellHowFarResultsAreOff) {
  base::RandomStream random(4, 0, 0);
  const ProductShape shape{200, 20, 1};
  const auto weights = codes(random, shape.outputs * shape.rows, kPrime.weight);
  constexpr int64_t kSamples = 30;  // all are tried
  const std::vector<int32_t> inputs = codes(random, kSamples * shape.rows, kPrime.input);
  Design d;
  d.window = SumWindow::Calibrated;
  const auto x = crossbar(d);
  std::vector<int64_t> sums(static_cast<size_t>(kSamples * shape.outputs));
  SeenSums seen;
  x->program(x->plan(shape, kPrime), weights, 0, 0)->observe(inputs, kSamples, sums, seen);
  for (int bits = d.amplifier_bits; bits <= 22; ++bits) {
    const std::vector<int64_t> results = composed(d, shape, kPrime, bits, weights, inputs, kSamples);
    double errors = 0, squares = 0;
    for (size_t k = 0; k < sums.size(); ++k) {
      errors += std::pow(static_cast<double>(results[k] - sums[k]), 2);
      squares += std::pow(static_cast<double>(sums[k]), 2);
    }
    EXPECT_NEAR(seen.error_of(bits), std::sqrt(errors / squares), 1e-9) << bits;
  }
}

TEST(Windows, LeaveOutThePercentile) {
  SeenSums seen;
  seen.magnitudes[5] = 900;
  seen.magnitudes[9] = 90;
  seen.magnitudes[12] = 10;
  EXPECT_EQ(seen.bits_of(100), 12);
  EXPECT_EQ(seen.bits_of(99), 9);
  EXPECT_EQ(seen.bits_of(98), 9);
  EXPECT_EQ(seen.bits_of(90), 5);
}

/// Every kernel gives the sums of plain arithmetic, for sums that are widened in between as well.
TEST(PartSums, KernelsAgreeWithPlainArithmetic) {
  base::RandomStream random(5, 0, 0);
  for (const int64_t groups : {1, 3, 64, 200}) {
    for (const auto& [digit, level] : {std::pair{7, 15}, {255, 63}, {1, 1}}) {
      constexpr int64_t kV = PartSums::kVectors, kO = PartSums::kOutputs;
      std::vector<uint8_t> x(static_cast<size_t>(kV * groups * 4));
      std::vector<int8_t> w(static_cast<size_t>(kO * groups * 4));
      for (uint8_t& v : x) v = static_cast<uint8_t>(random.below(4) == 0 ? digit : random.below(digit + 1));
      for (int8_t& v : w) v = static_cast<int8_t>(static_cast<int>(random.below(2 * level + 1)) - level);
      std::vector<int32_t> wanted(PartSums::kSums, 0), got(PartSums::kSums, -1);
      for (int64_t v = 0; v < kV; ++v) {
        for (int64_t o = 0; o < kO; ++o) {
          for (int64_t r = 0; r < groups * 4; ++r)
            wanted[static_cast<size_t>(v * kO + o)] += x[static_cast<size_t>(v * groups * 4 + r)] *
                                                       w[static_cast<size_t>((r / 4 * kO + o) * 4 + r % 4)];
        }
      }
      for (const PartSums::Kernel kernel : PartSums::kernels()) {
        kernel(x.data(), groups * 4, w.data(), groups, 32767 / (2 * digit * level), got.data());
        EXPECT_EQ(got, wanted) << groups << " groups of rows";
      }
    }
  }
}

}  // namespace
}  // namespace ohmweave::array
