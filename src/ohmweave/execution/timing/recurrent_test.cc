// SPDX-License-Identifier: Apache-2.0
// Steps of a recurrent layer depend on one another: T steps take T times the latency of one, whatever the
// machine.
#include <gtest/gtest.h>

#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/program/testing/builder.h"
#include "ohmweave/program/validate.h"

namespace ohmweave::execution {
namespace {

using program::Picoseconds;

/// A projection of `first` per step that takes a new one every `interval`, and a state of `latency` per step.
program::Program layer(int64_t samples, int64_t steps, Picoseconds first, Picoseconds interval,
                       Picoseconds latency) {
  program::Program p;
  p.name = "layer";
  const program::Dim image = p.dim("image"), token = p.dim("token");
  auto stage = [&](const std::string& name, Picoseconds busy, Picoseconds lasts,
                   std::vector<program::Read> reads) {
    const program::ResourceId on = p.add(program::Resource{name + ".arrays", "", 1, 1}),
                              after = p.add(program::Resource{name + ".rest", "", 64, 1});
    program::Stage s;
    s.name = name;
    s.loops = {{image, samples}, {token, steps}};
    program::Step read, rest;
    read.on = on;
    read.lasts = busy;
    rest.on = after;
    rest.at = busy;
    rest.lasts = lasts - busy;
    s.steps = {read, rest};
    s.reads = std::move(reads);
    program::Store out;
    out.name = name + ".out";
    s.writes = {p.add(out)};
    p.add(std::move(s));
    return p.stages.back().writes[0];
  };
  const program::StoreId projected = stage("projection", interval, first, {});
  program::Window before;
  before.axes.push_back({token, program::previous(token)});
  const program::StoreId own{static_cast<uint32_t>(p.stores.size())};
  stage("state", interval, latency, {{projected, {}, std::nullopt}, {own, before, std::nullopt}});
  EXPECT_EQ(program::violations(p), std::vector<std::string>{});
  return p;
}

TEST(RecurrentTiming, StepsTakeTheirLatencyEach) {
  constexpr Picoseconds kFirst = 2200, kInterval = 1600, kLatency = 2300;
  for (int64_t steps : {1, 2, 28, 200})
    EXPECT_EQ(time(layer(1, steps, kFirst, kInterval, kLatency), {}).end, kFirst + steps * kLatency) << steps;
}

/// The first step of a sample needs nothing of the sample before: it may begin as soon as the arrays are free.
TEST(RecurrentTiming, SamplesOverlapWhereOneEnds) {
  constexpr Picoseconds kFirst = 2200, kInterval = 1600, kLatency = 2300;
  constexpr int64_t kSamples = 5, kSteps = 28;
  EXPECT_EQ(time(layer(kSamples, kSteps, kFirst, kInterval, kLatency), {}).end,
            kFirst + kSamples * ((kSteps - 1) * kLatency + kInterval) + (kLatency - kInterval));
}

}  // namespace
}  // namespace ohmweave::execution
