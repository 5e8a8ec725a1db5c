// SPDX-License-Identifier: Apache-2.0
// DaDianNao's closed form against arithmetic by hand, and against the figures that ISAAC's paper states of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ohmweave/network/network.h"
#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/text.h"
#include "ohmweave/report/baseline.h"

namespace ohmweave::report {
namespace {

using network::message_of;
using testing::HasSubstr;

constexpr double kClock = 606e6, kLinks = 25.6e9;

network::Graph described(const std::string& layers, const std::string& input) {
  const std::string text = "name: net\ninput: " + input + "\nlayers:\n" + layers;
  return network::read_text(std::make_shared<base::Source>(base::Source{"net.yaml", text}));
}
nlohmann::ordered_json costs(const network::Graph& g, const std::string& chips,
                             const std::string& split = "positions") {
  return baseline_json(load_baseline("dadiannao", {{"chips", chips}, {"split", split}}), &g)["costs"];
}
int64_t chips_for(const std::string& network) {
  const network::Graph graph = network::load(network).graph;
  return baseline_json(load_baseline("dadiannao", {}), &graph)["mapping"]["chips"].get<int64_t>();
}

TEST(Dadiannao, FiguresOfIsaacsTables) {
  const nlohmann::ordered_json peak = baseline_json(load_baseline("dadiannao", {}), nullptr)["design"]["peak"];
  EXPECT_NEAR(peak["ops_per_s"].get<double>() * 1e-12, 5.58, 0.01);
  EXPECT_NEAR(peak["ops_per_s_per_m2"].get<double>() * 1e-15, 63.46, 0.01);
  EXPECT_NEAR(peak["power_W"].get<double>(), 20.1, 1e-9);
}

TEST(Dadiannao, ChipsThatHoldTheBenchmarks) {  // isaac16, section VIII: powers of two of 36 MiB
  for (const char* n : {"vgg-a", "vgg-c", "vgg-d", "vgg-e", "deepface"}) EXPECT_EQ(chips_for(n), 8) << n;
  for (const char* n : {"msra-a", "msra-b"}) EXPECT_EQ(chips_for(n), 16) << n;
  EXPECT_EQ(chips_for("msra-c"), 32);
  EXPECT_EQ(chips_for("isaac-dnn"), 64);
}

TEST(Dadiannao, AConvolutionKeepsEveryTileAsBusyAsItsMapsAllow) {
  // 100 positions over 4 chips; 9 taps; 20 input maps are 2 blocks of 16; 300 output maps are 2 rounds of 256.
  const network::Graph g =
      described("  - conv: {channels: 300, kernel: 3, pad: same, bias: false}\n", "[20, 10, 10]");
  const double cycles = 25 * 9 * 2 * 2;
  EXPECT_NEAR(costs(g, "4")["latency_s"].get<double>(), cycles / kClock, 1e-12 * cycles / kClock);
  const double macs = 100.0 * 9 * 20 * 300, lanes = 4 * 16 * 256;
  EXPECT_NEAR(costs(g, "4")["used_of_peak"].get<double>(), macs / (lanes * cycles), 1e-12);
}

TEST(Dadiannao, ChipsThatDivideMapsNeedAllValues) {
  const network::Graph g =
      described("  - conv: {channels: 300, kernel: 3, pad: same, bias: false}\n", "[20, 10, 10]");
  const double cycles = 100 * 9 * 2 * 1;  // 4 chips make 1024 maps at once
  EXPECT_NEAR(costs(g, "4", "maps")["latency_s"].get<double>(), cycles / kClock, 1e-12 * cycles / kClock);
  // As they are the links deliver values faster than a tile takes 16 of them; ten times slower ones do not.
  const Baseline slow = load_baseline("dadiannao", {{"chips", "4"}, {"split", "maps"}, {"links", "2.56 GB/s"}});
  const network::Graph one = described("  - conv: {channels: 16, kernel: 1, bias: false}\n", "[64, 8, 8]");
  const double seconds = 64.0 * 8 * 8 * 3 / 4 * 2 / (kLinks / 10);
  EXPECT_NEAR(baseline_json(slow, &one)["costs"]["latency_s"].get<double>(), seconds, 1e-12 * seconds);
}

TEST(Dadiannao, ADenseLayerIsDividedByItsResults) {
  const network::Graph g = described("  - dense: {units: 4096, bias: false}\n", "[4096]");
  const double cycles = 256,
               seconds = cycles / kClock;  // 256 blocks of 16 values, all results of 16 chips at once
  const double links = 4096 * 15.0 / 16 * 2 / kLinks;
  ASSERT_GT(seconds, links);
  EXPECT_NEAR(costs(g, "16")["latency_s"].get<double>(), seconds, 1e-12 * seconds);
}

TEST(Dadiannao, EnergyIsWorkAndLinks) {
  const network::Graph g =
      described("  - conv: {channels: 256, kernel: 3, pad: same, bias: false}\n", "[16, 8, 8]");
  const nlohmann::ordered_json c = costs(g, "2");
  const double macs = 64.0 * 9 * 16 * 256, time = 32 * 9 / kClock;
  EXPECT_NEAR(c["energy_breakdown_J"]["tiles"].get<double>(), macs * 9.7 / (4096 * kClock), 1e-15);
  EXPECT_NEAR(c["energy_breakdown_J"]["links.static"].get<double>(), 2 * 10.4 * time, 1e-15);
  EXPECT_NEAR(c["average_power_W"].get<double>(), 2 * 20.1, 1e-9);  // every lane of every tile works
  EXPECT_NEAR(c["used_of_peak"].get<double>(), 1, 1e-12);
}

TEST(Dadiannao, SaysWhatIsWrong) {
  EXPECT_THAT(message_of([] { load_baseline("dadianno", {}); }),
              HasSubstr("there is no baseline 'dadianno'; did you mean 'dadiannao'?"));
  EXPECT_THAT(message_of([] { load_baseline("dadiannao", {{"split", "rows"}}); }), HasSubstr("rows"));
  EXPECT_THAT(message_of([] { load_baseline("dadiannao", {{"chip", "1"}}); }), HasSubstr("unknown key 'chip'"));
  EXPECT_THAT(message_of([] { costs(network::load("vgg-d").graph, "1"); }),
              HasSubstr("does not fit: its weights need 7.3 chips, there are 1"));
}

}  // namespace
}  // namespace ohmweave::report
