// SPDX-License-Identifier: Apache-2.0
// One gate of memristive logic as a circuit, told: its window, its delays and energies.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/logic/gate.h"

namespace ohmweave::report {

struct GateReport {
  std::string memristor, title;
  logic::LogicGateCircuit circuit;
  double volts = 0;
  logic::GateWindow window;
  double pulse = 0;                   // s: the time of the gate, whatever its inputs are
  std::vector<logic::GateRun> runs;   // by inputs at 1
  double mean_energy = 0;             // J, all values of the inputs being equally likely
  device::CellSwitch initialisation;  // of the output, alone, by the memristor's own pulse
  double initialisation_volts = 0;
};

/// Throws base::Failure if no voltage or not this one lies in the window, or if the output needs more than
/// `pulse` (0: as long as the slowest switch takes).
GateReport report_gate(const device::Memristor& memristor, logic::Gate gate, int inputs, double volts,
                       double pulse);
std::string gate_text(const GateReport& gate);
nlohmann::ordered_json gate_json(const GateReport& gate);
/// Waveforms of the output, and delays over the window, as SVG.
std::string gate_picture(const GateReport& gate);
/// "NOR of 2 inputs"
std::string gate_name(const logic::LogicGateCircuit& circuit);

}  // namespace ohmweave::report
