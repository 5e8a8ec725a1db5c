// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/values.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"
#include "ohmweave/network/network.h"
#include "ohmweave/tensor/narrow_codes.h"

namespace ohmweave::execution {
namespace {

using network::Op;
using network::ValueId;
using tensor::Element;
using tensor::Tensor;

const std::optional<tensor::FloatingPoint> kCodes;

Tensor random_codes(const tensor::Shape& shape, const tensor::Quantization& q, uint64_t seed) {
  base::RandomStream random(seed, 2, 3);
  Tensor reals(Element::Float32, shape);
  for (float& x : reals.mutable_data<float>()) x = static_cast<float>(40 * random.uniform() - 20);
  return tensor::quantize_narrowly(reals, q);
}

/// A graph of c = a + b, with the formats of an unsigned sum and of operands with other scales.
network::Graph addition(const tensor::Shape& shape) {
  network::Graph graph;
  const auto add = [&](const char* name, const tensor::Quantization& format) {
    network::Value v;
    v.name = name, v.shape = shape, v.element = Element::Float32, v.format = format;
    graph.values.push_back(std::move(v));
  };
  add("a", {{8, true}, {0.17F}, -1});
  add("b", {{8, false}, {0.11F}, -1, {100}});
  add("c", {{8, false}, {0.13F}, -1});
  graph.inputs = {0, 1};
  graph.outputs = {2};
  network::Node node;
  node.name = "add", node.op = Op::Add, node.inputs = {0, 1}, node.outputs = {2};
  graph.nodes.push_back(std::move(node));
  return graph;
}

/// Longer than one piece, and no multiple of it.
TEST(Values, PiecesAreWhatTheWholeIs) {
  const tensor::Shape shape{3, 5, 41, 67};
  const network::Graph graph = addition(shape);
  Values pieces(graph, kCodes), whole(graph, kCodes);
  std::vector<Tensor> reals;
  for (ValueId v : {0U, 1U}) {
    const Tensor codes = random_codes(shape, *graph.value(v).format, v);
    pieces.put_codes(v, codes);
    reals.push_back(tensor::dequantize(codes, *graph.value(v).format));
  }
  ASSERT_TRUE(pieces.evaluate_elements(0, 2));
  whole.put(2, network::evaluate(graph, 0, reals)[0]);
  const Tensor made = pieces.codes(2), expected = whole.codes(2);
  ASSERT_EQ(made.element(), expected.element());
  EXPECT_EQ(made.shape(), expected.shape());
  EXPECT_TRUE(std::equal(made.raw(), made.raw() + made.bytes(), expected.raw()));
}

TEST(Values, OperandsThatAreNotStoredInCodesAreLeftToOthers) {
  const network::Graph graph = addition({2, 3});
  network::Graph other = graph;
  other.values[1].format.reset();
  Values values(other, kCodes);
  values.put_codes(0, random_codes({2, 3}, *graph.value(0).format, 1));
  values.put(1, Tensor(Element::Float32, {2, 3}));
  EXPECT_FALSE(values.evaluate_elements(0, 2));
}

}  // namespace
}  // namespace ohmweave::execution
