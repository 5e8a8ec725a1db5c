// SPDX-License-Identifier: Apache-2.0
// Programming against sums by hand: a fully connected layer on ISAAC's arrays, whose cells can be counted.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/mapping/settings.h"
#include "ohmweave/report/report.h"

namespace ohmweave::report {
namespace {

/// `changes`: "KEY=VALUE" of the design.
Report of(const std::string& network, const std::vector<std::string>& changes) {
  std::vector<config::Override> overrides;
  for (const std::string& change : changes) overrides.push_back(config::parse_override(change));
  return estimate(network::load(network),
                  std::make_shared<const machine::Machine>(machine::load("isaac", overrides)), 4);
}
Programming programming_of(const std::string& network, const std::vector<std::string>& changes = {}) {
  return of(network, changes).costs->programming;
}

constexpr double kPulse = 100e-9, kEnergy = 0.1e-12;  // of library/devices/rram: typical at its longest; table
constexpr double kWeightsPerRow = 16;                 // of 16 bits in 2-bit cells on 128 columns

// MLP-S of PRIME's MlBench, 784-500-250-10. Rows of the layers' arrays: 784 = 6 x 128 + 16, 500, 250.
TEST(Programming, CellsAndTimeOfPerceptronAreCountedByHand) {
  const Programming p = programming_of("mlp-s", {"mapping.replicate=none"});
  ASSERT_EQ(p.layers.size(), 3U);
  const int64_t inputs[] = {784, 500, 250}, outputs[] = {500, 250, 10};
  double cells = 0, bytes = 0, time = 0;
  for (size_t k = 0; k < 3; ++k) {
    const LayerProgramming& l = p.layers[k];
    const auto side_by_side = static_cast<int64_t>(std::ceil(static_cast<double>(outputs[k]) / kWeightsPerRow));
    EXPECT_EQ(l.cells, inputs[k] * (8 * outputs[k] + side_by_side)) << l.name;  // a unit column in every array
    EXPECT_EQ(l.bytes, 2.0 * static_cast<double>(inputs[k] * outputs[k]));
    EXPECT_NEAR(*l.energy_J, static_cast<double>(l.cells) * 3 * kEnergy, 1e-18);
    const int64_t arrays = (inputs[k] + 127) / 128 * side_by_side;
    EXPECT_EQ(l.arrays, arrays);
    // Eight arrays of an IMA at once, a row of 128 after the other, three pulses each.
    EXPECT_NEAR(*l.time_s, static_cast<double>((arrays + 7) / 8) * 128 * 3 * kPulse, 1e-12);
    cells += static_cast<double>(l.cells), bytes += l.bytes, time += *l.time_s;
  }
  EXPECT_EQ(static_cast<double>(p.cells), cells);
  EXPECT_EQ(p.delivery.bytes, bytes);
  EXPECT_NEAR(*p.pulses_s, time, 1e-12);
  // Four tiles have a share of them; an eDRAM of 10.24 GB/s is written and read, slower than four links of 6.4.
  EXPECT_NEAR(p.delivery.time_s, bytes * 2 / (4 * 10.24e9), 1e-9);
  EXPECT_EQ(p.delivery.slowest, "chip.tile.edram");
  EXPECT_NEAR(*p.time_s, std::max(time, p.delivery.time_s), 1e-12);
  EXPECT_NEAR(*p.exchanges, 1e6 / 3, 1e-3) << "typical endurance is 1e6 at least";
}

TEST(Programming, CopiesAreWrittenToo) {
  const Programming one = programming_of("lenet5", {"mapping.replicate=none"}), many = programming_of("lenet5");
  const Report r = of("lenet5", {});
  int64_t cells = 0;
  for (size_t k = 0; k < one.layers.size(); ++k) {
    const auto layer = std::find_if(r.mapping->layers.begin(), r.mapping->layers.end(),
                                    [&](const mapping::Layer& l) { return l.name == one.layers[k].name; });
    ASSERT_NE(layer, r.mapping->layers.end());
    cells += one.layers[k].cells * layer->copies;
  }
  EXPECT_GT(many.cells, one.cells);
  EXPECT_EQ(many.cells, cells);
  EXPECT_EQ(many.arrays, r.mapping->arrays_used);
}

TEST(Programming, FewerArraysAtOnceTakeLonger) {
  const Programming one = programming_of("mlp-s", {"chip.tile.ima.crossbar.write.arrays_at_once=1"});
  int64_t arrays = 0;
  for (const LayerProgramming& l : one.layers) arrays += l.arrays;
  EXPECT_NEAR(*one.pulses_s, static_cast<double>(arrays) * 128 * 3 * kPulse, 1e-9);
  const Programming half = programming_of("mlp-s", {"chip.tile.ima.crossbar.write.cells_at_once=65"});
  EXPECT_NEAR(*half.pulses_s, 2 * *programming_of("mlp-s").pulses_s, 1e-9) << "129 cells in two turns";
}

TEST(Programming, ChipsAreWrittenTogether) {
  const Programming p = programming_of("vgg-d");
  double sum = 0, longest = 0;
  for (const LayerProgramming& l : p.layers) sum += *l.time_s, longest = std::max(longest, *l.time_s);
  EXPECT_LT(*p.pulses_s, sum) << "layers on other chips are written beside";
  EXPECT_GE(*p.pulses_s, longest);
}

TEST(Programming, IsInNoCostUnlessSpreadOverInferences) {
  const Report without = of("lenet5", {}), with = of("lenet5", {"mapping.runs_per_programming=1000"});
  const Programming& p = with.costs->programming;
  EXPECT_EQ(without.costs->programming.runs, 0);
  EXPECT_EQ(p.runs, 1000);
  EXPECT_NEAR(with.costs->energy_per_inference_J - without.costs->energy_per_inference_J, *p.energy_J / 1000,
              1e-9 * *p.energy_J);
  EXPECT_NEAR(1 / with.costs->throughput_per_s - 1 / without.costs->throughput_per_s, *p.time_s / 1000,
              1e-9 * *p.time_s);
  EXPECT_EQ(with.costs->latency_s, without.costs->latency_s);
  double sum = 0;
  for (const Share& s : with.costs->energy) sum += s.si;
  EXPECT_NEAR(sum, with.costs->energy_per_inference_J, 1e-12 * sum);
  EXPECT_EQ(*p.energy_J, *without.costs->programming.energy_J);
}

// Figures of a device are defaults of the design's; what nobody knows is said to be unknown.
TEST(Programming, DesignGoesBeforeDeviceAndNothingIsMadeUp) {
  const Programming own = programming_of(
      "mlp-s", {"chip.tile.ima.crossbar.write={pulse: 1 us, energy: 2 pJ, pulses: 1, endurance: 5e3}"});
  EXPECT_EQ(own.pulse.value->si(), 1e-6);
  EXPECT_EQ(own.pulse.from, "the design");
  EXPECT_EQ(*own.exchanges, 5e3);
  array::Writing unknown = array::writing({}, device::CellSpec{});
  EXPECT_FALSE(unknown.pulse.value || unknown.energy.value || unknown.endurance.value);
  EXPECT_THAT(unknown.pulse.from, testing::HasSubstr("write.pulse"));
  const std::string bare = "chip.tile.ima.crossbar.cell={bits: 2}";
  const Programming p = programming_of("mlp-s", {bare});
  EXPECT_FALSE(p.time_s || p.energy_J || p.exchanges);
  EXPECT_THROW(of("mlp-s", {bare, "mapping.runs_per_programming=10"}), base::Failure);
}

// All is arithmetic on the design's figures: an eDRAM for every tile of 12 IMAs.
TEST(Programming, MorphingSavesProgramsAndReconfigures) {
  const std::string morph =
      "mapping.morph={data: 2 KiB, through: [chip.tile.edram], reconfigure: 5 us, reconfigure_energy: 1 "
      "nJ}";
  const Programming p = programming_of("mlp-s", {morph});
  ASSERT_TRUE(p.morph.has_value());
  const Morphing& m = *p.morph;
  EXPECT_EQ(m.saved_bytes, 2048.0 * static_cast<double>(p.arrays));
  const double tiles = std::ceil(static_cast<double>(p.arrays) / 96);  // 12 IMAs of 8 arrays
  EXPECT_NEAR(m.save_s, m.saved_bytes / (tiles * 10.24e9), 1e-12);
  EXPECT_NEAR(*m.to_compute_s, m.save_s + *p.time_s + 5e-6, 1e-12);
  EXPECT_NEAR(*m.to_memory_s, 5e-6, 1e-15);
  EXPECT_NEAR(m.reconfigure_J, static_cast<double>(p.arrays) * 1e-9 + 10.4 * 5e-6, 1e-9);
  const Programming back = programming_of("mlp-s", {morph.substr(0, morph.size() - 1) + ", restore: true}"});
  EXPECT_GT(*back.morph->to_memory_s, *m.to_memory_s);
  EXPECT_EQ(*back.morph->to_compute_s, *m.to_compute_s);
}

TEST(Programming, WaysAreChecked) {
  for (const char* wrong : {"mapping.programming={through: [chip.tile.edrum]}",
                            "mapping.programming={through: [chip.tile.sigmoid]}",
                            "mapping.morph={data: 2 KiB, through: [chip.tile]}"}) {
    EXPECT_THROW(mapping::read_settings(machine::load("isaac", {config::parse_override(wrong)})), base::Failure)
        << wrong;
  }
}

}  // namespace
}  // namespace ohmweave::report
