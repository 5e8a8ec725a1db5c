// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "ohmweave/network/passes.h"
#include "ohmweave/network/recurrent.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

/// A layer of 2 samples, 3 steps, 2 features and 2 hidden values. Parts: b biases, s sequence lengths 3 and 2,
/// i initial state, c initial cell, p peepholes.
struct Case {
  Op op;
  Attributes attributes;
  std::string parts;
  std::vector<float> results;  // what onnxruntime 1.30 makes: Y, Y_h, Y_c in ONNX's layout 0
  friend void PrintTo(const Case& c, std::ostream* out) { *out << name_of(c.op) << " " << c.parts; }
};

/// Element k of operand t.
Tensor pattern(const Shape& shape, int t) {
  Tensor out(Element::Float32, shape);
  int k = 0;
  for (float& v : out.mutable_data<float>()) v = static_cast<float>((k++ * 7 + t * 5) % 11 - 5) / 8;
  return out;
}

Graph graph_of(const Case& c) {
  Graph g;
  g.name = "test";
  const bool both = std::get<std::string>(c.attributes.at("direction")) == "bidirectional";
  const int64_t d = both ? 2 : 1, wide = 2 * gates_of(c.op);
  auto has = [&](char part) { return c.parts.find(part) != std::string::npos; };
  auto operand = [&](char part, const std::string& name, const Tensor& t) {
    return part == 'x' || has(part) ? add_constant(g, name, t) : kNoValue;
  };
  auto turned = [&](ValueId v, const std::vector<int64_t>& perm) {
    return v == kNoValue
               ? v
               : add_node(g, Op::Transpose, "turn" + std::to_string(g.nodes.size()), {v}, {{"perm", perm}});
  };
  Value x;
  x.name = "x";
  x.shape = {3, 2, 2};
  g.inputs = {g.add_value(x)};
  Node node{"layer", c.op, {}, {0, 0}, c.attributes};
  node.inputs = {turned(g.inputs[0], {1, 0, 2}),
                 operand('x', "w", pattern({d, wide, 2}, 2)),
                 operand('x', "r", pattern({d, wide, 2}, 3)),
                 operand('b', "b", pattern({d, 2 * wide}, 4)),
                 operand('s', "s", Tensor::of<int32_t>({2}, std::vector<int32_t>{3, 2})),
                 turned(operand('i', "h", pattern({d, 2, 2}, 5)), {1, 0, 2})};
  if (c.op == Op::LSTM) {
    node.inputs.push_back(turned(operand('c', "c", pattern({d, 2, 2}, 6)), {1, 0, 2}));
    node.inputs.push_back(operand('p', "p", pattern({d, 6}, 7)));
    node.outputs.push_back(0);
  }
  const std::vector<ValueId> made = add_node(g, node);
  for (size_t k = 0; k < made.size(); ++k)
    g.outputs.push_back(turned(made[k], k == 0 ? Integers{1, 2, 0, 3} : Integers{1, 0, 2}));
  find_batch_axes(g);
  validate(g);
  return g;
}

std::vector<float> run(const Graph& g, const Tensor& x) {
  std::vector<float> out;
  for (const Tensor& t : Reference(g).run(std::vector{x})) {
    for (float v : values<float>(t)) out.push_back(v);
  }
  return out;
}
void expect_near(const std::vector<float>& are, const std::vector<float>& wanted, double most) {
  ASSERT_EQ(are.size(), wanted.size());
  for (size_t k = 0; k < are.size(); ++k) EXPECT_NEAR(are[k], wanted[k], most) << k;
}

class Layers : public testing::TestWithParam<Case> {};

TEST_P(Layers, ComputeWhatOnnxruntimeRecorded) {
  expect_near(run(graph_of(GetParam()), pattern({3, 2, 2}, 1)), GetParam().results,
              6e-6);  // six digits are recorded
}
TEST_P(Layers, AreTheSameSplitIntoProjectionAndState) {
  Graph g = graph_of(GetParam());
  const int64_t work = multiply_accumulates(g);
  const std::vector<float> whole = run(g, pattern({3, 2, 2}, 1));
  split_recurrent(g);
  validate(g);
  if (!g.batch_axes.empty()) {  // states of two samples fix their number
    EXPECT_EQ(multiply_accumulates(g), work);
  }
  for (const Node& n : g.nodes) EXPECT_FALSE(is_recurrent(n.op) && n.inputs[1] != kNoValue);
  expect_near(run(g, pattern({3, 2, 2}, 1)), whole, 2e-6);
}

