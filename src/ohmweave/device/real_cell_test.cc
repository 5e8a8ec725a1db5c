// SPDX-License-Identifier: Apache-2.0
// Every non-ideality at many cells: rates and moments within three standard errors of what was asked for.
#include "ohmweave/device/real_cell.h"

#include <cmath>
#include <numbers>

#include <gmock/gmock.h>

#include "ohmweave/config/load.h"
#include "ohmweave/device/testing/cells.h"

namespace ohmweave::device {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int64_t kCells = 100000;
constexpr double kDay = 86400;

void expect_moments(const std::vector<double>& values, double mean, double deviation,
                    const std::string& what = "") {
  const Moments m = moments(values);
  EXPECT_NEAR(m.mean, mean, 3 * deviation / std::sqrt(m.count)) << what;
  EXPECT_NEAR(m.deviation, deviation, 3 * deviation / std::sqrt(2 * m.count)) << what;
}
void expect_rate(double found, double rate, double n) {
  EXPECT_NEAR(found / n, rate, 3 * std::sqrt(rate * (1 - rate) / n));
}

std::vector<float> steps_of(const CellSpec& spec, const std::vector<int32_t>& levels, CellsAt at = {1, 7, 0}) {
  std::vector<float> steps(levels.size());
  make_cell(spec)->program(levels, at, steps);
  return steps;
}

TEST(RealCell, CellsWithoutBlocksAreIdeal) {
  EXPECT_TRUE(make_cell(cell_of("bits: 2"))->ideal());
  for (const char* name : {"rram", "pcm", "mram", "sram", "dram"})
    EXPECT_TRUE(make_cell(load_device(name).cell)->ideal()) << name;
  const CellSpec subtracted = cell_of("{bits: 2, levels: {on: 40 uS, off: 4 uS}}");
  EXPECT_TRUE(make_cell(subtracted)->ideal());
  EXPECT_THAT(steps_of(subtracted, {0, 1, 2, 3}), ElementsAre(0, 1, 2, 3));
  EXPECT_DOUBLE_EQ(make_cell(subtracted)->siemens(0), 4e-6);
  EXPECT_DOUBLE_EQ(make_cell(subtracted)->siemens(3), 40e-6);
  EXPECT_DOUBLE_EQ(make_cell(cell_of("{bits: 2, on_resistance: 10 kohm, off_resistance: 1 Mohm}"))->siemens(3),
                   1e-4);
}

TEST(RealCell, OffCurrentThatIsKeptAndLevelsThatAreListed) {
  const CellSpec kept = cell_of("{bits: 2, levels: {on: 40 uS, off: 4 uS, off_current: kept}}");
  EXPECT_FALSE(make_cell(kept)->ideal());
  EXPECT_FLOAT_EQ(steps_of(kept, {0})[0], 4.0F / 12) << "a step is 12 uS";
  EXPECT_FLOAT_EQ(steps_of(kept, {3})[0], 40.0F / 12);
  EXPECT_DOUBLE_EQ(make_cell(kept)->siemens(40.0 / 12), 40e-6);
  const CellSpec listed = cell_of("{bits: 2, levels: {values: [1 uS, 2 uS, 5 uS, 10 uS]}}");
  EXPECT_FALSE(make_cell(listed)->ideal());
  EXPECT_NEAR(steps_of(listed, {2})[0], (5.0 - 1) / 3, 1e-6);
  EXPECT_NEAR(make_cell(listed)->siemens(steps_of(listed, {2})[0]), 5e-6, 1e-11);
}

TEST(RealCell, NormalErrors) {
  expect_moments(programmed(cell_of("{bits: 4, programming: {deviation: 2 %}}"), 9, kCells), 9, 0.02 * 15);
  expect_moments(programmed(cell_of("{bits: 4, programming: {of_level: 3 %}}"), 9, kCells), 9, 0.03 * 9);
  expect_moments(programmed(cell_of("{bits: 4, programming: {deviation: 2 %, of_level: 3 %}}"), 9, kCells), 9,
                 std::hypot(0.3, 0.27));
  expect_moments(
      programmed(cell_of("{bits: 2, levels: {on: 31 uS, off: 1 uS}, programming: {deviation: 0.5 uS}}"), 2,
                 kCells),
      2, 0.05);
}

TEST(RealCell, ConductancesAreNotNegative) {
  const std::vector<double> g = programmed(cell_of("{bits: 1, programming: {deviation: 10 %}}"), 0, kCells);
  // Half of them are cut off at 0: the mean is that of a half-normal variable, halved.
  const Moments m = moments(g);
  EXPECT_NEAR(m.mean, 0.1 / std::sqrt(2 * std::numbers::pi), 3 * m.error_of_mean());
  EXPECT_GE(*std::min_element(g.begin(), g.end()), 0);
}

// The polynomial of Nandakumar et al. (ICECS 2019) written out here a second time.
TEST(RealCell, ErrorsThatDependOnTheConductance) {
  const CellSpec pcm = cell_of(
      "{bits: 4, levels: {on: 25 uS}, programming: {unit: 1 uS, curve: {polynomial: [0.26348, 1.9650, "
      "-1.1731]}}}");
  for (const int level : {4, 9, 15}) {
    const double g = level / 15.0, deviation = 0.26348 + 1.9650 * g - 1.1731 * g * g;
    expect_moments(programmed(pcm, level, kCells), level, deviation / 25 * 15, std::to_string(level));
  }
}

TEST(RealCell, ErrorsBetweenMeasuredTimes) {
  const std::string yaml =
      "{bits: 1, programming: {curve: 0.01, measured: 1 s, later: [{time: 100 s, curve: 0.03}]}, time: ";
  for (const auto& [time, deviation] :
       {std::pair{"0 s", 0.01}, {"1 s", 0.01}, {"10 s", 0.02}, {"100 s", 0.03}, {"1 day", 0.03}})
    expect_moments(programmed(cell_of(yaml + time + "}"), 1, kCells), 1, deviation, time);
}

// Linear in the logarithm of time up to the first `later`, and what is below 0 is 0.
TEST(RealCell, MeansThatMove) {
  const std::string yaml =
      "{bits: 2, programming: {curve: 0.01, measured: 1 s, later: [{time: 100 s, curve: 0.01, shift: "
      "{saturation: -0.4, scale: 0.5}}]}, time: ";
  const double whole = -0.4 * 3 * (1 - std::exp(-(2 / 3.0) / 0.5));
  for (const auto& [time, part] :
       {std::pair{"0 s", 0.0}, {"1 s", 0.0}, {"10 s", 0.5}, {"100 s", 1.0}, {"1 day", 1.0}})
    expect_moments(programmed(cell_of(yaml + time + "}"), 2, kCells), 2 + part * whole, 0.03, time);
  const std::vector<double> lost = programmed(
      cell_of("{bits: 1, time: 1 day, programming: {curve: 0, later: [{time: 1 h, curve: 0, shift: -2}]}}"), 1,
      10);
  EXPECT_EQ(lost, std::vector<double>(10, 0.0));
  EXPECT_FALSE(make_cell(cell_of("{bits: 1, time: 1 day, programming: {curve: 0, later: [{time: 1 h, curve: 0, "
                                 "shift: -2}]}}"))
                   ->ideal());
}

TEST(RealCell, LogNormalErrorsKeepTheMedian) {
  std::vector<double> logs =
      programmed(cell_of("{bits: 2, programming: {kind: lognormal, log_deviation: 0.1}}"), 3, kCells);
  for (double& x : logs) x = std::log(x / 3);
  expect_moments(logs, 0, 0.1);
}

// What is drawn anew until it fits is a truncated normal variable: with t = tolerance / deviation its variance
// is 1 - 2 t phi(t) / (2 Phi(t) - 1) of the untruncated one.
TEST(RealCell, VerifiedCellsAreWithinTheirTolerance) {
  const std::vector<double> g = programmed(
      cell_of("{bits: 3, programming: {deviation: 0.1, tolerance: 0.1, iterations: 100}}"), 5, kCells);
  for (double x : g) ASSERT_LE(std::abs(x - 5), 0.7 + 1e-6);
  const double inside = std::erf(1 / std::sqrt(2.0)),
               density = std::exp(-0.5) / std::sqrt(2 * std::numbers::pi);
  const Moments m = moments(g);
  EXPECT_NEAR(m.mean, 5, 3 * m.error_of_mean());
  EXPECT_NEAR(m.deviation, 0.7 * std::sqrt(1 - 2 * density / inside), 3 * m.error_of_deviation());
}

TEST(RealCell, IterationsRunOut) {
  const std::vector<double> g =
      programmed(cell_of("{bits: 3, programming: {deviation: 0.1, tolerance: 0.1, iterations: 3}}"), 5, kCells);
  const auto outside = std::count_if(g.begin(), g.end(), [](double x) { return std::abs(x - 5) > 0.7; });
  expect_rate(static_cast<double>(outside), std::pow(std::erfc(1 / std::sqrt(2.0)), 3), kCells);
}

TEST(RealCell, VariationOfDevicesAndCycles) {
  expect_moments(programmed(cell_of("{bits: 2, variation: {device_to_device: 5 %}}"), 3, kCells), 3, 0.15);
  expect_moments(programmed(cell_of("{bits: 2, variation: {cycle_to_cycle: 2 %}}"), 1, kCells), 1, 0.06);
  std::vector<double> logs =
      programmed(cell_of("{bits: 2, variation: {kind: lognormal, device_to_device: 0.2}}"), 3, kCells);
  for (double& x : logs) x = std::log(x / 3);
  expect_moments(logs, 0, 0.2);
}

TEST(RealCell, FaultsHaveTheRatesAskedFor) {
  // One alone: NeuroSim V1.5 gives 0.01 % here.
  for (const auto& [key, level, stuck] : {std::tuple{"stuck_off", 3, 0.0}, {"stuck_on", 0, 3.0}}) {
    const std::vector<double> g =
        programmed(cell_of(fmt::format("{{bits: 2, faults: {{{}: 1 %}}}}", key)), level, kCells);
    expect_rate(static_cast<double>(std::count(g.begin(), g.end(), stuck)), 0.01, kCells);
    EXPECT_EQ(std::count(g.begin(), g.end(), stuck) + std::count(g.begin(), g.end(), level), kCells);
  }
  const std::vector<double> g =
      programmed(cell_of("{bits: 2, faults: {stuck_on: 1.75 %, stuck_off: 9.04 %}}"), 2, kCells);
  expect_rate(static_cast<double>(std::count(g.begin(), g.end(), 3.0)), 0.0175, kCells);
  expect_rate(static_cast<double>(std::count(g.begin(), g.end(), 0.0)), 0.0904, kCells);
  const std::vector<double> all = programmed(cell_of("{bits: 2, faults: {stuck_off: 1}}"), 2, 1000);
  EXPECT_EQ(std::count(all.begin(), all.end(), 0.0), 1000);
}

TEST(RealCell, FaultsAreIndependentOfEachOtherAndOfOtherEffects) {
  const CellSpec spec = cell_of("{bits: 2, faults: {stuck_off: 10 %}}");
  std::vector<double> faulty = programmed(spec, 2, kCells);
  for (double& x : faulty) x = x == 0;
  for (const int64_t lag : {1, 64, 128, 256}) {
    const std::vector<double> a(faulty.begin(), faulty.end() - lag), b(faulty.begin() + lag, faulty.end());
    EXPECT_NEAR(correlation(a, b), 0, 3 / std::sqrt(kCells)) << lag;
  }
  EXPECT_NEAR(correlation(faulty, programmed(cell_of("{bits: 2, programming: {deviation: 5 %}}"), 2, kCells)),
              0, 3 / std::sqrt(kCells));
  std::vector<double> elsewhere = programmed(spec, 2, kCells, 1, 8);
  for (double& x : elsewhere) x = x == 0;
  EXPECT_NEAR(correlation(faulty, elsewhere), 0, 3 / std::sqrt(kCells));
}

TEST(RealCell, StuckCellsConductAnythingInTheirRange) {
  const CellSpec spec =
      cell_of("{bits: 1, levels: {on: 101 uS, off: 1 uS}, faults: {stuck_on: 1, on: 330..1200 uS}}");
  const std::vector<double> g = programmed(spec, 0, kCells);
  const double width = (1200 - 330) / 100.0;
  const Moments m = moments(g);
  EXPECT_NEAR(m.mean, ((1200 + 330) / 2.0 - 1) / 100, 3 * width / std::sqrt(12.0 * kCells));
  EXPECT_NEAR(m.deviation, width / std::sqrt(12.0), 3 * width * std::sqrt(1 / 60.0 / kCells));
  EXPECT_GE(*std::min_element(g.begin(), g.end()), 3.29 - 1e-5);
  EXPECT_LE(*std::max_element(g.begin(), g.end()), 11.99 + 1e-5);
}

// nu = |mu + sigma xi| is a folded normal variable; mu is 3.2 sigma here.
TEST(RealCell, DriftBySpreadExponents) {
  const double mu = 0.049, sigma = 0.0153, start = 20;
  const CellSpec spec =
      cell_of("{bits: 1, drift: {start: 20 s, exponent: 0.049, exponent_deviation: 0.0153}, time: 1 day}");
  std::vector<double> nu = programmed(spec, 1, kCells);
  for (double& g : nu) g = -std::log(g) / std::log((kDay + start) / start);
  const double z = mu / sigma;
  const double mean =
      sigma * std::sqrt(2 / std::numbers::pi) * std::exp(-z * z / 2) + mu * std::erf(z / std::sqrt(2.0));
  expect_moments(nu, mean, std::sqrt(mu * mu + sigma * sigma - mean * mean));
  EXPECT_GE(*std::min_element(nu.begin(), nu.end()), -1e-6);
  EXPECT_TRUE(make_cell(cell_of("{bits: 1, drift: {exponent: 0.05}, time: 0 s}"))->ideal())
      << "nothing has drifted yet";
}

TEST(RealCell, DriftDependsOnTheState) {
  const CellSpec spec = cell_of(
      "{bits: 2, levels: {on: 25 uS}, drift: {start: 20 s, exponent: {logarithm: -0.0155, polynomial: "
      "[0.0244], within: "
      "0.049..0.1}}, time: 1 h}");
  for (const int level : {1, 3}) {
    const double nu = std::clamp(-0.0155 * std::log(level / 3.0) + 0.0244, 0.049, 0.1);
    EXPECT_NEAR(programmed(spec, level, 1)[0], level * std::pow(3620.0 / 20, -nu), 1e-5) << level;
  }
}

TEST(RealCell, Relaxation) {
  const CellSpec spec = cell_of(
      "{bits: 4, levels: {on: 90 uS, off: 10 uS}, drift: {kind: relaxation, shift: 0.0890 uS, deviation: "
      "0.4118 uS, "
      "deviation_growth: 0.0420 uS}, time: 1 day}");
  const double factors = std::log(kDay), step = 80.0 / 15;
  expect_moments(programmed(spec, 8, kCells), 8 - 0.0890 * factors / step, (0.4118 + 0.0420 * factors) / step);
}

TEST(RealCell, RetentionIsFasterWhenHot) {
  const std::string yaml =
      "{bits: 1, drift: {kind: retention, time_constant: 1000 day, shape: 0.5, activation_energy: 1 eV}, time: "
      "1 day, "
      "temperature: ";
  EXPECT_NEAR(programmed(cell_of(yaml + "300 K}"), 1, 1)[0], std::exp(-std::sqrt(1e-3)), 1e-6);
  const double faster = std::exp(1.602176634e-19 / 1.380649e-23 * (1 / 300.0 - 1 / 358.0));
  EXPECT_NEAR(programmed(cell_of(yaml + "358 K}"), 1, 1)[0], std::exp(-std::sqrt(1e-3 * faster)), 1e-6);
}

TEST(RealCell, ReadsDisturb) {
  const CellSpec spec = cell_of("{bits: 2, read_disturb: {change: 1e-6, reads: 1e5, toward: on}}");
  EXPECT_NEAR(programmed(spec, 1, 1)[0], 3 - 2 * std::pow(1 - 1e-6, 1e5), 1e-5);
}

TEST(RealCell, WornCells) {
  const CellSpec spec = cell_of("{bits: 2, endurance: {writes: 5e5, scale: 1e6, shape: 2}}");
  const std::vector<double> g = programmed(spec, 3, kCells);
  expect_rate(static_cast<double>(std::count(g.begin(), g.end(), 0.0)), 1 - std::exp(-0.25), kCells);
}

TEST(RealCell, NeitherOrderNorPiecesMatter) {
  const CellSpec spec = cell_of(
      "{bits: 3, programming: {deviation: 0.1, tolerance: 0.05, iterations: 5}, variation: {device_to_device: "
      "0.1}, "
      "faults: {stuck_on: 0.1, stuck_off: 0.1}, drift: {exponent: 0.05, exponent_deviation: 0.01}, time: 1 "
      "day}");
  std::vector<int32_t> levels(1000);
  for (size_t k = 0; k < levels.size(); ++k) levels[k] = static_cast<int32_t>(k * k % 8);
  const std::vector<float> whole = steps_of(spec, levels, {9, 4, 123});
  const auto cell = make_cell(spec);
  for (size_t from = levels.size(); from > 0;) {
    const size_t piece = std::min<size_t>(from, 1 + from % 97);
    from -= piece;
    std::vector<float> steps(piece);
    cell->program(std::span(levels).subspan(from, piece), {9, 4, 123 + static_cast<int64_t>(from)}, steps);
    for (size_t k = 0; k < piece; ++k) ASSERT_EQ(steps[k], whole[from + k]) << from + k;
  }
}

TEST(RealCell, OneEffectLessLeavesTheOthersAsTheyWere) {
  const std::string error = "{bits: 2, programming: {deviation: 5 %}";
  const std::vector<double> with = programmed(cell_of(error + ", faults: {stuck_off: 5 %}}"), 2, 2000);
  const std::vector<double> without = programmed(cell_of(error + "}"), 2, 2000);
  for (size_t k = 0; k < with.size(); ++k) {
    if (with[k] != 0) {
      ASSERT_EQ(with[k], without[k]);
    }
  }
}

constexpr const char* kEverything = R"(bits: 2
levels: {values: [1 uS, 12 uS, 22 uS, 40 uS], off_current: kept}
programming: {deviation: 1 uS}
variation: {device_to_device: 1 %, cycle_to_cycle: 1 %}
faults: {stuck_on: 1 %}
drift: {exponent: 0.05}
read_noise: {deviation: 0.1 uS}
current_voltage: {kind: sinh, scale: 0.25 V}
read_disturb: {change: 1e-6, reads: 1000}
endurance: {writes: 1, scale: 100}
time: 1 h
)";

