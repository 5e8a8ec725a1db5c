// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/testing/machines.h"

#include <algorithm>

#include <fmt/format.h>

namespace ohmweave::program::testing {
namespace {

using circuit::Verb;

std::string numbered(const std::string& word, int64_t k) { return word + std::to_string(k); }
std::vector<StepBy> one(const std::string& on, Picoseconds lasts = 1) { return {{on, Verb::Read, 0, lasts}}; }

}  // namespace

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

// --- PipeLayer
// ----------------------------------------------------------------------------------------------------
Program pipelayer(const Training& t) {
  Builder b;
  const std::vector<LoopBy> loops = {{"batch", t.images / t.batch}, {"image", t.batch}};
  auto weights = [](int64_t l) { return ReadBy(numbered("w", l), {{"batch", previous("batch")}}); };
  auto d = [](int64_t l) { return numbered("d", l); };
  for (int64_t l = 1; l <= t.layers; ++l) {
    std::vector<ReadBy> reads{weights(l)};
    if (l > 1) reads.push_back(d(l - 1));
    b.stage(numbered("F", l), loops, one(numbered("A", l), t.cycle), reads, {d(l)});
  }
  b.stage("err", loops, one("loss", t.cycle), {d(t.layers)}, {numbered("delta", t.layers)});
  for (int64_t l = t.layers; l > 0; --l) {
    std::vector<ReadBy> reads{numbered("delta", l)};
    if (l > 1) reads.push_back(d(l - 1));
    b.stage(numbered("G", l), loops, one(numbered("A", l) + "1", t.cycle), reads, {numbered("g", l)});
    if (l > 1)
      b.stage(numbered("E", l), loops, one(numbered("A", l) + "2", t.cycle), {numbered("delta", l), weights(l)},
              {numbered("delta", l - 1)});
    b.stage(numbered("U", l), {{"batch", t.images / t.batch}}, one(numbered("write", l), t.cycle),
            {numbered("g", l)}, {numbered("w", l)});
    b.capacity(numbered("w", l), 1);
  }
  for (int64_t l = 2; l <= t.layers; ++l)
    b.after(numbered("U", l), "G1");  // one update cycle for all: the batch has drained
  if (!t.pipelined) b.after("F1", "G1", {{"image", previous("image")}});
  for (const auto& [l, entries] : t.entries) b.capacity(d(l), entries);
  return b.program;
}

Program pipelayer_lockstep(const Training& t, Picoseconds slow, Picoseconds fast) {
  Training quick = t;
  quick.cycle = fast;
  Builder b;
  b.program = pipelayer(quick);
  Program& p = b.program;
  const int64_t cycles = 2 * t.layers + t.batch + 1;
  Stage clock;
  clock.name = "clock";
  clock.loops = {{p.dim("batch"), t.images / t.batch}, {p.dim("cycle"), cycles}};
  Step tick;
  tick.on = p.add(Resource{"clock", "", 1, 1});
  tick.lasts = slow;
  clock.steps = {tick};
  const StageId clock_id = p.add(std::move(clock));
  const Dim cycle = p.dim("cycle"), image = p.dim("image");
  for (uint32_t s = 0; s < clock_id.index; ++s) {
    Stage& stage = p.stages[s];
    if (stage.name == "F2") stage.steps[0].lasts = slow;
    const int64_t l = stage.name == "err" ? t.layers : stage.name.back() - '0';
    int64_t at = 0;  // the cycle in which it takes image 0
    switch (stage.name[0]) {
      case 'F':
        at = l - 1;
        break;
      case 'e':
        at = t.layers;
        break;
      case 'E':
      case 'G':
        at = 2 * t.layers - l + 1;
        break;
      default:
        at = cycles - 1;
    }
    const Axis axis = stage.loops.size() > 1 ? Axis{image, false, 1, at - 1, at - 1, 1}
                                             : Axis{p.dim("batch"), false, 0, at - 1, at - 1, 1};
    p.order({s}, clock_id, {{{cycle, axis}}});
  }
  return p;
}

// --- ReGAN
// --------------------------------------------------------------------------------------------------------
namespace {

/// Chains of one-cycle stages over the arrays of generator and discriminator.
class Gan {
 public:
  Gan(int64_t generator, int64_t discriminator, int64_t samples, bool pipelined)
      : g_(generator), d_(discriminator), loops_{{"sample", samples}}, pipelined_(pipelined) {}

