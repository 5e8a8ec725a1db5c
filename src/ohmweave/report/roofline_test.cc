// SPDX-License-Identifier: Apache-2.0
// The roofline against arithmetic by hand.
#include "ohmweave/report/roofline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/network.h"
#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/text.h"

namespace ohmweave::report {
namespace {

using network::message_of;
using testing::HasSubstr;

network::Graph described(const std::string& layers, const std::string& input) {
  const std::string text = "name: net\ninput: " + input + "\nlayers:\n" + layers;
  return network::read_text(std::make_shared<base::Source>(base::Source{"net.yaml", text}));
}

/// 1 TOPS at half efficiency, 10 GB/s at half, 32-bit values, 50 W of 10 to 90 W while it works.
RooflineSpec spec() {
  RooflineSpec s;
  s.peak = units::Frequency::from_si(1e12), s.compute_efficiency = 0.5;
  s.bandwidth = units::DataRate::from_si(8e10), s.bandwidth_efficiency = 0.5;
  s.cache = units::Data::from_si(0), s.memory = units::Data::from_si(8e9), s.value = units::Data::from_si(32);
  s.power = units::Power::from_si(90), s.idle_power = units::Power::from_si(10), s.busy = 0.5;
  return s;
}
constexpr double kOperations = 0.5e12, kBits = 4e10;

Estimate estimate(const RooflineSpec& s, const network::Graph& g, const Workload& w = {}) {
  return Roofline(s, "processor").estimate(g, w);
}

const char* kDense = "  - dense: {units: 2000, bias: false}\n";

TEST(Roofline, ADenseLayerWaitsForItsWeights) {
  const Estimate e = estimate(spec(), described(kDense, "[1000]"));
  EXPECT_NEAR(e.latency_s, (1000.0 * 2000 + 1000 + 2000) * 32 / kBits, 1e-15);
  EXPECT_EQ(e.time[1].first, "memory");
  EXPECT_DOUBLE_EQ(e.time[1].second, e.latency_s);
  EXPECT_NEAR(e.energy_J, 50 * e.latency_s, 1e-15);
  EXPECT_NEAR(e.used_of_peak, 2 * 2e6 / (1e12 * e.latency_s), 1e-15);
}

TEST(Roofline, OnlyConvolutionsAreFasterThanThePeak) {
  RooflineSpec s = spec();
  s.compute_efficiency = 2;
  s.bandwidth = units::DataRate::from_si(1e18);
  const double macs = 64.0 * 64 * 100;
  EXPECT_NEAR(
      estimate(s, described("  - conv: {channels: 64, kernel: 3, pad: same, bias: false}\n", "[64, 10, 10]"))
          .latency_s,
      2 * 9 * macs / 2e12, 1e-12);
  EXPECT_NEAR(
      estimate(s, described("  - conv: {channels: 64, kernel: 1, bias: false}\n", "[64, 10, 10]")).latency_s,
      2 * macs / 1e12, 1e-12);
  EXPECT_LE(Roofline(s, "processor")
                .estimate(network::load("lstm-language-model").graph, {16, Pass::Forward})
                .used_of_peak,
            1);
}

TEST(Roofline, ABatchReadsWeightsOnce) {
  const network::Graph g = described(kDense, "[1000]");
  const Estimate e = estimate(spec(), g, {10, Pass::Forward});
  EXPECT_NEAR(e.latency_s, (1000.0 * 2000 + 10 * 3000) * 32 / kBits, 1e-15);
  EXPECT_NEAR(e.throughput_per_s, 10 / e.latency_s, 1e-6);
  const Estimate many = estimate(spec(), g, {1000, Pass::Forward});  // now there is arithmetic enough
  EXPECT_NEAR(many.latency_s, 2 * 1000.0 * 2e6 / kOperations, 1e-12);
  EXPECT_EQ(many.time[0].first, "arithmetic");
  EXPECT_DOUBLE_EQ(many.time[0].second, many.latency_s);
}

TEST(Roofline, WhatFitsInTheCacheStaysThere) {
  const network::Graph g = described("  - dense: {units: 500, bias: false}\n  - relu\n", "[100]");
  RooflineSpec s = spec();
  s.compute_efficiency = 10;  // only traffic counts
  const double weights = 100 * 500, hidden = 500;
  // The input and the output cross the border of the network; the hidden values are written and read.
  EXPECT_NEAR(estimate(s, g).latency_s, (weights + 100 + 2 * hidden + 500) * 32 / kBits, 1e-15);
  s.cache = units::Data::from_si(hidden * 32);
  EXPECT_NEAR(estimate(s, g).latency_s, (weights + 100 + 500) * 32 / kBits, 1e-15);
  s.cache = units::Data::from_si(weights * 32);  // they leave no room for values
  EXPECT_NEAR(estimate(s, g).latency_s, (100 + 2 * hidden + 500) * 32 / kBits, 1e-15);
}

TEST(Roofline, OperatorsWithoutProductsMoveValuesAndViewsAreFree) {
  RooflineSpec s = spec();
  const Estimate e = estimate(s, described("  - relu\n  - flatten\n", "[4, 10, 10]"));
  EXPECT_NEAR(e.latency_s, 800 * 32 / kBits, 1e-15);
  EXPECT_EQ(e.used_of_peak, 0);
}

TEST(Roofline, NoOperatorIsShorterThanItsOverhead) {
  RooflineSpec s = spec();
  s.overhead = units::Time::from_si(1e-3);
  EXPECT_DOUBLE_EQ(estimate(s, described("  - relu\n  - relu\n", "[10]")).latency_s, 2e-3);
}

TEST(Roofline, BackwardIsTwiceForward) {
  const network::Graph g = described(kDense, "[1000]");
  const double forward = estimate(spec(), g).latency_s;
  EXPECT_DOUBLE_EQ(estimate(spec(), g, {1, Pass::Backward}).latency_s, 2 * forward);
  EXPECT_DOUBLE_EQ(estimate(spec(), g, {1, Pass::Training}).latency_s, 3 * forward);
}

TEST(Roofline, MemoryOfItsOwnTakesEnergy) {
  RooflineSpec s = spec();
  s.memory_energy = units::EnergyPerData::from_si(1e-11);
  const Estimate e = estimate(s, described(kDense, "[1000]"), {10, Pass::Forward});
  ASSERT_EQ(e.energy.size(), 2U);
  EXPECT_NEAR(e.energy[1].second, (2e6 + 10 * 3000) * 32 * 1e-11 / 10, 1e-15);
}

TEST(Roofline, SaysWhatDoesNotFit) {
  EXPECT_THAT(message_of([] { estimate(spec(), network::load("llama-7b").graph); }),
              HasSubstr("does not fit: weights and the values of its largest layer take"));
}

}  // namespace
}  // namespace ohmweave::report
