// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/device.h"

#include <cmath>

#include <gmock/gmock.h>

#include "ohmweave/config/load.h"
#include "ohmweave/device/testing/cells.h"

namespace ohmweave::device {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class Q>
std::string text(const config::Interval<Q>& interval) {
  return config::Value<config::Interval<Q>>::encode(interval).text;
}
std::vector<std::string> row(const std::string& name) {
  Characteristics c = *load_device(name).cell.characteristics;
  return {c.cell_structure, text(c.cell_size),    text(c.write_voltage),
          text(c.latency),  text(c.write_energy), text(c.endurance)};
}

// Every cell of the survey's Table 1, typed in here a second time.
TEST(Device, TableOneOfTheSurvey) {
  EXPECT_THAT(row("dram"), ElementsAre("1T1C", "6 F^2", "<1 V", "<10 ns", "~5 fJ", ">1e+16"));
  EXPECT_THAT(row("sram"), ElementsAre("6T", ">100 F^2", "<1 V", "300 ps", "~700 aJ", ">1e+16"));
  EXPECT_THAT(row("rram"), ElementsAre("1T1R", "4 F^2..12 F^2", "<3 V", "10 ns", "~100 fJ", "<1000000000000"));
  EXPECT_THAT(row("pcm"), ElementsAre("1T1R", "4 F^2..30 F^2", "<3 V", "50 ns", "~10 pJ", "<1000000000"));
  EXPECT_THAT(row("mram"),
              ElementsAre("1T1R", "6 F^2..50 F^2", "<1.5 V", "20 ns", "~100 fJ", ">1000000000000000"));
}

TEST(Device, ShippedDevices) {
  EXPECT_THAT(device_names(),
              ElementsAre("dram", "fefet", "mram", "neurram", "pcm", "pcm_hermes", "pcm_hermes_single",
                          "pcm_joshi", "pcm_nandakumar", "rram", "rram_chen", "rram_cmo", "rram_cmo_fine",
                          "rram_forms", "rram_liu", "rram_milo", "rram_mnsim", "sonos", "sram", "stt_mram"));
}

/// Mean and deviation in microsiemens of cells on level `level` of 4 bits.
std::pair<double, double> microsiemens(const std::string& name, int level, const std::string& changes = "") {
  config::Node node = config::parse_yaml(
      std::make_shared<const base::Source>(base::Source{"cell.yaml", "{bits: 4" + changes + "}"}));
  use_device(node, load_device(name));
  CellSpec spec;
  base::Diagnostics d;
  config::read(node, spec, d);
  d.stop_if_errors();
  std::vector<double> g = programmed(spec, level, 100000);
  const auto cell = make_cell(spec);
  for (double& x : g) x = cell->siemens(x) * 1e6;
  const Moments m = moments(g);
  return {m.mean, m.deviation};
}

// The formulas of the sources typed in a second time, at level 9 of 15; 100,000 cells give a deviation to 0.22
// %.
TEST(Device, ParameterSetsDoWhatTheirSourcesSay) {
  const auto near = [](const std::string& name, double mean, double deviation,
                       const std::string& changes = "") {
    const auto [m, s] = microsiemens(name, 9, changes);
    EXPECT_NEAR(m, mean, 3 * deviation / std::sqrt(1e5)) << name;
    EXPECT_NEAR(s / deviation, 1, 0.007) << name;
  };
  const double x = 0.6;
  const auto wan = [&](double a, double b, double c, double d, double e) {
    return a + x * (b + x * (c + x * (d + x * e)));
  };
  near("neurram", 24, wan(0.348, 16.030, -43.853, 45.393, -16.815));
  near("neurram", 24, wan(0.701, 22.086, -50.773, 47.095, -16.458), ", time: 1 day");
  near("neurram", 24, wan(0.782, 20.274, -43.507, 37.062, -11.934), ", time: 2 day");
  near("rram_milo", 155, 4.782321 - 0.009107 * 155);
  const double cmo = 9 + 0.6 * 79.19;
  near("rram_cmo", cmo, 0.0112185391 + 0.01129027418 * cmo);
  near("rram_cmo_fine", cmo, 0.00081107 + 0.00106879 * cmo);
  const double day = std::log(86400.0);
  near("rram_cmo", cmo - 0.08900206 * day,
       std::hypot(0.0112185391 + 0.01129027418 * cmo, 0.41183342 + 0.04201137 * day), ", time: 1 day");
  near("pcm_nandakumar", 15, 0.26348 + 1.9650 * x - 1.1731 * x * x);
  near("pcm_hermes", 12.42, 0.16603222 + x * (4.71806468 + x * (-8.48101252 + x * 4.68961419)));
  near("pcm_hermes_single", 6.21, 0.15781817 + x * (2.32443916 + x * (-2.16310839 + x * 0.68841818)));
  // In nA, at 960: what CrossSim's SONOS computes.
  const double nano = 960, one = 0.01;  // microsiemens of a nA
  const auto charge = [&](double a, double b) { return a - a * std::exp(-nano / b); };
  near("sonos", one * nano, one * charge(19.88665, 176.3115));
  double moved = 0;  // after five days, and no further
  for (const double c : {-3.11099e-27, 2.12615e-23, -6.00346e-20, 8.98185e-17, -7.53872e-14, 3.39044e-11,
                         -6.46690e-09, 1.76086e-08, -6.05199e-05, 1.03149e-02, 1.15294})
    moved = moved * nano + c;
  for (const char* time : {", time: 5 day", ", time: 50 day"})
    near("sonos", one * (nano + moved), one * charge(34.57909, 207.34309), time);
  near("fefet", 0.0397336 + x * (1e6 / 559.28e3) * (1 - 1 / 45.0), 0.005 * (1e6 / 559.28e3) * (1 - 1 / 45.0));
  near("pcm_joshi", 15, 0.28638599 + 0.07585724 * 15 - 0.00178767 * 225);
}

TEST(Device, ParameterSetsDriftAsTheirSourcesSay) {
  const auto exponent = [&](const std::string& name, double start, double on, int level) {
    CellSpec spec = load_device(name).cell;
    spec.bits = 4;
    spec.programming.reset();
    spec.time = units::Time::from_si(86400);
    std::vector<double> nu = programmed(spec, level, 100000);
    for (double& g : nu) g = -std::log(g / level) / std::log((86400 + start) / start);
    EXPECT_NEAR(spec.on()->si() * 1e6, on, 1e-9);
    return moments(nu);
  };
  const double high = exponent("pcm_hermes", 300, 20.7, 15).mean,
               one = exponent("pcm_hermes", 300, 20.7, 1).mean;
  EXPECT_NEAR(high, 0.0736 - 0.0126 - 0.0436, 1e-3);
  EXPECT_NEAR(one, -0.0387 * std::log(1 / 15.0) - 0.0182, 1e-3);
  EXPECT_NEAR(exponent("pcm_hermes", 300, 20.7, 8).deviation, 0.0073 + 0.0093 * 8 / 15 - 0.0118 * 64 / 225,
              1e-4);
  EXPECT_NEAR(exponent("pcm_hermes_single", 200, 10.35, 3).deviation, -0.0120 * std::log(0.2) - 0.0023, 1e-3);
  EXPECT_NEAR(exponent("pcm_nandakumar", 20, 25, 3).mean, 0.0244 - 0.0155 * std::log(0.2), 1e-3);
}

TEST(Device, ADevicePutsItselfInTheCellsPlace) {
  config::Node node = config::parse_yaml(std::make_shared<const base::Source>(base::Source{
      "cell.yaml", "{bits: 2, title: Old, levels: {on: 1 uS}, faults: {stuck_on: 1 %}, time: 1 h}"}));
  use_device(node, load_device("pcm_joshi"));
  EXPECT_EQ(node.find("faults"), nullptr);
  EXPECT_EQ(node.find("title")->text, "Phase-change memory with iterative programming");
  EXPECT_EQ(node.find("levels")->find("on")->text, "25 uS");
  EXPECT_EQ(node.find("bits")->text, "2");
  EXPECT_EQ(node.find("time")->text, "1 h");
}

TEST(Device, BestCaseAndTypicalEnduranceAreToldApart) {
  Device rram = load_device("rram");
  EXPECT_EQ(rram.cell.title, "Resistive RAM");
  EXPECT_EQ(*rram.cell.characteristics->endurance.high, 1e12);
  ASSERT_TRUE(rram.cell.typical.has_value());
  EXPECT_EQ(*rram.cell.typical->endurance.low, 1e6);
  EXPECT_EQ(*rram.cell.typical->endurance.high, 1e9);
}

// Two sources of one fact must not contradict each other: the typical endurance lies within the table's bound.
TEST(Device, TypicalEnduranceWithinTheTablesBound) {
  for (const std::string& name : device_names()) {
    Device d = load_device(name);
    if (!d.cell.characteristics || !d.cell.typical) continue;
    const auto &bound = d.cell.characteristics->endurance, &typical = d.cell.typical->endurance;
    if (bound.high) {
      EXPECT_LE(typical.high.value_or(1e300), *bound.high) << name;
    }
    if (bound.low) {
      EXPECT_FALSE(typical.high.has_value() && *typical.high < *bound.low) << name;
    }
  }
}

TEST(Device, UnknownNameHasASuggestion) {
  try {
    load_device("rrma");
    FAIL();
  } catch (const base::Failure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("rrma: error: there is no such device; did you mean 'rram'?"));
  }
}

TEST(Device, EveryNumberHasASource) {
  for (const std::string& name : device_names()) {
    base::Diagnostics d;
    config::check_provenance(load_device(name).file, d);
    EXPECT_TRUE(d.empty()) << d.render();
  }
}

TEST(Device, IdealCellsConductWhatTheyWereTold) {
  const auto cell = make_cell({.bits = 8});
  std::vector<int32_t> levels{0, 3, 1, 255};
  EXPECT_TRUE(cell->ideal());
  std::vector<float> steps(levels.size());
  cell->program(levels, {.seed = 1, .place = 2}, steps);
  EXPECT_THAT(steps, ElementsAre(0.0F, 3.0F, 1.0F, 255.0F));
}

}  // namespace
}  // namespace ohmweave::device
