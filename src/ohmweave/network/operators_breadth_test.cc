// SPDX-License-Identifier: Apache-2.0
// Operators beyond those of convolutional networks, by closed forms; and what is made of others on import.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/onnx.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Tensor run(const OnnxModel& m, const std::vector<Tensor>& inputs) {
  return Reference(m.graph()).run(inputs)[0];
}

TEST(Gelu, IsHalfOfOnePlusErf) {
  const Tensor y = apply(Op::Gelu, {floats({3}, {-1, 0, 1})}, {{"approximate", std::string("none")}});
  EXPECT_NEAR(values<float>(y)[0], -0.15865525F, 1e-6F);  // -Phi(-1)
  EXPECT_EQ(values<float>(y)[1], 0);
  EXPECT_NEAR(values<float>(y)[2], 0.84134475F, 1e-6F);
}

TEST(CumSum, RunsBothWaysWithAndWithoutItself) {
  const Tensor x = floats({4}, {1, 2, 3, 4});
  auto sums = [&](int64_t exclusive, int64_t reverse) {
    return values<float>(
        apply(Op::CumSum, {x, integers({0})}, {{"exclusive", exclusive}, {"reverse", reverse}}));
  };
  EXPECT_THAT(sums(0, 0), ElementsAre(1, 3, 6, 10));
  EXPECT_THAT(sums(1, 0), ElementsAre(0, 1, 3, 6));
  EXPECT_THAT(sums(0, 1), ElementsAre(10, 9, 7, 4));
  EXPECT_THAT(sums(1, 1), ElementsAre(9, 7, 4, 0));
}

TEST(ConvTranspose, IsTheGradientOfConvolution) {
  // <conv(x), y> = <x, conv_transposed(y)> for every x and y.
  const Attributes how{{"strides", Integers{2, 3}},
                       {"pads", Integers{1, 0, 0, 2}},
                       {"dilations", Integers{2, 1}},
                       {"group", int64_t{2}}};
  const Tensor x = random_floats({2, 4, 9, 12}, 1), w = random_floats({6, 2, 3, 2}, 2);
  const Tensor forward = apply(Op::Conv, {x, w}, how);
  const Tensor y = random_floats(forward.shape(), 3);
  const Tensor back = apply(Op::ConvTranspose, {y, w}, how);
  ASSERT_LE(back.dim(2), x.dim(2));
  double a = 0, b = 0;
  for (size_t k = 0; k < values<float>(y).size(); ++k) a += values<float>(forward)[k] * values<float>(y)[k];
  for (int64_t n = 0; n < 8; ++n) {
    for (int64_t i = 0; i < back.dim(2); ++i) {
      for (int64_t j = 0; j < back.dim(3); ++j) {
        b += back.data<float>()[static_cast<size_t>((n * back.dim(2) + i) * back.dim(3) + j)] *
             x.data<float>()[static_cast<size_t>((n * 9 + i) * 12 + j)];
      }
    }
  }
  EXPECT_NEAR(a, b, 1e-3);
}