  using Arrays = std::vector<std::vector<std::string>>;  // per stage: what it keeps busy
  Arrays generator() const { return named("G", false, g_); }
  Arrays generator_back() const { return named("Gb", true, g_); }
  Arrays discriminator(int64_t copy) const { return named(numbered("D", copy) + ".", false, d_); }
  Arrays discriminator_back(int64_t copy) const { return named(numbered("Db", copy) + ".", true, d_); }
  static Arrays loss(int64_t k) { return {{numbered("loss", k)}}; }
  /// The error path on two copies at once.
  Arrays both_back(int64_t one_copy, int64_t other) const {
    Arrays out = discriminator_back(one_copy);
    const Arrays more = discriminator_back(other);
    for (size_t k = 0; k < out.size(); ++k) out[k].push_back(more[k][0]);
    return out;
  }

  struct Ends {
    std::string first, last;
  };
  Ends chain(const std::string& tag, const std::vector<Arrays>& parts) {
    int64_t k = 0;
    for (const Arrays& part : parts) {
      for (const std::vector<std::string>& arrays : part) {
        std::vector<StepBy> steps;
        for (const std::string& a : arrays) steps.push_back({a, Verb::Read, 0, 1});
        std::vector<ReadBy> reads;
        if (k > 0) reads.push_back(numbered(tag, k - 1) + ".o");
        b.stage(numbered(tag, k), loops_, steps, reads, {numbered(tag, k) + ".o"});
        ++k;
      }
    }
    const Ends ends{tag + "0", numbered(tag, k - 1)};
    if (!pipelined_) b.after(ends.first, ends.last, {{"sample", previous("sample")}});
    return ends;
  }
  void update(const std::string& name, const std::vector<std::string>& needs) {
    b.stage(name, {{"step", 1}}, {{"write", Verb::Program, 0, 1}}, {}, {name + ".w"});
    for (const std::string& n : needs) b.after(name, n);
  }

  Builder b;

