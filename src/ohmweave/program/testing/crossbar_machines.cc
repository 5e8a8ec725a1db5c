// SPDX-License-Identifier: Apache-2.0
// Inference in crossbars: ISAAC and PRIME.
#include "ohmweave/program/testing/machine_words.h"

namespace ohmweave::program::testing {

// --- ISAAC
// --------------------------------------------------------------------------------------------------------
std::vector<StepBy> isaac_steps(const std::string& layer, const std::string& tile) {
  constexpr Picoseconds c = kIsaacCycle;
  return {{"edram." + tile, Verb::Read, 0, c},
          {"xbar." + layer, Verb::Read, c, 16 * c, 16},
          {"adc." + layer, Verb::Convert, 2 * c, 16 * c, 16 * 128},
          {"sa." + layer, Verb::Add, 3 * c, 16 * c},
          {"tile_sa." + layer, Verb::Add, 19 * c, c},
          {"sigmoid." + layer, Verb::Apply, 20 * c, c},
          {"edram." + tile, Verb::Write, 21 * c, c}};
}

std::vector<StepBy> isaac_pool_steps(const std::string& tile, const std::string& unit) {
  return {{"edram." + tile, Verb::Read, 0, 4 * kIsaacCycle},
          {unit, Verb::Compare, 4 * kIsaacCycle, kIsaacCycle}};
}

void add(Builder& b, const IsaacLayer& l) {
  const int64_t pad = (l.kernel - 1) / 2;
  const Axes axes = {{"y", conv("y", l.kernel, l.stride, pad)},
                     {"x", l.by_row ? all() : conv("x", l.kernel, l.stride, pad)}};
  std::vector<ReadBy> reads;
  if (!l.source.empty()) reads.push_back({l.source, axes, kIsaacCycle});
  b.stage(l.name, {{"image", l.images}, {"y", l.y}, {"x", l.x, l.lanes}}, isaac_steps(l.name, l.name), reads,
          {"out." + l.name});
}

void add_pool(Builder& b, const std::string& name, int64_t images, int64_t side, const std::string& layer) {
  std::vector<StepBy> steps;
  for (int64_t k = 0; k < 4; ++k) steps.push_back({"edram." + layer, Verb::Read, k * kIsaacCycle, kIsaacCycle});
  steps.push_back({"edram." + layer, Verb::Write, 4 * kIsaacCycle, kIsaacCycle});
  b.stage(name, {{"image", images}, {"y", side}, {"x", side}}, steps,
          {{"out." + layer, {{"y", conv("y", 2, 2)}, {"x", conv("x", 2, 2)}}}}, {"out." + name});
}

std::vector<int64_t> isaac_copies(const std::vector<int64_t>& strides) {
  std::vector<int64_t> copies{1};
  for (size_t k = strides.size() - 1; k-- > 0;)
    copies.insert(copies.begin(), copies.front() * strides[k] * strides[k]);
  return copies;
}

Program isaac_toy(int64_t images, bool balanced) {
  const std::vector<int64_t> sides = {16, 16, 8, 8, 4}, strides = {1, 2, 1, 2, 1};
  const std::vector<int64_t> copies = isaac_copies(strides);
  Builder b;
  std::string source;
  for (size_t k = 0; k < sides.size(); ++k) {
    IsaacLayer l{numbered("conv", static_cast<int64_t>(k)), images, sides[k], sides[k], source};
    l.lanes = balanced ? copies[k] : 1;
    l.stride = k == 0 ? 1 : strides[k - 1];
    add(b, l);
    source = "out." + l.name;
    b.capacity(source, 16 * 16);
  }
  return b.program;
}

Program vgg16(int64_t images, bool shared_ports) {
  Builder b;
  std::string source;
  int64_t side = 224, port = 0, on_port = 0, n = 0;
  auto tile = [&](const std::string& layer) {
    if (!shared_ports) return layer;
    const std::string name = numbered("tile", port);
    if (++on_port % 3 == 0) ++port;
    return name;
  };
  const std::vector<std::string> config = {"conv", "conv", "pool", "conv", "conv", "pool",
                                           "conv", "conv", "conv", "pool", "conv", "conv",
                                           "conv", "pool", "conv", "conv", "conv", "pool"};
  for (const std::string& kind : config) {
    const std::string name = numbered(kind, ++n);
    const bool pool = kind == "pool";
    if (pool) side /= 2;
    const int64_t kernel = pool ? 2 : 3, stride = pool ? 2 : 1, pad = pool ? 0 : 1;
    std::vector<ReadBy> reads;
    if (!source.empty())
      reads.push_back({source,
                       {{"y", conv("y", kernel, stride, pad)}, {"x", conv("x", kernel, stride, pad)}},
                       kIsaacCycle});
    const std::string where = tile(name);
    b.stage(name, {{"image", images}, {"y", side}, {"x", side}},
            pool ? isaac_pool_steps(where, "max." + name) : isaac_steps(name, where), reads, {"out." + name});
    source = "out." + name;
    b.capacity(source, 2 * 224 * 224);
  }
  for (int64_t k = 0; k < 3; ++k) {
    const std::string name = numbered("fc", k);
    b.stage(name, {{"image", images}}, isaac_steps(name, tile(name)), {{source, {}, kIsaacCycle}},
            {"out." + name});
    source = "out." + name;
    b.capacity(source, 4);
  }
  return b.program;
}

// --- PRIME
// --------------------------------------------------------------------------------------------------------
Program prime_lanes(int64_t images, Picoseconds compute) {
  Builder b;
  return b.stage("net", {{"image", images, 64}}, {{"banks", Verb::Read, 0, compute}}, {}, {"y"}).program;
}

Program prime_bus(int64_t images, Picoseconds compute, Picoseconds load) {
  Builder b;
  b.resource("banks", 64);
  b.stage("load", {{"image", images}}, {{"bus", Verb::Move, 0, load}}, {}, {"x"});
  return b.stage("net", {{"image", images}}, {{"banks", Verb::Read, 0, compute}}, {"x"}, {"y"}).program;
}

Program pipeline(const std::vector<Picoseconds>& stages, int64_t images) {
  Builder b;
  for (size_t k = 0; k < stages.size(); ++k) {
    const auto n = static_cast<int64_t>(k);
    std::vector<ReadBy> reads;
    if (k > 0) reads.push_back(numbered("o", n - 1));
    b.stage(numbered("bank", n), {{"image", images}}, one(numbered("bank", n), stages[k]), reads,
            {numbered("o", n)});
  }
  return b.program;
}

}  // namespace ohmweave::program::testing