INSTANTIATE_TEST_SUITE_P(
    Recorded, Layers,
    testing::Values(
        Case{Op::LSTM,
             {{"direction", std::string("forward")}},
             "bsicp",
             {0.192403F,  0.00797383F, 0.0565671F, -0.12195F,  0.162681F, -0.251103F, 0.0727318F,
              -0.25733F,  0.218266F,   -0.207906F, 0.0F,       0.0F,      0.218266F,  -0.207906F,
              0.0727318F, -0.25733F,   0.729693F,  -0.298372F, 0.316636F, -0.389746F}},
        Case{Op::LSTM,
             {{"direction", std::string("bidirectional")}},
             "bsic",
             {0.195312F, 0.00913122F, 0.0408996F, -0.109005F, 0.129919F,  0.0510023F, 0.141898F, -0.0466191F,
              0.15997F,  -0.234071F,  0.068054F,  -0.241398F, 0.0893264F, 0.144009F,  0.138545F, 0.0161139F,
              0.214226F, -0.208338F,  0.0F,       0.0F,       0.0108969F, 0.124197F,  0.0F,      0.0F,
              0.214226F, -0.208338F,  0.068054F,  -0.241398F, 0.129919F,  0.0510023F, 0.141898F, -0.0466191F,
              0.710793F, -0.31252F,   0.29698F,   -0.387894F, 0.304238F,  0.111534F,  0.349566F, -0.0853253F}},
        Case{Op::LSTM,
             {{"direction", std::string("reverse")}, {"clip", 0.3}, {"input_forget", int64_t{1}}},
             "bic",
             {0.123098F,  -0.129793F, 0.0924224F,   -0.123496F,  0.126485F,   -0.0981753F, 0.053074F,
              -0.102148F, 0.134372F,  -0.00709555F, -0.0418376F, -0.0167182F, 0.123098F,   -0.129793F,
              0.0924224F, -0.123496F, 0.297762F,    -0.229914F,  0.220694F,   -0.218392F}},
        Case{Op::LSTM,
             {{"direction", std::string("forward")},
              {"activations", std::string("HardSigmoid LeakyRelu Softsign")},
              {"activation_alpha", std::vector<double>{0.3, 0.05}},
              {"activation_beta", std::vector<double>{0.4}}},
             "b",
             {0.0783446F,   -0.00459911F, 0.0571849F,  -0.00249548F, 0.040368F,    -0.0116276F, 0.0179731F,
              -0.00908448F, 0.0849808F,   -0.0041629F, 0.0575872F,   -0.00214548F, 0.0849808F,  -0.0041629F,
              0.0575872F,   -0.00214548F, 0.733212F,   -0.00612033F, 0.694305F,    -0.00300816F}},
        Case{Op::GRU,
             {{"direction", std::string("bidirectional")}, {"linear_before_reset", int64_t{0}}},
             "bsi",
             {-0.435007F,  -0.13067F,  -0.0381913F,  -0.295319F,  -0.0655284F, 0.0810847F,  -0.108147F,
              0.327137F,   -0.27677F,  -0.00425472F, -0.0583664F, -0.0172857F, -0.172384F,  -0.0239076F,
              -0.311895F,  0.284012F,  -0.371199F,   -0.267127F,  0.0F,        0.0F,        0.112178F,
              0.116101F,   0.0F,       0.0F,         -0.371199F,  -0.267127F,  -0.0583664F, -0.0172857F,
              -0.0655284F, 0.0810847F, -0.108147F,   0.327137F}},
        Case{Op::GRU,
             {{"direction", std::string("reverse")}, {"linear_before_reset", int64_t{1}}},
             "bsi",
             {-0.24183F, -0.4082F, -0.0437752F, -0.30939F, -0.170864F, -0.137124F, 0.117934F, -0.154326F,
              -0.385451F, -0.175765F, 0.0F, 0.0F, -0.24183F, -0.4082F, -0.0437752F, -0.30939F}},
        Case{
            Op::GRU,
            {{"direction", std::string("forward")},
             {"linear_before_reset", int64_t{1}},
             {"clip", 0.4},
             {"activations", std::string("Sigmoid ScaledTanh")},
             {"activation_alpha", std::vector<double>{1.5}},
             {"activation_beta", std::vector<double>{0.75}}},
            "bi",
            {-0.328283F, -0.0107877F, -0.100525F, -0.411023F, -0.123608F, -0.0554992F, -0.00819297F, -0.177104F,
             -0.249363F, -0.28388F, -0.180266F, -0.332386F, -0.249363F, -0.28388F, -0.180266F, -0.332386F}},
        Case{Op::RNN,
             {{"direction", std::string("bidirectional")},
              {"activations", std::string("Elu Affine")},
              {"activation_alpha", std::vector<double>{0.5, 0.8}},
              {"activation_beta", std::vector<double>{0.1}}},
             "bsi",
             {-0.172092F, -0.0447448F, 0.4375F,    0.296875F, 0.44F,   -1.15475F, 0.075F,   -0.57125F,
              -0.133239F, 0.702538F,   -0.136329F, 0.816406F, 0.3325F, -1.2625F,  -0.2625F, -0.4375F,
              -0.161871F, -0.0330189F, 0.0F,       0.0F,      0.6F,    -0.675F,   0.0F,     0.0F,
              -0.161871F, -0.0330189F, -0.136329F, 0.816406F, 0.44F,   -1.15475F, 0.075F,   -0.57125F}},
        Case{Op::RNN,
             {{"direction", std::string("forward")}, {"activations", std::string("Softplus")}},
             "b",
             {0.662385F, 0.757599F, 0.808492F, 0.782773F, 0.336649F, 1.11026F, 0.413776F, 1.16262F, 0.401614F,
              0.667106F, 0.487105F, 0.693292F, 0.401614F, 0.667106F, 0.487105F, 0.693292F}},
        Case{Op::RNN,
             {{"direction", std::string("forward")},
              {"activations", std::string("ThresholdedRelu")},
              {"activation_alpha", std::vector<double>{0.2}}},
             "bi",
             {0.0F, 0.0F, 0.4375F, 0.296875F, 0.0F, 0.734375F, 0.0F, 0.816406F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F,
              0.0F, 0.0F, 0.0F}}));

