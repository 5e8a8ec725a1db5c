// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/array/writing.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {

/// Where energy or area goes: one component of the machine, or the power that flows through it without
/// activity.
struct Share {
  std::string part;          // path of the machine node
  bool constant = false;     // static power times time, whatever the component does
  double si = 0;             // joules per inference, or square metres
  std::string source;        // provenance of the figure behind it
  bool programming = false;  // its part in programming the weights, spread over inferences
};

/// Bytes that pass components one after the other: as fast as the slowest, at the energy of all.
struct Transfer {
  double bytes = 0, time_s = 0;
  std::vector<Share> energy;
  std::string slowest;  // path of the component that sets the time; empty: none is named
};

struct LayerProgramming {
  std::string name;
  int64_t arrays = 0, cells = 0;   // of all copies
  double bytes = 0;                // delivered
  std::optional<double> time_s;    // that its arrays take when no others are written beside them
  std::optional<double> energy_J;  // of its pulses
};

/// Arrays that were memory and become arrays of weights, and back (mapping::Morph).
struct Morphing {
  double saved_bytes = 0, save_s = 0, save_J = 0;
  double reconfigure_s = 0, reconfigure_J = 0;       // one way
  std::optional<double> to_compute_s, to_compute_J;  // save, program, reconfigure
  std::optional<double> to_memory_s, to_memory_J;    // reconfigure, and restore if the design does
};

/// What it costs to program a network's weights into the arrays, once.
struct Programming {
  int64_t arrays = 0, cells = 0;  // that are written, all copies
  double pulses_per_cell = 1;
  array::Sourced<units::Time> pulse;
  array::Sourced<units::Energy> pulse_energy;
  array::Sourced<double> endurance;  // pulses
  int64_t arrays_at_once = 0;        // of a chip
  Transfer delivery;                 // of the weights
  std::optional<double> pulses_s;    // of the chip with most to write
  std::optional<double> time_s;    // pulses, or delivery where that takes longer: rows are written as they come
  std::optional<double> energy_J;  // pulses, delivery, and the power that flows meanwhile
  std::vector<Share> energy;       // what energy_J consists of, the pulses first
  std::optional<double> exchanges;  // how often the network can be exchanged until its cells are worn out
  int64_t runs = 0;                 // inferences over which time and energy were spread; 0: not counted
  std::vector<LayerProgramming> layers;
  std::optional<Morphing> morph;
};

/// From the arrays and cells that mapping took, the `write:` group of the arrays, and the ways that the
/// design's mapping names.
Programming programming(const machine::Machine& machine, const mapping::Mapping& mapping);

/// For reports.
Table programming_table(const Programming& p);
nlohmann::ordered_json programming_json(const Programming& p);

}  // namespace ohmweave::report
