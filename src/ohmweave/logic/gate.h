// SPDX-License-Identifier: Apache-2.0
// One gate of memristive logic as a circuit: input cells side by side, the output cell in series, one voltage
// across both (Kvatinsky et al., MAGIC, TCAS-II 61(11), 2014). docs/models/magic_gate.md has the equations.
#pragma once

#include <string>
#include <vector>

#include "ohmweave/device/vteam.h"
#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// A voltage that a gate has to stay above or below, and what happens otherwise.
struct GateLimit {
  bool above = false;
  double volts = 0;
  std::string otherwise;
};

/// Voltages at which a gate gives the right result for all inputs and disturbs none of them.
struct GateWindow {
  GateLimit least, most;          // the tightest of `limits`
  std::vector<GateLimit> limits;  // all of them

  bool empty() const { return !(least.volts < most.volts); }
  bool contains(double volts) const { return volts > least.volts && volts < most.volts; }
};

struct LogicGateCircuit {
  Gate gate = Gate::Nor;  // one that switches
  int inputs = 2;
  device::Vteam cell;

  /// The least number of inputs at 1 that switches the output; more of them do as well.
  int switches_from() const;
  /// Or switches its output from 0 to 1, all others from 1 to 0. Currents through inputs and output flow in
  /// opposite directions of the cells, as they stand in a crossbar: a gate that resets its output stresses
  /// inputs towards 1.
  bool sets() const { return gate == Gate::Or; }
  double input_resistance(int ones) const;
  GateWindow window() const;
};

struct GateSample {
  double seconds, output_volts, output_ohms, amperes;
};

/// What happens in a gate with `ones` inputs at 1. SI.
struct GateRun {
  int ones = 0;
  bool switched = false;    // the output has reached the other end
  double delay = 0;         // until then; infinite if it has not
  double energy = 0;        // from the source
  double input_shift = 0;   // the largest move of an input's state, as a share of its way
  double output_state = 0;  // at the end, as device::Vteam counts: 0 is logic 1
  std::vector<GateSample> samples;
};
/// Integrates the states of all cells for `seconds`; with `stop`, no longer than until the output has switched.
GateRun integrate(const LogicGateCircuit& circuit, double volts, int ones, double seconds, bool stop);

/// The same as a netlist for ngspice, in nanoseconds: states are voltages of capacitors of 1 F and memristors
/// behavioural sources. It prints `delay`, when the output has made 99.9 % of its way, and `energy` in fJ.
std::string gate_spice(const LogicGateCircuit& circuit, double volts, int ones, double seconds,
                       const std::string& title);

}  // namespace ohmweave::logic
