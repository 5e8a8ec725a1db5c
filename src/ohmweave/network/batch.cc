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

namespace {

/// The axis of every value that counts samples, given those of the inputs; nothing where samples meet.
/// `replaced`, if given, receives the operands that said the batch, by node.
using Replaced = std::vector<std::map<size_t, std::vector<int64_t>>>;
std::optional<std::vector<int>> follow(const Graph& graph, const std::vector<int>& inputs, int64_t batch,
                                       Replaced* replaced) {
  std::vector<int> axis(graph.values.size(), Batching::kNone);
  for (size_t k = 0; k < graph.inputs.size(); ++k) axis[graph.inputs[k]] = inputs[k];
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    Batching b;
    b.batch = batch;
    for (ValueId id : node.inputs) b.operands.push_back(id == kNoValue ? Batching::kNone : axis[id]);
    b.results.assign(node.outputs.size(), Batching::kNone);
    if (std::all_of(b.operands.begin(), b.operands.end(), [](int a) { return a == Batching::kNone; })) continue;
    const Operator& entry = operator_of(node.op);
    if (!entry.batch || !entry.batch(Operation(graph, node), b)) return std::nullopt;
    for (size_t k = 0; k < node.outputs.size(); ++k) {
      if (node.outputs[k] != kNoValue) axis[node.outputs[k]] = b.results[k];
    }
    if (replaced != nullptr) (*replaced)[n] = std::move(b.replaced);
  }
  return axis;
}

/// Inputs whose extent along their axis is not the batch are the same for all samples.
std::vector<int> sample_axes(const Graph& graph) {
  std::vector<int> out;
  for (size_t k = 0; k < graph.inputs.size(); ++k) {
    const tensor::Shape& shape = graph.value(graph.inputs[k]).shape;
    const int axis = graph.batch_axis(k);
    const bool counts = axis >= 0 && static_cast<size_t>(axis) < shape.size() &&
                        shape[static_cast<size_t>(axis)] == graph.batch();
    out.push_back(counts ? axis : Batching::kNone);
  }
  return out;
}

}  // namespace

std::vector<int> batch_axes_of_values(const Graph& graph) {
  auto axes = follow(graph, sample_axes(graph), graph.batch(), nullptr);
  return axes ? *axes : std::vector<int>(graph.values.size(), Batching::kNone);
}

void find_batch_axes(Graph& graph) {
  constexpr int kMostTries = 256;
  if (graph.inputs.empty() || graph.value(graph.inputs[0]).shape.empty()) return;
  // The first input has samples; any other has them along an axis of the same extent, or not at all: after its
  // last axis.
  std::vector<int> places(graph.inputs.size(), 0);
  auto shape = [&](size_t k) -> const tensor::Shape& { return graph.value(graph.inputs[k]).shape; };
  auto ends = [&](size_t k) { return places[k] == static_cast<int>(shape(k).size()); };
  for (int tries = 0; tries < kMostTries; ++tries) {
    const int64_t batch = shape(0)[static_cast<size_t>(places[0])];
    std::vector<int> axes;
    bool fits = true;
    for (size_t k = 0; k < places.size(); ++k) {
      axes.push_back(ends(k) ? Batching::kNone : places[k]);
      fits &= ends(k) || shape(k)[static_cast<size_t>(places[k])] == batch;
    }
    if (fits && follow(graph, axes, batch, nullptr)) {
      if (std::any_of(axes.begin(), axes.end(), [](int a) { return a != 0; }))
        graph.batch_axes = std::move(axes);
      return;
    }
    size_t k = places.size();
    while (k-- > 0) {
      if (++places[k] < static_cast<int>(shape(k).size()) + (k > 0 ? 1 : 0)) break;
      places[k] = 0;
    }
    if (k == static_cast<size_t>(-1)) return;
  }
}

std::optional<Graph> with_batch(const Graph& graph, int64_t batch) {
  if (graph.inputs.empty()) return std::nullopt;
  const std::vector<int> inputs = sample_axes(graph);
  Replaced replaced(graph.nodes.size());
  if (inputs[0] == Batching::kNone || !follow(graph, inputs, graph.batch(), &replaced)) return std::nullopt;
  Graph out = graph;
  for (size_t k = 0; k < inputs.size(); ++k) {
    if (inputs[k] != Batching::kNone) out.values[graph.inputs[k]].shape[static_cast<size_t>(inputs[k])] = batch;
  }
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    for (auto& [operand, values] : replaced[n]) {
      if (constant_integers(graph, node, operand) == values) continue;
      std::string name = graph.value(node.inputs[operand]).name + ".any_batch";
      out.nodes[n].inputs[operand] = add_constant(out, std::move(name), integers_tensor(values));
    }
  }
  infer_shapes(out);
  return out;
}

}  // namespace ohmweave::network
