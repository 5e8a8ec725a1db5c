// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/gate.h"

#include <cmath>

#include <gmock/gmock.h>

namespace ohmweave::logic {
namespace {

LogicGateCircuit gate_of(Gate gate, int inputs) {
  return {gate, inputs, device::load_memristor("floatpim").cell};
}

TEST(LogicGate, WindowOfFloatPimIsThatOfTheDividers) {
  const GateWindow nor = gate_of(Gate::Nor, 2).window();
  const double on = 1e4, off = 1e7;
  EXPECT_DOUBLE_EQ(nor.least.volts, 0.3 * (on + 1 / (1 / on + 1 / off)) / on);
  EXPECT_NEAR(nor.least.volts, 0.6, 0.001);
  EXPECT_NEAR(nor.most.volts, 1.5, 0.005) << "a '0' among the inputs would be set";
  EXPECT_NEAR(gate_of(Gate::Nor, 5).window().most.volts, 1.5, 0.01);
  EXPECT_NEAR(gate_of(Gate::Not, 1).window().least.volts, 0.6, 1e-9);
  // Two inputs side by side of R_on and one: the output sees 2/3 and 1/2 of the voltage.
  const GateWindow nand = gate_of(Gate::Nand, 2).window();
  EXPECT_NEAR(nand.least.volts, 0.45, 1e-9);
  EXPECT_NEAR(nand.most.volts, 0.6, 0.001);
  const GateWindow minority = gate_of(Gate::Min3, 3).window();
  EXPECT_NEAR(minority.least.volts, 0.45, 0.001);
  EXPECT_NEAR(minority.most.volts, 0.6, 0.001);
  EXPECT_TRUE(gate_of(Gate::Or, 2).window().empty()) << "3 V complete the set, 0.6 V disturb the input";
}

// The figures of an integration by another program, in steps of 0.1 ps.
TEST(LogicGate, SwitchesOfFloatPimsNor) {
  const LogicGateCircuit nor = gate_of(Gate::Nor, 2);
  const auto expect = [&](double volts, int ones, double nanoseconds, double femtojoules, double half_digit) {
    const GateRun run = integrate(nor, volts, ones, 1e-6, true);
    EXPECT_TRUE(run.switched);
    EXPECT_NEAR(run.delay, nanoseconds * 1e-9, half_digit * 1e-9) << volts << " V, " << ones;
    EXPECT_NEAR(run.energy, femtojoules * 1e-15, 0.03 * femtojoules * 1e-15) << volts << " V, " << ones;
    EXPECT_NEAR(run.output_state, 1, 1e-9);
    EXPECT_EQ(run.input_shift, 0);
  };
  expect(1.0, 1, 1.21, 3.3, 0.005);
  expect(1.0, 2, 1.14, 1.3, 0.005);
  expect(1.2, 1, 0.44, 1.3, 0.005);
  expect(0.8, 1, 5.0, 18, 0.05);
  const GateRun none = integrate(nor, 1.0, 0, 2e-9, true);
  EXPECT_FALSE(none.switched);
  EXPECT_EQ(none.output_state, 0);
  EXPECT_NEAR(none.energy, 2e-9 / (1e4 + 5e6), 1e-20);
}

// What the window says is what an integration does, just inside and just outside of each of its ends.
TEST(LogicGate, WindowsAgreeWithIntegration) {
  for (const auto& [gate, inputs] : std::vector<std::pair<Gate, int>>{
           {Gate::Not, 1}, {Gate::Nor, 2}, {Gate::Nor, 5}, {Gate::Nand, 2}, {Gate::Min3, 3}, {Gate::Or, 2}}) {
    const LogicGateCircuit circuit = gate_of(gate, inputs);
    const auto works = [&](double volts) {
      for (int ones = 0; ones <= circuit.inputs; ++ones) {
        const GateRun run = integrate(circuit, volts, ones, 1e6, false);
        if (run.switched != (ones >= circuit.switches_from()) || run.input_shift > 0) return false;
      }
      return true;
    };
    const GateWindow window = circuit.window();
    EXPECT_FALSE(works(window.least.volts * 0.999));
    EXPECT_FALSE(works(window.most.volts * 1.001));
    if (!window.empty()) {
      EXPECT_TRUE(works(window.least.volts * 1.005)) << kind_of(gate).name;
      EXPECT_TRUE(works(window.most.volts * 0.999)) << kind_of(gate).name;
    }
  }
}

TEST(LogicGate, ACellAloneFollowsTheClosedForm) {
  const device::Vteam cell = device::load_memristor("floatpim").cell;
  const device::CellSwitch set = device::set_of(cell, 2), reset = device::reset_of(cell, 1);
  EXPECT_NEAR(reset.seconds, 3e-9 / (0.091 * std::pow(1 / 0.3 - 1, 4)), 1e-15);
  EXPECT_NEAR(reset.seconds, 1.11e-9, 0.005e-9);
  EXPECT_NEAR(set.seconds, 1.12e-9, 0.005e-9);
  EXPECT_NEAR(set.joules, 4 * set.seconds * std::log(1e3) / (1e7 - 1e4), 1e-20);
  EXPECT_TRUE(std::isinf(device::set_of(cell, 1.4).seconds));
}

TEST(LogicGate, ExponentialResistance) {
  LogicGateCircuit nor = gate_of(Gate::Nor, 2);
  device::VteamSpec spec = nor.cell.spec();
  spec.resistance = device::StateResistance::Exponential;
  nor.cell = device::Vteam(spec);
  EXPECT_DOUBLE_EQ(nor.cell.resistance(0.5), std::sqrt(1e4 * 1e7));
  const GateRun run = integrate(nor, 1.0, 1, 1e-6, true);
  EXPECT_TRUE(run.switched);
  EXPECT_GT(run.delay, integrate(gate_of(Gate::Nor, 2), 1.0, 1, 1e-6, true).delay) << "its voltage rises later";
}

}  // namespace
}  // namespace ohmweave::logic
