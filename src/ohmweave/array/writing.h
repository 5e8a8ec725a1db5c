// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "ohmweave/config/fields.h"
#include "ohmweave/device/device.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::array {

/// The `write:` group of an array: how its cells are programmed. What it leaves out is taken from the cell's
/// device, and is unknown where the device has no figure.
struct WritingSpec {
  std::optional<units::Time> pulse;
  std::optional<units::Energy> energy;
  double pulses = 1;
  std::optional<int64_t> cells_at_once, arrays_at_once;
  std::optional<double> endurance;

  static constexpr auto fields() {
    using S = WritingSpec;
    return std::tuple{
        config::defaulted("pulse", &S::pulse, "time of one programming pulse (default: of the device)")
            .above(0),
        config::defaulted("energy", &S::energy, "energy of one pulse on one cell (default: of the device)")
            .at_least(0),
        config::defaulted("pulses", &S::pulses,
                          "pulses that bring a cell to its level, on average; 1: written once, not verified")
            .within(1, 1e6),
        config::defaulted("cells_at_once", &S::cells_at_once,
                          "cells of an array that one pulse writes (default: those of a row)")
            .within(1, 1e9),
        config::defaulted(
            "arrays_at_once", &S::arrays_at_once,
            "arrays of a chip that are written at once, as power and drivers allow (default: those "
            "of one group)")
            .within(1, 1e12),
        config::defaulted("endurance", &S::endurance, "pulses a cell survives (default: of the device)")
            .within(1, 1e18)};
  }
};

/// A figure and where it comes from, in words; without a value, why it is not known.
template <class T>
struct Sourced {
  std::optional<T> value;
  std::string from;
};

/// How the cells of an array are programmed.
struct Writing {
  Sourced<units::Time> pulse;
  Sourced<units::Energy> energy;                         // of a pulse on a cell
  Sourced<double> endurance;                             // pulses
  double pulses = 1;                                     // per cell
  std::optional<int64_t> cells_at_once, arrays_at_once;  // none: a row; the arrays of one group
};

/// Fills what the design leaves out from the device: the typical entry before the table's, and of a range the
/// end that costs more (the longer pulse, the larger energy, the lower endurance).
Writing writing(const std::optional<WritingSpec>& design, const device::CellSpec& cell);

}  // namespace ohmweave::array
