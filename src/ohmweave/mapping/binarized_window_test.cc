// SPDX-License-Identifier: Apache-2.0
// Sums over windows with weights of one bit: against plain arithmetic, layers against the float reference,
// counts.
#include "ohmweave/logic/binarized_window.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ohmweave/base/random.h"
#include "ohmweave/logic/stacked_adder.h"
#include "ohmweave/logic/testing/checks.h"
#include "ohmweave/logic/testing/pages.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::mapping {

using namespace logic;
namespace {

using base::RandomStream;
using logic::LogicProgram;

uint64_t ones(int bits) { return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1; }

/// Numbers side by side in the words of a row, `bits` each.
void pack(const std::vector<uint64_t>& numbers, int bits, std::vector<uint64_t>& words) {
  const size_t first = words.size();
  words.resize(first + (numbers.size() * static_cast<size_t>(bits) + 63) / 64);
  for (size_t i = 0; i < numbers.size(); ++i)
    for (int bit = 0; bit < bits; ++bit) {
      const size_t at = i * static_cast<size_t>(bits) + static_cast<size_t>(bit);
      words[first + at / 64] |= (numbers[i] >> bit & 1) << at % 64;
    }
}

/// An input as a pattern of `bits`: half of them at the ends of the range.
uint64_t draw(int bits, RandomStream& random) {
  const uint64_t corners[] = {0, ones(bits), uint64_t{1} << (bits - 1), ones(bits) >> 1};
  return random.below(2) == 0 ? corners[random.below(4)] : random.next64() & ones(bits);
}

uint64_t value_of(uint64_t pattern, int bits, bool negative) {
  const bool below_zero = negative && (pattern >> (bits - 1) & 1) != 0;
  return below_zero ? pattern | ~ones(bits) : pattern;
}

void expect_sums(const BinarizedWindow& window, int64_t rows, RandomStream& random) {
  LogicValues operands(3);
  std::vector<uint64_t> want;
  for (int64_t row = 0; row < rows; ++row) {
    uint64_t sum = draw(window.sum_bits, random);
    operands[0].push_back(sum);
    std::vector<uint64_t> inputs, weights;
    for (int tap = 0; tap < window.taps; ++tap) {
      inputs.push_back(draw(window.bits, random));
      weights.push_back(random.below(2));
      const uint64_t x = value_of(inputs.back(), window.bits, window.negative_inputs);
      sum = weights.back() == 1 ? sum + x : sum - x;
    }
    pack(inputs, window.bits, operands[1]);
    pack(weights, 1, operands[2]);
    want.push_back(sum & ones(window.sum_bits));
  }
  EXPECT_EQ(logic::testing::results_in_used_rows(binarized_window(window), operands), want)
      << window.taps << " taps of " << window.bits << " bits into " << window.sum_bits;
}

TEST(BinarizedWindow, SumsOfAnyWidthsEqualPlainArithmetic) {
  RandomStream random(1, 0, base::key_of("windows"));
  for (int bits = 1; bits <= 12; ++bits)
    for (int sum_bits = std::max(2, bits); sum_bits <= 2 * bits + 5; ++sum_bits)  // inputs end in either half
      for (const bool negative : {false, true})
        expect_sums({1 + static_cast<int>(random.below(3)), bits, negative, sum_bits}, 200, random);
  for (int i = 0; i < 40; ++i) {
    const int bits = 1 + static_cast<int>(random.below(64));
    const int sum_bits =
        std::max(2, bits) + static_cast<int>(random.below(static_cast<uint64_t>(65 - std::max(2, bits))));
    expect_sums({1 + static_cast<int>(random.below(30)), bits, i % 2 == 0, sum_bits}, 70, random);
  }
}

TEST(BinarizedWindow, SumsAreWideEnoughForAllInputsAtTheirEnds) {
  for (const int bits : {1, 2, 3, 4, 8})
    for (const int taps : {1, 2, 3, 4, 8, 9, 16, 27})
      for (const bool negative : {false, true}) {
        const int64_t least = negative ? -(int64_t{1} << (bits - 1)) : 0;
        const int64_t most = (int64_t{1} << (negative ? bits - 1 : bits)) - 1;
        const int64_t largest = taps * std::max(most, -least);  // of either sign, by the weights
        const int width = exact_sum_bits(taps, bits, negative);
        EXPECT_LT(largest, int64_t{1} << (width - 1));
        EXPECT_GE(largest, int64_t{1} << (width - 2));
      }
}

TEST(BinarizedWindow, CyclesOfItsClosedForm) {
  for (const int bits : {4, 8, 16, 32})
    for (const int sum_bits : {bits, bits + 2, bits + 5}) {
      const int high = sum_bits - sum_bits / 2, low_inputs = std::min(bits, sum_bits / 2);
      const int high_inputs = bits - low_inputs;
      const auto cycles = [&](int taps) {
        return count(binarized_window({taps, bits, true, sum_bits})).cycles;
      };
      const int add = 13 * high + std::max(1, high_inputs) + 1 + (high + 6) / 7;
      const int weight = 3 + 5 * std::max(low_inputs, high_inputs) + (high_inputs == 0 ? 1 : 0);
      EXPECT_EQ(cycles(1), 1 + add + weight) << bits << " " << sum_bits;
      EXPECT_EQ(cycles(9), 1 + 9 * (add + weight)) << bits << " " << sum_bits;
    }
}

TEST(BinarizedWindow, TheOriginalMultipliesAndAdds) {
  RandomStream random(2, 0, base::key_of("original"));
  for (const int bits : {2, 3, 4, 7, 8, 16, 31, 32}) {
    const LogicProgram program = original_accumulate(bits);
    EXPECT_EQ(count(program).cycles, 13 * bits * bits - 14 * bits + 6 + 12 * bits + 1);
    EXPECT_EQ(program.bitlines, 20 * bits - 5 + 2 * bits);
    LogicValues operands(3);
    std::vector<uint64_t> want;
    for (int row = 0; row < 300; ++row) {
      for (auto& operand : operands) operand.push_back(draw(bits, random));
      want.push_back((operands[0].back() * operands[1].back() + operands[2].back()) & ones(bits));
    }
    EXPECT_EQ(logic::testing::results_in_used_rows(program, operands), want) << bits;
  }
}

TEST(BinarizedSaving, OfTheProgramsThemselves) {
  const BinarizedSaving saving = binarized_saving(8, 9), alone = stacked_addition_saving(8);
  const LogicProgram tap = binarized_window({1, 8, true, 12});
  EXPECT_EQ(saving.original_cycles, 823);  // 726 + 97
  EXPECT_EQ(saving.original_cells, 171);
  EXPECT_EQ(saving.cycles, count(tap).cycles);
  EXPECT_EQ(saving.cells, tap.bitlines);
  EXPECT_EQ(saving.footprint, footprint(tap));
  EXPECT_DOUBLE_EQ(saving.time_saving(), 823.0 / static_cast<double>(saving.cycles));
  EXPECT_DOUBLE_EQ(saving.area_saving(), 171.0 / saving.footprint);
  EXPECT_DOUBLE_EQ(saving.cell_saving(), 171.0 / saving.cells);
  EXPECT_EQ(alone.cycles, count(stacked_sum(8)).cycles);
}

/// 5 to 42.5 by bits is what the paper says of time; we count from 4 bits to 32.
TEST(BinarizedSaving, GrowsWithTheBitsOfInputs) {
  for (int bits = 5; bits <= 32; ++bits) {
    EXPECT_GT(binarized_saving(bits, 9).time_saving(), binarized_saving(bits - 1, 9).time_saving());
    EXPECT_GT(binarized_saving(bits, 9).time_saving(), 2.5);
    EXPECT_LT(binarized_saving(bits, 9).time_saving(), 42.5);
  }
  EXPECT_GT(stacked_addition_saving(4).time_saving(), 5);
  EXPECT_GT(stacked_addition_saving(32).time_saving(), 42.5);
}

std::string table() {
  std::string text =
      "\n| bits of an input | original: cycles, cells | a tap: cycles, covers, cells | saves time, area, cells "
      "| "
      "addition alone: cycles, covers | saves time, area |\n|---|---|---|---|---|---|\n";
  for (const int bits : {4, 6, 8, 12, 16, 24, 32}) {
    const BinarizedSaving tap = binarized_saving(bits, 9), alone = stacked_addition_saving(bits);
    text += fmt::format("| {} | {}, {} | {}, {}, {} | {:.1f}, {:.1f}, {:.1f} | {}, {} | {:.1f}, {:.1f} |\n",
                        bits, tap.original_cycles, tap.original_cells, tap.cycles, tap.footprint, tap.cells,
                        tap.time_saving(), tap.area_saving(), tap.cell_saving(), alone.cycles, alone.footprint,
                        alone.time_saving(), alone.area_saving());
  }
  return text + "\n";
}

TEST(BinarizedSaving, TableOfThePageIsOfThePrograms) { testing::expect_counts("bnn3d.md", table()); }

// --- whole layers
// -----------------------------------------------------------------------------------------------

struct Layer {
  int channels, height, width, kernel, stride, pad, filters, bits;
  bool negative;  // inputs
  std::vector<int> inputs, weights, biases;

