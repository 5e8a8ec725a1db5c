// SPDX-License-Identifier: Apache-2.0
// The neural processor against arithmetic by hand.
#include "ohmweave/report/neural_processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

/// 16 x 16 multipliers at 1 GHz, 16-bit values, 2 KiB and 32 KiB, 4 GB/s, 0.5 W and a tenth of it waiting.
NeuralProcessorSpec spec() {
  NeuralProcessorSpec s;
  s.inputs = s.outputs = 16;
  s.clock = units::Frequency::from_si(1e9);
  s.value = units::Data::from_si(16);
  s.value_buffer = units::Data::from_si(8 * 2048), s.weight_buffer = units::Data::from_si(8 * 32768);
  s.bandwidth = units::DataRate::from_si(32e9);
  s.memory_energy = units::EnergyPerData::from_si(1e-11);
  s.power = units::Power::from_si(0.5), s.waiting = 0.1;
  return s;
}
constexpr double kBits = 32e9, kClock = 1e9;

Estimate estimate(const NeuralProcessorSpec& s, const network::Graph& g) {
  return NeuralProcessor(s, "unit").estimate(g, {});
}

TEST(NeuralProcessor, ADenseLayerWaitsForItsWeights) {
  const Estimate e = estimate(spec(), described("  - dense: {units: 500, bias: false}\n", "[784]"));
  const double bits = 16 * (784.0 * 500 + 784 + 500), cycles = 49 * 32, seconds = bits / kBits;
  EXPECT_NEAR(e.latency_s, seconds, 1e-15);
  const double computing = cycles / kClock;
  EXPECT_NEAR(e.energy[0].second, 0.5 * (computing + 0.1 * (seconds - computing)), 1e-15);
  EXPECT_NEAR(e.energy[1].second, bits * 1e-11, 1e-15);
}

TEST(NeuralProcessor, AConvolutionIsAsLongAsItsCyclesWhereItsWeightsStay) {
  // 100 positions, 9 taps, 20 maps are 2 blocks of 16, 40 are 3; 7200 weights of 16 bit stay in their buffer.
  const network::Graph g =
      described("  - conv: {channels: 40, kernel: 3, pad: same, bias: false}\n", "[20, 10, 10]");
  EXPECT_NEAR(estimate(spec(), g).latency_s, 100 * 9 * 2 * 3 / kClock, 1e-15);
  NeuralProcessorSpec s = spec();
  s.window = true;  // 180 values of a window are 12 blocks of 16
  EXPECT_NEAR(estimate(s, g).latency_s, 100 * 12 * 3 / kClock, 1e-15);
}

TEST(NeuralProcessor, InputsMeetEveryBlockOfWeights) {
  NeuralProcessorSpec s = spec();
  s.bandwidth = units::DataRate::from_si(32e6);  // only traffic counts
  const network::Graph g =
      described("  - conv: {channels: 256, kernel: 3, pad: same, bias: false}\n", "[128, 10, 10]");
  const double weights = 9.0 * 128 * 256, in = 12800, out = 25600, blocks = 18;  // of 16384 weights
  EXPECT_NEAR(estimate(s, g).latency_s, 16 * (weights + blocks * in + out) / 32e6, 1e-9);
  // 25 rounds of 1024 results would read all weights 25 times; with a single one that is the better way.
  s.value_buffer = units::Data::from_si(out * 16), s.weight_buffer = units::Data::from_si(16);
  EXPECT_NEAR(estimate(s, g).latency_s, 16 * (weights + in + out) / 32e6, 1e-9);
}

TEST(NeuralProcessor, SmallValuesStayAndFunctionsAreFree) {
  NeuralProcessorSpec s = spec();
  s.bandwidth = units::DataRate::from_si(32e6);
  const network::Graph g = described(
      "  - dense: {units: 500, bias: false}\n  - sigmoid\n  - dense: {units: 10, bias: false}\n", "[784]");
  EXPECT_NEAR(estimate(s, g).latency_s, 16 * (784.0 * 500 + 784 + 5000 + 10) / 32e6, 1e-9);
}

TEST(NeuralProcessor, UnitsWorkOnSamplesOfTheirOwn) {
  const network::Graph g = described("  - dense: {units: 500, bias: false}\n", "[784]");
  NeuralProcessorSpec s = spec();
  s.units = 64;
  EXPECT_DOUBLE_EQ(estimate(s, g).latency_s, estimate(spec(), g).latency_s);
  EXPECT_DOUBLE_EQ(estimate(s, g).throughput_per_s, 64 * estimate(spec(), g).throughput_per_s);
  EXPECT_DOUBLE_EQ(estimate(s, g).energy_J, estimate(spec(), g).energy_J);
}

TEST(NeuralProcessor, WorksOnOneSampleForward) {
  const network::Graph g = described("  - dense: {units: 500, bias: false}\n", "[784]");
  EXPECT_THAT(message_of([&] {
                NeuralProcessor(spec(), "unit").estimate(g, {2, Pass::Forward});
              }),
              HasSubstr("one sample at a time"));
}

}  // namespace
}  // namespace ohmweave::report
