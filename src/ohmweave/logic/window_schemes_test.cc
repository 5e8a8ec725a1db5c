// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/window_schemes.h"

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"
#include "ohmweave/logic/stacked_adder.h"
#include "ohmweave/logic/testing/checks.h"

namespace ohmweave::logic {
namespace {

constexpr WindowScheme kSchemes[] = {{WindowAdder::Stacked, WindowProduct::Add},
                                     {WindowAdder::Ripple, WindowProduct::Add},
                                     {WindowAdder::Ripple, WindowProduct::Multiply}};

uint64_t ones(int bits) { return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1; }

void pack(const std::vector<int64_t>& numbers, int bits, std::vector<uint64_t>& words) {
  const size_t first = words.size();
  words.resize(first + (numbers.size() * static_cast<size_t>(bits) + 63) / 64);
  for (size_t i = 0; i < numbers.size(); ++i)
    for (int bit = 0; bit < bits; ++bit) {
      const size_t at = i * static_cast<size_t>(bits) + static_cast<size_t>(bit);
      words[first + at / 64] |= (static_cast<uint64_t>(numbers[i]) >> bit & 1) << at % 64;
    }
}

LogicCosts charged(ChargedInits inits) {
  LogicCosts costs;
  costs.initialisation = inits;
  return costs;
}

void expect_sums(const WindowScheme& scheme, const BinarizedWindow& window, base::RandomStream& random) {
  const bool multiplies = scheme.product == WindowProduct::Multiply;
  const int factor = factor_bits(window);
  LogicValues operands(3);
  std::vector<uint64_t> want;
  for (int row = 0; row < 100; ++row) {
    uint64_t sum = random.next64() & ones(window.sum_bits);
    operands[0].push_back(sum);
    std::vector<int64_t> inputs, weights;
    for (int tap = 0; tap < window.taps; ++tap) {
      const int64_t least = window.negative_inputs ? -(int64_t{1} << (window.bits - 1)) : 0;
      auto x = least + static_cast<int64_t>(random.next64() & ones(window.bits));
      if (multiplies && x == least && window.negative_inputs) ++x;  // the original drops it
      const int64_t w = random.below(2) == 0 ? -1 : 1;
      inputs.push_back(x);
      weights.push_back(multiplies ? w : (w + 1) / 2);
      sum += static_cast<uint64_t>(x * w);
    }
    pack(inputs, multiplies ? factor : window.bits, operands[1]);
    pack(weights, multiplies ? factor : 1, operands[2]);
    want.push_back(sum & ones(window.sum_bits));
  }
  EXPECT_EQ(testing::results_in_used_rows(window_program(scheme, window), operands), want)
      << window.taps << " taps of " << window.bits << " bits into " << window.sum_bits;
}

TEST(WindowSchemes, SumsEqualPlainArithmetic) {
  base::RandomStream random(1, 0, base::key_of("window schemes"));
  for (const WindowScheme& scheme : kSchemes)
    for (int bits = 2; bits <= 16; ++bits)
      for (const bool negative : {false, true}) {
        const int taps = scheme.product == WindowProduct::Multiply ? 1 : 1 + static_cast<int>(random.below(6));
        for (const bool spread : {false, true})
          expect_sums(scheme, {taps, bits, negative, bits + 1 + static_cast<int>(random.below(12)), spread},
                      random);
      }
}

TEST(WindowSchemes, CyclesOfTheirClosedForms) {
  for (const int bits : {2, 4, 8, 16})
    for (const int sum_bits : {bits + 1, bits + 9}) {
      const LogicProgram one = window_program(kSchemes[2], {1, bits, true, sum_bits});
      EXPECT_EQ(count(one).cycles, 13 * bits * bits - 14 * bits + 6 + 12 * sum_bits + 1);
      EXPECT_EQ(count(window_program(kSchemes[1], {7, bits, true, sum_bits})).cycles,
                7 * (5 * bits + 10 * sum_bits + 2));
    }
}

/// Where all initialisations are charged nothing is estimated: the work is that of the program itself.
TEST(WindowSchemes, WorkOfManyTapsIsThatOfTheirProgram) {
  for (const WindowScheme& scheme : kSchemes) {
    if (scheme.product == WindowProduct::Multiply) continue;  // has programs of one tap only
    for (const int bits : {1, 2, 5, 8, 16})
      for (const int sum_bits : {bits + 2, bits + 6, 40}) {
        const LogicCosts costs = charged(ChargedInits::Every);
        const BinarizedWindow window{24, bits, bits % 2 == 0, sum_bits, bits > 2};
        const LogicProgram program = window_program(scheme, window);
        const WindowWork work = window_work(scheme, window, costs);
        const RowWork all = work.of(24), want = row_work(program, costs.initialisation);
        EXPECT_EQ(all.cycles, want.cycles);
        EXPECT_EQ(all.init_cycles, want.init_cycles);
        EXPECT_EQ(all.gates, want.gates);
        EXPECT_DOUBLE_EQ(all.sets, want.sets);
        EXPECT_DOUBLE_EQ(all.resets, want.resets);
        EXPECT_EQ(work.cells_fixed + 24 * work.cells_per_tap, program.bitlines);
        const int64_t columns = work.columns_fixed + 24 / work.taps_side_by_side * work.columns_per_tap;
        EXPECT_GE(columns, footprint(program));
        EXPECT_LE(columns, footprint(program) + 4);
      }
  }
}

/// Cells that switch when they are initialised, tap by tap, are as many as a long program switches.
TEST(WindowSchemes, SwitchedInitialisationsAreThoseOfTheRun) {
  const LogicCosts costs = charged(ChargedInits::Switched);
  for (const WindowScheme& scheme : {kSchemes[0], kSchemes[1]}) {
    const BinarizedWindow window{30, 8, true, 14};
    const double run = row_work(window_program(scheme, window), costs.initialisation).sets;
    EXPECT_NEAR(window_work(scheme, window, costs).of(30).sets / run, 1, 0.01);
    EXPECT_LT(run, 0.9 * row_work(window_program(scheme, window), ChargedInits::Every).sets);
  }
}

TEST(WindowSchemes, SumsAndDifferencesOfTwoNumbers) {
  base::RandomStream random(2, 0, base::key_of("sums"));
  for (const WindowAdder adder : {WindowAdder::Stacked, WindowAdder::Ripple})
    for (const int bits : {2, 3, 8, 17, 33, 64}) {
      LogicValues operands(2);
      std::vector<uint64_t> sums, differences;
      for (int row = 0; row < 100; ++row) {
        for (auto& operand : operands) operand.push_back(random.next64() & ones(bits));
        sums.push_back((operands[0].back() + operands[1].back()) & ones(bits));
        differences.push_back((operands[0].back() - operands[1].back()) & ones(bits));
      }
      EXPECT_EQ(testing::results_in_used_rows(sum_program(adder, bits), operands), sums) << bits;
      EXPECT_EQ(testing::results_in_used_rows(difference_program(adder, bits), operands), differences) << bits;
    }
}

TEST(WindowSchemes, TheLargerOfTwoNumbersAndRectifiedOnes) {
  base::RandomStream random(3, 0, base::key_of("larger"));
  for (const int bits : {2, 5, 16}) {
    LogicValues operands(3);
    std::vector<uint64_t> larger, rectified;
    for (int row = 0; row < 200; ++row) {
      const auto draw = [&] {
        return static_cast<int64_t>(random.below(uint64_t{1} << (bits - 1))) - (int64_t{1} << (bits - 2));
      };
      const int64_t a = draw(), b = draw();
      operands[0].push_back(static_cast<uint64_t>(a) & ones(bits));
      operands[1].push_back(static_cast<uint64_t>(b) & ones(bits));
      operands[2].push_back(static_cast<uint64_t>(a - b) >> (bits - 1) & 1);
      larger.push_back(static_cast<uint64_t>(std::max(a, b)) & ones(bits));
      rectified.push_back(static_cast<uint64_t>(std::max<int64_t>(a, 0)));
    }
    EXPECT_EQ(testing::results_in_used_rows(select_program(bits), operands), larger) << bits;
    operands.resize(1);
    EXPECT_EQ(testing::results_in_used_rows(rectify_program(bits), operands), rectified) << bits;
  }
}

}  // namespace
}  // namespace ohmweave::logic
