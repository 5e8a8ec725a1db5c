// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/graph.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "ohmweave/base/check.h"

namespace ohmweave::network {

std::optional<NodeId> Graph::producer(ValueId id) const {
  for (NodeId n = 0; n < nodes.size(); ++n) {
    const auto& made = nodes[n].outputs;
    if (std::find(made.begin(), made.end(), id) != made.end()) return n;
  }
  return std::nullopt;
}

std::vector<NodeId> Graph::consumers(ValueId id) const {
  std::vector<NodeId> out;
  for (NodeId n = 0; n < nodes.size(); ++n) {
    const auto& read = nodes[n].inputs;
    if (std::find(read.begin(), read.end(), id) != read.end()) out.push_back(n);
  }
  return out;
}

ValueId Graph::add_value(Value value) {
  values.push_back(std::move(value));
  return static_cast<ValueId>(values.size() - 1);
}

std::optional<std::vector<int64_t>> constant_integers(const Graph& graph, const Node& node, size_t input) {
  if (input >= node.inputs.size() || node.inputs[input] == kNoValue) return std::nullopt;
  const Value& v = graph.value(node.inputs[input]);
  if (!v.constant) return std::nullopt;
  tensor::Tensor wide = v.constant->to(tensor::Element::Int64);
  auto values = wide.data<int64_t>();
  return std::vector<int64_t>(values.begin(), values.end());
}

void validate(const Graph& graph) {
  std::vector<bool> known(graph.values.size(), false);
  for (ValueId id = 0; id < graph.values.size(); ++id) {
    const Value& v = graph.values[id];
    known[id] = v.is_constant;
    OHMWEAVE_CHECK(!v.constant || v.is_constant,
                   fmt::format("value '{}' has values but is no constant", v.name));
    OHMWEAVE_CHECK(!v.constant || (v.constant->shape() == v.shape && v.constant->element() == v.element),
                   fmt::format("constant '{}' is not of its type", v.name));
  }
  for (ValueId id : graph.inputs) {
    OHMWEAVE_CHECK(id < known.size() && !known[id],
                   "an input of the graph is no value, a constant, or there twice");
    known[id] = true;
  }
  std::set<std::string> names;
  for (const Node& node : graph.nodes) {
    OHMWEAVE_CHECK(names.insert(node.name).second, fmt::format("two nodes are called '{}'", node.name));
    for (ValueId id : node.inputs) {
      OHMWEAVE_CHECK(id == kNoValue || (id < known.size() && known[id]),
                     fmt::format("node '{}' reads what is not there yet", node.name));
    }
    for (ValueId id : node.outputs) {
      if (id == kNoValue) continue;
      OHMWEAVE_CHECK(id < known.size() && !known[id],
                     fmt::format("node '{}' makes what is there already", node.name));
      known[id] = true;
    }
  }
  for (ValueId id : graph.outputs)
    OHMWEAVE_CHECK(id < known.size() && known[id], "an output of the graph is never made");
}

}  // namespace ohmweave::network
