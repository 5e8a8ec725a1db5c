// SPDX-License-Identifier: Apache-2.0
// The same elements under another shape: nothing is computed and nothing moves.
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using tensor::Shape;

Results reshaped(const Operation& o, const Types& t) { return {o.tensor(0).reshaped(t[0].shape)}; }

Types infer_reshape(const Operation& o) {
  const Shape& from = o.shape(0);
  Shape to = o.integers(1);
  bool copies_zero = o.node().integer("allowzero") == 0;
  int64_t count = checked_count(o, from), known = 1;
  auto open = to.end();
  for (size_t k = 0; k < to.size(); ++k) {
    if (to[k] == 0 && copies_zero) {
      o.require(k < from.size(), "the target keeps an axis that the operand does not have");
      to[k] = from[k];
    }
    if (to[k] == -1) {
      o.require(open == to.end(), "the target leaves more than one extent open");
      open = to.begin() + static_cast<std::ptrdiff_t>(k);
    } else {
      o.require(to[k] >= 0 && (to[k] == 0 || known <= (int64_t{1} << 40) / to[k]),
                fmt::format("extent {} in the target", to[k]));
      known *= to[k];
    }
  }
  auto mismatch = [&] {
    return fmt::format("{} elements cannot become {}", count, tensor::print(o.integers(1)));
  };
  if (open != to.end()) {
    o.require(known > 0 && count % known == 0, mismatch());
    *open = count / known;
  }
  o.require(checked_count(o, to) == count, mismatch());
  return {{o.element(0), to}};
}

void complete_reshape(Graph& graph, Node& node) {
  std::vector<int64_t> target = Operation(graph, node).integers(1);
  if (std::find(target.begin(), target.end(), 0) == target.end()) node.attributes["allowzero"] = int64_t{0};
}

/// The batch stays where as many elements stand before it as did in the operand; the target then leaves it
/// open.
bool batch_reshape(const Operation& o, Batching& b) {
  if (o.node().integer("allowzero") != 0 || b.operands[0] == Batching::kNone) return false;
  auto axis = static_cast<size_t>(b.operands[0]);
  const Shape& from = o.shape(0);
  Shape to = infer_reshape(o)[0].shape;
  int64_t before = 1;
  for (size_t k = 0; k < axis; ++k) before *= from[k];
  int64_t here = 1;
  for (size_t k = 0; k < to.size(); ++k) {
    if (here == before && to[k] == b.batch) {
      b.results[0] = static_cast<int>(k);
      Shape target = to;
      target[k] = k == axis ? 0 : -1;
      if (std::find(to.begin(), to.end(), 0) != to.end()) return false;
      b.replaced[1] = target;
      return true;
    }
    here *= to[k];
  }
  return false;
}

std::vector<ValueId> lift_reshape(Lift& lift) {
  lift.list_to_operand("shape", 1);
  lift.node.attributes.erase("consumed_inputs");
  return lift.finish();
}

void complete_flatten(Graph& graph, Node& node) {
  Operation o(graph, node);
  auto rank = static_cast<int64_t>(o.shape(0).size());
  int64_t axis = node.integer("axis");
  o.require(axis >= -rank && axis <= rank, fmt::format("axis {} of {} axes", axis, rank));
  node.attributes["axis"] = axis < 0 ? axis + rank : axis;
}
Types infer_flatten(const Operation& o) {
  Shape to{1, 1};
  for (size_t k = 0; k < o.shape(0).size(); ++k)
    to[static_cast<int64_t>(k) < o.node().integer("axis") ? 0 : 1] *= o.shape(0)[k];
  return {{o.element(0), to}};
}
bool batch_flatten(const Operation& o, Batching& b) {
  if (b.operands[0] != 0) return false;
  b.results[0] = o.node().integer("axis") == 0 ? 1 : 0;
  for (int64_t k = 0; k < o.node().integer("axis"); ++k) {
    if (k > 0 && o.shape(0)[static_cast<size_t>(k)] != 1)
      return false;  // samples and something else in one axis
  }
  return o.node().integer("axis") > 0;
}

