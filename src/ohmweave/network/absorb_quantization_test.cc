// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "ohmweave/network/passes.h"
#include "ohmweave/network/testing/onnx.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

std::vector<Op> operators(const Graph& g) {
  std::vector<Op> out;
  for (const Node& n : g.nodes) out.push_back(n.op);
  return out;
}
using Ops = std::vector<Op>;

/// x of 1x2x4x4 and scales for it: s and t are 1/2 and 1/4, z is 8.
OnnxModel model() {
  OnnxModel m(13);
  m.input("x", {"1", "2", "4", "4"}).floats("s", {}, {0.5F}).floats("t", {}, {0.25F}).floats("zero", {}, {0});
  m.floats("w", {3, 2, 1, 1}, {1, 2, 3, -4, 5, -6});
  m.initialiser(onnx_tensor("z", {}, onnx_type::kUInt8, std::vector<uint8_t>{8}));
  return m;
}
OnnxNode coded(const std::string& from, const std::string& to, const std::string& scale = "s") {
  return {"QuantizeLinear", {from, scale, "z"}, {to}};
}
OnnxNode real(const std::string& from, const std::string& to, const std::string& scale = "s") {
  return {"DequantizeLinear", {from, scale, "z"}, {to}};
}
/// With the roundings that formats say, node by node: what an absorbed graph means.
Tensor run(const Graph& g, const Tensor& x) {
  std::map<ValueId, Tensor> made;
  auto put = [&](ValueId v, const Tensor& t) {
    const auto& f = g.value(v).format;
    made[v] = f ? tensor::dequantize(tensor::quantize(t, *f), *f) : t;
  };
  put(g.inputs[0], x);
  for (NodeId n = 0; n < g.nodes.size(); ++n) {
    std::vector<Tensor> inputs;
    for (ValueId v : g.nodes[n].inputs)
      inputs.push_back(v == kNoValue ? Tensor() : g.value(v).is_constant ? *g.value(v).constant : made.at(v));
    std::vector<Tensor> results = evaluate(g, n, inputs);
    for (size_t k = 0; k < results.size(); ++k) put(g.nodes[n].outputs[k], results[k]);
  }
  return made.at(g.outputs[0]);
}
void expect_same(const Graph& before, const Graph& after) {
  validate(after);
  Tensor x = random_floats({1, 2, 4, 4});
  for (float& v : x.mutable_data<float>()) v *= 4;
  EXPECT_EQ(values<float>(run(after, x)), values<float>(Reference(before).run(std::vector{x})[0]));
}

TEST(AbsorbQuantization, LeavesTheOperatorsAndTheirFormats) {
  OnnxModel m = model();
  m.node(coded("x", "q")).node(real("q", "a")).node(OnnxNode("Conv", {"a", "w"}, {"c"}));
  m.node(coded("c", "d", "t")).node(OnnxNode("MaxPool", {"d"}, {"p"}).integers("kernel_shape", {2, 2}));
  m.node(OnnxNode("Flatten", {"p"}, {"f"})).node(real("f", "y", "t")).output("y");
  const Graph before = m.graph();
  Graph g = before;
  absorb_quantization(g);
  EXPECT_EQ(operators(g), (Ops{Op::Conv, Op::MaxPool, Op::Flatten}));
  const tensor::Quantization s{{8, false}, {0.5F}, -1, {8}}, t{{8, false}, {0.25F}, -1, {8}};
  EXPECT_EQ(g.value(g.inputs[0]).format, s);
  for (const Node& n : g.nodes) EXPECT_EQ(g.value(n.outputs[0]).format, t) << n.name;
  EXPECT_EQ(g.value(g.outputs[0]).name, "y");
  expect_same(before, g);
}

TEST(AbsorbQuantization, GivesReadersOfRealsTheReals) {
  OnnxModel m = model();
  m.node(OnnxNode("Conv", {"x", "w"}, {"c"})).node(coded("c", "q")).node(real("q", "a"));
  m.node(OnnxNode("Sub", {"a", "c"}, {"y"})).output("y");
  const Graph before = m.graph();
  Graph g = before;
  absorb_quantization(g);
  EXPECT_EQ(operators(g), (Ops{Op::Conv, Op::Identity, Op::Sub}));
  EXPECT_FALSE(g.value(g.nodes[0].outputs[0]).format);
  EXPECT_TRUE(g.value(g.nodes[1].outputs[0]).format);
  expect_same(before, g);
  fold_batch_norm(g);  // keeps it: it rounds
  expect_same(before, g);
}

TEST(AbsorbQuantization, KeepsCodesThatAreWanted) {
  OnnxModel m = model();
  m.node(coded("x", "q"))
      .node(real("q", "a"))
      .node(OnnxNode("Relu", {"a"}, {"r"}))
      .node(coded("r", "y"))
      .output("y");
  Graph g = m.graph();
  absorb_quantization(g);
  EXPECT_EQ(operators(g), (Ops{Op::Relu, Op::QuantizeLinear}));
  EXPECT_EQ(g.value(g.outputs[0]).element, Element::UInt8);
  // Another scale than the one it was made with: the codes mean something else from there on.
  OnnxModel other = model();
  other.node(coded("x", "q")).node(real("q", "y", "t")).output("y");
  g = other.graph();
  absorb_quantization(g);
  EXPECT_EQ(operators(g), (Ops{Op::QuantizeLinear, Op::DequantizeLinear}));
}

