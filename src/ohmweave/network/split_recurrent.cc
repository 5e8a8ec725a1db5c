// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/network/onednn.h"
#include "ohmweave/network/operators.h"
#include "ohmweave/network/passes.h"
#include "ohmweave/network/recurrent.h"

namespace ohmweave::network {
namespace {

using tensor::Shape;
using tensor::Tensor;

class Splitting {
 public:
  explicit Splitting(Graph& graph) : graph_(graph) {
    for (ValueId v = 0; v < graph.values.size(); ++v) stands_for_.push_back(v);
  }

  void run() {
    std::vector<Node> nodes = std::move(graph_.nodes);
    graph_.nodes.clear();
    for (Node& node : nodes) {
      for (ValueId& v : node.inputs) v = v == kNoValue ? v : stands_for_[v];
      if (is_recurrent(node.op) && is_constant(node.inputs[1]) && is_constant(node.inputs[2]))
        split(node);
      else
        graph_.nodes.push_back(std::move(node));
    }
    for (ValueId& v : graph_.outputs) v = stands_for_[v];
  }

 private:
  bool is_constant(ValueId v) const { return v != kNoValue && graph_.value(v).is_constant; }

  void split(const Node& node) {
    const Recurrent r = recurrent(graph_, node);
    std::vector<std::vector<ValueId>> results(node.outputs.size());
    for (int64_t d = 0; d < r.directions; ++d) {
      const std::vector<ValueId> made = direction(node, r, d);
      for (size_t k = 0; k < results.size(); ++k) results[k].push_back(made[k]);
    }
    for (size_t k = 0; k < results.size(); ++k) {
      if (node.outputs[k] == kNoValue) continue;
      ValueId whole = results[k][0];
      if (r.directions > 1)
        whole = add_node(graph_, Op::Concat, fmt::format("{}.directions{}", node.name, k), results[k],
                         {{"axis", int64_t{k == 0 ? 2 : 1}}});
      graph_.values[whole].name = graph_.value(node.outputs[k]).name;
      stands_for_[node.outputs[k]] = whole;
    }
  }

  std::vector<ValueId> direction(const Node& node, const Recurrent& r, int64_t d) {
    const bool backward = node.text("direction") == "reverse" || d == 1;
    const std::string name =
        r.directions == 1 ? node.name : fmt::format("{}.{}", node.name, backward ? "reverse" : "forward");
    Node core{name, node.op, {}, {}, node.attributes};
    core.attributes["direction"] = std::string(backward ? "reverse" : "forward");
    set_functions(core, gate_functions(node, d));
    core.inputs = {add_node(graph_, Op::MatMul, name + ".input",
                            {node.inputs[0], turned(node.inputs[1], name + ".input_weights", d)}),
                   kNoValue};
    for (size_t k = 2; k < node.inputs.size(); ++k) {
      const ValueId v = node.inputs[k];
      const bool state = k == 5 || k == 6;
      const bool shared = v == kNoValue || k == 4 || r.directions == 1;
      core.inputs.push_back(shared  ? v
                            : state ? state_of(v, fmt::format("{}.initial{}", name, k), d)
                                    : part(v, d));
    }
    // The last state is the last of Y, unless sequences end sooner.
    const bool wants_last = node.outputs.size() > 1 && node.outputs[1] != kNoValue;
    const bool wants_cell = node.outputs.size() > 2 && node.outputs[2] != kNoValue;
    const bool same_length = core.inputs[4] == kNoValue;
    core.outputs = {0};
    if (wants_cell || (wants_last && !same_length))
      core.outputs.push_back(same_length || !wants_last ? kNoValue : 0);
    if (wants_cell) core.outputs.push_back(0);
    std::vector<ValueId> made = add_node(graph_, core);
    made.resize(3, kNoValue);
    if (wants_last && same_length) made[1] = at_step(made[0], name, backward ? 0 : r.steps - 1);
    return made;
  }

  static void set_functions(Node& core, const std::vector<GateFunction>& functions) {
    std::string names;
    std::vector<double> alpha, beta;
    for (const GateFunction& f : functions) {
      names += (names.empty() ? "" : " ") + f.name;
      alpha.push_back(f.alpha);
      beta.push_back(f.beta);
    }
    core.attributes["activations"] = names;
    core.attributes["activation_alpha"] = alpha;
    core.attributes["activation_beta"] = beta;
  }

  ValueId constant(const std::string& name, Shape shape, std::optional<Tensor> values) {
    Value v;
    v.name = name;
    v.shape = std::move(shape);
    v.is_constant = true;
    v.constant = std::move(values);
    return graph_.add_value(std::move(v));
  }
  /// The part of a constant that belongs to one direction, its first axis.
  ValueId part(ValueId from, int64_t d) {
    if (!is_constant(from))
      return add_node(graph_, Op::Slice, fmt::format("{}.direction{}", graph_.value(from).name, d),
                      {from, integer(d), integer(d + 1), integer(0), integer(1)});
    const Value v = graph_.value(from);
    Shape shape = v.shape;
    shape[0] = 1;
    return constant(fmt::format("{}.direction{}", v.name, d), shape,
                    v.constant ? std::optional(v.constant->slice(d, d + 1)) : std::nullopt);
  }
  /// Input weights of one direction as a matrix [features, gates * hidden].
  ValueId turned(ValueId from, const std::string& name, int64_t d) {
    const Value v = graph_.value(from);
    const Shape shape{v.shape[2], v.shape[1]};
    if (!v.constant) return constant(name, shape, std::nullopt);
    Tensor out(tensor::Element::Float32, shape);
    const float* w = v.constant->data<float>().data() + d * v.shape[1] * v.shape[2];
    float* to = out.mutable_data<float>().data();
    for (int64_t n = 0; n < v.shape[1]; ++n) {
      for (int64_t k = 0; k < v.shape[2]; ++k) to[k * v.shape[1] + n] = w[n * v.shape[2] + k];
    }
    return constant(name, shape, std::move(out));
  }
  ValueId integer(int64_t n) { return add_constant(graph_, fmt::format("{}", n), integers_tensor({n})); }
  /// A state [samples, directions, hidden] of one direction.
  ValueId state_of(ValueId from, const std::string& name, int64_t d) {
    return add_node(graph_, Op::Slice, name, {from, integer(d), integer(d + 1), integer(1), integer(1)});
  }
  ValueId at_step(ValueId y, const std::string& name, int64_t step) {
    const ValueId one = add_node(graph_, Op::Slice, name + ".last_step",
                                 {y, integer(step), integer(step + 1), integer(1), integer(1)});
    return add_node(graph_, Op::Squeeze, name + ".last", {one, integer(1)});
  }

  Graph& graph_;
  std::vector<ValueId> stands_for_;
};

}  // namespace

void split_recurrent(Graph& graph) { Splitting(graph).run(); }

}  // namespace ohmweave::network
