// SPDX-License-Identifier: Apache-2.0
// Operators applied to values in tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"
#include "ohmweave/network/conformance.h"
#include "ohmweave/network/network.h"

namespace ohmweave::network {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;
using Integers = std::vector<int64_t>;
using Attributes = std::map<std::string, Attribute>;

inline Tensor floats(const Shape& shape, const std::vector<float>& values) { return Tensor::of<float>(shape, values); }
inline Tensor integers(const Integers& values) { return Tensor::of<int64_t>({static_cast<int64_t>(values.size())}, values); }
inline Tensor booleans(const Shape& shape, const std::vector<int>& values) {
  Tensor t(Element::Bool, shape);
  for (size_t k = 0; k < values.size(); ++k) t.mutable_data<bool>()[k] = values[k] != 0;
  return t;
}
/// Normal numbers, the same every time.
inline Tensor random_floats(const Shape& shape, uint64_t seed = 1) {
  Tensor t(Element::Float32, shape);
  base::RandomStream random(seed, 0, base::key_of("test"));
  for (float& v : t.mutable_data<float>()) v = static_cast<float>(random.normal());
  return t;
}
template <class T>
std::vector<T> values(const Tensor& t) {
  auto d = t.data<T>();
  return {d.begin(), d.end()};
}

/// max|a - b| / max|b|.
inline double distance(const Tensor& a, const Tensor& b) { return relative_distance(a, b); }

/// A graph of one node. Reals are its inputs, whole numbers constants, and an operand without elements and axes is left out.
inline Graph single(Op op, const std::vector<Tensor>& operands, const Attributes& attributes = {}, size_t outputs = 1) {
  Graph g;
  g.name = "test";
  Node node{"node", op, {}, std::vector<ValueId>(outputs, 0), attributes};
  for (const Tensor& t : operands) {
    bool left_out = t.shape() == Shape{0} && t.element() == Element::Float32;
    if (left_out) {
      node.inputs.push_back(kNoValue);
    } else if (t.element() == Element::Int64 && !node.inputs.empty()) {
      node.inputs.push_back(add_constant(g, "constant" + std::to_string(node.inputs.size()), t));
    } else {
      Value v;
      v.name = "input" + std::to_string(node.inputs.size());
      v.element = t.element();
      v.shape = t.shape();
      g.inputs.push_back(g.add_value(v));
      node.inputs.push_back(g.inputs.back());
    }
  }
  g.outputs = add_node(g, node);
  validate(g);
  return g;
}

/// What an operator makes of operands, both node by node and by the reference, which have to agree.
inline std::vector<Tensor> apply_all(Op op, const std::vector<Tensor>& operands, const Attributes& attributes = {}, size_t outputs = 1) {
  Graph g = single(op, operands, attributes, outputs);
  std::vector<Tensor> given, inputs;
  for (size_t k = 0; k < g.nodes[0].inputs.size(); ++k) {
    ValueId v = g.nodes[0].inputs[k];
    bool constant = v != kNoValue && g.value(v).is_constant;
    given.push_back(constant ? *g.value(v).constant : v == kNoValue ? Tensor() : operands[k]);
    if (v != kNoValue && !constant) inputs.push_back(operands[k]);
  }
  std::vector<Tensor> results = evaluate(g, 0, given), again = Reference(g).run(inputs);
  for (size_t k = 0; k < outputs; ++k) {
    EXPECT_EQ(results[k].shape(), g.value(g.outputs[k]).shape);
    EXPECT_EQ(results[k].element(), g.value(g.outputs[k]).element);
    EXPECT_LE(distance(again[k], results[k]), 2e-6) << name_of(op) << ", reference against one node";
  }
  return results;
}
inline Tensor apply(Op op, const std::vector<Tensor>& operands, const Attributes& attributes = {}) { return apply_all(op, operands, attributes)[0]; }

}  // namespace ohmweave::network
