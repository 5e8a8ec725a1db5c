// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/adc_parts.h"

#include <cmath>

namespace ohmweave::circuit {
namespace {

template <class T>
T times(const std::optional<T>& one, double count) {
  return one.value_or(T()) * count;
}

}  // namespace

void AdcParts::check(AdcCircuit circuit, bool used, const config::Node& node, base::Diagnostics& d) const {
  using enum AdcCircuit;
  auto only_for = [&](const char* key, bool fits, const char* what) {
    const config::Node* given = node.find(key);
    if (given && used && !fits) d.error(given->span, fmt::format("'{}' is for circuit {}", key, what));
  };
  if (!used) {
    for (const config::FieldInfo& f : config::describe_fields<AdcParts>()) {
      if (const config::Node* given = node.find(f.name))
        d.error(given->span, fmt::format("'{}' is for model parts", f.name));
    }
    return;
  }
  const base::Span& model = node.find("model")->span;
  if (circuit == Ideal) d.error(model, "model parts needs a 'circuit', which has parts");
  if (!clock) d.error(model, "model parts needs 'clock'");
  const bool staged = circuit == Pipeline || circuit == Cyclic;
  for (const char* key : {"unit_capacitor", "reference_voltage", "switching", "capacitor_area"})
    only_for(key, circuit == Sar, "sar");
  only_for("resistor_area", circuit == Flash, "flash");
  only_for("ramp_area", circuit == Ramp, "ramp");
  for (const char* key : {"stage_energy", "stage_area"}) only_for(key, staged, "pipeline or cyclic");
  if (unit_capacitor && !reference_voltage)
    d.error(node.find("unit_capacitor")->span, "'unit_capacitor' needs 'reference_voltage'");
  for (const char* key : {"power", "total_power", "static_power", "energy", "area", "total_area"}) {
    if (const config::Node* given = node.find(key))
      d.error(given->span, fmt::format("'{}' is what model parts adds up", key));
  }
}

PartCounts part_counts(int bits, const ConverterErrors& circuit) {
  const int64_t codes = int64_t{1} << bits;
  const bool redundant = circuit.redundancy.value_or(true);
  PartCounts n;
  switch (circuit.kind()) {
    case AdcCircuit::Ideal:
      break;
    case AdcCircuit::Sar: {
      n.decisions = n.clocks = bits;
      const int split = circuit.split_bits.value_or(0);
      n.capacitors = split == 0 ? codes : (int64_t{1} << split) + (codes >> split);
      break;
    }
    case AdcCircuit::Ramp:
      n.decisions = n.clocks = codes;
      break;
    case AdcCircuit::Flash:
      n.comparators = n.decisions = codes - 1;
      n.resistors = codes;
      break;
    case AdcCircuit::Pipeline:
      n.stages = bits - (redundant ? 2 : 1);
      n.comparators = n.decisions = redundant ? 2 * n.stages + 3 : n.stages + 1;
      break;
    case AdcCircuit::Cyclic:
      n.stages = 1;
      n.clocks = bits;
      n.comparators = redundant ? 3 : 1;
      n.decisions = redundant ? 2 * (int64_t{bits} - 2) + 3 : bits;
      break;
  }
  return n;
}

double switching_energy(int bits, CapacitorSwitching switching) {
  double sum = 0;
  if (switching == CapacitorSwitching::Conventional) {
    for (int i = 1; i <= bits; ++i) sum += std::ldexp(std::ldexp(1.0, i) - 1, bits + 1 - 2 * i);
  } else {
    for (int i = 1; i < bits; ++i) sum += std::ldexp(1.0, bits - 2 - i);
  }
  return sum;
}

Conversion conversion_of(int bits, const ConverterErrors& circuit, const AdcParts& parts) {
  const PartCounts n = part_counts(bits, circuit);
  const auto clocks = static_cast<double>(n.clocks);
  Conversion c;
  c.rate = parts.clock.value_or(units::Frequency::from_si(1)) / clocks;
  c.energy = times(parts.comparator_energy, static_cast<double>(n.decisions)) +
             times(parts.logic_energy, clocks) +
             times(parts.stage_energy, static_cast<double>(n.stages) * clocks);
  if (parts.unit_capacitor) {
    const units::Energy unit = *parts.unit_capacitor * (*parts.reference_voltage * *parts.reference_voltage);
    // Two arrays joined by a bridge each switch like a short one.
    const int split = circuit.split_bits.value_or(0);
    const CapacitorSwitching how = parts.switching.value_or(CapacitorSwitching::Conventional);
    const double units = split == 0 ? switching_energy(bits, how)
                                    : switching_energy(split, how) + switching_energy(bits - split, how);
    c.energy += unit * units;
  }
  c.static_power = parts.bias_power.value_or(units::Power());
  c.area = times(parts.comparator_area, static_cast<double>(n.comparators)) + times(parts.logic_area, 1) +
           times(parts.stage_area, static_cast<double>(n.stages)) +
           times(parts.capacitor_area, static_cast<double>(n.capacitors)) +
           times(parts.resistor_area, static_cast<double>(n.resistors)) + times(parts.ramp_area, 1);
  return c;
}

}  // namespace ohmweave::circuit