TEST(RealCell, EveryEffectIsSwitchedOffByOneOverride) {
  const std::vector<Effect> all = effects(cell_of(kEverything));
  EXPECT_EQ(all.size(), 11u);
  config::Node node =
      config::parse_yaml(std::make_shared<const base::Source>(base::Source{"cell.yaml", kEverything}));
  for (size_t k = 0; k < all.size(); ++k) {
    config::apply(node, {{all[k].key, all[k].off}});
    CellSpec spec;
    base::Diagnostics d;
    config::read(node, spec, d);
    ASSERT_FALSE(d.has_errors()) << d.render();
    EXPECT_EQ(effects(spec).size(), all.size() - k - 1) << all[k].name;
    EXPECT_EQ(make_cell(spec)->ideal(), k + 1 == all.size()) << all[k].name;
  }
}

std::string complaint(const std::string& yaml) {
  try {
    cell_of(yaml);
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "none";
}

TEST(RealCell, ImpossibleCellsAreRefusedWithTheirPlace) {
  EXPECT_THAT(complaint("faults: {stuck_on: 60 %, stuck_off: 50 %}"),
              StartsWith("cell.yaml:1:37: error: no more than all cells can be stuck; these are 110 %"));
  EXPECT_THAT(complaint("faults: {stuck_on: 2}"), HasSubstr("2 is out of range; must be 0 to 1"));
  EXPECT_THAT(complaint("faults: {stuck_offf: 1 %}"), HasSubstr("did you mean 'stuck_off'?"));
  EXPECT_THAT(complaint("{levels: {on: 1 uS, off: 2 uS}}"), HasSubstr("must conduct more than level 0"));
  EXPECT_THAT(complaint("{bits: 2, levels: {values: [1 uS, 2 uS]}}"), HasSubstr("has 4 levels; 2 are listed"));
  EXPECT_THAT(complaint("{levels: {values: [2 uS, 1 uS]}}"), HasSubstr("each conducting more"));
  EXPECT_THAT(complaint("{levels: {on: -1 uS}}"), HasSubstr("out of range"));
  EXPECT_THAT(complaint("programming: {deviation: 1 uS}"), HasSubstr("say what levels conduct"));
  EXPECT_THAT(complaint("programming: {deviation: -1 %}"), HasSubstr("must be at least 0"));
  EXPECT_THAT(complaint("programming: {deviation: 1 V}"), HasSubstr("unit 'V' does not fit"));
  EXPECT_THAT(complaint("drift: {kind: power_law}"), HasSubstr("needs an 'exponent'"));
  EXPECT_THAT(complaint("drift: {exponent: [{polynomial: [1]}, {polynomial: [2]}]}"),
              HasSubstr("needs a 'below'"));
  EXPECT_THAT(complaint("{on_resistance: 1 kohm, read_noise: {thermal: true}}"),
              HasSubstr("needs the 'voltage'"));
  EXPECT_THAT(complaint("{on_resistance: 1 kohm, levels: {on: 1 uS}}"), HasSubstr("'levels' says"));
  EXPECT_THAT(complaint("{on_resistance: 1 kohm, off_resistance: 1 kohm}"), HasSubstr("must conduct less"));
}

}  // namespace
}  // namespace ohmweave::device
