// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/fit.h"

#include <cmath>

#include <gmock/gmock.h>

#include "ohmweave/base/random.h"
#include "ohmweave/config/load.h"
#include "ohmweave/device/testing/cells.h"

namespace ohmweave::device {
namespace {

using testing::HasSubstr;

/// Measurements of `cells` cells of each level of a device at several times, `reads` times each.
Measurements measure(CellSpec spec, int cells, const std::vector<double>& times, int reads, uint64_t seed = 5) {
  Measurements out;
  out.name = "made.csv";
  out.has_time = out.has_cell = true;
  base::RandomStream noise(seed, 1, 2);
  for (int level = 0; level < 1 << spec.bits; ++level) {
    CellSpec target = spec;
    target.programming.reset();
    target.time = {};
    const double siemens = make_cell(target)->siemens(programmed(target, level, 1)[0]);
    for (const double time : times) {
      spec.time = units::Time::from_si(time);
      const auto cell = make_cell(spec);
      const std::vector<double> steps = programmed(spec, level, cells, seed, static_cast<uint64_t>(level));
      for (int k = 0; k < cells; ++k) {
        const std::vector<float> one{static_cast<float>(steps[static_cast<size_t>(k)])};
        std::vector<float> variance(1);
        cell->read_variance(one, variance);
        for (int r = 0; r < reads; ++r) {
          const double g = cell->siemens(one[0] + std::sqrt(variance[0]) * noise.normal());
          out.rows.push_back({siemens, std::max(g, 0.0), time, level * cells + k});
        }
      }
    }
  }
  return out;
}

void expect_recovered(const Estimate& found, double truth, const std::string& what) {
  EXPECT_NEAR(found.value, truth, 3 * found.error) << what;
  EXPECT_LT(found.error, 0.25 * std::abs(truth) + 1e-12) << what << ": an error that says something";
}

TEST(Fit, NormalErrorsAndReadNoiseAreRecovered) {
  const CellSpec spec = cell_of(
      "{bits: 2, levels: {on: 100 uS, off: 10 uS}, programming: {deviation: 1.5 uS}, read_noise: {deviation: "
      "0.4 uS}}");
  const DeviceFit fit = fit_device(measure(spec, 800, {0}, 3), {});
  EXPECT_EQ(fit.bits, 2);
  EXPECT_NEAR(fit.on, 100e-6, 1e-10);
  EXPECT_NEAR(fit.off, 10e-6, 1e-10);
  EXPECT_EQ(fit.errors[0].name, "normal, the same for all levels");
  expect_recovered(fit.errors[0].likelihood.parameters[0], 1.5e-6, "error");
  EXPECT_EQ(fit.noises[0].name, "the same for all levels");
  expect_recovered(fit.noises[0].likelihood.parameters[0], 0.4e-6, "noise");
  EXPECT_LT(fit.kolmogorov, 1.63 / std::sqrt(static_cast<double>(fit.residuals.size())))
      << "normal at the 1 % level";
  for (const FitLevel& l : fit.levels) {
    EXPECT_LT(std::abs(l.mean_in_errors()), 3.5);
    EXPECT_LT(std::abs(l.deviation_in_errors()), 3.5);
  }
  EXPECT_NEAR(fit.cell.programming->deviation.value, 1.5e-6, 0.1e-6);
  EXPECT_TRUE(fit.drifts.empty());
}

TEST(Fit, TheKindOfErrorIsRecognised) {
  const auto first = [](const char* yaml) {
    return fit_device(measure(cell_of(yaml), 1000, {0}, 1), {}).errors[0];
  };
  const TriedModel level = first("{bits: 3, levels: {on: 100 uS, off: 20 uS}, programming: {of_level: 4 %}}");
  EXPECT_EQ(level.name, "normal, in proportion to the level");
  expect_recovered(level.likelihood.parameters[0], 0.04, "part of the level");
  const TriedModel lognormal =
      first("{bits: 3, levels: {on: 100 uS, off: 20 uS}, programming: {kind: lognormal, log_deviation: 0.15}}");
  EXPECT_EQ(lognormal.name, "lognormal");
  expect_recovered(lognormal.likelihood.parameters[0], 0.15, "deviation of the logarithm");
  const TriedModel line = first(
      "{bits: 3, levels: {on: 225 uS, off: 50 uS}, programming: {unit: 1 uS, of: 225 uS, curve: {polynomial: "
      "[4.8, -2.05]}}}");
  EXPECT_EQ(line.name, "normal, polynomial of degree 1");
  expect_recovered(line.likelihood.parameters[0], 4.8e-6, "constant");
  expect_recovered(line.likelihood.parameters[1], -2.05e-6, "slope");
}

// A set of the library, errors, noise and drift at once, measured at four times from 20 s to two days.
TEST(Fit, PhaseChangeMemoryIsRecovered) {
  CellSpec truth = load_device("pcm_nandakumar").cell;
  truth.bits = 3;
  truth.read_noise = cell_of("{read_noise: {of_conductance: 0.5 %}}").read_noise;
  const DeviceFit fit = fit_device(measure(truth, 300, {0, 30, 1000, 86400, 172800}, 2), {"pcm_again", {}});
  ASSERT_FALSE(fit.drifts.empty());
  expect_recovered(*fit.drift_start, 20, "start of the drift");
  expect_recovered(fit.noises[0].likelihood.parameters.back(), 0.005, "read noise in proportion");
  for (const FitLevel& l : fit.levels) {
    const double g = l.target / 25e-6, error = 0.26348 + 1.9650 * g - 1.1731 * g * g;
    if (l.target == 0) continue;
    EXPECT_NEAR(l.fitted_deviation * 1e6, error, 3 * error / std::sqrt(2 * 300.0)) << g;
    const double mu = std::clamp(0.0244 - 0.0155 * std::log(g), 0.049, 0.1),
                 sigma = std::clamp(-0.0059 - 0.0125 * std::log(g), 0.008, 0.045);
    EXPECT_NEAR(l.fitted_exponent, mu, 3.5 * sigma / std::sqrt(300.0)) << g;
    EXPECT_NEAR(l.fitted_exponent_deviation, sigma, 3.5 * sigma / std::sqrt(600.0)) << g;
  }
}

TEST(Fit, LevelsAreWhatCellsConductWhereTheyMissTheirTargets) {
  Measurements m = measure(
      cell_of("{bits: 1, levels: {on: 100 uS, off: 20 uS}, programming: {deviation: 1 uS}}"), 200, {0}, 1);
  for (Measurement& row : m.rows) row.target *= 1.1;
  const DeviceFit fit = fit_device(m, {});
  EXPECT_TRUE(fit.own_levels);
  EXPECT_NEAR(fit.on * 1e6, 100, 3 * 1 / std::sqrt(200.0));
  EXPECT_THAT(fit.yaml, HasSubstr("means of the cells"));
}

TEST(Fit, TheFileIsADeviceWithSources) {
  const DeviceFit fit =
      fit_device(measure(cell_of("{bits: 2, levels: {on: 30 uS}, programming: {deviation: 1 %}}"), 50, {0}, 1),
                 {"mine", {}});
  const config::Node file =
      config::parse_yaml(std::make_shared<const base::Source>(base::Source{"mine.yaml", fit.yaml}));
  base::Diagnostics d;
  config::check_provenance(file, d);
  EXPECT_TRUE(d.empty()) << d.render();
  EXPECT_EQ(file.find("name")->text, "mine");
}

TEST(Fit, CellsThatDoExactlyAsTheyAreToldHaveNoError) {
  const DeviceFit fit =
      fit_device(measure(cell_of("{bits: 2, levels: {on: 30 uS, off: 10 uS}}"), 10, {0}, 2), {});
  EXPECT_LT(fit.cell.programming->deviation.value, 1e-3 * 20e-6);
  EXPECT_TRUE(fit.noises.empty());
}

std::string complaint(const std::string& csv) {
  try {
    fit_device(parse_measurements(std::make_shared<const base::Source>(base::Source{"m.csv", csv})), {});
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "none";
}

TEST(Measurements, WhatIsWrongIsToldWithItsPlace) {
  const std::string head = "target_uS,measured_uS,time_s,cell\n";
  EXPECT_THAT(complaint(head + "1,2,3,a\n1,,3,a\n"),
              HasSubstr("m.csv:3:3: error: there is no value for measured"));
  EXPECT_THAT(complaint(head + "1,2,3,a\n1,x7,3,a\n"), HasSubstr("m.csv:3:3: error: 'x7' is not a number"));
  EXPECT_THAT(complaint(head + "1,-2,3,a\n"), HasSubstr("m.csv:2:3: error: a conductance is not negative"));
  EXPECT_THAT(complaint(head + "1,nan,3,a\n"), HasSubstr("is not a number"));
  EXPECT_THAT(complaint(head + "1,2,-3,a\n"), HasSubstr("m.csv:2:5: error: a time is not negative"));
  EXPECT_THAT(complaint(head + "1,1e300,3,a\n"), HasSubstr("'1e300' is too large"));
  EXPECT_THAT(complaint(head + "1,2,3\n"), HasSubstr("this row has 3 values, and there are 4 columns"));
  EXPECT_THAT(complaint(head + "1,2,3,\n"), HasSubstr("the cell has no name"));
  EXPECT_THAT(complaint("target_uS,measurd_uS\n1,2\n"),
              HasSubstr("m.csv:1:11: error: unknown column 'measurd_uS'; did you mean 'measured'?"));
  EXPECT_THAT(complaint("target,measured_uS\n1,2\n"), HasSubstr("'target' needs its unit"));
  EXPECT_THAT(complaint("target_V,measured_uS\n1,2\n"), HasSubstr("needs its unit"));
  EXPECT_THAT(complaint("target_uS,target_uS\n1,2\n"), HasSubstr("two columns 'target'"));
  EXPECT_THAT(complaint("target_uS,time_s\n1,2\n"), HasSubstr("there is no column measured"));
  EXPECT_THAT(complaint(""), HasSubstr("no row of heads"));
  EXPECT_THAT(complaint(head), HasSubstr("no measurements"));
  EXPECT_THAT(complaint(head + "1,2,3,a\n"), HasSubstr("no target has three cells"));
  EXPECT_THAT(complaint(head + "0,2,3,a\n"), HasSubstr("every target is 0"));
}

TEST(Measurements, HeadsHaveUnitsAndAnyOrder) {
  const Measurements m = parse_measurements(std::make_shared<const base::Source>(base::Source{
      "m.csv",
      "# made by hand\r\ncell_id, measured_nS "
      ",time_h,target_uS,temperature_K\r\na1,2000,1,3,300\r\n\r\n\"b\",4e3,2,3,310\r\na1,1,1,3,320\n"}));
  ASSERT_EQ(m.rows.size(), 3u);
  EXPECT_DOUBLE_EQ(m.rows[0].measured, 2e-6);
  EXPECT_DOUBLE_EQ(m.rows[1].time, 7200);
  EXPECT_EQ(m.rows[0].cell, m.rows[2].cell);
  EXPECT_NE(m.rows[0].cell, m.rows[1].cell);
  EXPECT_DOUBLE_EQ(*m.temperature, 310);
}

// n squares of normal numbers: the likelihood of their deviation is greatest at the root of their mean, with an
// error of s / sqrt(2 n).
TEST(Likelihood, ClosedForm) {
  const double n = 500, squares = 2000;
  const Likelihood l = most_likely(
      [&](const std::vector<double>& p) {
        return p[0] > 0 ? -n * std::log(p[0]) - squares / (2 * p[0] * p[0]) : -HUGE_VAL;
      },
      {5}, {1});
  EXPECT_NEAR(l.parameters[0].value, 2, 1e-4);
  EXPECT_NEAR(l.parameters[0].error, 2 / std::sqrt(2 * n), 1e-3);
}

}  // namespace
}  // namespace ohmweave::device