TEST(AbsorbQuantization, MakesAClipThatCodesDoARectifier) {
  for (float high : {64.0F, 61.75F, 61.0F}) {  // the largest code is (255 - 8) / 4 = 61.75
    OnnxModel m = model();
    m.floats("high", {}, {high})
        .node(OnnxNode("Conv", {"x", "w"}, {"c"}))
        .node(OnnxNode("Clip", {"c", "zero", "high"}, {"r"}));
    m.node(coded("r", "q", "t")).node(real("q", "y", "t")).output("y");
    const Graph before = m.graph();
    Graph g = before;
    absorb_quantization(g);
    EXPECT_EQ(operators(g), (Ops{Op::Conv, high < 61.75F ? Op::Clip : Op::Relu})) << high;
    expect_same(before, g);
  }
}

TEST(AbsorbQuantization, DoesNotFoldAcrossARounding) {
  OnnxModel m = model();
  m.floats("b", {3, 1, 1}, {1, 2, 3})
      .node(OnnxNode("Conv", {"x", "w"}, {"c"}))
      .node(coded("c", "q"))
      .node(real("q", "a"));
  m.node(OnnxNode("Add", {"a", "b"}, {"y"})).output("y");
  const Graph before = m.graph();
  Graph g = before;
  absorb_quantization(g);
  fold_batch_norm(g);
  EXPECT_EQ(operators(g), (Ops{Op::Conv, Op::Add}));
  expect_same(before, g);
}

/// Squeeze takes the axis of the only sample too, in the file.
TEST(KeepBatch, LetsSamplesRunTogether) {
  for (const char* after : {"Relu", "Softmax"}) {  // along the axis that is left
    OnnxModel m(13);
    m.input("x", {"1", "3", "1", "1"}).floats("w", {3, 2}, {1, 2, 3, -4, 5, -6});
    m.node(OnnxNode("Squeeze", {"x"}, {"v"}))
        .node(OnnxNode("MatMul", {"v", "w"}, {"p"}))
        .node(OnnxNode(after, {"p"}, {"y"}))
        .output("y");
    Graph g = m.graph();
    EXPECT_EQ(g.value(g.outputs[0]).shape, Shape{2});
    EXPECT_FALSE(with_batch(g, 5));
    const Tensor x = random_floats({5, 3, 1, 1});
    const Tensor apart = Reference(g).run(std::vector{x})[0];
    keep_batch(g);
    EXPECT_EQ(with_batch(g, 5).has_value(), std::string(after) == "Relu");
    EXPECT_EQ(values<float>(Reference(g).run(std::vector{x})[0]), values<float>(apart));
  }
}

TEST(Quantize, LeavesTheFormatsOfTheFile) {
  OnnxModel m = model();
  m.initialiser(
      onnx_tensor("codes", {3, 2, 1, 1}, onnx_type::kUInt8, std::vector<uint8_t>{0, 9, 255, 8, 77, 1}));
  m.node(coded("x", "q"))
      .node(real("q", "a"))
      .node(real("codes", "v", "t"))
      .node(OnnxNode("Conv", {"a", "v"}, {"y"}))
      .output("y");
  Graph g = m.graph();
  absorb_quantization(g);
  const Tensor x = random_floats({1, 2, 4, 4});
  quantize(g, {}, &x);
  EXPECT_EQ(g.value(g.inputs[0]).format, (tensor::Quantization{{8, false}, {0.5F}, -1, {8}}));
  const Value& w = g.value(g.nodes[0].inputs[1]);
  EXPECT_THAT(values<int32_t>(tensor::quantize(*w.constant, *w.format)),
              testing::ElementsAre(0, 9, 255, 8, 77, 1));
  EXPECT_EQ(g.value(g.outputs[0]).format->format.bits, 16);
}

TEST(Quantize, HoldsBinaryAndTernaryWeightsExactly) {
  for (float other : {-0.3F, 0.0F, 0.1F}) {
    Graph g;
    g.name = "test";
    Value x;
    x.name = "x";
    x.shape = {1, 3};
    g.inputs = {g.add_value(x)};
    const ValueId sign = add_node(g, Op::Sign, "sign", g.inputs);
    const ValueId w = add_constant(g, "w", floats({3, 2}, {0.3F, -0.3F, 0.3F, 0.3F, -0.3F, other}));
    g.outputs = {add_node(g, Op::MatMul, "product", {sign, w})};
    const Tensor data = random_floats({4, 3});
    quantize(g, {}, &data);
    EXPECT_EQ(g.value(w).format->format.bits, other == 0.1F ? 16 : 2) << other;
    EXPECT_EQ(g.value(sign).format, (tensor::Quantization{{2, true}, {1.0F}, -1}));
    if (other == 0.1F) continue;
    const Value& held = g.value(w);
    EXPECT_EQ(values<float>(tensor::dequantize(tensor::quantize(*held.constant, *held.format), *held.format)),
              values<float>(*held.constant));
  }
}

}  // namespace
}  // namespace ohmweave::network
