// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/reference_fusion.h"

#include <algorithm>
#include <limits>

namespace ohmweave::network {
namespace {

using tensor::Element;

/// A convolution oneDNN can do: pictures, sequences or volumes and known weights, in float32.
bool is_convolution(const Graph& graph, const Node& node) {
  if (node.op != Op::Conv) return false;
  const Value &x = graph.value(node.inputs[0]), &w = graph.value(node.inputs[1]);
  bool known_bias =
      node.inputs.size() < 3 || node.inputs[2] == kNoValue || graph.value(node.inputs[2]).constant;
  return !x.is_constant && w.constant && known_bias && x.shape.size() <= 5 &&
         tensor::count(graph.value(node.outputs[0]).shape) > 0;
}

class Finder {
 public:
  explicit Finder(const Graph& graph) : graph_(graph), readers_(graph.values.size()) {
    groups_.member.assign(graph.nodes.size(), false);
    for (NodeId n = 0; n < graph.nodes.size(); ++n) {
      for (ValueId v : graph.nodes[n].inputs) {
        if (v != kNoValue) readers_[v].push_back(n);
      }
    }
    for (ValueId v : graph.outputs) readers_[v].push_back(kNoNode);
  }

  Groups run() {
    // Backwards, so that of two branches that meet the later one takes the addition along.
    for (NodeId n = static_cast<NodeId>(graph_.nodes.size()); n-- > 0;) {
      if (is_convolution(graph_, graph_.nodes[n])) grow(n, std::nullopt, true);
    }
    for (NodeId n = 0; n < graph_.nodes.size(); ++n) {
      const Node& node = graph_.nodes[n];
      if (groups_.member[n] || node.op != Op::BatchNormalization ||
          graph_.value(node.outputs[0]).shape.size() > 5)
        continue;
      if (auto own = affine(graph_, node)) grow(n, std::move(own), false);
    }
    return std::move(groups_);
  }

 private:
  static constexpr NodeId kNoNode = UINT32_MAX;

  void grow(NodeId first, std::optional<Affine> own, bool can_add) {
    Group g{first, std::move(own), kNoValue, std::nullopt, graph_.nodes[first].outputs[0]};
    NodeId last = first;
    auto take = [&](NodeId n) {
      groups_.member[n] = true;
      g.result = graph_.nodes[n].outputs[0];
      last = n;
    };
    groups_.member[first] = true;
    while (auto n = only_reader(g.result)) {
      std::optional<Affine> next = affine(graph_, graph_.nodes[*n]);
      if (!next || next->input != g.result) break;
      if (g.scaled)
        g.scaled->then(*next);
      else
        g.scaled = std::move(next);
      take(*n);
    }
    if (auto n = only_reader(g.result); n && can_add) {
      g.added = other_addend(graph_.nodes[*n], g.result);
      if (g.added != kNoValue) take(*n);
    }
    if (auto n = only_reader(g.result); n && exact_activation(graph_, graph_.nodes[*n])) {
      g.activation = *n;
      take(*n);
    }
    groups_.at[last] = std::move(g);
  }

  std::optional<NodeId> only_reader(ValueId v) const {
    const auto& readers = readers_[v];
    if (readers.size() != 1 || readers[0] == kNoNode || groups_.member[readers[0]]) return std::nullopt;
    return readers[0];
  }
  /// The other operand of an addition of two activations of one shape.
  ValueId other_addend(const Node& node, ValueId one) const {
    if ((node.op != Op::Add && node.op != Op::Sum) || node.inputs.size() != 2) return kNoValue;
    ValueId other = node.inputs[0] == one ? node.inputs[1] : node.inputs[0];
    const Value &a = graph_.value(one), &b = graph_.value(other);
    return other != one && !b.is_constant && a.shape == b.shape ? other : kNoValue;
  }

  const Graph& graph_;
  std::vector<std::vector<NodeId>> readers_;
  Groups groups_;
};

}  // namespace

Groups find_groups(const Graph& graph) { return Finder(graph).run(); }

Groups lone_groups(const Graph& graph) {
  Groups groups;
  groups.member.assign(graph.nodes.size(), false);
  for (NodeId n = 0; n < graph.nodes.size(); ++n) {
    if (!is_convolution(graph, graph.nodes[n])) continue;
    groups.member[n] = true;
    groups.at[n] = Group{n, std::nullopt, kNoValue, std::nullopt, graph.nodes[n].outputs[0]};
  }
  return groups;
}

std::optional<ExactActivation> exact_activation(const Graph& graph, const Node& node) {
  if (node.outputs.empty() || graph.value(node.inputs[0]).element != Element::Float32) return std::nullopt;
  if (node.op == Op::Relu) return ExactActivation{Op::Relu, 0, 0};
  if (node.op == Op::LeakyRelu)
    return ExactActivation{Op::LeakyRelu, static_cast<float>(node.real("alpha")), 0};
  if (node.op != Op::Clip) return std::nullopt;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  ExactActivation a{Op::Clip, -kInfinity, kInfinity};
  for (size_t k : {1, 2}) {
    if (k >= node.inputs.size() || node.inputs[k] == kNoValue) continue;
    const Value& bound = graph.value(node.inputs[k]);
    if (!bound.constant) return std::nullopt;
    (k == 1 ? a.alpha : a.beta) = bound.constant->data<float>()[0];
  }
  if (!(a.alpha <= a.beta)) return std::nullopt;
  return a;
}

}  // namespace ohmweave::network
