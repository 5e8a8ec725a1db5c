// SPDX-License-Identifier: Apache-2.0
// Prices of a program small enough to be added up by hand. The energies are Table I of ISAAC's paper over the
// rates it gives, written out here once more.
#include <cmath>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/program/testing/builder.h"
#include "ohmweave/report/report.h"
#include "ohmweave/report/summary.h"

namespace ohmweave::report {
namespace {

using circuit::Verb;
using program::testing::Builder;

constexpr double kConversion = 2e-3 / 1.28e9;       // 16 mW for 8 ADCs of 1.28 GSps
constexpr double kArrayRead = 2.4e-3 / 8 * 100e-9;  // 2.4 mW for 8 arrays, a read in 100 ns
constexpr double kLinks = 10.4;                     // watts of a chip, whatever happens
constexpr double kChipArea = 85.42e-6;

/// Two samples of four firings: 3 reads of arrays and 40 conversions each, and a clock that costs nothing.
mapping::Mapping two_samples() {
  Builder b;
  b.stage("work", {{"image", 2}, {"y", 4}},
          {{"arrays", Verb::Read, 0, 100'000, 3},
           {"converters", Verb::Convert, 100'000, 100'000, 40},
           {"clock", Verb::Read, 0, 300'000, 1}},
          {}, {"out"});
  mapping::Mapping m;
  m.program = b.program;
  m.program[b.resource_id("arrays")].part = "chip.tile.ima.crossbar";
  m.program[b.resource_id("converters")].part = "chip.tile.ima.adc";
  m.program.name = "by hand";
  m.chips = 2;
  m.samples = 2;
  return m;
}

class Price : public testing::Test {
 protected:
  Costs priced() const { return price(machine, m, execution::time(m.program)); }
  machine::Machine machine = machine::load("isaac");
  mapping::Mapping m = two_samples();
};

TEST_F(Price, TimesFollowFromTheFirings) {  // the clock is held 300 ns, so a firing follows every 300 ns
  const Costs c = priced();
  EXPECT_NEAR(c.latency_s, 4 * 300e-9, 1e-15);
  EXPECT_NEAR(c.throughput_per_s, 1 / 1200e-9, 1e-3);
  EXPECT_EQ(c.samples, 2);
}

TEST_F(Price, EnergyIsCountsTimesPricesPlusWhatFlowsAnyway) {
  const Costs c = priced();
  const double reads = 4 * 3 * kArrayRead, conversions = 4 * 40 * kConversion, links = 2 * kLinks * 1200e-9;
  ASSERT_EQ(c.energy.size(), 3U);
  EXPECT_EQ(c.energy[0].part, "chip.hyper_transport");
  EXPECT_TRUE(c.energy[0].constant);
  EXPECT_NEAR(c.energy[0].si, links, 1e-9 * links);
  EXPECT_EQ(c.energy[1].part, "chip.tile.ima.crossbar");
  EXPECT_NEAR(c.energy[1].si, reads, 1e-9 * reads);
  EXPECT_EQ(c.energy[2].part, "chip.tile.ima.adc");
  EXPECT_NEAR(c.energy[2].si, conversions, 1e-9 * conversions);
  EXPECT_NEAR(c.energy_per_inference_J, reads + conversions + links, 1e-9 * links);
  EXPECT_NEAR(c.average_power_W, (reads + conversions + links) / 1200e-9, 1e-6);
  EXPECT_EQ(c.energy[2].source, "isaac16, Table I");
}

TEST_F(Price, ActionsAreOfAllSamples) {
  const Costs c = priced();
  EXPECT_EQ(c.actions.at("chip.tile.ima.adc").at(Verb::Convert), 2 * 4 * 40);
  EXPECT_EQ(c.actions.at("chip.tile.ima.crossbar").at(Verb::Read), 2 * 4 * 3);
  EXPECT_EQ(c.actions.size(), 2U);
}

TEST_F(Price, AreaAndPeakAreOfAllChips) {
  const Costs c = priced();
  EXPECT_NEAR(c.area_m2, 2 * kChipArea, 1e-3 * kChipArea);
  double sum = 0;
  for (const Share& s : c.area) sum += s.si;
  EXPECT_NEAR(sum, c.area_m2, 1e-12 * c.area_m2);
  EXPECT_NEAR(c.area_m2, 2 * machine.root->area().si(), 1e-12 * c.area_m2);
  EXPECT_NEAR(c.peak_ops_per_s, 2 * 16128 * 128 * 16 * 2 / 1.6e-6, 1e3);
  EXPECT_NEAR(c.peak_power_W, 2 * 65.81, 0.02);
}

TEST_F(Price, OneSampleHasNoPipelineToFill) {
  m.program.stages[0].loops[0].extent = 1;
  m.samples = 1;
  const Costs c = price(machine, m, execution::time(m.program));
  EXPECT_NEAR(c.throughput_per_s, 1 / 1200e-9, 1e-3);
  EXPECT_NEAR(c.latency_s, 1200e-9, 1e-15);
}

TEST_F(Price, CopiesOfTheNetworkFinishTheirSamplesTogether) {
  const double one_at_a_time = priced().throughput_per_s;
  m.program.stages[0].loops[0] = {m.program.stages[0].loops[0].dim, 128, 64};
  m.samples = 128, m.samples_together = 64;
  EXPECT_NEAR(priced().throughput_per_s, 64 * one_at_a_time, 1e-3);
  EXPECT_NEAR(priced().latency_s, 1200e-9, 1e-15);
}

TEST_F(Price, WhatOnlyDataCanTellIsAnUpperBound) {
  EXPECT_FALSE(priced().upper_bound);
  program::Measure skipped;
  skipped.name = "nonzero";
  skipped.stage = {0};
  skipped.most = 3;
  m.program.measures.push_back(skipped);
  EXPECT_TRUE(priced().upper_bound);
  m.program.measures[0].known = {2};
  EXPECT_FALSE(priced().upper_bound);
}

TEST_F(Price, AMachineThatStandsStillSaysWhy) {
  execution::Timing timing;
  timing.deadlock = {"stage 'a' waits for 'b'", "stage 'b' waits for 'a'"};
  try {
    price(machine, m, timing);
    FAIL();
  } catch (const base::Failure& f) {
    EXPECT_THAT(f.what(), testing::HasSubstr(
                              "by hand: error: the machine stands still: stage 'a' waits for 'b'; stage 'b'"));
  }
}

TEST_F(Price, TheBusiestResourceOfAPartIsNamed) {
  Report r;
  r.machine = std::make_shared<const machine::Machine>(machine::load("isaac"));
  r.mapping = std::make_shared<const mapping::Mapping>(m);
  r.costs = priced();
  const std::map<std::string, Busiest> all = busiest(r);
  ASSERT_EQ(all.count("chip.tile.ima.adc"), 1U);
  EXPECT_EQ(all.at("chip.tile.ima.adc").resource, "converters");
  EXPECT_NEAR(all.at("chip.tile.ima.adc").busy, 1.0 / 3, 1e-12);  // 100 of every 300 ns
  EXPECT_NEAR(all.at("chip.tile.ima.adc").per_instance_per_s.at(Verb::Convert), 40 / 300e-9, 1);
}

TEST_F(Price, TheCriticalChainTakesTheWholeRun) {
  Report r;
  r.mapping = std::make_shared<const mapping::Mapping>(m);
  r.costs = priced();
  double sum = 0;
  int64_t firings = 0;
  for (const ChainPart& p : critical_chain(r)) sum += p.seconds, firings += p.firings;
  EXPECT_NEAR(sum, units::to_time(r.costs->timing.end).si(), 1e-15);
  EXPECT_EQ(firings, 8);
}

}  // namespace
}  // namespace ohmweave::report
