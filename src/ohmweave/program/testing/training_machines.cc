// SPDX-License-Identifier: Apache-2.0
// Training in memory: PipeLayer, ReGAN, FloatPIM and INCA.
#include <algorithm>

#include "ohmweave/program/testing/machine_words.h"

namespace ohmweave::program::testing {

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

}  // namespace ohmweave::program::testing
