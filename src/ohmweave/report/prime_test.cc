// SPDX-License-Identifier: Apache-2.0
// PRIME's way of sharing a memory among layers, images and banks (Chi et al., ISCA 2016, section IV-B).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/network/network.h"
#include "ohmweave/network/text.h"
#include "ohmweave/program/counts.h"
#include "ohmweave/program/validate.h"

namespace ohmweave::report {
namespace {

using mapping::Mapping;

network::Graph written(const std::string& text) {
  return network::read_text(std::make_shared<const base::Source>(base::Source{"network", text}));
}
Mapping map(const network::Graph& network, int64_t samples, const std::string& design = "prime") {
  mapping::Options options;
  options.samples = samples;
  return mapping::compile(network, machine::load(design), options);
}
Mapping map(const std::string& network, int64_t samples, const std::string& design = "prime") {
  return map(network::load(network).graph, samples, design);
}
int64_t end(const Mapping& m) { return execution::time(m.program).end; }

TEST(Prime, SplitsAndMergesALayerOfFourMats) {  // 512-512 becomes M11, M12, M21, M22
  const Mapping m = map(written("{name: split, input: [512], layers: [dense: {units: 512, bias: false}]}"), 1);
  ASSERT_EQ(m.layers.size(), 1U);
  EXPECT_EQ(m.layers[0].row_tiles, 2);
  EXPECT_EQ(m.layers[0].column_tiles, 2);
  EXPECT_EQ(m.arrays_used, 4);
  EXPECT_EQ(m.utilization, 1);
}

TEST(Prime, CopiesOfASmallLayerShareAMat) {  // 128-1 runs as 256-2: two copies of its rows fit
  const Mapping m =
      map(written("{name: small, input: [128, 1, 64], layers: [conv: {channels: 1, kernel: 1, bias: false}]}"),
          1, "prime:mapping.share_arrays=true");
  EXPECT_EQ(m.layers[0].copies_per_array, 2);
  EXPECT_EQ(m.layers[0].copies, 64);
  EXPECT_EQ(m.layers[0].all_arrays, 32);
}

TEST(Prime, TheLargestMnistNetworkJustFitsABank) {
  const Mapping m = map("mlp-l", 64);
  EXPECT_EQ(m.arrays_used, 58);  // of 64
  EXPECT_EQ(m.samples_together, 64);
}

TEST(Prime, SixtyFourImagesTakeTheTimeOfOne) {
  const int64_t one = end(map("mlp-l", 1));
  EXPECT_EQ(end(map("mlp-l", 64)), one);
  EXPECT_GT(end(map("mlp-l", 65)), one);
  EXPECT_LE(end(map("mlp-l", 65)), 2 * one);
}

TEST(Prime, ANetworkOfTwoBanksRunsOnThirtyTwoImages) {
  const Mapping m = map(written("{name: two, input: [2048], layers: [dense: {units: 2048, bias: false}, relu, "
                                "dense: {units: 512, bias: false}]}"),
                        64);
  EXPECT_EQ(m.arrays_used, 64 + 16);
  EXPECT_EQ(m.samples_together, 32);
}

TEST(Prime, LayersOfABankWorkOneAfterTheOther) {
  const Mapping m = map("mlp-s", 128);
  execution::TimingOptions options;
  options.keep_starts = true;
  const execution::Timing t = execution::time(m.program, options);
  for (size_t trip = 0; trip < 2; ++trip) {
    for (size_t k = 1; k < 3; ++k) EXPECT_GT(t.stages[k].starts[trip], t.stages[k - 1].starts[trip]);
  }
  const int64_t last = t.stages[2].starts[0] + m.program.stages[2].latency();
  EXPECT_EQ(t.stages[0].starts[1], last);  // the next images wait for the bank
  const int64_t load = t.stages[3].starts[1];
  EXPECT_LT(load, t.stages[0].starts[1]);  // and are there already
}

TEST(Prime, LargeNetworksArePipelinesOfBanks) {
  const Mapping m = map("vgg-d", 8);
  EXPECT_TRUE(m.fits);
  EXPECT_EQ(m.samples_together, 1);
  const execution::Timing t = execution::time(m.program);
  int64_t one = 0;
  for (const execution::StageTiming& s : t.stages) one = std::max(one, s.epoch_finish.front());
  EXPECT_LT(t.end, 4 * one);  // 8 images in less than the time of 4
  EXPECT_GT(t.end, one);
}

TEST(Prime,
     ItsMemoryTakesTheTimesOfTableFour) {  // tRP + tRCD + tCL before data come, tWR after they were written
  const std::string none = "prime:memory.chip.bank.buffer.access=0 s:memory.chip.bank.buffer.recovery=0 s";
  const network::Graph one = written("{name: one, input: [256], layers: [dense: {units: 256, bias: false}]}");
  const auto latency = [&](const std::string& design) {
    return map(one, 1, design).program.stages[0].latency();
  };
  const int64_t cycle = 1876, access = 18, recovery = 23;  // cycles of 32.8 and 41.4 ns
  EXPECT_EQ(latency("prime") - latency(none), (access + recovery) * cycle);
}

TEST(Prime, EveryPositionReadsItsWholeWindow) {  // TIMELY, Table V, for a convolution of one mat
  const Mapping m = map(
      written(
          "{name: one, input: [4, 16, 16], layers: [conv: {channels: 8, kernel: 3, pad: same, bias: false}]}"),
      1);
  int64_t bytes = 0;
  for (const auto& [key, n] : program::count_actions(m.program).actions) {
    if (m.program.resources[key.first].part == "memory.chip.bank.buffer" && key.second == circuit::Verb::Read)
      bytes += n;
  }
  EXPECT_NEAR(static_cast<double>(bytes), 16 * 16 * 9 * 4 * 6 / 8.0, 16 * 16);  // whole bytes for each firing
}

TEST(Prime, SamplesBeyondTheCopiesCountOnlyWhatTheyAre) {
  const auto reads = [](int64_t samples) {
    const Mapping m = map("cnn-1", samples);
    int64_t out = 0;
    for (const auto& [key, n] : program::count_actions(m.program).actions) out += n;
    return out;
  };
  EXPECT_EQ(reads(65) - reads(64), reads(1));
  EXPECT_EQ(reads(64), 64 * reads(1));
}

TEST(Prime, GroupsThatDoNotHoldTheArraysAreErrors) {
  for (const char* key : {"sample_group", "serial_group"}) {
    try {
      map("mlp-s", 1, std::string("prime:mapping.") + key + "=memory.chip.bank.buffer");
      FAIL() << key;
    } catch (const base::Failure& f) {
      EXPECT_THAT(f.what(), testing::HasSubstr("is no group of the machine that holds"));
    }
  }
}

}  // namespace
}  // namespace ohmweave::report