TEST(Einsum, IsMatrixProductsTransposedAndSummed) {
  auto einsum = [](const std::string& equation, const std::vector<Tensor>& operands) {
    OnnxModel m(13);
    std::vector<std::string> names;
    for (const Tensor& t : operands) {
      names.push_back("x" + std::to_string(names.size()));
      std::vector<std::string> extents;
      for (int64_t d : t.shape()) extents.push_back(std::to_string(d));
      m.input(names.back(), extents);
    }
    m.node(OnnxNode("Einsum", names, {"y"}).text("equation", equation)).output("y");
    return run(m, operands);
  };
  const Tensor a = random_floats({2, 3, 4}, 1), b = random_floats({2, 5, 4}, 2);
  const Tensor scores = einsum("bid,bjd->bij", {a, b});
  ASSERT_EQ(scores.shape(), (Shape{2, 3, 5}));
  double expected = 0;
  for (size_t d = 0; d < 4; ++d) expected += a.data<float>()[12 + 4 + d] * b.data<float>()[20 + 12 + d];
  EXPECT_NEAR(scores.data<float>()[15 + 5 + 3], expected, 1e-5);
  EXPECT_LE(distance(einsum("...id,...jd->...ij", {a, b}), scores), 1e-6);
  EXPECT_THAT(values<float>(einsum("ii->i", {floats({2, 2}, {1, 2, 3, 4})})), ElementsAre(1, 4));
  EXPECT_THAT(values<float>(einsum("ij", {floats({2, 2}, {1, 2, 3, 4})})), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(values<float>(einsum("ij->j", {floats({2, 2}, {1, 2, 3, 4})})), ElementsAre(4, 6));
  EXPECT_THAT(values<float>(einsum("i,j->ji", {floats({2}, {1, 2}), floats({2}, {3, 5})})),
              ElementsAre(3, 6, 5, 10));
  EXPECT_EQ(einsum("bsd,dhk->bshk", {random_floats({2, 3, 4}), random_floats({4, 2, 5})}).shape(),
            (Shape{2, 3, 2, 5}));
  EXPECT_THAT(message_of([&] {
                einsum("ij->k", {floats({1, 1}, {1})});
              }),
              HasSubstr("node 'the_Einsum' (Einsum)"));
  EXPECT_THAT(message_of([&] { einsum("ijk->i", {floats({1, 1}, {1})}); }), HasSubstr("does not fit"));
}

TEST(TopK, TakesTheFirstOfEqualOnes) {
  const std::vector<Tensor> y = apply_all(Op::TopK, {floats({5}, {3, 1, 3, 2, 0}), integers({3})}, {}, 2);
  EXPECT_THAT(values<float>(y[0]), ElementsAre(3, 3, 2));
  EXPECT_THAT(values<int64_t>(y[1]), ElementsAre(0, 2, 3));
}

TEST(ScatterND, AddsUpdates) {
  const Tensor y =
      apply(Op::ScatterND,
            {floats({3, 2}, {1, 1, 1, 1, 1, 1}), Tensor::of<int32_t>({2, 1}, std::vector<int32_t>{0, 2}),
             floats({2, 2}, {1, 2, 3, 4})},
            {{"reduction", std::string("add")}});
  EXPECT_THAT(values<float>(y), ElementsAre(2, 3, 1, 1, 4, 5));
}

// Bodies

Message body(const std::vector<std::string>& inputs, const std::vector<OnnxNode>& nodes,
             const std::vector<std::string>& outputs) {
  Message graph;
  for (const OnnxNode& n : nodes) graph.message(1, n.message());
  graph.text(2, "body");
  for (const std::string& name : inputs) graph.message(11, Message().text(1, name));
  for (const std::string& name : outputs) graph.message(12, Message().text(1, name));
  return graph;
}
Message with_body(const OnnxNode& node, const std::string& key, const Message& graph) {
  return Message(node.message()).message(5, Message().text(1, key).message(6, graph).number(20, 5));
}

TEST(ControlFlow, AnIfBecomesItsBranchOrAChoice) {
  auto model = [](bool known) {
    OnnxModel m(13);
    m.input("x", {"2"}).input("c", {}, onnx_type::kBool).output("y");
    if (known)
      m.node(OnnxNode("Constant", {}, {"t"})
                 .tensor("value", onnx_tensor("", {}, onnx_type::kBool, std::vector<char>{1})));
    OnnxNode node("If", {known ? "t" : "c"}, {"y"});
    const Message yes = with_body(node, "then_branch", body({}, {OnnxNode("Neg", {"x"}, {"a"})}, {"a"}));
    return m.node(Message(yes).message(5, Message()
                                              .text(1, "else_branch")
                                              .message(6, body({}, {OnnxNode("Abs", {"x"}, {"b"})}, {"b"}))
                                              .number(20, 5)));
  };
  const Tensor x = floats({2}, {-1, 2});
  EXPECT_EQ(model(true).graph().nodes.size(), 1U);
  EXPECT_THAT(values<float>(run(model(true), {x, booleans({}, {0})})), ElementsAre(1, -2));
  EXPECT_THAT(values<float>(run(model(false), {x, booleans({}, {0})})), ElementsAre(1, 2));
  EXPECT_THAT(values<float>(run(model(false), {x, booleans({}, {1})})), ElementsAre(1, -2));
}

TEST(ControlFlow, ALoopIsUnrolled) {
  OnnxModel m(13);
  m.input("x", {"2"}).output("y").integers("turns", {3});
  const Message inner =
      body({"turn", "on", "s"}, {OnnxNode("Add", {"s", "x"}, {"t"}), OnnxNode("Identity", {"on"}, {"go"})},
           {"go", "t"});
  m.node(with_body(OnnxNode("Loop", {"turns", "", "x"}, {"y"}), "body", inner));
  EXPECT_THAT(values<float>(run(m, {floats({2}, {1, 2})})), ElementsAre(4, 8));
}

}  // namespace
}  // namespace ohmweave::network