  int rows() const { return (height + 2 * pad - kernel) / stride + 1; }
  int columns() const { return (width + 2 * pad - kernel) / stride + 1; }
  int taps() const { return channels * kernel * kernel; }
};

Layer random_layer(RandomStream& random) {
  const auto between = [&](int low, int high) {
    return low + static_cast<int>(random.below(static_cast<uint64_t>(high - low + 1)));
  };
  Layer layer{between(1, 4),
              between(5, 9),
              between(5, 9),
              between(1, 5),
              between(1, 2),
              between(0, 2),
              between(1, 6),
              between(1, 9),
              random.below(2) == 0,
              {},
              {},
              {}};
  const int least = layer.negative ? -(1 << (layer.bits - 1)) : 0;
  for (int i = 0; i < layer.channels * layer.height * layer.width; ++i)
    layer.inputs.push_back(between(least, least + (1 << layer.bits) - 1));
  for (int i = 0; i < layer.filters * layer.taps(); ++i) layer.weights.push_back(random.below(2) == 0 ? -1 : 1);
  for (int i = 0; i < layer.filters; ++i) layer.biases.push_back(between(-20, 20));
  return layer;
}

/// The inputs under the window of an output position, 0 outside of the picture.
std::vector<uint64_t> under_window(const Layer& layer, int row, int column) {
  std::vector<uint64_t> taps;
  for (int channel = 0; channel < layer.channels; ++channel)
    for (int i = 0; i < layer.kernel; ++i)
      for (int j = 0; j < layer.kernel; ++j) {
        const int y = row * layer.stride + i - layer.pad, x = column * layer.stride + j - layer.pad;
        const bool inside = y >= 0 && y < layer.height && x >= 0 && x < layer.width;
        const int value = inside ? layer.inputs[(channel * layer.height + y) * layer.width + x] : 0;
        taps.push_back(static_cast<uint64_t>(value) & ones(layer.bits));
      }
  return taps;
}

/// Output position by row, filter after filter.
std::vector<float> in_rows(const Layer& layer) {
  const int sum_bits = exact_sum_bits(layer.taps(), layer.bits, layer.negative) + 5;  // and a bias
  const LogicProgram program = binarized_window({layer.taps(), layer.bits, layer.negative, sum_bits});
  LogicValues operands(3);
  for (int row = 0; row < layer.rows(); ++row)
    for (int column = 0; column < layer.columns(); ++column)
      pack(under_window(layer, row, column), layer.bits, operands[1]);
  std::vector<float> results;
  for (int filter = 0; filter < layer.filters; ++filter) {
    std::vector<uint64_t> weights;
    for (int tap = 0; tap < layer.taps(); ++tap)
      weights.push_back(layer.weights[filter * layer.taps() + tap] > 0 ? 1 : 0);
    operands[0].assign(static_cast<size_t>(layer.rows() * layer.columns()),
                       static_cast<uint64_t>(layer.biases[filter]) & ones(sum_bits));
    operands[2].clear();
    for (size_t position = 0; position < operands[0].size(); ++position) pack(weights, 1, operands[2]);
    for (const uint64_t sum : logic::testing::results_in_used_rows(program, operands))
      results.push_back(static_cast<float>(static_cast<int64_t>(value_of(sum, sum_bits, true))));
  }
  return results;
}

std::vector<float> as_floats(const std::vector<int>& numbers) { return {numbers.begin(), numbers.end()}; }

/// Whole numbers this small are exact in float, in any order of additions.
TEST(BinarizedWindow, LayersEqualThoseOfTheFloatReference) {
  RandomStream random(3, 0, base::key_of("layers"));
  for (int i = 0; i < 15; ++i) {
    const Layer layer = random_layer(random);
    const int64_t k = layer.kernel, s = layer.stride, p = layer.pad;
    const tensor::Tensor expected = network::apply(
        network::Op::Conv,
        {network::floats({1, layer.channels, layer.height, layer.width}, as_floats(layer.inputs)),
         network::floats({layer.filters, layer.channels, k, k}, as_floats(layer.weights)),
         network::floats({layer.filters}, as_floats(layer.biases))},
        {{"strides", network::Integers{s, s}}, {"pads", network::Integers{p, p, p, p}}});
    EXPECT_EQ(in_rows(layer), network::values<float>(expected)) << i;
  }
}

}  // namespace
}  // namespace ohmweave::mapping
