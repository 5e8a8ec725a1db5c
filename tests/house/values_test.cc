// SPDX-License-Identifier: Apache-2.0
// Values on a machine: exact integer arithmetic where its converters lose nothing, and what they lose where
// they do.
#include <cmath>
#include <fstream>

#include <gtest/gtest.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/network/data.h"
#include "ohmweave/network/network.h"
#include "ohmweave/program/counts.h"

#include "product_forms.h"

namespace ohmweave::execution {
namespace {

using network::Attribute;
using network::Graph;
using network::Op;
using network::ValueId;
using tensor::Shape;
using tensor::Tensor;
using testing::convolution;
using testing::Form;
using testing::forms;
using testing::random_reals;
using testing::Sketch;

struct Outcome {
  mapping::Mapping mapping;
  machine::Machine machine;
  Tensor output;
  Activity activity;
};
Outcome compute(const Graph& graph, const Tensor& inputs, const std::string& design = "isaac",
                int64_t batch = 1 << 20) {
  Outcome out{{}, machine::load(design), {}, {}};
  mapping::Options options;
  options.calibration = &inputs;
  options.samples = inputs.dim(0);
  out.mapping = mapping::compile(graph, out.machine, options);
  Functional functional(out.mapping.program, out.mapping.network, out.machine, 1);
  std::vector<Tensor> parts;
  for (int64_t n = 0; n < inputs.dim(0); n += batch)
    parts.push_back(functional.run(std::vector{inputs.slice(n, std::min(n + batch, inputs.dim(0)))})[0]);
  out.output = tensor::concatenate(parts);
  out.activity = functional.activity();
  return out;
}
Tensor exact(const Graph& graph, const Tensor& inputs) {
  return network::Reference(graph).run(std::vector{inputs})[0];
}
double distance(const Tensor& a, const Tensor& b) {
  double most = 0, scale = 1e-30;
  auto x = a.data<float>(), y = b.data<float>();
  EXPECT_EQ(a.shape(), b.shape());
  for (size_t k = 0; k < y.size(); ++k) {
    most = std::max<double>(most, std::abs(x[k] - y[k]));
    scale = std::max<double>(scale, std::abs(y[k]));
  }
  return most / scale;
}
bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

/// Each near its float result: 16 bits leave an error of some 1e-4 of the largest value.
class Products : public ::testing::TestWithParam<size_t> {};
TEST_P(Products, AreNearTheirFloatResults) {
  const Form form = forms()[GetParam()];
  Shape shape = form.graph.value(form.graph.inputs[0]).shape;
  shape[0] = 3;
  const Tensor inputs = random_reals(shape, 7);
  const Graph batched = *network::with_batch(form.graph, 3);
  EXPECT_LT(distance(compute(form.graph, inputs).output, exact(batched, inputs)), 5e-4);
}
INSTANTIATE_TEST_SUITE_P(Forms, Products, ::testing::Range<size_t>(0, forms().size()),
                         [](const auto& form) { return forms()[form.param].name; });

/// Rounding of the fixed-point rule alone: the sum of products of codes in 64-bit integers, walked term by
/// term.
TEST(Values, AreTheExactIntegerDotProduct) {
  Sketch s({1, 200});
  const Graph graph = s.done(s.node(Op::Gemm, "product", s.input(), {{200, 24}, {24}}));
  const Tensor inputs = random_reals({4, 200}, 3);
  const Outcome r = compute(graph, inputs);
  const Graph& g = r.mapping.network;
  const network::Node& node = g.nodes[0];
  const auto &in = *g.value(node.inputs[0]).format, &weight = *g.value(node.inputs[1]).format,
             &out = *g.value(node.outputs[0]).format;
  const Tensor x = tensor::quantize(inputs, in),
               w = tensor::quantize(*g.value(node.inputs[1]).constant, weight);
  Tensor expected(tensor::Element::Float32, {4, 24});
  for (int64_t n = 0; n < 4; ++n) {
    for (int64_t k = 0; k < 24; ++k) {
      int64_t sum = 0;
      for (int64_t i = 0; i < 200; ++i)
        sum += int64_t{x.data<int32_t>()[static_cast<size_t>(n * 200 + i)]} *
               w.data<int32_t>()[static_cast<size_t>(i * 24 + k)];
      const double scale = static_cast<double>(weight.scales[0]) * in.scales[0];
      const float bias = g.value(node.inputs[2]).constant->data<float>()[static_cast<size_t>(k)];
      expected.mutable_data<float>()[static_cast<size_t>(n * 24 + k)] =
          static_cast<float>(static_cast<double>(sum) * scale + bias);
    }
  }
  expected = tensor::dequantize(tensor::quantize(expected, out), out);
  EXPECT_TRUE(same_bits(r.output, expected));
}

class Digits : public ::testing::Test {
 protected:
  Graph graph = network::load("digits-cnn").graph;
  std::unique_ptr<network::DataSet> data = network::open_data("digits");
  Tensor inputs = network::prepare(*data, 0, 24, preprocessing(), graph.value(graph.inputs[0]).shape);
  static network::Preprocessing preprocessing() {
    network::Preprocessing p;
    p.div = 255;
    return p;
  }
};

TEST_F(Digits, DoNotDependOnThreadsOrBatches) {
  base::use_threads(1);
  const Outcome one = compute(graph, inputs);
  base::use_threads(3);
  const Outcome three = compute(graph, inputs), parts = compute(graph, inputs, "isaac", 5);
  base::use_threads(0);
  EXPECT_TRUE(same_bits(one.output, three.output));
  EXPECT_TRUE(same_bits(one.output, parts.output));
  EXPECT_EQ(one.activity.tallies.size(), parts.activity.tallies.size());
  for (size_t k = 0; k < one.activity.tallies.size(); ++k) {
    using Plain = std::map<circuit::Verb, int64_t>;
    Plain a, b;
    for (const auto& [key, n] : one.activity.tallies[k]) a[key.second] += n;
    for (const auto& [key, n] : parts.activity.tallies[k]) b[key.second] += n;
    EXPECT_EQ(a, b);
  }
}

TEST_F(Digits, KernelsDoWhatTheProgramCounts) {
  const Outcome r = compute(graph, inputs);
  std::map<std::pair<std::string, circuit::Verb>, int64_t> done, counted;
  for (const array::Tally& tally : r.activity.tallies) {
    for (const auto& [key, n] : tally) done[{r.machine.node_of(key.first)->path, key.second}] += n;
  }
  for (const auto& [key, n] : program::count_actions(r.mapping.program).actions)
    counted[{r.mapping.program.resources[key.first].part, key.second}] += n;
  ASSERT_FALSE(done.empty());
  for (const auto& [key, n] : done) EXPECT_EQ(counted[key], n) << key.first;
}

TEST_F(Digits, ALosslessConverterChangesNothingAndANarrowOneDoes) {
  const Outcome eight = compute(graph, inputs),
                twelve = compute(graph, inputs, "isaac:chip.tile.ima.adc.bits=12"),
                five = compute(graph, inputs, "isaac:chip.tile.ima.adc.bits=5");
  EXPECT_TRUE(same_bits(eight.output, twelve.output));
  EXPECT_FALSE(same_bits(eight.output, five.output));
}

TEST_F(Digits, AreWhatFloatSays) {
  const Graph batched = *network::with_batch(graph, inputs.dim(0));
  EXPECT_LT(distance(compute(graph, inputs).output, exact(batched, inputs)), 2e-3);
}

TEST(Graphs, WhosePathsPartAndMeet) {
  Sketch s({1, 4, 8, 8});
  const std::vector<int64_t> pads{1, 1, 1, 1};
  const ValueId a = s.node(Op::Conv, "a", s.input(), {{6, 4, 3, 3}, {6}}, {{"pads", pads}});
  const ValueId b = s.node(Op::Relu, "b", a);
  const ValueId c = s.node(Op::Conv, "c", b, {{6, 6, 3, 3}, {6}}, {{"pads", pads}});
  const ValueId sum = add_node(s.graph, Op::Add, "sum", {b, c});
  const ValueId d = s.node(Op::Relu, "d", sum);
  const ValueId e = add_node(s.graph, Op::Concat, "e", {d, b}, {{"axis", int64_t{1}}});
  const ValueId f = s.node(Op::Conv, "f", e, {{5, 12, 1, 1}});
  const ValueId g = s.node(Op::GlobalAveragePool, "g", f);
  const ValueId h = s.node(Op::Flatten, "h", g);
  const Graph graph = s.done(s.node(Op::Softmax, "i", h));
  const Tensor inputs = random_reals({5, 4, 8, 8}, 11);
  const Outcome r = compute(graph, inputs);
  EXPECT_LT(distance(r.output, exact(*network::with_batch(graph, 5), inputs)), 1e-2);
  EXPECT_EQ(r.mapping.not_modelled.size(), 1U);  // Softmax
}

/// Recurrent layers multiply their state step by step in the arrays.
class RecurrentLayers : public ::testing::TestWithParam<std::string> {
 protected:
  static Graph graph() {
    const std::string& form = GetParam();
    const Op op = form.starts_with("lstm") ? Op::LSTM : form.starts_with("gru") ? Op::GRU : Op::RNN;
    const int64_t gates = op == Op::LSTM ? 4 : op == Op::GRU ? 3 : 1, d = form.ends_with("both") ? 2 : 1;
    std::map<std::string, Attribute> attributes{
        {"direction", std::string(d == 2 ? "bidirectional" : "forward")}};
    if (op == Op::GRU) attributes["linear_before_reset"] = int64_t{1};
    Sketch s({1, 9, 5});
    return s.done(s.node(op, "layer", s.input(), {{d, gates * 7, 5}, {d, gates * 7, 7}, {d, 2 * gates * 7}},
                         std::move(attributes)));
  }
};
TEST_P(RecurrentLayers, AreNearTheirFloatResultsInAnyBatch) {
  const Graph g = graph();
  const Tensor inputs = random_reals({6, 9, 5}, 7);
  const Outcome together = compute(g, inputs), parts = compute(g, inputs, "isaac", 4);
  EXPECT_LT(distance(together.output, exact(g, inputs)), 5e-3);  // an error of one step goes on to the next
  EXPECT_TRUE(same_bits(together.output, parts.output));
}
TEST_P(RecurrentLayers, DoWhatTheirStepsCount) {
  const Outcome r = compute(graph(), random_reals({6, 9, 5}, 7));
  size_t held = 0;
  for (size_t k = 0; k < r.mapping.program.stages.size(); ++k) {
    const program::Stage& stage = r.mapping.program.stages[k];
    const auto* product = std::get_if<program::Product>(&stage.operation);
    if (!product) continue;
    ++held;
    const auto& plan = *std::get<program::Cells>(r.mapping.program[product->held].where).plan;
    array::Tally wanted;
    for (const array::Use& use : plan.uses) wanted[{use.on, use.verb}] += use.count * stage.elements();
    for (const auto& [key, n] : r.activity.tallies[k]) EXPECT_EQ(n, wanted[key]) << stage.name;
    EXPECT_FALSE(r.activity.tallies[k].empty());
  }
  EXPECT_EQ(held, GetParam().ends_with("both") ? 4U : 2U);
}
INSTANTIATE_TEST_SUITE_P(Forms, RecurrentLayers,
                         ::testing::Values("lstm", "lstm_both", "gru", "gru_both", "rnn", "rnn_both"),
                         [](const auto& form) { return form.param; });

}  // namespace
}  // namespace ohmweave::execution
