// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "ohmweave/network/operators.h"
#include "ohmweave/network/passes.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Quantization;
using tensor::Tensor;

class Absorbing {
 public:
  explicit Absorbing(Graph& graph) : graph_(graph), readers_(graph.values.size()) {
    for (ValueId v = 0; v < graph.values.size(); ++v) add_value(v);
    for (NodeId n = 0; n < graph.nodes.size(); ++n) {
      for (ValueId v : graph.nodes[n].inputs) {
        if (v != kNoValue) readers_[v].push_back(n);
      }
    }
    for (ValueId v : graph.outputs) readers_[v].push_back(kOutside);
  }

  void run() {
    original_ = graph_.nodes;
    graph_.nodes.clear();
    for (const Node& node : original_) {
      Node next = node;
      for (ValueId& v : next.inputs) v = v == kNoValue ? v : stands_for_[v];
      if (next.op == Op::QuantizeLinear) quantize(node, next);
      if (next.op == Op::DequantizeLinear && dequantize(next)) continue;
      if (passes_on(next)) pass_on(next);
      graph_.nodes.push_back(std::move(next));
    }
    for (ValueId& v : graph_.outputs) {
      if (stands_for_[v] == v) continue;
      std::swap(graph_.values[v].name, graph_.values[stands_for_[v]].name);
      v = stands_for_[v];
    }
    drop_unread();
  }

 private:
  static constexpr NodeId kOutside = UINT32_MAX;

  void add_value(ValueId v) {
    stands_for_.push_back(v);
    reals_.push_back(kNoValue);
  }
  ValueId new_value(const std::string& name, ValueId like, const Quantization& format) {
    Value v = graph_.value(like);
    v.name = name;
    v.element = Element::Float32;
    v.format = format;
    const ValueId id = graph_.add_value(std::move(v));
    add_value(id);
    return id;
  }
  /// One scale for all codes, of at most 16 bits, and zero among them.
  std::optional<Quantization> format_of(const Node& node) const {
    std::optional<Quantization> q = stated_format(Operation(graph_, node));
    if (!q || q->per_channel() || q->format.bits > 16) return std::nullopt;
    return q;
  }
  const Quantization& format(ValueId codes) const { return *graph_.value(reals_[codes]).format; }

  void quantize(const Node& original, Node& node) {
    const auto format = format_of(node);
    const ValueId from = node.inputs[0];
    if (!format || graph_.value(from).is_constant || graph_.value(from).element != Element::Float32) return;
    ValueId reals = from;
    const auto& known = graph_.value(from).format;
    if (known != format) {
      const bool only_this = original.inputs[0] == from && !known && all_read_as(from, *format);
      if (only_this) {
        leave_clipping_to(*format, from);
        graph_.values[from].format = format;
      } else {  // others see the reals as they are
        reals = new_value(node.name + ".reals", from, *format);
        graph_.nodes.push_back({node.name + ".reals", Op::Identity, {from}, {reals}, {}});
      }
    }
    reals_[node.outputs[0]] = node.inputs[0] = reals;
  }
  bool all_read_as(ValueId v, const Quantization& format) const {
    return std::all_of(readers_[v].begin(), readers_[v].end(), [&](NodeId n) {
      return n != kOutside && original_[n].op == Op::QuantizeLinear && format_of(original_[n]) == format;
    });
  }
  /// Clipping from 0 to what the largest code stands for, or more, is a rectifier: the codes end there anyway.
  void leave_clipping_to(const Quantization& q, ValueId v) {
    for (Node& node : graph_.nodes) {
      if (node.op != Op::Clip || node.outputs[0] != v) continue;
      auto bound = [&](size_t k) -> std::optional<float> {
        if (k >= node.inputs.size() || node.inputs[k] == kNoValue) return std::nullopt;
        const Value& b = graph_.value(node.inputs[k]);
        return b.constant ? b.constant->data<float>()[0] : NAN;
      };
      const auto low = bound(1), high = bound(2);
      const bool ends = !high || std::nearbyint(*high / q.scales[0]) + static_cast<float>(q.zero_point()) >=
                                     static_cast<float>(q.format.most());
      if (!low || *low != 0 || !ends) continue;
      node.op = Op::Relu;
      node.inputs.resize(1);
    }
  }

