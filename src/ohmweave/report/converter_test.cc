// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/converter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ohmweave/circuit/adc.h"
#include "ohmweave/circuit/dac.h"
#include "ohmweave/circuit/integrate_fire.h"
#include "ohmweave/circuit/sense_amplifier.h"

namespace ohmweave::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

circuit::AdcSpec spec() {
  circuit::AdcSpec s;
  s.rate = units::Frequency::from_si(1e9);
  s.power = units::Power::from_si(2e-3);
  return s;
}

TEST(Converter, AnIdealOneHasItsBits) {
  const Converter c = measure_converter("ideal", std::make_shared<circuit::Adc>(spec()), 1, 3);
  ASSERT_EQ(c.measured.size(), 3U);
  const nlohmann::ordered_json json = converter_json(c);
  EXPECT_EQ(json["bits"], 8.0);
  EXPECT_DOUBLE_EQ(json["energy_J"], 2e-12);
  EXPECT_NEAR(json["effective_bits"]["worst"].get<double>(), 8, 1e-3);
  EXPECT_EQ(json["missing_codes"]["worst"], 0.0);
  EXPECT_FALSE(json.contains("area_m2"));  // nothing is known of it
  EXPECT_EQ(json["inl"].size(), 3U);
  EXPECT_EQ(json["inl"][0].size(), 255U);
  EXPECT_EQ(json["dnl"][0].size(), 254U);
  EXPECT_THAT(converter_text(c, {}, 100), HasSubstr("effective bits"));
}

TEST(Converter, ErrorsAreSeenAndCostDoesNotMove) {
  circuit::AdcSpec s = spec();
  s.circuit = circuit::AdcCircuit::Sar;
  s.capacitor_mismatch = 0.05;
  const Converter c = measure_converter("sar", std::make_shared<circuit::Adc>(s), 1, 50);
  const nlohmann::ordered_json json = converter_json(c);
  EXPECT_DOUBLE_EQ(json["energy_J"], 2e-12);
  EXPECT_GT(json["inl_codes"]["mean"].get<double>(), 0.3);
  EXPECT_LT(json["effective_bits"]["worst"].get<double>(), json["effective_bits"]["mean"].get<double>());
  EXPECT_LT(json["effective_bits"]["mean"].get<double>(), 7.9);
  EXPECT_THAT(converter_picture(c), HasSubstr("sar: 12 converters"));
  EXPECT_THAT(converter_picture(c), Not(HasSubstr("nan")));
}

TEST(Converter, OtherKindsThatConvert) {
  circuit::SenseAmplifierSpec amplifier;
  amplifier.rate = units::Frequency::from_si(1e9);
  const Converter a = measure_converter("sa", std::make_shared<circuit::SenseAmplifier>(amplifier), 1, 1);
  // Both halves of zero are cut off to zero: of 125 codes between thresholds one is twice as wide as the others.
  EXPECT_NEAR(a.measured.front().most_dnl, 2 * 125.0 / 126 - 1, 1e-6);
  circuit::IntegrateFireSpec counter;
  counter.rate = units::Frequency::from_si(1e7);
  counter.bits = 8;
  const Converter f = measure_converter("if", std::make_shared<circuit::IntegrateFire>(counter), 1, 1);
  EXPECT_NEAR(f.measured.front().most_inl, 0, 1e-9);
  EXPECT_NEAR(f.measured.front().offset, 0.5, 1e-9);  // it cuts off instead of rounding
  circuit::DacSpec dac;
  dac.rate = units::Frequency::from_si(1e7);
  EXPECT_FALSE(converts(circuit::Dac(dac)));
}

}  // namespace
}  // namespace ohmweave::report
