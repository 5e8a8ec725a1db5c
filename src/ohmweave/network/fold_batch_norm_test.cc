// SPDX-License-Identifier: Apache-2.0
// Folded networks make the same results as they do unfolded, by the exact reference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/passes.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

using testing::ElementsAre;

/// A network of one product, what follows it as `after` builds it.
class Folding : public testing::Test {
 protected:
  Graph graph;
  ValueId last = kNoValue;
  uint64_t constants = 0;

  void begin(const Shape& input) {
    graph.name = "test";
    Value v;
    v.name = "input";
    v.shape = input;
    last = graph.add_value(v);
    graph.inputs = {last};
  }
  ValueId constant_of(Tensor values) {
    return add_constant(graph, "constant" + std::to_string(++constants), std::move(values));
  }
  ValueId constant(const Shape& shape) { return constant_of(random_floats(shape, constants + 1)); }
  ValueId positive(const Shape& shape) {
    Tensor t = random_floats(shape, constants + 1);
    for (float& v : t.mutable_data<float>()) v = 0.3F + v * v;
    return constant_of(t);
  }
  void add(Op op, const std::vector<ValueId>& more, const Attributes& attributes = {}) {
    std::vector<ValueId> inputs{last};
    inputs.insert(inputs.end(), more.begin(), more.end());
    last = add_node(graph, op, "node" + std::to_string(graph.nodes.size()), inputs, attributes);
  }
  void add_norm() {
    const Shape c{graph.value(last).shape[1]};
    add(Op::BatchNormalization, {constant(c), constant(c), constant(c), positive(c)}, {{"epsilon", 1e-3}});
  }
  void forget_values() {
    for (Value& v : graph.values) {
      if (v.is_constant) v.constant.reset();
    }
  }
  std::vector<Op> folded() {
    graph.outputs = {last};
    validate(graph);
    Graph out = graph;
    fold_batch_norm(out);
    validate(out);
    const bool known = graph.nodes[0].inputs.size() > 1 && graph.value(graph.nodes[0].inputs[1]).constant;
    if (known) {
      Tensor x = random_floats(graph.value(graph.inputs[0]).shape, 99);
      Tensor expected = Reference(graph).run(std::vector{x})[0];
      EXPECT_LE(distance(Reference(out).run(std::vector{x})[0], expected), 1e-5);
    }
    std::vector<Op> ops;
    for (const Node& node : out.nodes) ops.push_back(node.op);
    result = std::move(out);
    return ops;
  }
  Graph result;
};

TEST_F(Folding, IntoConvolutions) {
  for (bool bias : {false, true}) {
    for (int64_t groups : {1, 2}) {
      graph = {};
      begin({2, 4, 6, 5});
      std::vector<ValueId> more{constant({6, 4 / groups, 3, 3})};
      if (bias) more.push_back(constant({6}));
      add(Op::Conv, more, {{"group", groups}, {"pads", Integers{1, 1, 1, 1}}});
      add_norm();
      add(Op::Relu, {});
      EXPECT_THAT(folded(), ElementsAre(Op::Conv, Op::Relu));
    }
  }
}

TEST_F(Folding, IntoConvolutionsOfOneAndThreeAxes) {
  begin({2, 4, 9});
  add(Op::Conv, {constant({6, 4, 3})});
  add_norm();
  EXPECT_THAT(folded(), ElementsAre(Op::Conv));
  graph = {};
  begin({1, 2, 4, 5, 6});
  add(Op::Conv, {constant({3, 2, 2, 2, 2})});
  add_norm();
  EXPECT_THAT(folded(), ElementsAre(Op::Conv));
}

TEST_F(Folding, IntoPrivateKernels) {
  for (const Shape& bias : {Shape{}, Shape{5}, Shape{5, 2, 3}}) {
    graph = {};
    begin({2, 2, 4, 4});
    std::vector<ValueId> more{constant({2, 3, 5, 2, 3, 2})};
    if (!bias.empty()) more.push_back(constant(bias));
    add(Op::LocalConv, more);
    add_norm();
    EXPECT_THAT(folded(), ElementsAre(Op::LocalConv));
  }
}