/// Axes of Squeeze, Unsqueeze: an operand, all of them, counted from 0 in the shape of rank `rank`, in order.
void complete_axes(Graph& graph, Node& node, size_t rank, std::vector<int64_t> otherwise) {
  Operation o(graph, node);
  std::vector<int64_t> axes = o.has(1) ? o.integers(1) : std::move(otherwise);
  for (int64_t& a : axes) a = o.axis(a, rank);
  std::sort(axes.begin(), axes.end());
  o.require(std::adjacent_find(axes.begin(), axes.end()) == axes.end(), "an axis is named twice");
  node.inputs.resize(2, kNoValue);
  node.inputs[1] = add_constant(graph, node.name + ".axes", integers_tensor(axes));
}
void complete_squeeze(Graph& graph, Node& node) {
  const Shape& from = graph.value(node.inputs[0]).shape;
  std::vector<int64_t> ones;
  for (size_t k = 0; k < from.size(); ++k) {
    if (from[k] == 1) ones.push_back(static_cast<int64_t>(k));
  }
  complete_axes(graph, node, from.size(), std::move(ones));
}
Types infer_squeeze(const Operation& o) {
  Shape to = o.shape(0);
  std::vector<int64_t> axes = o.integers(1);
  for (auto a = axes.rbegin(); a != axes.rend(); ++a) {
    o.require(*a < static_cast<int64_t>(to.size()) && to[static_cast<size_t>(*a)] == 1,
              fmt::format("axis {} of {} cannot be dropped", *a, tensor::print(o.shape(0))));
    to.erase(to.begin() + *a);
  }
  return {{o.element(0), to}};
}
bool batch_squeeze(const Operation& o, Batching& b) {
  int before = 0;
  for (int64_t a : o.integers(1)) {
    if (a == b.operands[0]) return false;
    before += a < b.operands[0] ? 1 : 0;
  }
  b.results[0] = b.operands[0] - before;
  return true;
}
void complete_unsqueeze(Graph& graph, Node& node) {
  Operation o(graph, node);
  o.require(o.has(1), "needs axes");
  complete_axes(graph, node, o.shape(0).size() + o.integers(1).size(), {});
}
Types infer_unsqueeze(const Operation& o) {
  Shape to = o.shape(0);
  for (int64_t a : o.integers(1)) {
    o.require(a <= static_cast<int64_t>(to.size()), fmt::format("axis {} is outside of the result", a));
    to.insert(to.begin() + a, 1);
  }
  return {{o.element(0), to}};
}
bool batch_unsqueeze(const Operation& o, Batching& b) {
  b.results[0] = b.operands[0];
  for (int64_t a : o.integers(1)) b.results[0] += a <= b.results[0] ? 1 : 0;
  return true;
}
std::vector<ValueId> lift_axes(Lift& lift) {
  lift.list_to_operand("axes", 1);
  return lift.finish();
}

}  // namespace

std::vector<Operator> reshaping_operators() {
  std::vector<Operator> all;
  all.push_back({.op = Op::Reshape,
                 .name = "Reshape",
                 .least_inputs = 2,
                 .most_inputs = 2,
                 .attributes = {{"allowzero", int64_t{0}}},
                 .complete = complete_reshape,
                 .infer = infer_reshape,
                 .batch = batch_reshape,
                 .lift = lift_reshape});
  all.push_back({.op = Op::Flatten,
                 .name = "Flatten",
                 .attributes = {{"axis", int64_t{1}}},
                 .complete = complete_flatten,
                 .infer = infer_flatten,
                 .batch = batch_flatten});
  all.push_back({.op = Op::Squeeze,
                 .name = "Squeeze",
                 .most_inputs = 2,
                 .complete = complete_squeeze,
                 .infer = infer_squeeze,
                 .batch = batch_squeeze,
                 .lift = lift_axes});
  all.push_back({.op = Op::Unsqueeze,
                 .name = "Unsqueeze",
                 .most_inputs = 2,
                 .complete = complete_unsqueeze,
                 .infer = infer_unsqueeze,
                 .batch = batch_unsqueeze,
                 .lift = lift_axes});
  for (Operator& o : all) {
    o.family = Family::View;
    o.evaluate = reshaped;
  }
  return all;
}

}  // namespace ohmweave::network
