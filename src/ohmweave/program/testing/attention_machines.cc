// SPDX-License-Identifier: Apache-2.0
// Attention: ReTransformer.
#include <fmt/format.h>

#include "ohmweave/program/testing/machine_words.h"

namespace ohmweave::program::testing {

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

}  // namespace ohmweave::program::testing
