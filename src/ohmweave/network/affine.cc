// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/affine.h"

#include <cmath>

namespace ohmweave::network {
namespace {

using tensor::Shape;

/// A constant as one number per channel of an activation of shape `shape`, if it is that.
std::optional<std::vector<double>> per_channel(const Value& v, const Shape& shape) {
  if (!v.constant || v.element != tensor::Element::Float32 || shape.size() < 2 || v.shape.size() > shape.size())
    return std::nullopt;
  size_t missing = shape.size() - v.shape.size();
  for (size_t axis = 0; axis < v.shape.size(); ++axis) {
    if (v.shape[axis] != 1 && missing + axis != 1) return std::nullopt;
  }
  auto values = v.constant->data<float>();
  if (values.empty()) return std::nullopt;
  std::vector<double> out(static_cast<size_t>(shape[1]));
  for (size_t c = 0; c < out.size(); ++c) out[c] = static_cast<double>(values[values.size() == 1 ? 0 : c]);
  return out;
}

std::optional<Affine> of_batch_norm(const Graph& graph, const Node& node) {
  const tensor::Tensor* t[5] = {};
  for (size_t k = 1; k < 5; ++k) {
    const Value& v = graph.value(node.inputs[k]);
    if (!v.constant || v.element != tensor::Element::Float32) return std::nullopt;
    t[k] = &*v.constant;
  }
  Affine a;
  a.input = node.inputs[0];
  for (size_t c = 0; c < static_cast<size_t>(t[1]->size()); ++c) {
    auto number = [&](size_t k) { return static_cast<double>(t[k]->data<float>()[c]); };
    double scale = number(1) / std::sqrt(number(4) + node.real("epsilon"));
    a.scale.push_back(scale);
    a.shift.push_back(number(2) - number(3) * scale);
  }
  return a;
}

}  // namespace

void Affine::then(const Affine& next) {
  for (size_t c = 0; c < scale.size(); ++c) {
    scale[c] *= next.scale[c];
    shift[c] = shift[c] * next.scale[c] + next.shift[c];
  }
}

std::optional<Affine> affine(const Graph& graph, const Node& node) {
  if (node.op == Op::BatchNormalization) return of_batch_norm(graph, node);
  bool sum = node.op == Op::Add || node.op == Op::Sub || (node.op == Op::Sum && node.inputs.size() == 2);
  bool product = node.op == Op::Mul || node.op == Op::Div;
  if (!sum && !product) return std::nullopt;
  bool swapped = graph.value(node.inputs[0]).is_constant;
  if (swapped && (node.op == Op::Sub || node.op == Op::Div)) return std::nullopt;
  const Value &x = graph.value(node.inputs[swapped ? 1 : 0]), &c = graph.value(node.inputs[swapped ? 0 : 1]);
  if (x.is_constant || x.element != tensor::Element::Float32 || x.shape != graph.value(node.outputs[0]).shape)
    return std::nullopt;
  auto numbers = per_channel(c, x.shape);
  if (!numbers) return std::nullopt;
  Affine a{node.inputs[swapped ? 1 : 0], std::vector<double>(numbers->size(), 1.0),
           std::vector<double>(numbers->size(), 0.0)};
  for (size_t k = 0; k < numbers->size(); ++k) {
    double n = (*numbers)[k];
    if (sum)
      a.shift[k] = node.op == Op::Sub ? -n : n;
    else
      a.scale[k] = node.op == Op::Div ? 1 / n : n;
  }
  return a;
}

}  // namespace ohmweave::network