TEST_F(Folding, IntoMatrices) {
  for (bool transposed : {false, true}) {
    for (const Shape& bias : {Shape{}, Shape{7}, Shape{1, 7}, Shape{1}}) {
      graph = {};
      begin({3, 5});
      std::vector<ValueId> more{constant(transposed ? Shape{7, 5} : Shape{5, 7})};
      if (!bias.empty()) more.push_back(constant(bias));
      add(Op::Gemm, more, {{"transB", int64_t{transposed}}, {"alpha", 0.7}, {"beta", -1.5}});
      add_norm();
      EXPECT_THAT(folded(), ElementsAre(Op::Gemm));
    }
  }
  graph = {};
  begin({3, 5});
  add(Op::MatMul, {constant({5, 7})});
  add_norm();
  EXPECT_THAT(folded(), ElementsAre(Op::Gemm)) << "which has a bias";
}

TEST_F(Folding, ArithmeticWithANumberPerChannel) {
  begin({3, 5});
  add(Op::MatMul, {constant({5, 7})});
  add(Op::Add, {constant({7})});
  add(Op::Mul, {constant({1, 7})});
  add(Op::Sub, {constant({})});
  add(Op::Tanh, {});
  EXPECT_THAT(folded(), ElementsAre(Op::Gemm, Op::Tanh));
}

TEST_F(Folding, DropsWhatDoesNothing) {
  begin({2, 4, 6, 5});
  add(Op::Conv, {constant({6, 4, 3, 3})});
  add(Op::Identity, {});
  add(Op::Dropout, {});
  add_norm();
  add(Op::Identity, {});
  EXPECT_THAT(folded(), ElementsAre(Op::Conv));
  EXPECT_EQ(result.outputs[0], result.nodes[0].outputs[0]);
  graph = {};
  begin({2, 3});
  add(Op::Identity, {});
  EXPECT_THAT(folded(), ElementsAre(Op::Identity)) << "an input is no result";
}

TEST_F(Folding, LeavesWhatOthersRead) {
  begin({2, 4, 6, 5});
  add(Op::Conv, {constant({4, 4, 1, 1})});
  const ValueId plain = last;
  add_norm();
  add(Op::Add, {plain});
  EXPECT_THAT(folded(), ElementsAre(Op::Conv, Op::BatchNormalization, Op::Add));
}

TEST_F(Folding, LeavesNormalisationsOfAnotherAxis) {
  begin({2, 4, 6});
  add(Op::MatMul, {constant({6, 6})});
  add_norm();  // per token
  EXPECT_THAT(folded(), ElementsAre(Op::MatMul, Op::BatchNormalization));
}

TEST_F(Folding, SharedWeightsStayWhatTheyAreForTheOther) {
  begin({2, 5});
  const ValueId matrix = constant({5, 5});
  add(Op::MatMul, {matrix});
  add_norm();
  add(Op::MatMul, {matrix});
  EXPECT_THAT(folded(), ElementsAre(Op::Gemm, Op::MatMul));
}

TEST_F(Folding, NeedsShapesOnly) {
  begin({2, 4, 6, 5});
  add(Op::Conv, {constant({6, 4, 3, 3})});
  add_norm();
  add(Op::Flatten, {});
  add(Op::MatMul, {constant({72, 3})});
  add(Op::Add, {constant({3})});
  forget_values();
  EXPECT_THAT(folded(), ElementsAre(Op::Conv, Op::Flatten, Op::Gemm));
  EXPECT_EQ(parameter_count(result), 6 * 4 * 9 + 6 + 72 * 3 + 3);
}

}  // namespace
}  // namespace ohmweave::network
