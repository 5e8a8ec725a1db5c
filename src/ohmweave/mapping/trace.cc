// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/mapping/trace.h"

#include <algorithm>

namespace ohmweave::mapping {
namespace {

using network::Graph;
using network::Node;
using network::Op;
using program::all_of;
using program::Axis;
using tensor::Shape;

Axis shifted(Axis a, int64_t by) {  // element e of the result is element e+by of the operand
  if (!a.all) a.low += by * a.divide, a.high += by * a.divide;
  return a;
}

/// Axes of `from` that stand unchanged, in order, in `to`: the same extents with the same number of elements
/// before them.
Needs through_reshape(const Shape& from, const Shape& to, const Needs& needs) {
  Needs out(from.size(), all_of());
  int64_t before_from = 1;
  for (size_t i = 0; i < from.size(); ++i) {
    int64_t before_to = 1;
    for (size_t j = 0; j < to.size(); ++j) {
      if (from[i] == to[j] && before_from == before_to && (from[i] > 1 || i == 0)) {
        out[i] = needs[j];
        break;
      }
      before_to *= to[j];
    }
    before_from *= from[i];
  }
  return out;
}

Needs through_transpose(const Node& node, const Needs& needs) {
  const auto& order = node.integers("perm");
  Needs out(needs.size());
  for (size_t k = 0; k < order.size(); ++k) out[static_cast<size_t>(order[k])] = needs[k];
  return out;
}

Needs through_concat(const Graph& graph, const Node& node, size_t operand, Needs needs) {
  int64_t rank = static_cast<int64_t>(needs.size());
  int64_t axis = node.integer("axis");
  size_t at = static_cast<size_t>(axis < 0 ? axis + rank : axis);
  int64_t begin = 0;
  for (size_t k = 0; k < operand; ++k) begin += graph.value(node.inputs[k]).shape[at];
  needs[at] = shifted(needs[at], -begin);
  return needs;
}

/// Pad and Slice with constant operands shift axes; anything else about them makes the need everything.
std::vector<int64_t> integers_or_none(const Graph& graph, const Node& node, size_t input) {
  return network::constant_integers(graph, node, input).value_or(std::vector<int64_t>{});
}

Needs through_pad(const Graph& graph, const Node& node, Needs needs) {
  std::vector<int64_t> pads = integers_or_none(graph, node, 1);
  if (pads.size() != 2 * needs.size()) return Needs(needs.size(), all_of());
  for (size_t k = 0; k < needs.size(); ++k) needs[k] = shifted(needs[k], -pads[k]);
  return needs;
}

Needs through_slice(const Graph& graph, const Node& node, Needs needs) {
  const Shape& shape = graph.value(node.inputs[0]).shape;
  std::vector<int64_t> starts = integers_or_none(graph, node, 1), axes = integers_or_none(graph, node, 3),
                       steps = integers_or_none(graph, node, 4);
  if (axes.empty()) {
    for (size_t k = 0; k < starts.size(); ++k) axes.push_back(static_cast<int64_t>(k));
  }
  for (size_t k = 0; k < axes.size(); ++k) {
    size_t axis = static_cast<size_t>(axes[k] < 0 ? axes[k] + static_cast<int64_t>(shape.size()) : axes[k]);
    int64_t step = k < steps.size() ? steps[k] : 1;
    if (starts.empty() || step < 1) {
      needs[axis] = all_of();
      continue;
    }
    int64_t start =
        starts[k] < 0 ? std::max<int64_t>(starts[k] + shape[axis], 0) : std::min(starts[k], shape[axis]);
    Axis& a = needs[axis];
    if (!a.all && a.divide == 1)
      a.multiply *= step, a.low = a.low * step + start, a.high = a.high * step + start;
    if (!a.all && a.divide != 1) a = all_of();
  }
  return needs;
}

Needs through_view(const Graph& graph, const Node& node, size_t operand, const Needs& needs) {
  const Shape& from = graph.value(node.inputs[operand]).shape;
  const Shape& to = graph.value(node.outputs[0]).shape;
  switch (node.op) {
    case Op::Identity:
    case Op::Dropout:
    case Op::Cast:
    case Op::QuantizeLinear:
    case Op::DequantizeLinear:
      return needs;
    case Op::Transpose:
      return through_transpose(node, needs);
    case Op::Concat:
      return through_concat(graph, node, operand, needs);
    case Op::Pad:
      return operand == 0 ? through_pad(graph, node, needs) : Needs(from.size(), all_of());
    case Op::Slice:
      return operand == 0 ? through_slice(graph, node, needs) : Needs(from.size(), all_of());
    case Op::Reshape:
    case Op::Flatten:
    case Op::Squeeze:
    case Op::Unsqueeze:
      return operand == 0 ? through_reshape(from, to, needs) : Needs(from.size(), all_of());
    default:
      break;
  }
  Needs out(from.size(), all_of());
  if (!from.empty() && !to.empty() && from[0] == to[0]) out[0] = needs[0];  // the batch stays the batch
  return out;
}

}  // namespace

std::vector<Origin> trace(const Graph& graph, network::ValueId value, const Needs& needs,
                          const std::function<bool(network::ValueId)>& stored) {
  std::optional<network::NodeId> maker = stored(value) ? std::nullopt : graph.producer(value);
  if (!maker) return {{value, needs}};
  std::vector<Origin> out;
  const Node& node = graph.nodes[*maker];
  for (size_t k = 0; k < node.inputs.size(); ++k) {
    if (node.inputs[k] == network::kNoValue || graph.value(node.inputs[k]).is_constant) continue;
    for (Origin& o : trace(graph, node.inputs[k], through_view(graph, node, k, needs), stored))
      out.push_back(std::move(o));
  }
  return out;
}

}  // namespace ohmweave::mapping
