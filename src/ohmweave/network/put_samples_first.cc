// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/network/operators.h"
#include "ohmweave/network/passes.h"

namespace ohmweave::network {
namespace {

class Turning {
 public:
  explicit Turning(Graph& graph)
      : graph_(graph), axis_(batch_axes_of_values(graph)), turned_(graph.values.size(), kNoValue) {
    for (ValueId v = 0; v < graph.values.size(); ++v) plain_.push_back(v);
  }

  void run() {
    if (std::all_of(axis_.begin(), axis_.end(), [](int a) { return a <= 0; })) return;
    std::vector<Node> nodes = std::move(graph_.nodes);
    graph_.nodes.clear();
    for (ValueId v : graph_.inputs) made_.push_back(v);
    for (ValueId v : made_) turn(v);
    for (Node& node : nodes) {
      if (!on_turned(node)) as_it_is(std::move(node));
    }
    for (ValueId& v : graph_.outputs) v = plain(v);
  }

 private:
  bool moves(ValueId v) const { return v != kNoValue && v < axis_.size() && axis_[v] > 0; }
  /// The order that puts the axis of samples first.
  std::vector<int64_t> order_of(ValueId v) const {
    std::vector<int64_t> order(graph_.value(v).shape.size());
    std::iota(order.begin(), order.end(), 0);
    std::rotate(order.begin(), order.begin() + axis_[v], order.begin() + axis_[v] + 1);
    return order;
  }
  static std::vector<int64_t> inverse(const std::vector<int64_t>& order) {
    std::vector<int64_t> out(order.size());
    for (size_t k = 0; k < order.size(); ++k) out[static_cast<size_t>(order[k])] = static_cast<int64_t>(k);
    return out;
  }
  ValueId transposed(ValueId v, const std::vector<int64_t>& order, const std::string& name) {
    if (std::is_sorted(order.begin(), order.end())) return v;
    return add_node(graph_, Op::Transpose, name, {v}, {{"perm", order}});
  }

  /// A value that stands as the network has it gets its turned form.
  void turn(ValueId v) {
    if (moves(v)) turned_[v] = transposed(v, order_of(v), graph_.value(v).name + ".samples_first");
  }
  /// The value as the network has it.
  ValueId plain(ValueId v) {
    if (!moves(v) || plain_[v] != kNoValue) return v == kNoValue ? v : plain_[v];
    std::string name = graph_.value(v).name;
    plain_[v] = transposed(turned_[v], inverse(order_of(v)), name + ".as_was");
    graph_.values[plain_[v]].name = name;
    return plain_[v];
  }

  void as_it_is(Node node) {
    for (ValueId& v : node.inputs) v = plain(v);
    const std::vector<ValueId> made = node.outputs;
    graph_.nodes.push_back(std::move(node));
    for (ValueId v : made) {
      if (v != kNoValue) turn(v);
    }
  }

  /// Operators that do the same to every row of features, or only turn.
  bool on_turned(const Node& node) {
    if (node.op == Op::Transpose) return compose(node);
    if (node.outputs.size() != 1 || !moves(node.outputs[0])) return false;
    const size_t first = node.op == Op::Gather ? 1 : 0;
    const ValueId x = node.inputs.size() > first ? node.inputs[first] : kNoValue;
    if (!moves(x) || axis_[x] != axis_[node.outputs[0]] ||
        static_cast<size_t>(axis_[x]) + 1 >= graph_.value(node.outputs[0]).shape.size())
      return false;
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      const ValueId v = node.inputs[k];
      if (k == first || v == kNoValue) continue;
      if (!graph_.value(v).is_constant || !may_stay(node, v)) return false;
    }
    Node turned = node;
    turned.inputs[first] = turned_[x];
    turned.outputs = {0};
    const ValueId made = add_node(graph_, turned)[0];
    graph_.values[made].name = graph_.value(node.outputs[0]).name;
    turned_[node.outputs[0]] = made;
    plain_[node.outputs[0]] = kNoValue;
    return true;
  }
  /// Whether a constant operand means the same when the axes before the last change their order.
  bool may_stay(const Node& node, ValueId constant) const {
    const size_t rank = graph_.value(constant).shape.size();
    if (node.op == Op::MatMul) return rank == 2;
    if (node.op == Op::Gather) return node.integer("axis") == 0;
    const Family f = family_of(node.op);
    return (f == Family::Unary || f == Family::Elementwise) && rank <= 1;
  }
  bool compose(const Node& node) {
    const ValueId x = node.inputs[0], y = node.outputs[0];
    if (!moves(x)) return false;
    // turned x = x by order_of(x); y = x by perm. So y = turned x by the inverse of order_of(x) and then perm.
    std::vector<int64_t> back = inverse(order_of(x)), order;
    for (int64_t k : node.integers("perm")) order.push_back(back[static_cast<size_t>(k)]);
    if (axis_[y] > 0) {
      std::vector<int64_t> first;
      for (int64_t k : order_of(y)) first.push_back(order[static_cast<size_t>(k)]);
      order = std::move(first);
    }
    const ValueId made = transposed(turned_[x], order, node.name);
    if (axis_[y] > 0) {
      turned_[y] = made;
      plain_[y] = kNoValue;
    } else {
      plain_[y] = made;
    }
    return true;
  }

  Graph& graph_;
  std::vector<int> axis_;                // of the values of the network as it was
  std::vector<ValueId> turned_, plain_;  // their forms; plain_ is none until somebody wants it
  std::vector<ValueId> made_;
};

}  // namespace

void put_samples_first(Graph& graph) { Turning(graph).run(); }

}  // namespace ohmweave::network
