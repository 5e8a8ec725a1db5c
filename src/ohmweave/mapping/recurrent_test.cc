// SPDX-License-Identifier: Apache-2.0
// Recurrent layers on machines: one set of weights, steps one behind the other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/network/graph.h"
#include "ohmweave/program/validate.h"

namespace ohmweave::mapping {
namespace {

using network::Graph;
using network::Op;
using network::ValueId;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kFeatures = 64, kHidden = 128;

/// A layer of shapes only, and a matrix behind it.
Graph layer(Op op, int64_t steps, const std::map<std::string, network::Attribute>& attributes = {}) {
  Graph g;
  g.name = "layer";
  network::Value input;
  input.name = "input";
  input.shape = {1, steps, kFeatures};
  g.inputs = {g.add_value(input)};
  auto weights = [&](const std::string& name, tensor::Shape shape) {
    network::Value v;
    v.name = name;
    v.shape = std::move(shape);
    v.is_constant = true;
    return g.add_value(v);
  };
  const int64_t gates = op == Op::LSTM ? 4 : op == Op::GRU ? 3 : 1;
  auto direction = attributes.find("direction");
  const bool both =
      direction != attributes.end() && std::get<std::string>(direction->second) == "bidirectional";
  const int64_t d = both ? 2 : 1;
  const ValueId w = weights("w", {d, gates * kHidden, kFeatures}),
                r = weights("r", {d, gates * kHidden, kHidden});
  const ValueId y = add_node(g, op, "layer", {g.inputs[0], w, r}, attributes);
  g.outputs = {add_node(g, Op::MatMul, "matrix", {y, weights("m", {kHidden, 16})})};
  network::validate(g);
  return g;
}
Mapping map(const Graph& g, int64_t samples = 1) {
  Options options;
  options.samples = samples;
  return compile(g, machine::load("isaac"), options);
}
const Layer& named(const Mapping& m, const std::string& name) {
  for (const Layer& l : m.layers) {
    if (l.name == name) return l;
  }
  throw std::runtime_error("no layer " + name);
}
const program::Stage& stage(const Mapping& m, const std::string& name) {
  for (const program::Stage& s : m.program.stages) {
    if (s.name == name) return s;
  }
  throw std::runtime_error("no stage " + name);
}

TEST(RecurrentLayers, HoldBothOfTheirMatricesOnce) {
  const Mapping m = map(layer(Op::LSTM, 20));
  ASSERT_TRUE(m.fits);
  EXPECT_EQ(named(m, "layer.input").where, Where::Crossbar);
  const Layer& l = named(m, "layer");
  EXPECT_EQ(l.where, Where::Crossbar);
  EXPECT_EQ(l.copies, 1);
  EXPECT_EQ(l.firings, 20);
  EXPECT_EQ(l.row_tiles, 1);      // 128 rows
  EXPECT_EQ(l.column_tiles, 32);  // 4 * 128 outputs of 8 cells
  EXPECT_EQ(l.multiply_accumulates, 20 * 4 * kHidden * kHidden);
  EXPECT_EQ(named(m, "layer.input").multiply_accumulates, 20 * 4 * kHidden * kFeatures);
  EXPECT_EQ(network::multiply_accumulates(m.network), network::multiply_accumulates(layer(Op::LSTM, 20)));
  EXPECT_EQ(program::violations(m.program), std::vector<std::string>{});
  EXPECT_THAT(m.not_modelled, ElementsAre("LSTM 'layer': the sums and products of its gates"));
}

TEST(RecurrentLayers, ReadTheirOwnStepBefore) {
  const Mapping m = map(layer(Op::GRU, 20, {{"linear_before_reset", int64_t{1}}}));
  const program::Stage& s = stage(m, "layer");
  const program::Read& own = s.reads.back();
  EXPECT_EQ(own.store, s.writes[0]);
  ASSERT_EQ(own.window.axes.size(), 1U);
  EXPECT_EQ(own.window.axes[0].second, program::previous(own.window.axes[0].first));
  EXPECT_GE(m.program[own.store].capacity, 2);
}

TEST(RecurrentLayers, WaitForAllStepsBackwards) {
  const Mapping m = map(layer(Op::RNN, 20, {{"direction", std::string("bidirectional")}}));
  EXPECT_EQ(stage(m, "layer.forward").reads[0].window, program::Window{});  // element for element
  ASSERT_EQ(stage(m, "layer.reverse").reads[0].window.axes.size(), 1U);
  EXPECT_TRUE(stage(m, "layer.reverse").reads[0].window.axes[0].second.all);
  EXPECT_EQ(network::multiply_accumulates(m.network),
            network::multiply_accumulates(layer(Op::RNN, 20, {{"direction", std::string("bidirectional")}})));
}

TEST(RecurrentLayers, NameWhatIsMissing) {
  const Mapping gru = map(layer(Op::GRU, 4));
  EXPECT_THAT(gru.not_modelled, ElementsAre(HasSubstr("GRU 'layer': its second product of a step")));
  EXPECT_EQ(named(gru, "layer").where, Where::NotModelled);
  const Mapping rnn = map(layer(Op::RNN, 4, {{"activations", std::string("Softsign")}}));
  EXPECT_THAT(rnn.not_modelled, testing::Contains(HasSubstr("its function Softsign")));
}

TEST(ProductsOfActivations, AreNamed) {
  Graph g;
  g.name = "attention";
  for (const char* name : {"a", "b"}) {
    network::Value v;
    v.name = name;
    v.shape = {1, 4, 4};
    g.inputs.push_back(g.add_value(v));
  }
  g.outputs = {add_node(g, Op::MatMul, "scores", {g.inputs[0], g.inputs[1]})};
  const Mapping m = map(g);
  EXPECT_THAT(m.not_modelled,
              ElementsAre("MatMul 'scores': it multiplies two activations, and isaac cannot write "
                          "its cells during a run"));
}

}  // namespace
}  // namespace ohmweave::mapping