 private:
  static Arrays named(const std::string& word, bool backwards, int64_t count) {
    Arrays out;
    for (int64_t k = 0; k < count; ++k) out.push_back({numbered(word, backwards ? count - 1 - k : k)});
    return out;
  }
  int64_t g_, d_;
  std::vector<LoopBy> loops_;
  bool pipelined_;
};

}  // namespace

Program regan(int64_t generator, int64_t discriminator, int64_t samples, GanMode mode) {
  Gan n(generator, discriminator, samples, mode != GanMode::Unpipelined);
  const Gan::Ends real = n.chain("real", {n.discriminator(0), Gan::loss(0), n.discriminator_back(0)});
  if (mode == GanMode::Shared || mode == GanMode::SharedEarly) {  // one forward pass serves both losses
    const Gan::Ends both = n.chain(
        "shared", {n.generator(), n.discriminator(1), Gan::loss(1), n.both_back(1, 2), n.generator_back()});
    const std::string fake_errors = numbered("shared", generator + 2 * discriminator);
    n.update("updateD", {real.last, mode == GanMode::Shared ? both.last : fake_errors});
    n.update("updateG", {"updateD", both.last});
    return n.b.program;
  }
  const int64_t copy = mode == GanMode::Spatial ? 1 : 0;
  const Gan::Ends fake =
      n.chain("fake", {n.generator(), n.discriminator(copy), Gan::loss(1), n.discriminator_back(copy)});
  if (copy == 0) n.b.after(fake.first, real.last, {{"sample", all()}});
  n.update("updateD", {real.last, fake.last});
  const Gan::Ends gen = n.chain(
      "gen", {n.generator(), n.discriminator(0), Gan::loss(2), n.discriminator_back(0), n.generator_back()});
  n.b.after(gen.first, "updateD");
  n.update("updateG", {gen.last});
  return n.b.program;
}

// --- FloatPIM
// -----------------------------------------------------------------------------------------------------
Program floatpim(const FloatPim& f) {
  const auto blocks = static_cast<int64_t>(f.compute.size());
  Builder b;
  if (f.how == FloatPim::Lockstep) {  // the clock: three stages that use nothing but time
    const Picoseconds lasts[] = {*std::max_element(f.compute.begin(), f.compute.end()), f.odd, f.even};
    for (int64_t phase = 0; phase < 3; ++phase) {
      b.stage(numbered("T", phase), {{"cycle", f.inputs + blocks - 1}},
              {{"clock", Verb::Apply, 0, lasts[phase]}});
    }
    b.after("T1", "T0").after("T2", "T1").after("T0", "T2", {{"cycle", previous("cycle")}});
  }
  for (int64_t k = 0; k < blocks; ++k) {
    std::vector<ReadBy> reads;
    if (k > 0) reads.push_back(numbered("x", k));
    b.stage(numbered("C", k), {{"input", f.inputs}},
            {{numbered("block", k), Verb::Nor, 0, f.compute[static_cast<size_t>(k)]}}, reads,
            {numbered("y", k)});
    b.capacity(numbered("y", k), 1);  // the rows hold one result until it is sent
    if (f.how == FloatPim::Lockstep) b.after(numbered("C", k), "T2", {{"cycle", shift("input", k - 1, k - 1)}});
    if (k + 1 == blocks) continue;
    const Picoseconds lasts = k % 2 == 0 ? f.odd : f.even;
    std::vector<StepBy> steps{{numbered("block", k), Verb::Move, 0, lasts},
                              {numbered("block", k + 1), Verb::Move, 0, lasts}};
    if (f.how == FloatPim::OneBus) steps.push_back({"bus", Verb::Move, 0, lasts});
    b.stage(numbered("X", k), {{"input", f.inputs}}, steps, {numbered("y", k)}, {numbered("x", k + 1)});
    if (f.how == FloatPim::OneBus) b.capacity(numbered("x", k + 1), 1);
    if (f.how == FloatPim::Lockstep)
      b.after(numbered("X", k), numbered("T", k % 2), {{"cycle", shift("input", k, k)}});
  }
  return b.program;
}

Program floatpim_training(int64_t batches, int64_t inputs) {
  Builder b;
  const std::vector<LoopBy> loops = {{"batch", batches}, {"input", inputs}};
  const std::vector<StepBy> mac = {{"rows", Verb::Nor, 0, kFloatPimMultiply + kFloatPimAdd}};
  b.stage("forward", loops, mac, {{"w", {{"batch", previous("batch")}}}}, {"a"});
  b.stage("backward", loops, mac, {"a"}, {"g"});
  b.stage("update", {{"batch", batches}}, {{"rows", Verb::Nor, 0, kFloatPimMultiply}}, {"g"}, {"w"});
  return b.capacity("w", 1).program;
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

// --- INCA
// ---------------------------------------------------------------------------------------------------------
Program inca(const Inca& i) {
  constexpr Picoseconds read = 25 * kNs, write = 50 * kNs;
  Builder b;
  for (size_t k = 0; k < i.layers.size(); ++k) {
    const auto n = static_cast<int64_t>(k);
    const std::vector<LoopBy> loops = {{"image", i.images, i.planes},
                                       {"channel", i.layers[k].channels},
                                       {"position", i.layers[k].positions, i.partitions,
                                        i.partitions > 1 ? LaneOrder::Blocks : LaneOrder::Adjacent}};
    std::vector<ReadBy> reads;  // every input channel, a window of positions
    if (k > 0)
      reads.push_back({numbered("held", n), {{"channel", all()}, {"position", shift("position", -1, 1)}}});
    b.stage(numbered("conv", n), loops,
            {{numbered("macro", n), Verb::Read, 0, 8 * read, 8},
             {numbered("weights", n), Verb::Move, 0, 8 * read, 1, 1, true}},
            reads, {numbered("out", n)});
    b.stage(numbered("write", n), loops, {{numbered("macro", n + 1) + ".write", Verb::Program, 0, write}},
            {numbered("out", n)}, {numbered("held", n + 1)});
  }
  return b.program;
}

Program inca_in_place(int64_t layers) {
  Builder b;
  const std::vector<LoopBy> loops = {{"batch", 1}};
  auto stage = [&](const std::string& word, int64_t l, Picoseconds lasts,
                   const std::vector<std::string>& needs) {
    std::vector<ReadBy> reads;
    for (const std::string& n : needs) reads.push_back("done." + n);
    const Verb verb = lasts == 50 ? Verb::Program : Verb::Read;
    b.stage(numbered(word, l), loops, {{numbered("cells", l), verb, 0, lasts}}, reads,
            {"done." + numbered(word, l)});
  };
  for (int64_t l = 1; l <= layers; ++l) {
    stage("conv", l, 25,
          l > 1 ? std::vector<std::string>{numbered("write", l - 1)} : std::vector<std::string>{});
    stage("write", l, 50, {numbered("conv", l)});
  }
  for (int64_t l = layers; l > 0; --l) {  // errors overwrite activations after their last reader
    stage("delta", l, 25, {l == layers ? numbered("write", l) : numbered("overwrite", l + 1)});
    stage("overwrite", l, 50, {numbered("delta", l), numbered("write", l)});
  }
  return b.program;
}

// --- ReTransformer
// ------------------------------------------------------------------------------------------------
namespace {

/// Products of attention, by rows or whole matrices.
class Head {
 public:
  explicit Head(const Attention& a) : a_(a) {}
  void product(const std::string& name, const std::string& array, const std::vector<std::string>& rows,
               const std::vector<std::string>& whole = {}) {
    std::vector<ReadBy> reads;
    for (const std::string& r : rows) reads.push_back({r, by_row()});
    for (const std::string& r : whole) reads.push_back({r, {{"token", all()}}});
    b.stage(name, {{"token", a_.tokens}}, one(array), reads, {name});
  }
  void write(const std::string& name, const std::string& array, const std::string& source) {
    std::vector<ReadBy> reads;
    if (!source.empty()) reads.push_back({source, by_row()});
    b.stage(name, {{"token", a_.tokens}}, {{array, Verb::Program, 0, a_.write}}, reads, {name});
  }
  Builder b;

 private:
  Axes by_row() const { return a_.by_row ? Axes{} : Axes{{"token", all()}}; }
  Attention a_;
};

}  // namespace

Program attention(const Attention& a) {
  Head h(a);
  h.product("Q", "Wq", {});
  if (a.reordered) {
    h.write("heldX", "X", "");  // X is there from the start
    h.product("R", "Wk^T", {"Q"});
    h.product("scores", "X", {"R"}, {"heldX"});
    h.product("P", "X", {"scores"});
    h.product("out", "Wv", {"P"});
  } else {
    h.product("K", "Wk", {});
    h.write("heldK", "K^T", "K");
    h.product("scores", "K^T", {"Q"}, {"heldK"});
    h.product("V", "Wv", {});
    h.write("heldV", "V", "V");
    h.product("out", "V", {"scores"}, {"heldV"});
  }
  return h.b.program;
}

Program attention_scores(const Attention& a) {
  Head h(a);
  h.product("Q", "Wq", {});
  if (a.reordered) {
    h.product("R", "Wk^T", {"Q"});
    h.write("held", "X", "");
    h.product("scores", "scores", {"R"}, {"held"});
  } else {
    h.product("K", "Wk", {});
    h.write("held", "K^T", "K");
    h.product("scores", "scores", {"Q"}, {"held"});
  }
  return h.b.program;
}

Program causal_attention(int64_t tokens) {
  Builder b;
  b.stage("kv", {{"token", tokens}}, {{"write", Verb::Program, 0, 3}}, {}, {"kv"});
  return b.stage("attend", {{"token", tokens}}, one("read"), {"kv"}, {"o"}).program;
}

Program transformer(int64_t layers, int64_t tokens, bool shared) {
  Builder b;
  std::string source;
  for (int64_t l = 0; l < layers; ++l) {
    const std::string layer = fmt::format("layer{}.", l);
    auto make = [&](const std::string& name, const std::vector<ReadBy>& reads, Picoseconds lasts) {
      std::vector<StepBy> steps{{layer + name, Verb::Read, 0, lasts}};
      if (shared) steps.push_back({layer + "port", Verb::Move, 0, 1});
      b.stage(layer + name, {{"run", 1}, {"token", tokens}}, steps, reads, {layer + name + ".o"});
      b.capacity(layer + name + ".o", 4096);
      return layer + name + ".o";
    };
    const std::vector<ReadBy> in = source.empty() ? std::vector<ReadBy>{} : std::vector<ReadBy>{source};
    const std::string q = make("q", in, 16), k = make("k", in, 16), v = make("v", in, 16);
    const std::string held_k = make("hold_k", {k}, 20), held_v = make("hold_v", {v}, 20);
    const std::string scores = make("scores", {q, held_k}, 16), softmax = make("softmax", {scores}, 8);
    const std::string attend = make("attend", {softmax, held_v}, 16), o = make("o", {attend}, 16),
                      up = make("up", {o}, 16);
    source = make("down", {up}, 16);
  }
  return b.program;
}

Program tokens(const std::vector<Picoseconds>& stages, int64_t count, bool decode) {
  Builder b;
  for (size_t k = 0; k < stages.size(); ++k) {
    const auto n = static_cast<int64_t>(k);
    std::vector<ReadBy> reads;
    if (k > 0) reads.push_back(numbered("o", n - 1));
    b.stage(numbered("s", n), {{"token", count}}, one(numbered("s", n), stages[k]), reads, {numbered("o", n)});
  }
  if (decode)
    b.after("s0", numbered("s", static_cast<int64_t>(stages.size()) - 1), {{"token", previous("token")}});
  return b.program;
}

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