/// [steps, samples], as language models are exported: letters, a layer, scores.
Graph letters(int64_t steps, int64_t samples) {
  Graph g;
  g.name = "letters";
  Value ids;
  ids.name = "ids";
  ids.element = Element::Int64;
  ids.shape = {steps, samples};
  g.inputs = {g.add_value(ids)};
  const ValueId table = add_constant(g, "table", pattern({5, 2}, 1)),
                w = add_constant(g, "w", pattern({1, 8, 2}, 2)),
                r = add_constant(g, "r", pattern({1, 8, 2}, 3)),
                last = add_constant(g, "scores", pattern({2, 5}, 4)),
                one = add_constant(g, "one", integers({1}));
  ValueId v = add_node(g, Op::Gather, "embed", {table, g.inputs[0]}, {{"axis", int64_t{0}}});
  v = add_node(g, Op::Transpose, "in", {v}, {{"perm", Integers{1, 0, 2}}});
  v = add_node(g, Op::LSTM, "layer", {v, w, r});
  v = add_node(g, Op::Transpose, "out", {v}, {{"perm", Integers{1, 2, 0, 3}}});
  v = add_node(g, Op::Squeeze, "squeeze", {v, one});
  g.outputs = {add_node(g, Op::MatMul, "matmul", {v, last})};
  find_batch_axes(g);
  return g;
}
Tensor some_letters(int64_t steps, int64_t samples) {
  Tensor t(Element::Int64, {steps, samples});
  int64_t k = 0;
  for (int64_t& v : t.mutable_data<int64_t>()) v = k++ * 7 % 5;
  return t;
}

TEST(SamplesOnTheSecondAxis, AreFound) {
  const Graph g = letters(4, 3);
  EXPECT_EQ(g.batch_axes, std::vector<int>{1});
  EXPECT_EQ(g.batch(), 3);
  EXPECT_EQ(multiply_accumulates(g), 4 * (8 * (2 + 2) + 2 * 5));
  EXPECT_EQ(letters(1, 1).batch_axes, std::vector<int>{1});
}
TEST(SamplesOnTheSecondAxis, ChangeTheirNumber) {
  const Tensor ids = some_letters(4, 6);
  const Tensor wanted = Reference(letters(4, 6)).run(std::vector{ids})[0];
  EXPECT_EQ(distance(Reference(letters(4, 1)).run(std::vector{ids})[0], wanted), 0);
}
TEST(SamplesOnTheSecondAxis, CanBePutFirst) {
  Graph g = letters(4, 3);
  const Tensor ids = some_letters(4, 3), wanted = Reference(g).run(std::vector{ids})[0];
  put_samples_first(g);
  validate(g);
  for (const Node& n : g.nodes) {
    if (family_of(n.op) == Family::Product) {
      EXPECT_EQ(g.value(n.outputs[0]).shape[0], 3) << n.name;
    }
  }
  EXPECT_EQ(distance(Reference(g).run(std::vector{ids})[0], wanted), 0);
  EXPECT_EQ(with_batch(g, 5)->batch(), 5);
}

TEST(RecurrentLayers, SayWhatDoesNotFit) {
  Case c{Op::LSTM, {{"direction", std::string("sideways")}}, "", {}};
  EXPECT_THROW(graph_of(c), base::Failure);
  c.attributes = {{"direction", std::string("forward")}, {"activations", std::string("Sigmoid Tanh")}};
  EXPECT_THROW(graph_of(c), base::Failure);
  c.attributes = {{"direction", std::string("forward")}, {"activations", std::string("Sigmoid Tanh Cube")}};
  EXPECT_THROW(graph_of(c), base::Failure);
  c.attributes = {{"direction", std::string("forward")}, {"hidden_size", int64_t{3}}};
  EXPECT_THROW(graph_of(c), base::Failure);
}

}  // namespace
}  // namespace ohmweave::network
