// SPDX-License-Identifier: Apache-2.0
// Composed crossbars with wires that have resistance, and drivers whose levels are off. The oracle of wires is
// a sparse direct solver by others.
#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>

#include "ohmweave/array/composed_crossbar.h"
#include "ohmweave/array/composed_plan.h"
#include "ohmweave/array/testing/composing_periphery.h"
#include "ohmweave/array/testing/direct_solve.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"

namespace ohmweave::array {
namespace {

constexpr double kOn = 1e-4, kOff = 1e-6;  // siemens
const ProductFormats kFormats{{4, false}, {5, true}};

struct Options {
  int64_t rows = 12, columns = 18;
  std::optional<int64_t> wordline_columns = {};
  std::optional<WireSpec> wires = {};
  double driver_offset = 0, driver_mismatch = 0, noise = 0;  // the last: siemens of each cell and read
};

WireSpec ohms(double of_wires, double driver = 0, double sense = 0) {
  WireSpec out;
  out.resistance = units::Resistance::from_si(of_wires);
  out.driver = units::Resistance::from_si(driver);
  out.sense = units::Resistance::from_si(sense);
  out.keep = false;
  return out;
}

/// 2-bit digits, 3-bit cells (a weight of 5 bits has two), sense amplifiers of 8 bits.
std::shared_ptr<ComposedCrossbar> crossbar(const Options& o) {
  circuit::DacSpec dac;
  dac.bits = 2;
  if (o.driver_offset > 0) dac.offset = o.driver_offset;
  if (o.driver_mismatch > 0) dac.level_mismatch = o.driver_mismatch;
  circuit::SenseAmplifierSpec amplifier;
  amplifier.bits = 8;
  ComposedCrossbarSpec spec;
  spec.rows = o.rows;
  spec.columns = o.columns;
  spec.cell.bits = 3;
  spec.cell.on_resistance = units::Resistance::from_si(1 / kOn);
  spec.cell.off_resistance = units::Resistance::from_si(1 / kOff);
  if (o.noise > 0) {
    spec.cell.read_noise.emplace();
    spec.cell.read_noise->deviation = {o.noise, false};
  }
  spec.read_pulse = units::Time::from_si(50e-9);
  spec.wires = o.wires;
  spec.wordline_columns = o.wordline_columns;
  return std::make_shared<ComposedCrossbar>(spec, testing::composing_periphery(dac, o.rows, amplifier, 4));
}

std::vector<int32_t> codes(uint64_t seed, int64_t n, const tensor::FixedPoint& f) {
  base::RandomStream random(seed, 0, 0);
  std::vector<int32_t> out(static_cast<size_t>(n));
  const auto span = static_cast<uint64_t>(f.most() - f.least()) + 1;
  for (int32_t& c : out) c = f.least() + static_cast<int32_t>(random.below(span));
  return out;
}

/// What a column of one of the two crossbars conducts, in steps per digit of each row of a piece of a product,
/// by the circuits of whole arrays: [row of the group][output of the group][slice].
using Dense = std::vector<double>;

/// Drives row after row of a circuit with a volt and writes down what its columns give.
std::vector<double> transfer_of(const Wires& wires, int64_t rows, int64_t columns,
                                const std::vector<double>& siemens) {
  std::vector<double> out(siemens.size()), volts(static_cast<size_t>(rows), 0);
  for (int64_t r = 0; r < rows; ++r) {
    volts[static_cast<size_t>(r)] = 1;
    const auto solved = testing::direct_solution(wires, rows, columns, siemens, volts);
    std::copy(solved.currents.begin(), solved.currents.end(), out.begin() + r * columns);
    volts[static_cast<size_t>(r)] = 0;
  }
  return out;
}

/// One array: `level(row, column, sign)` of its cells in place; steps that they conduct behind wires, positive
/// less negative, rows x columns.
template <class Level>
std::vector<double> array_behind_wires(const Options& o, Level level) {
  const double step = (kOn - kOff) / 7;
  std::vector<double> out(static_cast<size_t>(o.rows * o.columns), 0);
  const int64_t width = o.wordline_columns.value_or(o.columns);
  for (const int sign : {1, -1}) {
    for (int64_t first = 0; first < o.columns; first += width) {
      const int64_t count = std::min(width, o.columns - first);
      std::vector<double> siemens;
      for (int64_t r = 0; r < o.rows; ++r) {
        for (int64_t c = first; c < first + count; ++c) siemens.push_back(kOff + step * level(r, c, sign));
      }
      const std::vector<double> t = transfer_of(o.wires->wires(), o.rows, count, siemens);
      for (int64_t r = 0; r < o.rows; ++r) {
        for (int64_t c = 0; c < count; ++c)
          out[static_cast<size_t>(r * o.columns + first + c)] +=
              sign * t[static_cast<size_t>(r * count + c)] / step;
      }
    }
  }
  return out;
}

/// Adds to `result` what the sense amplifiers keep of the parts of a column pair; false if one of them lies so
/// near to the next whole number that nobody can say.
bool add_parts(const ComposedPlan& plan, const int32_t* inputs, int64_t rows,
               const std::vector<double>& steps_of_slice, int64_t& result) {
  for (const SumPart& p : plan.parts) {
    if (p.kept.count == 0) continue;
    double sum = 0;
    for (int64_t r = 0; r < rows; ++r)
      sum += static_cast<double>(plan.digits.digit(inputs[r], p.digit)) *
             steps_of_slice[static_cast<size_t>(p.slice * rows + r)];
    if (std::abs(sum - std::round(sum)) < 1e-3) return false;
    const auto cut = static_cast<int64_t>(std::abs(sum)) >> p.kept.shift;
    const int64_t kept = std::min(cut, (int64_t{1} << p.kept.count) - 1) << p.left;
    result += (sum < 0 ? -kept : kept) * (int64_t{1} << plan.result_place);
  }
  return true;
}

struct Sums {
  std::shared_ptr<const ComposedPlan> plan;
  std::vector<int64_t> values;
};
Sums product(const Options& o, const ProductShape& s, const std::vector<int32_t>& weights,
             const std::vector<int32_t>& inputs, int64_t vectors, uint64_t seed = 0) {
  const auto x = crossbar(o);
  Sums out{plan_composed(*x, s, kFormats),
           std::vector<int64_t>(static_cast<size_t>(vectors * s.groups * s.outputs))};
  Tally tally;
  x->program(out.plan, weights, seed, 0)->multiply(inputs, vectors, out.values, tally);
  return out;
}

class Behind : public ::testing::TestWithParam<Options> {};

TEST_P(Behind, WiresSumsAreThoseOfSolvedCircuits) {
  const Options o = GetParam();
  // Two arrays one above the other and, of 9 outputs in an array, three side by side.
  const ProductShape s{20, 21, 1};
  constexpr int64_t kVectors = 6;
  const auto weights = codes(1, s.rows * s.outputs, kFormats.weight);
  const auto inputs = codes(2, s.rows * kVectors, kFormats.input);
  const Sums got = product(o, s, weights, inputs, kVectors);
  int64_t compared = 0, changed = 0;
  std::vector<int64_t> wanted(got.values.size(), 0);
  std::vector<uint8_t> known(got.values.size(), 1);
  for (int64_t row = 0; row < s.rows; row += o.rows) {
    const int64_t rows = std::min(o.rows, s.rows - row);
    for (int64_t output = 0; output < s.outputs; output += o.columns / 2) {
      const int64_t outputs = std::min(o.columns / 2, s.outputs - output);
      const auto steps = array_behind_wires(o, [&](int64_t r, int64_t c, int sign) {
        const int64_t own = r - (o.rows - rows);  // the last rows are used
        if (own < 0 || c >= 2 * outputs) return 0;
        const int32_t w = weights[static_cast<size_t>((output + c / 2) * s.rows + row + own)];
        return sign * w > 0 ? std::abs(w) >> (3 * (c % 2)) & 7 : 0;
      });
      for (int64_t v = 0; v < kVectors; ++v) {
        for (int64_t k = 0; k < outputs; ++k) {
          std::vector<double> own;
          for (int slice = 0; slice < 2; ++slice) {
            for (int64_t r = o.rows - rows; r < o.rows; ++r)
              own.push_back(steps[static_cast<size_t>(r * o.columns + 2 * k + slice)]);
          }
          const auto at = static_cast<size_t>(v * s.outputs + output + k);
          if (!add_parts(*got.plan, inputs.data() + v * s.rows + row, rows, own, wanted[at])) known[at] = 0;
        }
      }
    }
  }
  Options without = o;
  without.wires = {};
  const Sums ideal = product(without, s, weights, inputs, kVectors);
  for (size_t k = 0; k < wanted.size(); ++k) {
    if (known[k] == 0) continue;
    EXPECT_EQ(got.values[k], wanted[k]) << k;
    ++compared;
    changed += got.values[k] != ideal.values[k] ? 1 : 0;
  }
  EXPECT_GT(compared, 100) << "of 126";
  EXPECT_GT(changed, compared / 2);
}
INSTANTIATE_TEST_SUITE_P(Wires, Behind,
                         ::testing::Values(Options{.wires = ohms(20)}, Options{.wires = ohms(5, 100, 50)},
                                           Options{.wordline_columns = 7, .wires = ohms(20, 30)}));

/// Groups that share an array: their rows and columns lie on its diagonal, and all of its cells are in the
/// circuit.
TEST(ComposedWires, GroupsShareACircuit) {
  const Options o{.wires = ohms(15, 40, 10)};
  const ProductShape s{4, 3, 5};  // three groups fill the rows of an array
  constexpr int64_t kVectors = 8;
  const auto weights = codes(3, s.groups * s.rows * s.outputs, kFormats.weight);
  const auto inputs = codes(4, s.groups * s.rows * kVectors, kFormats.input);
  const Sums got = product(o, s, weights, inputs, kVectors);
  ASSERT_EQ(got.plan->groups_per_array, 3);
  int64_t compared = 0;
  for (int64_t first = 0; first < s.groups; first += 3) {
    const int64_t groups = std::min<int64_t>(3, s.groups - first), above = o.rows - groups * s.rows;
    const auto steps = array_behind_wires(o, [&](int64_t r, int64_t c, int sign) {
      const int64_t group = c / 6, own = r - above - group * s.rows;
      if (group >= groups || own < 0 || own >= s.rows) return 0;
      const int32_t w = weights[static_cast<size_t>(((first + group) * s.outputs + c % 6 / 2) * s.rows + own)];
      return sign * w > 0 ? std::abs(w) >> (3 * (c % 2)) & 7 : 0;
    });
    for (int64_t v = 0; v < kVectors; ++v) {
      for (int64_t k = 0; k < groups * s.outputs; ++k) {
        std::vector<double> own;
        const int64_t group = k / s.outputs, begin = above + group * s.rows;
        for (int slice = 0; slice < 2; ++slice) {
          for (int64_t r = begin; r < begin + s.rows; ++r)
            own.push_back(steps[static_cast<size_t>(r * o.columns + 2 * k + slice)]);
        }
        int64_t wanted = 0;
        const int32_t* from = inputs.data() + (v * s.groups + first + group) * s.rows;
        if (!add_parts(*got.plan, from, s.rows, own, wanted)) continue;
        EXPECT_EQ(got.values[static_cast<size_t>(v * s.groups * s.outputs + first * s.outputs + k)], wanted);
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 90) << "of 120";
}

TEST(ComposedWires, WithoutResistanceChangeNoBit) {
  const ProductShape s{30, 20, 1};
  constexpr int64_t kVectors = 5;
  const auto weights = codes(5, s.rows * s.outputs, kFormats.weight);
  const auto inputs = codes(6, s.rows * kVectors, kFormats.input);
  Options o{.noise = 1e-6};
  const Sums without = product(o, s, weights, inputs, kVectors, 9);
  o.wires = ohms(0);
  EXPECT_EQ(product(o, s, weights, inputs, kVectors, 9).values, without.values);
  o.wires = ohms(0, 1e-12);  // solved, and nothing is lost: nor do the random numbers of cells change
  const Sums solved = product(o, s, weights, inputs, kVectors, 9);
  double off = 0, all = 0;
  for (size_t k = 0; k < solved.values.size(); ++k) {
    off += std::abs(static_cast<double>(solved.values[k] - without.values[k]));
    all += std::abs(static_cast<double>(without.values[k]));
  }
  EXPECT_LT(off, 0.01 * all);
}

TEST(ComposedWires, AreTheSameOnAnyNumberOfThreads) {
  const ProductShape s{30, 20, 1};
  const auto weights = codes(7, s.rows * s.outputs, kFormats.weight);
  const auto inputs = codes(8, s.rows * 70, kFormats.input);
  const Options o{.wires = ohms(10), .driver_mismatch = 0.05, .noise = 1e-6};
  base::use_threads(1);
  const Sums one = product(o, s, weights, inputs, 70, 3);
  base::use_threads(3);
  EXPECT_EQ(product(o, s, weights, inputs, 70, 3).values, one.values);
  base::use_threads(0);
}

/// Without wires, drivers whose levels are off give sums of these levels, each array by drivers of its own.
TEST(ComposedDrivers, DriveTheirOwnLevels) {
  const Options o{.driver_offset = 0.1, .driver_mismatch = 0.1};
  const ProductShape s{20, 21, 1};
  constexpr int64_t kVectors = 4;
  const auto weights = codes(9, s.rows * s.outputs, kFormats.weight);
  const auto inputs = codes(10, s.rows * kVectors, kFormats.input);
  const Sums got = product(o, s, weights, inputs, kVectors, 4);
  const auto x = crossbar(o);
  int64_t compared = 0;
  for (int64_t v = 0; v < kVectors; ++v) {
    for (int64_t output = 0; output < s.outputs; ++output) {
      int64_t wanted = 0;
      bool known = true;
      for (const SumPart& p : got.plan->parts) {
        for (int64_t row = 0; row < s.rows; row += o.rows) {
          double sum = 0;
          const int64_t rows = std::min(o.rows, s.rows - row), array = row / o.rows * 3 + output / 9;
          for (int64_t r = 0; r < rows; ++r) {
            const int64_t place = array * o.rows + o.rows - rows + r;
            const auto levels = x->periphery().dac.component->levels({4, 0, place}).values;
            const int64_t digit = inputs[static_cast<size_t>(v * s.rows + row + r)] >> (2 * p.digit) & 3;
            const int32_t w = weights[static_cast<size_t>(output * s.rows + row + r)];
            const int level = std::abs(w) >> (3 * p.slice) & 7;
            sum += levels[static_cast<size_t>(digit)] * (w < 0 ? -level : level);
          }
          if (p.kept.count == 0) continue;
          known = known && std::abs(sum - std::round(sum)) > 1e-3;
          const int64_t kept =
              std::min(static_cast<int64_t>(std::abs(sum)) >> p.kept.shift, (int64_t{1} << p.kept.count) - 1)
              << p.left;
          wanted += (sum < 0 ? -kept : kept) * (int64_t{1} << got.plan->result_place);
        }
      }
      if (!known) continue;
      EXPECT_EQ(got.values[static_cast<size_t>(v * s.outputs + output)], wanted);
      ++compared;
    }
  }
  EXPECT_GT(compared, 70) << "of 84";
}

}  // namespace
}  // namespace ohmweave::array
