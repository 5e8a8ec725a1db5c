// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/adc_parts.h"

#include <gtest/gtest.h>

#include "ohmweave/circuit/adc.h"

namespace ohmweave::circuit {
namespace {

using units::Area;
using units::Energy;
using units::Frequency;
using units::Power;

AdcSpec parts(AdcCircuit circuit, int bits) {
  AdcSpec spec;
  spec.bits = bits;
  spec.circuit = circuit;
  spec.model = AdcModel::Parts;
  spec.clock = Frequency::from_si(1e9);
  spec.comparator_energy = Energy::from_si(10e-15);
  spec.comparator_area = Area::from_si(5e-12);
  return spec;
}

TEST(AdcParts, FollowFromCircuitAndResolution) {
  struct Row {
    AdcCircuit circuit;
    int64_t comparators, decisions, clocks;
  };
  for (Row r :
       {Row{AdcCircuit::Sar, 1, 8, 8}, Row{AdcCircuit::Ramp, 1, 256, 256}, Row{AdcCircuit::Flash, 255, 255, 1},
        Row{AdcCircuit::Pipeline, 15, 15, 1}, Row{AdcCircuit::Cyclic, 3, 15, 8}}) {
    const Adc adc(parts(r.circuit, 8));
    EXPECT_DOUBLE_EQ(adc.rate().si(), 1e9 / static_cast<double>(r.clocks));
    EXPECT_NEAR(adc.action(Verb::Convert)->energy.si(), static_cast<double>(r.decisions) * 10e-15, 1e-24);
    EXPECT_NEAR(adc.action(Verb::Convert)->time.si(), static_cast<double>(r.clocks) * 1e-9, 1e-18);
    EXPECT_NEAR(adc.area().si(), static_cast<double>(r.comparators) * 5e-12, 1e-21);
  }
  EXPECT_EQ(part_counts(10, parts(AdcCircuit::Sar, 10)).capacitors, 1024);
  AdcSpec split = parts(AdcCircuit::Sar, 10);
  split.split_bits = 5;
  EXPECT_EQ(part_counts(10, split).capacitors, 64);
}

// Liu et al., JSSC 45, 731 (2010), section II: 10 bits take 1363.3 and 255.5 C V^2.
TEST(AdcParts, CapacitorsTakeThePublishedEnergy) {
  EXPECT_NEAR(switching_energy(10, CapacitorSwitching::Conventional), 1363.3, 0.05);
  EXPECT_NEAR(switching_energy(10, CapacitorSwitching::Monotonic), 255.5, 0.01);
  AdcSpec spec = parts(AdcCircuit::Sar, 10);
  spec.comparator_energy.reset();
  spec.unit_capacitor = units::Capacitance::from_si(1e-15);
  spec.reference_voltage = units::Voltage::from_si(1);
  EXPECT_NEAR(Adc(spec).action(Verb::Convert)->energy.si(), 1363.33e-15, 1e-17);
}

TEST(AdcParts, WhatFlowsAllTheTimeIsStaticPower) {
  AdcSpec spec = parts(AdcCircuit::Flash, 4);
  spec.bias_power = Power::from_si(1e-3);
  const Adc adc(spec);
  EXPECT_DOUBLE_EQ(adc.static_power().si(), 1e-3);
  EXPECT_NEAR(adc.peak_power().si(), 1e-3 + 15 * 10e-15 * 1e9, 1e-12);
  EXPECT_NEAR(adc.action(Verb::Convert)->energy.si(), 150e-15, 1e-21);
}

}  // namespace
}  // namespace ohmweave::circuit
