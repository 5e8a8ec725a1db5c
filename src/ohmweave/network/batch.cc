// SPDX-License-Identifier: Apache-2.0
// Another batch: the axis that counts samples is followed from the inputs through every node, and a network is
// given another batch only where that shows that samples never meet.
#include <algorithm>

#include "ohmweave/network/operators.h"

namespace ohmweave::network {

bool batch_like_first(const Operation&, Batching& b) {
  if (b.operands[0] == Batching::kNone) return false;
  if (std::any_of(b.operands.begin() + 1, b.operands.end(), [](int a) { return a != Batching::kNone; }))
    return false;
  std::fill(b.results.begin(), b.results.end(), b.operands[0]);
  return true;
}

bool batch_samples(const Operation& o, Batching& b) { return batch_like_first(o, b) && b.operands[0] == 0; }

bool batch_elementwise(const Operation& o, Batching& b) {
  size_t rank = 0;
  for (size_t k = 0; k < o.operands(); ++k) rank = std::max(rank, o.shape(k).size());
  int axis = Batching::kNone;
  auto in_result = [&](size_t k) { return b.operands[k] + static_cast<int>(rank - o.shape(k).size()); };
  for (size_t k = 0; k < o.operands(); ++k) {
    if (b.operands[k] == Batching::kNone) continue;
    if (axis != Batching::kNone && axis != in_result(k)) return false;
    axis = in_result(k);
  }
  for (size_t k = 0; k < o.operands(); ++k) {  // what all samples share must not tell them apart
    int own = axis - static_cast<int>(rank - o.shape(k).size());
    if (b.operands[k] == Batching::kNone && own >= 0 && o.shape(k)[static_cast<size_t>(own)] != 1) return false;
  }
  b.results[0] = axis;
  return true;
}

std::optional<Graph> with_batch(const Graph& graph, int64_t batch) {
  if (graph.inputs.empty()) return std::nullopt;
  Graph out = graph;
  std::vector<int> axis(graph.values.size(), Batching::kNone);
  for (ValueId id : graph.inputs) {
    Value& v = out.values[id];
    if (v.shape.empty() || v.shape[0] != graph.batch()) continue;
    axis[id] = 0;
    v.shape[0] = batch;
  }
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    Batching b;
    b.batch = graph.batch();
    for (ValueId id : node.inputs) b.operands.push_back(id == kNoValue ? Batching::kNone : axis[id]);
    b.results.assign(node.outputs.size(), Batching::kNone);
    if (std::all_of(b.operands.begin(), b.operands.end(), [](int a) { return a == Batching::kNone; })) continue;
    const Operator& entry = operator_of(node.op);
    if (!entry.batch || !entry.batch(Operation(graph, node), b)) return std::nullopt;
    for (size_t k = 0; k < node.outputs.size(); ++k) {
      if (node.outputs[k] != kNoValue) axis[node.outputs[k]] = b.results[k];
    }
    for (auto& [operand, values] : b.replaced) {
      if (constant_integers(graph, node, operand) == values) continue;
      std::string name = graph.value(node.inputs[operand]).name + ".any_batch";
      out.nodes[n].inputs[operand] = add_constant(out, std::move(name), integers_tensor(values));
    }
  }
  if (axis[graph.inputs[0]] == Batching::kNone) return std::nullopt;
  infer_shapes(out);
  return out;
}

}  // namespace ohmweave::network
