// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ohmweave/base/random.h"
#include "ohmweave/network/graph.h"
#include "ohmweave/network/network.h"

namespace ohmweave::execution::testing {

using network::Attribute;
using network::Graph;
using network::Op;
using network::ValueId;
using tensor::Shape;
using tensor::Tensor;

inline Tensor random_reals(const Shape& shape, uint64_t seed) {
  Tensor t(tensor::Element::Float32, shape);
  base::RandomStream random(seed, 0, base::key_of("functional test"));
  for (float& v : t.mutable_data<float>()) v = static_cast<float>(random.normal());
  return t;
}

/// A network with random weights under construction.
struct Sketch {
  Graph graph;

  explicit Sketch(Shape input) {
    graph.name = "sketch";
    network::Value value;
    value.name = "input";
    value.shape = std::move(input);
    graph.inputs = {graph.add_value(value)};
  }
  ValueId input() const { return graph.inputs[0]; }
  ValueId node(Op op, const std::string& name, ValueId from, const std::vector<Shape>& weights = {},
               std::map<std::string, Attribute> attributes = {}) {
    std::vector<ValueId> operands{from};
    for (const Shape& shape : weights) {
      const std::string constant = name + ".w" + std::to_string(operands.size());
      operands.push_back(add_constant(graph, constant, random_reals(shape, graph.values.size())));
    }
    return add_node(graph, op, name, operands, std::move(attributes));
  }
  Graph done(ValueId output) {
    graph.outputs = {output};
    network::validate(graph);
    return graph;
  }
};

/// Every form a product takes.
struct Form {
  std::string name;
  Graph graph;
};
inline Graph convolution(const Shape& input, const Shape& weights, std::map<std::string, Attribute> attributes,
                         std::optional<Shape> bias = {}, Op op = Op::Conv) {
  Sketch s(input);
  std::vector<Shape> constants{weights};
  if (bias) constants.push_back(*bias);
  return s.done(s.node(op, "product", s.input(), constants, std::move(attributes)));
}
inline std::vector<Form> forms() {
  using I = std::vector<int64_t>;
  std::vector<Form> out;
  auto add = [&](std::string name, Graph g) { out.push_back({std::move(name), std::move(g)}); };
  add("dense", convolution({1, 300}, {300, 20}, {}, Shape{20}, Op::Gemm));
  add("dense_transposed", convolution({1, 300}, {20, 300}, {{"transB", int64_t{1}}}, Shape{20}, Op::Gemm));
  add("dense_scaled", convolution({1, 30}, {30, 20}, {{"alpha", 0.5}, {"beta", 2.0}}, Shape{20}, Op::Gemm));
  add("tokens", convolution({1, 7, 30}, {30, 20}, {}, {}, Op::MatMul));
  add("convolution", convolution({1, 3, 9, 11}, {5, 3, 3, 3}, {}, Shape{5}));
  add("strided_padded",
      convolution({1, 3, 9, 11}, {5, 3, 3, 2}, {{"strides", I{2, 3}}, {"pads", I{1, 0, 2, 1}}}));
  add("dilated", convolution({1, 3, 12, 12}, {5, 3, 3, 3}, {{"dilations", I{2, 3}}, {"pads", I{2, 2, 2, 2}}}));
  add("grouped", convolution({1, 6, 7, 7}, {9, 2, 3, 3}, {{"group", int64_t{3}}}, Shape{9}));
  add("depthwise", convolution({1, 8, 7, 7}, {8, 1, 3, 3}, {{"group", int64_t{8}}}, Shape{8}));
  add("one_axis", convolution({1, 4, 20}, {6, 4, 5}, {{"strides", I{2}}}, Shape{6}));
  add("three_axes", convolution({1, 2, 5, 6, 7}, {4, 2, 3, 2, 3}, {}, Shape{4}));
  add("private",
      convolution({1, 3, 6, 8}, {6, 8, 4, 3, 3, 3}, {{"pads", I{1, 1, 1, 1}}}, Shape{4}, Op::LocalConv));
  add("private_bias", convolution({1, 3, 6, 8}, {4, 6, 4, 3, 3, 3}, {}, Shape{4, 4, 6}, Op::LocalConv));
  add("private_strided", convolution({1, 4, 9, 9}, {4, 4, 6, 2, 3, 3},
                                     {{"strides", I{2, 2}}, {"group", int64_t{2}}}, {}, Op::LocalConv));
  add("private_dilated",
      convolution({1, 2, 9, 9}, {5, 5, 2, 2, 3, 3}, {{"dilations", I{2, 2}}}, {}, Op::LocalConv));
  const auto transposed = Op::ConvTranspose;
  add("transposed", convolution({1, 3, 5, 6}, {3, 4, 3, 3}, {}, Shape{4}, transposed));
  add("transposed_strided",
      convolution({1, 3, 5, 6}, {3, 4, 4, 3},
                  {{"strides", I{2, 3}}, {"pads", I{1, 0, 1, 2}}, {"output_padding", I{1, 0}}}, Shape{4},
                  transposed));
  add("transposed_dilated",
      convolution({1, 3, 5, 6}, {3, 4, 3, 2}, {{"strides", I{2, 1}}, {"dilations", I{2, 3}}}, {}, transposed));
  add("transposed_grouped", convolution({1, 6, 4, 4}, {6, 2, 3, 3},
                                        {{"strides", I{2, 2}}, {"group", int64_t{3}}}, Shape{6}, transposed));
  add("transposed_one_axis", convolution({1, 4, 9}, {4, 2, 5}, {{"strides", I{3}}}, Shape{2}, transposed));
  return out;
}

}  // namespace ohmweave::execution::testing