  /// Whether readers of the result may read the reals that were made codes.
  bool dequantize(const Node& node) {
    const auto format = format_of(node);
    const ValueId codes = node.inputs[0];
    if (!format) return false;
    if (reals_[codes] == kNoValue || !(this->format(codes) == *format)) {
      graph_.values[node.outputs[0]].format = format;
      return false;
    }
    stands_for_[node.outputs[0]] = reals_[codes];
    return true;
  }

  /// Whether a node moves codes of one format, or takes the largest of them, and makes nothing else.
  bool passes_on(const Node& node) const {
    const bool moves = family_of(node.op) == Family::View || node.op == Op::MaxPool ||
                       node.op == Op::GlobalMaxPool || node.op == Op::Identity;
    if (!moves || node.inputs.empty() || node.inputs[0] == kNoValue) return false;
    const Value& first = graph_.value(node.outputs[0]);
    ValueId coded = kNoValue;
    for (ValueId v : node.inputs) {
      if (v == kNoValue || graph_.value(v).element != first.element) continue;
      const Value& value = graph_.value(v);
      if (value.is_constant && value.constant) continue;
      if (reals_[v] == kNoValue || (coded != kNoValue && !(format(v) == format(coded)))) return false;
      coded = v;
    }
    return coded != kNoValue && std::all_of(node.outputs.begin(), node.outputs.end(), [&](ValueId v) {
             return v == kNoValue || graph_.value(v).element == first.element;
           });
  }
  /// The same node of reals; the one of codes stays for whoever reads codes.
  void pass_on(Node& node) {
    const Element codes = graph_.value(node.outputs[0]).element;
    const auto coded = std::find_if(node.inputs.begin(), node.inputs.end(),
                                    [&](ValueId v) { return v != kNoValue && reals_[v] != kNoValue; });
    const Quantization format = this->format(*coded);
    Node reals = node;
    for (ValueId& v : reals.inputs) {
      if (v == kNoValue || graph_.value(v).element != codes) continue;
      v = reals_[v] != kNoValue
              ? reals_[v]
              : add_constant(graph_, graph_.value(v).name + ".reals",
                             tensor::dequantize(graph_.value(v).constant->to(Element::Int32), format));
      while (stands_for_.size() < graph_.values.size()) add_value(static_cast<ValueId>(stands_for_.size()));
    }
    for (ValueId& v : reals.outputs) {
      if (v == kNoValue) continue;
      const ValueId of_codes = v;
      v = new_value(graph_.value(v).name + ".reals", v, format);
      reals_[of_codes] = v;
    }
    node.name += ".codes";
    graph_.nodes.push_back(std::move(reals));
  }

  void drop_unread() {
    std::vector<bool> read(graph_.values.size(), false);
    for (ValueId v : graph_.outputs) read[v] = true;
    std::vector<Node> kept;
    for (size_t n = graph_.nodes.size(); n-- > 0;) {
      Node& node = graph_.nodes[n];
      if (std::none_of(node.outputs.begin(), node.outputs.end(),
                       [&](ValueId v) { return v != kNoValue && read[v]; }))
        continue;
      for (ValueId v : node.inputs) {
        if (v != kNoValue) read[v] = true;
      }
      kept.push_back(std::move(node));
    }
    std::reverse(kept.begin(), kept.end());
    graph_.nodes = std::move(kept);
  }

  Graph& graph_;
  std::vector<Node> original_;
  std::vector<std::vector<NodeId>> readers_;  // before
  std::vector<ValueId> stands_for_;           // what readers of a value read instead
  std::vector<ValueId> reals_;                // of codes: the reals they stand for, which have a format
};

}  // namespace

void absorb_quantization(Graph& graph) { Absorbing(graph).run(); }

}  // namespace ohmweave::network
