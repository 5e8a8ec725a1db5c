// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/read_noise.h"

#include <cmath>

#include <gmock/gmock.h>

#include "ohmweave/device/current_voltage.h"
#include "ohmweave/device/real_cell.h"
#include "ohmweave/device/testing/cells.h"

namespace ohmweave::device {
namespace {

/// Deviation of a read in siemens, of a cell whose level 0 conducts nothing.
double deviation(const CellSpec& spec, double siemens) {
  const auto cell = make_cell(spec);
  const double step = cell->siemens(1);
  const std::vector<float> steps{static_cast<float>(siemens / step)};
  std::vector<float> variance(1);
  cell->read_variance(steps, variance);
  return std::sqrt(variance[0]) * step;
}

TEST(ReadNoise, AdditiveAndProportional) {
  EXPECT_NEAR(deviation(cell_of("{bits: 4, levels: {on: 30 uS}, read_noise: {deviation: 1 %}}"), 7e-6), 0.3e-6,
              1e-10);
  EXPECT_NEAR(deviation(cell_of("{bits: 4, levels: {on: 30 uS}, read_noise: {deviation: 0.2 uS}}"), 7e-6),
              0.2e-6, 1e-10);
  EXPECT_NEAR(deviation(cell_of("{bits: 4, levels: {on: 30 uS}, read_noise: {of_conductance: 2 %}}"), 7e-6),
              0.14e-6, 1e-10);
  EXPECT_FALSE(make_cell(cell_of("{bits: 4, read_noise: {deviation: 0}}"))->noisy());
  EXPECT_TRUE(make_cell(cell_of("{bits: 4, read_noise: {kind: none, deviation: 1}}"))->ideal());
}

// i^2 = G f (4 k T + 2 q V) over V^2, with k T = 4.14e-21 J at 300 K typed in by hand.
TEST(ReadNoise, ThermalAndShot) {
  const std::string yaml = "{bits: 1, levels: {on: 100 uS}, read_noise: {voltage: 0.2 V, bandwidth: 10 MHz, ";
  const double thermal = std::sqrt(1e-4 * 1e7 * 4 * 4.141947e-21) / 0.2,
               shot = std::sqrt(1e-4 * 1e7 * 2 * 1.602177e-19 * 0.2) / 0.2;
  EXPECT_NEAR(deviation(cell_of(yaml + "thermal: true}}"), 1e-4) / thermal, 1, 1e-4);
  EXPECT_NEAR(deviation(cell_of(yaml + "shot: true}}"), 1e-4) / shot, 1, 1e-4);
  EXPECT_NEAR(deviation(cell_of(yaml + "thermal: true, shot: true}}"), 1e-4) / std::hypot(thermal, shot), 1,
              1e-4);
  EXPECT_NEAR(deviation(cell_of(yaml + "thermal: true}, temperature: 1200 K}"), 1e-4) / thermal, 2, 1e-4);
}

// SONOS by CrossSim: 12.58 nA (1 - exp(-I / 215.4 nA)), a nA being 10 nS.
TEST(ReadNoise, FollowsACurve) {
  const CellSpec spec = cell_of(
      "{bits: 4, levels: {on: 16 uS}, read_noise: {unit: 10 nS, of: 10 nS, curve: {saturation: 12.58037, "
      "scale: "
      "215.36557}}}");
  for (const double nano : {50.0, 200.0, 1000.0})
    EXPECT_NEAR(deviation(spec, nano * 1e-8) / (12.58037e-8 * (1 - std::exp(-nano / 215.36557))), 1, 1e-3)
        << nano;
}

TEST(ReadNoise, Telegraph) {
  const CellSpec spec = cell_of(
      "{bits: 1, levels: {on: 100 uS}, read_noise: {telegraph_offset: 0.1662 uS, telegraph_slope: 0.0015}}");
  const double g = 50e-6, x = 0.0015 * g + 1.662e-7;
  EXPECT_NEAR(deviation(spec, g) / (g * x / (g - x) / 2), 1, 1e-3)
      << "half of the amplitude when filled half of the time";
}

// Nandakumar et al. (ICECS 2019), as the aihwkit computes it.
TEST(ReadNoise, Flicker) {
  const CellSpec spec = cell_of(
      "{bits: 4, levels: {on: 25 uS}, drift: {start: 20 s, exponent: 0.05}, time: 1 day, read_noise: "
      "{read_time: 250 ns, "
      "flicker: {factor: 0.0088, power: -0.65, within: <0.2}}}");
  for (const double g : {1e-6, 10e-6, 25e-6}) {
    const double q = std::min(0.0088 / std::pow(g / 25e-6, 0.65), 0.2);
    EXPECT_NEAR(deviation(spec, g) / (g * q * std::sqrt(std::log((86400 + 20 + 250e-9) / 500e-9))), 1, 1e-3)
        << g;
  }
}

TEST(ReadNoise, TheTableIsTheFormula) {
  const CellSpec spec = cell_of(
      "{bits: 4, levels: {on: 25 uS, off: 1 uS}, time: 1 h, read_noise: {deviation: 0.05 uS, flicker: {factor: "
      "0.0088, "
      "power: -0.65, within: <0.2}, telegraph_offset: 0.01 uS, thermal: true, voltage: 0.2 V, bandwidth: 1 "
      "GHz}}");
  const CellScale scale(spec);
  const ReadNoise noise(spec, scale);
  const double highest = noise.exact_variance(scale.off + 15);
  for (float step = -1; step < 60; step += 0.013F) {
    std::vector<float> out(1);
    noise.variance(std::vector<float>{step}, static_cast<float>(scale.base), out);
    EXPECT_NEAR(out[0], noise.exact_variance(step + scale.base), 1e-3 * highest) << step;
  }
}

TEST(CurrentVoltage, SlopesAreDerivativesAndReadVoltagesFixed) {
  for (const char* yaml : {"{current_voltage: {kind: sinh, scale: 0.25 V, read_voltage: 0.2 V}}",
                           "{current_voltage: {kind: table, voltages: [0.2 V, 0.4 V, 1 V], currents: [0.2 V, "
                           "0.5 V, 2 V], read_voltage: 0.2 V}}",
                           "{current_voltage: {kind: cubic, of: 10 uS, square: {polynomial: [0.1, 0.02]}, "
                           "cube: 0.3, read_voltage: 0.2 V}}"}) {
    const CellSpec spec = cell_of(yaml);
    const auto cell = make_cell(spec);
    EXPECT_FALSE(cell->ideal());
    ASSERT_NE(cell->current_voltage(), nullptr);
    const CurrentVoltage& iv = *cell->current_voltage();
    EXPECT_NEAR(iv.current(2e-5, 0.2), 4e-6, 1e-18) << yaml;
    for (double v = -1.23; v < 1.3; v += 0.1) {
      double slope = 0;
      const double i = iv.current(2e-5, v, &slope), h = 1e-6;
      EXPECT_NEAR(slope, (iv.current(2e-5, v + h) - iv.current(2e-5, v - h)) / (2 * h), 1e-9) << yaml << v;
      EXPECT_DOUBLE_EQ(iv.current(2e-5, -v), -i);
    }
  }
  EXPECT_EQ(make_cell(cell_of("{bits: 1}"))->current_voltage(), nullptr);
  EXPECT_NEAR(CurrentVoltage(*cell_of("{current_voltage: {kind: sinh, scale: 0.25 V}}").current_voltage)
                  .current(1e-4, 0.5),
              1e-4 * 0.25 * std::sinh(2.0), 1e-15);
}

}  // namespace
}  // namespace ohmweave::device
