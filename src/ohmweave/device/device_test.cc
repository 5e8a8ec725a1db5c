// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/device.h"

#include <gmock/gmock.h>

#include "ohmweave/config/load.h"

namespace ohmweave::device {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class Q>
std::string text(const config::Interval<Q>& interval) {
  return config::Value<config::Interval<Q>>::encode(interval).text;
}
std::vector<std::string> row(const std::string& name) {
  Characteristics c = load_device(name).characteristics;
  return {c.cell_structure, text(c.cell_size),    text(c.write_voltage),
          text(c.latency),  text(c.write_energy), text(c.endurance)};
}

// Every cell of the survey's Table 1, typed in here a second time.
TEST(Device, TableOneOfTheSurvey) {
  EXPECT_THAT(row("dram"), ElementsAre("1T1C", "6 F^2", "<1 V", "<10 ns", "~5 fJ", ">1e+16"));
  EXPECT_THAT(row("sram"), ElementsAre("6T", ">100 F^2", "<1 V", "300 ps", "~700 aJ", ">1e+16"));
  EXPECT_THAT(row("rram"), ElementsAre("1T1R", "4 F^2..12 F^2", "<3 V", "10 ns", "~100 fJ", "<1000000000000"));
  EXPECT_THAT(row("pcm"), ElementsAre("1T1R", "4 F^2..30 F^2", "<3 V", "50 ns", "~10 pJ", "<1000000000"));
  EXPECT_THAT(row("mram"),
              ElementsAre("1T1R", "6 F^2..50 F^2", "<1.5 V", "20 ns", "~100 fJ", ">1000000000000000"));
}

TEST(Device, ShippedDevices) {
  EXPECT_THAT(device_names(), ElementsAre("dram", "mram", "pcm", "rram", "sram"));
}

TEST(Device, BestCaseAndTypicalEnduranceAreToldApart) {
  Device rram = load_device("rram");
  EXPECT_EQ(rram.title, "Resistive RAM");
  EXPECT_EQ(*rram.characteristics.endurance.high, 1e12);
  ASSERT_TRUE(rram.typical.has_value());
  EXPECT_EQ(*rram.typical->endurance.low, 1e6);
  EXPECT_EQ(*rram.typical->endurance.high, 1e9);
}

// Two sources of one fact must not contradict each other: the typical endurance lies within the table's bound.
TEST(Device, TypicalEnduranceWithinTheTablesBound) {
  for (const std::string& name : device_names()) {
    Device d = load_device(name);
    ASSERT_TRUE(d.typical.has_value()) << name;
    const auto &bound = d.characteristics.endurance, &typical = d.typical->endurance;
    if (bound.high) {
      EXPECT_LE(typical.high.value_or(1e300), *bound.high) << name;
    }
    if (bound.low) {
      EXPECT_FALSE(typical.high.has_value() && *typical.high < *bound.low) << name;
    }
  }
}

TEST(Device, UnknownNameHasASuggestion) {
  try {
    load_device("rrma");
    FAIL();
  } catch (const base::Failure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("rrma: error: there is no such device; did you mean 'rram'?"));
  }
}

TEST(Device, EveryNumberHasASource) {
  for (const std::string& name : device_names()) {
    base::Diagnostics d;
    config::check_provenance(load_device(name).file, d);
    EXPECT_TRUE(d.empty()) << d.render();
  }
}

TEST(Device, IdealCellsConductWhatTheyWereTold) {
  auto cell = ideal_cell();
  std::vector<int32_t> levels{0, 3, 1, 255};
  EXPECT_TRUE(cell->ideal());
  std::vector<float> steps(levels.size());
  cell->program(levels, {.seed = 1, .place = 2}, steps);
  EXPECT_THAT(steps, ElementsAre(0.0F, 3.0F, 1.0F, 255.0F));
}

}  // namespace
}  // namespace ohmweave::device
