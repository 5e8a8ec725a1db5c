// SPDX-License-Identifier: Apache-2.0
// Matrices in cells, wires and converters that err, against closed forms of what the errors add up to.
#include <cmath>

#include <gmock/gmock.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/execution/functional/matrix.h"

namespace ohmweave::execution {
namespace {

using tensor::Element;
using tensor::Tensor;

const std::string kArray = "chip.tile.ima.crossbar", kCell = kArray + ".cell";
constexpr int64_t kRows = 100, kColumns = 16, kSlices = 4;
constexpr int kInputBits = 8;
constexpr double kRange = 3;  // steps of a 2-bit cell

/// 8-bit operands, differential pairs and converters that cover every sum, in one array.
machine::Machine machine_with(const std::vector<config::Override>& more) {
  std::vector<config::Override> changes{{"precision.input", "8"},
                                        {"precision.weight", "8"},
                                        {"precision.unsigned_inputs", "true"},
                                        {kArray + ".encoding", "differential"},
                                        {kArray + ".unit_column", "false"},
                                        {"chip.tile.ima.adc.bits", "12"},
                                        {kCell + ".on_resistance", "10 kohm"},
                                        {kCell + ".off_resistance", "1 Mohm"}};
  changes.insert(changes.end(), more.begin(), more.end());
  return machine::load("isaac", changes);
}

Tensor weights() {
  base::RandomStream random(3, 0, 0);
  Tensor out(Element::Int32, {kRows, kColumns});
  for (int32_t& x : out.mutable_data<int32_t>()) x = static_cast<int32_t>(random.below(255)) - 127;
  return out;
}
/// The same vector again and again, or different ones.
Tensor inputs(int64_t vectors, bool same) {
  Tensor out(Element::Int32, {vectors, kRows});
  auto x = out.mutable_data<int32_t>();
  base::RandomStream random(4, 0, 0);
  for (int64_t v = 0; v < vectors; ++v) {
    for (int64_t r = 0; r < kRows; ++r)
      x[static_cast<size_t>(v * kRows + r)] =
          same && v > 0 ? x[static_cast<size_t>(r)] : static_cast<int32_t>(random.below(256));
  }
  return out;
}
MatrixProduct on(const machine::Machine& machine, const Tensor& x, uint64_t seed = 1) {
  return multiply(machine, weights(), x, seed, "W", "X");
}

/// Sum over slices of 4^(2 s), for both columns of the pairs.
double slice_gain() {
  double gain = 0;
  for (int s = 0; s < kSlices; ++s) gain += 2 * std::pow(16.0, s);
  return gain;
}
/// What rounding to whole steps adds to the variance of an output.
double rounding() {
  double digits = 0;
  for (int k = 0; k < kInputBits; ++k) digits += std::pow(4.0, k);
  return slice_gain() * digits / 12;
}

TEST(RealMatrix, ProgrammingErrorsAddUpAsTheirVarianceSays) {
  constexpr double kDeviation = 0.1;  // of the range
  const auto machine = machine_with({{kCell + ".programming", "{kind: normal, deviation: 0.1}"}});
  double squares = 0, expected = 0;
  constexpr int kSeeds = 40;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    const Tensor x = inputs(1, true);
    const MatrixProduct p = on(machine, x, static_cast<uint64_t>(seed));
    double driven = 0;
    for (const int32_t d : x.data<int32_t>()) driven += static_cast<double>(d) * d;
    for (int64_t c = 0; c < kColumns; ++c) {
      const auto off = static_cast<double>(p.outputs.data<int64_t>()[static_cast<size_t>(c)] -
                                           p.exact.data<int64_t>()[static_cast<size_t>(c)]);
      squares += off * off;
      expected += std::pow(kDeviation * kRange, 2) * slice_gain() * driven + rounding();
    }
  }
  // Cells cannot conduct less than nothing, which takes off some of the errors of those at 0.
  const double ratio = squares / expected, error = std::sqrt(2.0 / (kSeeds * kColumns));
  EXPECT_LT(ratio, 1 + 3 * error);
  EXPECT_GT(ratio, 0.5);
}

TEST(RealMatrix, EveryConversionHasNoiseOfTheCellsItReads) {
  constexpr int64_t kVectors = 4000;
  const auto machine = machine_with({{kCell + ".read_noise", "{kind: gaussian, deviation: 0.05}"}});
  const Tensor x = inputs(kVectors, true);
  const MatrixProduct p = on(machine, x);
  double expected = rounding();
  for (int k = 0; k < kInputBits; ++k) {
    double rows = 0;
    for (int64_t r = 0; r < kRows; ++r) rows += x.data<int32_t>()[static_cast<size_t>(r)] >> k & 1;
    expected += std::pow(4.0, k) * rows * std::pow(0.05 * kRange, 2) * slice_gain();
  }
  double squares = 0, products = 0;
  std::vector<double> before(kColumns, 0);
  for (int64_t v = 0; v < kVectors; ++v) {
    for (size_t c = 0; c < kColumns; ++c) {
      const size_t at = static_cast<size_t>(v) * kColumns + c;
      const auto off = static_cast<double>(p.outputs.data<int64_t>()[at] - p.exact.data<int64_t>()[at]);
      squares += off * off;
      products += off * before[c];
      before[c] = off;
    }
  }
  const double n = kVectors * kColumns, error = std::sqrt(2.0 / n);
  EXPECT_NEAR(squares / (n * expected), 1, 3 * error + 0.01) << "variance; 1 % for the grid of variances";
  EXPECT_NEAR(products / squares, 0, 3 / std::sqrt(n)) << "reads are independent";
}

TEST(RealMatrix, NoiseDependsOnTheVectorAlone) {
  const auto machine = machine_with({{kCell + ".read_noise", "{kind: gaussian, deviation: 0.05}"},
                                     {kCell + ".variation", "{device_to_device: 0.1}"}});
  const Tensor x = inputs(150, false);
  base::use_threads(1);
  const MatrixProduct one = on(machine, x);
  base::use_threads(2);
  const MatrixProduct two = on(machine, x), other = on(machine, x, 2);
  base::use_threads(0);
  EXPECT_THAT(two.outputs.data<int64_t>(), testing::ElementsAreArray(one.outputs.data<int64_t>()));
  EXPECT_THAT(other.outputs.data<int64_t>(),
              testing::Not(testing::ElementsAreArray(one.outputs.data<int64_t>())));
}

// Cells whose current is said to be in proportion by a table of two points take the way of circuits that are
// solved read by read; the others that of transfer matrices.
TEST(RealMatrix, TransferMatricesAreWhatCircuitsGive) {
  const config::Override wires{"wire_resistance", "1 ohm"}, fine{"chip.tile.ima.adc.bits", "16"},
      range{"chip.tile.ima.adc.range", "fixed"}, high{"chip.tile.ima.adc.high", "400"};
  const config::Override spread{kCell + ".variation", "{device_to_device: 0.05}"};
  const auto table = machine_with({wires, fine, range, high, spread});
  const auto solved = machine_with(
      {wires,
       fine,
       range,
       high,
       spread,
       {kArray + ".read_voltage", "0.2 V"},
       {kCell + ".current_voltage", "{kind: table, voltages: [0.1 V, 0.2 V], currents: [0.1 V, 0.2 V]}"}});
  const Tensor x = inputs(3, false);
  const MatrixProduct a = on(table, x), b = on(solved, x);
  EXPECT_GT(a.relative_error, 0.05) << "wires take something";
  double off = 0, all = 0;
  for (size_t k = 0; k < a.outputs.data<int64_t>().size(); ++k) {
    off += std::pow(static_cast<double>(a.outputs.data<int64_t>()[k] - b.outputs.data<int64_t>()[k]), 2);
    all += std::pow(static_cast<double>(b.outputs.data<int64_t>()[k]), 2);
  }
  EXPECT_LT(std::sqrt(off / all), 1e-2) << "conductances of tables stand on a grid of 1/64 step";
}

/// Mean squared deviation of outputs from their means, of one vector again and again.
double variance_of_reads(const machine::Machine& machine, int64_t vectors) {
  const MatrixProduct p = on(machine, inputs(vectors, true));
  const auto out = p.outputs.data<int64_t>();
  double sum = 0;
  for (size_t c = 0; c < kColumns; ++c) {
    double mean = 0, squares = 0;
    for (size_t k = c; k < out.size(); k += kColumns) mean += static_cast<double>(out[k]);
    mean /= static_cast<double>(vectors);
    for (size_t k = c; k < out.size(); k += kColumns)
      squares += std::pow(static_cast<double>(out[k]) - mean, 2);
    sum += squares / static_cast<double>(vectors - 1);
  }
  return sum / kColumns;
}

// Circuits that are solved with the noise of every read, and transfer matrices with variances to first order.
// Cells of rows that are off are open in the former, and lead a little current back in the latter.
TEST(RealMatrix, GatedCellsReadWhatWiresPassOnOfTheirNoise) {
  const std::string noise = "{kind: gaussian, of_conductance: 0.05}";
  const auto with = [&](const std::string& cell) {
    return machine_with({{kArray + ".wires", "{resistance: 10 ohm, cell: " + cell + "}"},
                         {"chip.tile.ima.adc.bits", "16"},
                         {"chip.tile.ima.adc.range", "fixed"},
                         {"chip.tile.ima.adc.high", "400"},
                         {kCell + ".read_noise", noise}});
  };
  const double gated = variance_of_reads(with("1t1r"), 60), open = variance_of_reads(with("1r"), 2000),
               ideal = variance_of_reads(machine_with({{kCell + ".read_noise", noise}}), 2000);
  // 60 reads of 16 outputs tell a variance within 4.6 %, one standard error.
  EXPECT_NEAR(std::sqrt(gated / open), 1, 0.2);
  EXPECT_GT(std::sqrt(ideal / gated), 1.5) << "without wires";
}

TEST(RealMatrix, DriversOfSeveralBitsDriveTheirLevels) {
  const double level[] = {0, 0.9, 2.3, 3};
  const Tensor x = inputs(5, false), w = weights();
  const MatrixProduct p = on(machine_with({{"chip.tile.ima.dac.bits", "2"},
                                           {"chip.tile.ima.dac.levels", "[0 V, 0.09 V, 0.23 V, 0.3 V]"}}),
                             x);
  for (int64_t v = 0; v < 5; ++v) {
    for (int64_t c = 0; c < kColumns; ++c) {
      double sum = 0;
      for (int64_t r = 0; r < kRows; ++r) {
        double driven = 0;
        for (int k = 0; k < kInputBits; k += 2)
          driven += level[x.data<int32_t>()[static_cast<size_t>(v * kRows + r)] >> k & 3] * (1 << k);
        sum += driven * w.data<int32_t>()[static_cast<size_t>(r * kColumns + c)];
      }
      const auto at = static_cast<size_t>(v * kColumns + c);
      EXPECT_NEAR(static_cast<double>(p.outputs.data<int64_t>()[at]), sum, 5 * std::sqrt(rounding()));
      EXPECT_GT(std::abs(sum - static_cast<double>(p.exact.data<int64_t>()[at])), 0);
    }
  }
}

TEST(RealMatrix, ConvertersOfAnArrayDiffer) {
  const auto machine = machine_with({{"chip.tile.ima.adc.dnl", "0.5"}});
  const Tensor x = inputs(1, true);
  const MatrixProduct p = on(machine, x), again = on(machine, x), other = on(machine, x, 9);
  EXPECT_GT(p.relative_error, 0);
  EXPECT_THAT(again.outputs.data<int64_t>(), testing::ElementsAreArray(p.outputs.data<int64_t>()));
  EXPECT_THAT(other.outputs.data<int64_t>(),
              testing::Not(testing::ElementsAreArray(p.outputs.data<int64_t>())));
}

TEST(RealMatrix, CalibratedConvertersLoseLessThanScaledOnes) {
  const Tensor x = inputs(64, false);
  const auto with = [&](const std::string& range) {
    return on(machine_with({{"chip.tile.ima.adc.bits", "5"}, {"chip.tile.ima.adc.range", range}}), x)
        .relative_error;
  };
  EXPECT_LT(with("calibrated"), 0.7 * with("scale"));
}

// Sums that calibration finds to be small are read exactly, though a full array could make larger ones.
TEST(RealMatrix, CalibrationMayFindThatNothingIsLost) {
  Tensor w(Element::Int32, {25, 16}), x(Element::Int32, {100, 25});
  base::RandomStream random(8, 0, 0);
  for (int32_t& c : w.mutable_data<int32_t>()) c = static_cast<int32_t>(random.below(41)) - 20;
  for (int32_t& c : x.mutable_data<int32_t>())
    c = random.below(3) == 0 ? static_cast<int32_t>(random.below(128)) : 0;
  const auto machine =
      machine_with({{"chip.tile.ima.adc.bits", "6"}, {"chip.tile.ima.adc.range", "calibrated"}});
  EXPECT_EQ(multiply(machine, w, x, 1, "W", "X").relative_error, 0);
}

}  // namespace
}  // namespace ohmweave::execution
