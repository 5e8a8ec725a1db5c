// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <tuple>

#include "ohmweave/circuit/converter_errors.h"
#include "ohmweave/config/fields.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

/// How a capacitive DAC switches, which decides what it takes from the reference.
enum class CapacitorSwitching {
  Conventional,  // up at each trial, back down where it fails (Ginsburg and Chandrakasan, ISCAS 2005)
  Monotonic,     // one capacitor down after each decision (Liu et al., JSSC 45, 731 (2010))
};

/// What the parts of a converter take, for a design that has figures of these instead of a total. How many
/// there are follows from circuit and resolution.
struct AdcParts {
  std::optional<units::Frequency> clock;
  std::optional<units::Energy> comparator_energy, logic_energy, stage_energy;
  std::optional<units::Area> comparator_area, logic_area, stage_area, capacitor_area, resistor_area;
  std::optional<units::Capacitance> unit_capacitor;
  std::optional<units::Voltage> reference_voltage;
  std::optional<CapacitorSwitching> switching;
  std::optional<units::Power> bias_power;
  std::optional<units::Area> ramp_area;

  static constexpr auto fields() {
    using S = AdcParts;
    using config::defaulted;
    return std::tuple{
        defaulted("clock", &S::clock, "model parts: clock of one converter").above(0),
        defaulted("comparator_energy", &S::comparator_energy, "model parts: of one decision of a comparator")
            .at_least(0),
        defaulted("logic_energy", &S::logic_energy,
                  "model parts: of registers, counter or encoder in one clock")
            .at_least(0),
        defaulted("stage_energy", &S::stage_energy,
                  "model parts, pipeline and cyclic: of one stage's amplifier in one clock")
            .at_least(0),
        defaulted("comparator_area", &S::comparator_area, "model parts: of one comparator").at_least(0),
        defaulted("logic_area", &S::logic_area, "model parts: of registers, counter or encoder").at_least(0),
        defaulted("stage_area", &S::stage_area, "model parts, pipeline and cyclic: of one stage's amplifier")
            .at_least(0),
        defaulted("capacitor_area", &S::capacitor_area, "model parts, sar: of a unit capacitor").at_least(0),
        defaulted("resistor_area", &S::resistor_area, "model parts, flash: of a resistor of the ladder")
            .at_least(0),
        defaulted("unit_capacitor", &S::unit_capacitor, "model parts, sar: capacitance of one unit")
            .at_least(0),
        defaulted("reference_voltage", &S::reference_voltage, "model parts, sar: what capacitors switch by")
            .at_least(0),
        defaulted("switching", &S::switching, "model parts, sar: how capacitors switch (default conventional)"),
        defaulted("bias_power", &S::bias_power,
                  "model parts: what flows all the time, in a ladder, a ramp generator (the share of one "
                  "converter) or amplifiers")
            .at_least(0),
        defaulted("ramp_area", &S::ramp_area,
                  "model parts, ramp: of the ramp generator, the share of one converter")
            .at_least(0)};
  }
  void check(AdcCircuit circuit, bool used, const config::Node& node, base::Diagnostics& diagnostics) const;
};

/// What one converter of `bits` has and does in a conversion.
struct PartCounts {
  int64_t comparators = 1, decisions = 1;  // that there are; that they take in one conversion
  int64_t clocks = 1;                      // from one conversion to the next
  int64_t stages = 0, capacitors = 0, resistors = 0;
};
PartCounts part_counts(int bits, const ConverterErrors& circuit);
/// Mean over all codes of the energy that switching an array of binary-weighted capacitors takes in one
/// conversion, in units of C V^2 of a unit capacitor.
double switching_energy(int bits, CapacitorSwitching switching);

/// One conversion, of the parts' sum.
struct Conversion {
  units::Frequency rate;
  units::Energy energy;  // without what flows all the time
  units::Power static_power;
  units::Area area;
};
Conversion conversion_of(int bits, const ConverterErrors& circuit, const AdcParts& parts);

}  // namespace ohmweave::circuit

template <>
struct ohmweave::config::Words<ohmweave::circuit::CapacitorSwitching> {
  using enum ohmweave::circuit::CapacitorSwitching;
  static constexpr std::pair<std::string_view, ohmweave::circuit::CapacitorSwitching> values[] = {
      {"conventional", Conventional}, {"monotonic", Monotonic}};
};
