// SPDX-License-Identifier: Apache-2.0
// One gate of memristive logic as a circuit, told: its window, its delays and energies.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/logic/gate.h"

namespace ohmweave::report {

/// What is asked for.
struct GateSpec {
  std::string gate = "nor";  // one that switches, as listings write it, in small letters
  int inputs = 0;            // 0: as few as the gate has
  std::string memristor = "floatpim";
  std::vector<config::Override> changes = {};  // of the memristor
  double volts = 0;                            // 0: of the memristor's pulse that writes 0
  double pulse = 0;                            // s; 0: as long as the slowest switch takes
};

struct GateReport {
  std::string memristor, title;
  logic::LogicGateCircuit circuit;
  double volts = 0;
  logic::GateWindow window = {};
  double pulse = 0;                        // s: the time of the gate, whatever its inputs are
  std::vector<logic::GateRun> runs = {};   // by inputs at 1
  double mean_energy = 0;                  // J, all values of the inputs being equally likely
  device::CellSwitch initialisation = {};  // of the output, alone, by the memristor's own pulse
  double initialisation_volts = 0;
  device::CellSwitch bare = {};  // of the output, alone, by the voltage of the gate
};

/// Throws base::Failure if there is no such gate or memristor, if no voltage or not this one lies in the
/// window, or if the output needs more than `pulse`. Messages name the options of the command.
GateReport report_gate(const GateSpec& spec);
std::string gate_text(const GateReport& gate);
nlohmann::ordered_json gate_json(const GateReport& gate);
/// Waveforms of the output, and delays over the window, as SVG.
std::string gate_picture(const GateReport& gate);
/// "NOR of 2 inputs"
std::string gate_name(const logic::LogicGateCircuit& circuit);

}  // namespace ohmweave::report
