// SPDX-License-Identifier: Apache-2.0
// Values on machines that compute with floating-point numbers.
#include <cmath>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/array/testing/real_array.h"
#include "ohmweave/base/diagnostics.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/execution/functional/matrix.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/program/counts.h"
#include "ohmweave/tensor/floating_point.h"

#include "product_forms.h"

namespace ohmweave::execution {
namespace {

using network::Graph;
using network::Op;
using network::ValueId;
using tensor::FloatingPoint;
using tensor::Shape;
using tensor::Tensor;
using testing::convolution;
using testing::forms;
using testing::random_reals;
using testing::Sketch;

constexpr FloatingPoint kBf16{8, 7}, kFp16{5, 10}, kFp32{8, 23};

machine::Node* find_arrays(machine::Node& node) {
  if (node.array) return &node;
  for (const auto& child : node.children) {
    if (machine::Node* found = find_arrays(*child)) return found;
  }
  return nullptr;
}
/// ISAAC with arrays of floating-point numbers in place of its crossbars.
machine::Machine floating_machine(const FloatingPoint& format) {
  machine::Machine m = machine::load("isaac");
  machine::Node& node = *find_arrays(*m.root);
  node.array = std::make_shared<array::testing::RealArray>(128, 16, node.component);
  m.formats.floating = format;
  return m;
}

struct Outcome {
  machine::Machine machine;
  mapping::Mapping mapping;
  Tensor output;
  Activity activity;
};
Outcome compute(const Graph& graph, const Tensor& inputs, const FloatingPoint& format,
                int64_t batch = 1 << 20) {
  Outcome out{floating_machine(format), {}, {}, {}};
  mapping::Options options;
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
Tensor reference(const Graph& graph, const Tensor& inputs) {
  return network::Reference(*network::with_batch(graph, inputs.dim(0))).run(std::vector{inputs})[0];
}
Shape input_shape(const Graph& graph, int64_t batch) {
  Shape shape = graph.value(graph.inputs[0]).shape;
  shape[0] = batch;
  return shape;
}
/// Whole numbers of about 0, so few that sums of their products are exact in fp16.
Tensor whole(const Tensor& reals) {
  Tensor out(reals);
  for (float& x : out.mutable_data<float>()) x = std::round(x);
  return out;
}
Graph with_whole_weights(Graph graph) {
  for (network::Value& v : graph.values) {
    if (v.constant && v.element == tensor::Element::Float32) v.constant = whole(*v.constant);
  }
  return graph;
}
bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}
float near(float x, const FloatingPoint& format) {
  float out = 0;
  tensor::round({&x, 1}, {&out, 1}, format);
  return out;
}

/// Where nothing is rounded, the order of sums does not matter: what is left is where operands stand.
class FloatingProducts : public ::testing::TestWithParam<size_t> {};
TEST_P(FloatingProducts, OfSmallWholeNumbersAreExact) {
  const Graph graph = with_whole_weights(forms()[GetParam()].graph);
  const Tensor inputs = whole(random_reals(input_shape(graph, 3), 7)), expected = reference(graph, inputs);
  const Outcome r = compute(graph, inputs, kFp16);
  ASSERT_EQ(r.output.shape(), expected.shape());
  for (size_t k = 0; k < expected.data<float>().size(); ++k)
    ASSERT_EQ(r.output.data<float>()[k], expected.data<float>()[k]) << "element " << k;
  int64_t nonzero = 0;
  for (const float x : expected.data<float>()) nonzero += x != 0 ? 1 : 0;
  EXPECT_GT(nonzero, expected.size() / 4);
}
TEST_P(FloatingProducts, DoWhatTheProgramCounts) {
  const Graph graph = forms()[GetParam()].graph;
  const Outcome r = compute(graph, random_reals(input_shape(graph, 3), 7), kBf16);
  std::map<std::pair<std::string, circuit::Verb>, int64_t> done, counted;
  for (const array::Tally& tally : r.activity.tallies) {
    for (const auto& [key, n] : tally) done[{r.machine.node_of(key.first)->path, key.second}] += n;
  }
  for (const auto& [key, n] : program::count_actions(r.mapping.program).actions)
    counted[{r.mapping.program.resources[key.first].part, key.second}] += n;
  ASSERT_FALSE(done.empty());
  for (const auto& [key, n] : done) EXPECT_EQ(counted[key], n) << key.first;
}
INSTANTIATE_TEST_SUITE_P(Forms, FloatingProducts, ::testing::Range<size_t>(0, forms().size()),
                         [](const auto& form) { return forms()[form.param].name; });

/// The rule of docs/models/floating_point.md, term by term: operands rounded, the bias first, then product
/// after product.
Tensor dense(const Tensor& inputs, const Tensor& weights, const Tensor& bias, const FloatingPoint& f) {
  const int64_t rows = weights.dim(0), outputs = weights.dim(1);
  Tensor out(tensor::Element::Float32, {inputs.dim(0), outputs});
  for (int64_t n = 0; n < inputs.dim(0); ++n) {
    for (int64_t o = 0; o < outputs; ++o) {
      float sum = near(bias.data<float>()[static_cast<size_t>(o)], f);
      for (int64_t k = 0; k < rows; ++k) {
        const double product =
            static_cast<double>(near(weights.data<float>()[static_cast<size_t>(k * outputs + o)], f)) *
            static_cast<double>(near(inputs.data<float>()[static_cast<size_t>(n * rows + k)], f));
        sum = near(sum + near(static_cast<float>(product), f), f);
      }
      out.mutable_data<float>()[static_cast<size_t>(n * outputs + o)] = sum;
    }
  }
  return out;
}

TEST(FloatingValues, AreRoundedProductByProductFromTheBiasOn) {
  Sketch s({1, 60});
  const ValueId hidden = s.node(Op::Gemm, "first", s.input(), {{60, 24}, {24}});
  const ValueId above = s.node(Op::Relu, "relu", hidden);
  const Graph g = s.done(s.node(Op::Gemm, "second", above, {{24, 10}, {10}}));
  const Tensor inputs = random_reals({5, 60}, 3);
  const auto constant = [&](size_t node, size_t input) {
    return *g.value(g.nodes[node].inputs[input]).constant;
  };
  for (const FloatingPoint f : {kBf16, kFp16}) {
    Tensor between = dense(inputs, constant(0, 1), constant(0, 2), f);
    for (float& x : between.mutable_data<float>()) x = std::max(x, 0.0F);
    const Tensor expected = dense(between, constant(2, 1), constant(2, 2), f);
    EXPECT_TRUE(same_bits(compute(g, inputs, f).output, expected)) << tensor::print(f);
  }
}

TEST(FloatingValues, AreNumbersOfTheFormatAfterEveryOperator) {
  Sketch s({1, 3, 12, 12});
  const ValueId c = s.node(Op::Conv, "conv", s.input(), {{8, 3, 3, 3}, {8}});
  const ValueId squashed = s.node(Op::Tanh, "tanh", c);
  const ValueId pooled = s.node(Op::GlobalAveragePool, "pool", squashed);
  const Graph g = s.done(s.node(Op::Softmax, "softmax", s.node(Op::Flatten, "flat", pooled)));
  const Tensor inputs = random_reals({4, 3, 12, 12}, 5);
  const Tensor of_bf16 = compute(g, inputs, kBf16).output, of_fp32 = compute(g, inputs, kFp32).output,
               expected = reference(g, inputs);
  EXPECT_TRUE(same_bits(of_bf16, tensor::round(of_bf16, kBf16)));
  EXPECT_FALSE(same_bits(of_bf16, tensor::round(expected, kBf16))) << "sums are rounded on the way";
  for (size_t k = 0; k < expected.data<float>().size(); ++k) {
    EXPECT_NEAR(of_bf16.data<float>()[k], expected.data<float>()[k], 0.02);
    EXPECT_NEAR(of_fp32.data<float>()[k], expected.data<float>()[k], 1e-5);
  }
}

TEST(FloatingValues, DoNotDependOnThreadsOrBatches) {
  const Graph g =
      convolution({1, 3, 16, 16}, {7, 3, 5, 5}, {{"pads", std::vector<int64_t>{2, 2, 2, 2}}}, Shape{7});
  const Tensor inputs = random_reals({24, 3, 16, 16}, 9);
  base::use_threads(1);
  const Outcome one = compute(g, inputs, kBf16);
  base::use_threads(3);
  const Outcome three = compute(g, inputs, kBf16), parts = compute(g, inputs, kBf16, 5);
  base::use_threads(0);
  EXPECT_TRUE(same_bits(one.output, three.output));
  EXPECT_TRUE(same_bits(one.output, parts.output));
}

TEST(FloatingValues, OfAQuantizedFileAreComputedWithItsReals) {
  Sketch s({1, 30});
  Graph& g = s.graph;
  const ValueId scale = add_constant(g, "scale", Tensor::of<float>({}, std::vector<float>{0.05F})),
                zero = add_constant(g, "zero", Tensor::of<int8_t>({}, std::vector<int8_t>{3}));
  const ValueId codes = add_node(g, Op::QuantizeLinear, "q", {s.input(), scale, zero}),
                reals = add_node(g, Op::DequantizeLinear, "dq", {codes, scale, zero});
  s.done(s.node(Op::Gemm, "product", reals, {{30, 8}, {8}}));
  const Tensor inputs = random_reals({3, 30}, 3);
  const Outcome r = compute(g, inputs, kBf16);
  for (const network::Value& v : r.mapping.network.values) EXPECT_FALSE(v.format) << v.name;
  Tensor coded = tensor::round(inputs, kBf16);
  for (float& x : coded.mutable_data<float>())
    x = (std::clamp(std::nearbyint(x / 0.05F) + 3, -128.0F, 127.0F) - 3) * 0.05F;
  const network::Node& node = g.nodes.back();
  EXPECT_TRUE(same_bits(
      r.output, dense(coded, *g.value(node.inputs[1]).constant, *g.value(node.inputs[2]).constant, kBf16)));
}

TEST(FloatingValues, ExactSumsAreThoseOfRoundedOperands) {
  const Graph g = convolution({1, 300}, {300, 20}, {}, Shape{20}, Op::Gemm);
  const Tensor inputs = random_reals({3, 300}, 7);
  const machine::Machine machine = floating_machine(kBf16);
  const mapping::Mapping m = mapping::compile(g, machine, {});
  Functional functional(m.program, m.network, machine, 1);
  const auto seen = [&](bool exact) {
    Tensor out;
    functional.look(std::vector{inputs}, exact, [&](size_t, const Tensor& reals) { out = reals; });
    return out;
  };
  EXPECT_FALSE(same_bits(seen(false), seen(true)));
  Graph rounded = g;
  for (network::Value& v : rounded.values) {
    if (v.constant) v.constant = tensor::round(*v.constant, kBf16);
  }
  const Tensor expected = reference(rounded, tensor::round(inputs, kBf16)), exact = seen(true);
  for (size_t k = 0; k < expected.data<float>().size(); ++k)
    EXPECT_NEAR(exact.data<float>()[k], expected.data<float>()[k], std::abs(expected.data<float>()[k]) / 128);
  EXPECT_EQ(functional.activity().tallies[0].size(), 0U);
}

TEST(FloatingValues, StoresAreAsWideAsTheFormat) {
  const Graph g = convolution({1, 300}, {300, 20}, {}, Shape{20}, Op::Gemm);
  for (const FloatingPoint f : {kBf16, kFp32, FloatingPoint{4, 3}}) {
    const mapping::Mapping m = mapping::compile(g, floating_machine(f), {});
    double weights = 0, values = 0;
    for (const program::Store& store : m.program.stores)
      (std::holds_alternative<program::Cells>(store.where) ? weights : values) += store.item.si();
    EXPECT_EQ(weights, 300 * 20 * f.bits());
    EXPECT_EQ(values, (300 + 20) * f.bits());
  }
}

class FloatingRecurrence : public ::testing::TestWithParam<Op> {};
TEST_P(FloatingRecurrence, IsNearItsFloatResultInAnyBatch) {
  const int64_t gates = GetParam() == Op::LSTM ? 4 : GetParam() == Op::GRU ? 3 : 1;
  std::map<std::string, network::Attribute> attributes;
  if (GetParam() == Op::GRU) attributes["linear_before_reset"] = int64_t{1};
  Sketch s({1, 9, 5});
  const Graph g = s.done(s.node(GetParam(), "layer", s.input(),
                                {{1, gates * 7, 5}, {1, gates * 7, 7}, {1, 2 * gates * 7}}, attributes));
  const Tensor inputs = random_reals({6, 9, 5}, 7), expected = reference(g, inputs);
  const Outcome exact = compute(g, inputs, kFp32), rounded = compute(g, inputs, kFp16),
                parts = compute(g, inputs, kFp16, 4);
  EXPECT_TRUE(same_bits(rounded.output, parts.output));
  EXPECT_TRUE(same_bits(rounded.output, tensor::round(rounded.output, kFp16)));
  ASSERT_EQ(exact.output.shape(), expected.shape());
  for (size_t k = 0; k < expected.data<float>().size(); ++k) {
    EXPECT_NEAR(exact.output.data<float>()[k], expected.data<float>()[k], 1e-4);
    EXPECT_NEAR(rounded.output.data<float>()[k], expected.data<float>()[k],
                0.1);  // an error of one step goes on to the next
  }
  EXPECT_FALSE(rounded.activity.tallies.back().empty());
}
INSTANTIATE_TEST_SUITE_P(Kinds, FloatingRecurrence, ::testing::Values(Op::LSTM, Op::GRU, Op::RNN));

TEST(FloatingMatrix, IsTheSumOfRoundedProducts) {
  const Tensor weights = random_reals({40, 6}, 1), inputs = random_reals({70, 40}, 2);
  const MatrixProduct p = multiply(floating_machine(kBf16), weights, inputs, 1, "W", "X");
  const Tensor none(tensor::Element::Float32, {6});
  const Tensor expected = dense(inputs, weights, none, kBf16);
  EXPECT_EQ(p.weights.floating, kBf16);
  EXPECT_TRUE(same_bits(p.outputs, expected.to(tensor::Element::Float64)));
  EXPECT_GT(p.relative_error, 1e-4);
  EXPECT_LT(p.relative_error, 0.02);
  const Tensor w = tensor::round(weights, kBf16), x = tensor::round(inputs, kBf16);
  for (int64_t o = 0; o < 6; ++o) {
    double sum = 0;
    for (int64_t k = 0; k < 40; ++k)
      sum += static_cast<double>(w.data<float>()[static_cast<size_t>(k * 6 + o)]) *
             static_cast<double>(x.data<float>()[static_cast<size_t>(k)]);
    EXPECT_DOUBLE_EQ(p.exact.data<double>()[static_cast<size_t>(o)], sum);
  }
  int64_t reads = 0;
  for (const auto& [key, n] : p.tally) reads += n;
  EXPECT_EQ(reads, 40 * 6 * 70);
}

TEST(FloatingMatrix, RefusesWhatTheFormatCannotHold) {
  const Tensor weights = Tensor::of<float>({1, 1}, std::vector<float>{70000});
  try {
    multiply(floating_machine(kFp16), weights, weights, 1, "W", "X");
    FAIL();
  } catch (const base::Failure& failure) {
    EXPECT_THAT(failure.what(), ::testing::HasSubstr("not finite, or too large for fp16"));
  }
}

}  // namespace
}  // namespace ohmweave::execution
