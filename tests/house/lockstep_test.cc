// SPDX-License-Identifier: Apache-2.0
// Networks whose layers work in lockstep (FloatPIM, ISCA 2019, Section 5): with N samples and L layers a run
// takes (N + L - 1) (T0 + T1 + T2), of which T0 is the time of the slowest layer, T1 that of the slowest odd
// layer's sending and T2 that of the slowest even one's.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/network/network.h"
#include "ohmweave/program/validate.h"

namespace ohmweave::execution {
namespace {

using network::Graph;
using network::Op;
using network::ValueId;

constexpr Picoseconds kCycle = 100'000;

mapping::Mapping lockstep(const Graph& graph, int64_t samples, const std::string& schedule = "lockstep") {
  mapping::Options options;
  options.samples = samples;
  return mapping::compile(graph,
                          machine::load("isaac", {{"mapping.pipeline.send", "{through: [chip.tile.bus]}"},
                                                  {"mapping.schedule", schedule},
                                                  {"mapping.replicate", "none"}}),
                          options);
}
Timing run(const program::Program& p, bool skip = true) {
  TimingOptions o;
  o.keep_starts = true;
  o.skip_steady_state = skip;
  Timing t = time(p, o);
  EXPECT_EQ(t.deadlock, std::vector<std::string>{});
  return t;
}

/// Convolutions of 1 x 1 over pictures that shrink by their strides.
struct Sketch {
  Graph graph;
  ValueId last;
  explicit Sketch(int64_t side) {
    graph.name = "sketch";
    network::Value value;
    value.name = "input";
    value.shape = {1, 4, side, side};
    last = graph.add_value(value);
    graph.inputs = {last};
  }
  ValueId convolution(int64_t channels, int64_t stride = 1) {
    const std::string name = "conv" + std::to_string(graph.nodes.size());
    network::Value w;
    w.name = name + ".weights";
    w.shape = {channels, graph.value(last).shape[1], 1, 1};
    w.is_constant = true;
    const ValueId weights = graph.add_value(w);
    const std::vector<int64_t> strides{stride, stride};
    last = add_node(graph, Op::Conv, name, {last, weights}, {{"strides", strides}});
    return last;
  }
  Graph done() {
    graph.outputs = {last};
    network::validate(graph);
    return graph;
  }
};

/// Cycles in which a bus of 10.24 GB/s moves so many values of 16 bits: 1 KB in each.
Picoseconds sending(int64_t values) { return (2 * values + 1023) / 1024 * kCycle; }

TEST(Lockstep, TakesTheClosedForm) {
  for (int64_t layers : {1, 2, 3, 5}) {
    for (int64_t samples : {1, 2, 9, 40}) {
      Sketch s(12);
      Picoseconds t0 = 0, t1 = 0, t2 = 0;
      for (int64_t k = 0; k < layers; ++k) {
        const int64_t channels = 8 + 8 * k;
        s.convolution(channels, k == 1 ? 2 : 1);
        const int64_t side = k == 0 ? 12 : 6;
        // An operation every 16 cycles, and 22 for the last (ISAAC, Figure 4b).
        t0 = std::max(t0, ((side * side - 1) * 16 + 22) * kCycle);
        Picoseconds& t = k % 2 == 0 ? t1 : t2;
        t = std::max(t, sending(side * side * channels));
      }
      const mapping::Mapping m = lockstep(s.done(), samples);
      EXPECT_EQ(run(m.program).end, (samples + layers - 1) * (t0 + t1 + t2)) << layers << " " << samples;
    }
  }
}

/// A residual network: a block around which the first layer's results are carried.
Graph residual() {
  Sketch s(10);
  const ValueId skip = s.convolution(6);
  s.convolution(6);
  s.convolution(6);
  s.last = add_node(s.graph, Op::Add, "sum", {s.last, skip});
  s.last = add_node(s.graph, Op::Relu, "relu", {s.last});
  s.convolution(5);
  return s.done();
}

TEST(Lockstep, NoSampleIsWorkedOnOutOfItsBeat) {
  const int64_t samples = 7;
  const mapping::Mapping m = lockstep(residual(), samples);
  const Timing t = run(m.program);
  const program::Program& p = m.program;
  std::map<std::string, size_t> at;
  for (size_t k = 0; k < p.stages.size(); ++k) at[p.stages[k].name] = k;
  const auto& beats = t.stages[at.at("beat.T0")].starts;
  ASSERT_EQ(beats.size(), static_cast<size_t>(samples + 4 - 1));
  const std::map<std::string, size_t> level = {
      {"conv0", 0}, {"conv1", 1}, {"conv2", 2}, {"sum", 2}, {"conv5", 3}};
  for (const auto& [name, behind] : level) {
    const size_t k = at.at(name), per_sample = t.stages[k].starts.size() / samples;
    for (size_t n = 0; n < samples; ++n) {
      const Picoseconds computed = t.stages[at.at("beat.T1")].starts[n + behind];
      EXPECT_GE(t.stages[k].starts[n * per_sample], beats[n + behind]) << name;
      EXPECT_LE(t.stages[k].starts[(n + 1) * per_sample - 1] + p.stages[k].latency(), computed) << name;
      if (!at.count(name + ".send")) continue;
      const size_t send = at.at(name + ".send");
      const char* phase = behind % 2 == 0 ? "beat.T1" : "beat.T2";
      EXPECT_EQ(t.stages[send].starts[n], t.stages[at.at(phase)].starts[n + behind]) << name;
    }
  }
}

TEST(Lockstep, StoresAreAsLargeAsTheyEverFill) {
  mapping::Mapping m = lockstep(residual(), 12);
  const Timing limited = run(m.program);
  std::vector<int64_t> capacities;
  for (program::Store& s : m.program.stores) {
    capacities.push_back(s.capacity);
    s.capacity = program::kUnlimited;
  }
  const Timing unlimited = run(m.program);
  EXPECT_EQ(limited.end, unlimited.end);
  size_t sent = 0;
  for (size_t k = 0; k < m.program.stores.size(); ++k) {
    const std::string& name = m.program.stores[k].name;
    if (!name.ends_with(".sent") || unlimited.stores[k].depth == 0) continue;
    EXPECT_EQ(unlimited.stores[k].depth, capacities[k]) << name;
    ++sent;
  }
  EXPECT_EQ(sent, 3U);
}

TEST(Lockstep, SkippingWhatRepeatsChangesNothing) {
  for (const mapping::Mapping& m : {lockstep(residual(), 150), lockstep(network::load("lenet5").graph, 60)}) {
    const Timing skipped = run(m.program), all = run(m.program, false);
    EXPECT_TRUE(skipped.steady);
    EXPECT_GT(skipped.skipped, all.firings / 2);
    EXPECT_EQ(skipped.end, all.end);
    for (size_t s = 0; s < m.program.stages.size(); ++s) {
      EXPECT_EQ(skipped.stages[s].starts, all.stages[s].starts);
      EXPECT_EQ(skipped.stages[s].waited, all.stages[s].waited);
    }
    for (size_t s = 0; s < m.program.stores.size(); ++s)
      EXPECT_EQ(skipped.stores[s].depth, all.stores[s].depth);
  }
}

TEST(Send, SelfTimedLayersAreNoSlowerThanInLockstep) {
  const Graph graph = network::load("lenet5").graph;
  EXPECT_LE(run(lockstep(graph, 20, "element").program).end, run(lockstep(graph, 20).program).end);
  EXPECT_LT(run(lockstep(graph, 20, "element").program).end, run(lockstep(graph, 20, "serial").program).end);
}

}  // namespace
}  // namespace ohmweave::execution
