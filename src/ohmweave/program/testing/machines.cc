// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ohmweave/program/testing/machine_words.h"

namespace ohmweave::program::testing {

// --- ReCom, BSB, 3D-BNN, re-programming, several chips
// --------------------------------------------------------------
Program recom(int64_t vectors, Picoseconds fetch, const std::vector<int64_t>& live, bool pipelined) {
  Builder b;
  b.stage("fetch", {{"v", vectors}}, one("port", fetch), {}, {"x"}).capacity("x", 2);
  b.stage("compute", {{"v", vectors}}, {{"array", Verb::Read, 0, 1, 1, 1, false, "live"}}, {"x"}, {"y"});
  b.measure("live", "compute", 1, *std::max_element(live.begin(), live.end()), live);
  if (!pipelined) b.after("fetch", "compute", {{"v", previous("v")}});
  return b.program;
}

namespace {

/// 1 for the iterations used of each input, 0 afterwards.
std::vector<int64_t> used(const std::vector<int64_t>& iterations, int64_t most) {
  std::vector<int64_t> out;
  for (int64_t n : iterations) {
    for (int64_t k = 0; k < most; ++k) out.push_back(k < n ? 1 : 0);
  }
  return out;
}

}  // namespace

Program bsb(const std::vector<int64_t>& iterations, int64_t most) {
  Builder b;
  b.stage("recall", {{"input", static_cast<int64_t>(iterations.size())}, {"iteration", most}},
          {{"pair", Verb::Read, 0, 10, 1, 1, false, "on"}}, {{"x", {{"iteration", previous("iteration")}}}},
          {"x"});
  return b.measure("on", "recall", 2, 1, used(iterations, most)).program;
}

Program bsb_race(int64_t memories, int64_t iterations, int64_t most) {
  Builder b;
  b.resource("pairs", memories);
  for (int64_t k = 0; k < memories; ++k) {
    b.stage(numbered("memory", k), {{"iteration", most}},
            {{"pairs", Verb::Read, 0, 10, 1, 1, false, numbered("on", k)}},
            {{numbered("x", k), {{"iteration", previous("iteration")}}}}, {numbered("x", k)});
    b.measure(numbered("on", k), numbered("memory", k), 1, 1, used({iterations}, most));
  }
  return b.program;
}

Program carry_select(int64_t bits, int64_t terms) {
  const Picoseconds half = 10 * (bits / 2);  // about 10 cycles per bit
  std::vector<StepBy> steps;
  for (int64_t k = 0; k < 3; ++k) steps.push_back({numbered("layer", k), Verb::Nor, 0, half});
  steps.push_back({"layer0", Verb::Compare, half, 2});
  Builder b;
  return b.stage("add", {{"term", terms}}, steps, {{"sum", {{"term", previous("term")}}}}, {"sum"}).program;
}

Program ripple_multiply(int64_t bits, int64_t terms) {
  Builder b;
  return b
      .stage("mac", {{"term", terms}},
             {{"layer0", Verb::Nor, 0, 13 * bits * bits - 14 * bits + 6 + 12 * bits + 1}}, {}, {"s"})
      .program;
}

Program shared_link(int64_t vectors) {
  Builder b;
  for (int64_t c = 0; c < 2; ++c) {  // two chips send over one link to a third
    const std::string out = numbered("o", c);
    b.stage(numbered("chip", c), {{"v", vectors}}, one(numbered("xbar", c), 16), {}, {out});
    b.stage(numbered("send", c), {{"v", vectors}}, {{"link", Verb::Move, 0, 10}}, {out}, {numbered("r", c)})
        .capacity(out, 3);
  }
  return b.stage("join", {{"v", vectors}}, one("xbar2", 16), {"r0", "r1"}, {"o"}).program;
}

Program two_contents(int64_t rounds, int64_t images, Picoseconds program, Picoseconds read) {
  Builder b;
  for (int64_t g = 0; g < 2; ++g) {  // two halves of a network take turns in one set of arrays
    b.stage(numbered("program", g), {{"round", rounds}}, {{"arrays", Verb::Program, 0, program}}, {},
            {numbered("w", g)});
    std::vector<ReadBy> reads{numbered("w", g)};
    if (g == 1) reads.push_back("mid");
    b.stage(numbered("half", g), {{"round", rounds}, {"image", images}}, one("arrays", read), reads,
            {g == 0 ? "mid" : "out"});
  }
  return b.after("program1", "half0").after("program0", "half1", {{"round", previous("round")}}).program;
}

Program segments(int64_t count, int64_t images, Picoseconds load, Picoseconds run) {
  Builder b;
  for (int64_t s = 0; s < count; ++s) {
    b.stage(numbered("load", s), {{"round", 1}}, {{"arrays", Verb::Program, 0, load}}, {}, {numbered("w", s)});
    if (s > 0) b.after(numbered("load", s), numbered("run", s - 1));
    b.stage(numbered("run", s), {{"round", 1}, {"image", images}}, one("arrays", run), {numbered("w", s)},
            {numbered("o", s)});
  }
  return b.program;
}

Program residual(int64_t side, int64_t slots) {
  Builder b;
  add(b, {"a", 1, side, side});
  add(b, {"b", 1, side, side, "out.a"});
  add(b, {"c", 1, side, side, "out.b"});
  b.stage("add", {{"image", 1}, {"y", side}, {"x", side}}, {{"alu", Verb::Add, 0, kIsaacCycle}},
          {"out.c", "out.a"}, {"out.add"});
  return b.capacity("out.a", slots).program;
}

std::map<std::string, Program> all_machines() {
  const std::vector<Inca::Layer> layers = {{4, 16}, {8, 16}, {8, 4}};
  return {{"isaac", isaac_toy(3, true)},
          {"isaac without copies", isaac_toy(2, false)},
          {"pipelayer", pipelayer({3, 4, 8})},
          {"pipelayer in lockstep", pipelayer_lockstep({3, 4, 8}, 7, 3)},
          {"regan", regan(2, 3, 4, GanMode::Serial)},
          {"regan, shared", regan(2, 3, 4, GanMode::Shared)},
          {"floatpim", floatpim({{9, 27, 18}, 5, 2, 3})},
          {"floatpim on a bus", floatpim({{9, 27, 18}, 5, 2, 2, FloatPim::OneBus})},
          {"floatpim training", floatpim_training(3, 4)},
          {"prime lanes", prime_lanes(65, 5)},
          {"prime bus", prime_bus(128, 5000 * kNs, 10 * kNs)},
          {"pipeline", pipeline({7, 9, 4}, 50)},
          {"inca", inca({65, 64, 1, layers})},
          {"inca with partitions", inca({65, 64, 4, layers})},
          {"inca in place", inca_in_place(3)},
          {"attention", attention({16, true, true, 2})},
          {"causal attention", causal_attention(10)},
          {"transformer", transformer(2, 32, false)},
          {"transformer, shared", transformer(2, 32, true)},
          {"decode", tokens({5, 3, 9, 4}, 20, true)},
          {"recom", recom(40, 3, std::vector<int64_t>(40, 4), true)},
          {"bsb", bsb({3, 4, 12, 1, 7}, 12)},
          {"bsb race", bsb_race(26, 4, 12)},
          {"carry select", carry_select(32, 9)},
          {"shared link", shared_link(20)},
          {"two contents", two_contents(4, 8, 100, 3)},
          {"segments", segments(3, 8, 100, 7)},
          {"residual", residual(9, kUnlimited)}};
}

}  // namespace ohmweave::program::testing
