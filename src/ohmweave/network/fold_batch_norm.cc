// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <set>

#include "ohmweave/network/affine.h"
#include "ohmweave/network/passes.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

class Folding {
 public:
  explicit Folding(Graph& graph) : graph_(graph), stands_for_(graph.values.size()), gone_(graph.nodes.size()) {
    for (ValueId v = 0; v < graph.values.size(); ++v) stands_for_[v] = v;
  }

  void run() {
    drop_identities();
    count_readers();
    for (NodeId n = 0; n < graph_.nodes.size(); ++n) fold_into(n);
    erase_gone();
    forget_unread_constants();
  }

 private:
  /// Readers of what Identity and Dropout make read their operand instead. Outputs of the network keep their
  /// node where the operand is no result of another one.
  void drop_identities() {
    std::set<ValueId> made;
    for (const Node& node : graph_.nodes) made.insert(node.outputs.begin(), node.outputs.end());
    auto is_output = [&](ValueId v) {
      return std::find(graph_.outputs.begin(), graph_.outputs.end(), v) != graph_.outputs.end();
    };
    for (NodeId n = 0; n < graph_.nodes.size(); ++n) {
      Node& node = graph_.nodes[n];
      for (ValueId& v : node.inputs) v = v == kNoValue ? v : stands_for_[v];
      if (node.op != Op::Identity && node.op != Op::Dropout) continue;
      if (node.outputs.size() > 1 && node.outputs[1] != kNoValue) continue;  // somebody wants Dropout's mask
      if (is_output(node.outputs[0]) && made.count(node.inputs[0]) == 0) continue;
      const auto& format = graph_.value(node.outputs[0]).format;
      if (format && graph_.value(node.inputs[0]).format != format) continue;  // makes codes of reals
      stands_for_[node.outputs[0]] = node.inputs[0];
      gone_[n] = true;
    }
    for (ValueId& v : graph_.outputs) v = stands_for_[v];
  }

  void count_readers() {
    readers_.assign(graph_.values.size(), {});
    for (NodeId n = 0; n < graph_.nodes.size(); ++n) {
      if (gone_[n]) continue;
      for (ValueId v : graph_.nodes[n].inputs) {
        if (v != kNoValue) readers_[v].push_back(n);
      }
    }
    for (ValueId v : graph_.outputs) readers_[v].push_back(kOutside);
  }

  void fold_into(NodeId id) {
    while (true) {
      const Node& product = graph_.nodes[id];
      std::optional<size_t> axis = output_axis(product);
      if (!axis) return;
      const auto& readers = readers_[product.outputs[0]];
      if (readers.size() != 1 || readers[0] == kOutside) return;
      if (graph_.value(product.outputs[0]).format) return;  // the file rounds here
      const Node& next = graph_.nodes[readers[0]];
      if (!(has_values(product) ? fold_values(id, *axis, next) : fold_shapes(id, next))) return;
      graph_.nodes[id].outputs = {next.outputs[0]};
      gone_[readers[0]] = true;
    }
  }

  /// Axis of the weights that counts outputs, which are axis 1 of the result; nothing if the node is no product
  /// with constant weights, or its outputs are another axis.
  std::optional<size_t> output_axis(const Node& node) const {
    if (node.op == Op::ConvTranspose && node.integer("group") != 1) return std::nullopt;
    if (is_convolution(node.op)) {
      if (!graph_.value(node.inputs[1]).is_constant || !bias_is_constant(node)) return std::nullopt;
      if (node.op == Op::ConvTranspose) return 1;
      return node.op == Op::Conv ? 0 : graph_.value(node.outputs[0]).shape.size() - 2;
    }
    auto p = constant_product(graph_, node);
    if (!p || graph_.value(p->output).shape.size() != 2 || !bias_is_constant(node)) return std::nullopt;
    return p->transposed ? 0 : 1;
  }
  bool has_bias(const Node& node) const { return node.inputs.size() > 2 && node.inputs[2] != kNoValue; }
  bool bias_is_constant(const Node& node) const {
    return !has_bias(node) || graph_.value(node.inputs[2]).is_constant;
  }
  bool has_values(const Node& node) const {
    return graph_.value(node.inputs[1]).constant && (!has_bias(node) || graph_.value(node.inputs[2]).constant);
  }

  bool fold_values(NodeId id, size_t axis, const Node& next) {
    const Value& weights = graph_.value(graph_.nodes[id].inputs[1]);
    std::optional<Affine> after = affine(graph_, next);
    if (!after || after->input != graph_.nodes[id].outputs[0] || weights.element != Element::Float32)
      return false;
    auto bias = folded_bias(graph_.nodes[id], *after);
    if (!bias) return false;
    ValueId by = graph_.nodes[id].inputs[1];
    if (std::any_of(after->scale.begin(), after->scale.end(), [](double s) { return s != 1; })) {
      Tensor scaled = *weights.constant;
      scale(scaled, axis, after->scale);
      auto format = scaled_format(weights, axis, after->scale);
      by = add_constant(graph_, graph_.nodes[id].name + ".folded_weights", std::move(scaled));
      graph_.values[by].format = std::move(format);
    }
    set_operands(id, by, add_constant(graph_, graph_.nodes[id].name + ".folded_bias", std::move(*bias)));
    return true;
  }

  /// Weights that a file has as codes keep them: their scales take the factors.
  static std::optional<tensor::Quantization> scaled_format(const Value& weights, size_t axis,
                                                           const std::vector<double>& by) {
    if (!weights.format || (weights.format->per_channel() && weights.format->axis != static_cast<int>(axis)))
      return std::nullopt;
    tensor::Quantization q{weights.format->format, {}, static_cast<int>(axis)};
    for (size_t k = 0; k < by.size(); ++k) {
      q.scales.push_back(
          static_cast<float>(by[k] * weights.format->scales[weights.format->per_channel() ? k : 0]));
      q.zero_points.push_back(weights.format->zero_point(k));
      if (!std::isnormal(q.scales.back())) return std::nullopt;
    }
    return q;
  }

  /// Weights without values: a normalisation or a bias per output leaves a bias.
  bool fold_shapes(NodeId id, const Node& next) {
    const int64_t outputs = graph_.value(next.outputs[0]).shape[1];
    bool folds = next.op == Op::BatchNormalization;
    if (next.op == Op::Add && next.inputs[0] == graph_.nodes[id].outputs[0]) {
      const Value& added = graph_.value(next.inputs[1]);
      const size_t rank = graph_.value(next.outputs[0]).shape.size();
      folds = added.is_constant && tensor::count(added.shape) == outputs && added.shape.size() + 1 >= rank &&
              added.shape[added.shape.size() + 1 - rank] == outputs;
    }
    if (!folds) return false;
    Value bias;
    bias.name = graph_.nodes[id].name + ".folded_bias";
    bias.shape =
        has_bias(graph_.nodes[id]) ? graph_.value(graph_.nodes[id].inputs[2]).shape : tensor::Shape{outputs};
    bias.is_constant = true;
    set_operands(id, graph_.nodes[id].inputs[1], graph_.add_value(std::move(bias)));
    return true;
  }

  void set_operands(NodeId id, ValueId weights, ValueId bias) {
    Node& node = graph_.nodes[id];
    if (node.op == Op::MatMul) {
      node.op = Op::Gemm;
      node.attributes = {{"alpha", 1.0}, {"transA", int64_t{0}}, {"transB", int64_t{0}}};
    }
    if (node.op == Op::Gemm) node.attributes["beta"] = 1.0;
    node.inputs = {node.inputs[0], weights, bias};
  }

  /// scale * beta * bias + shift: one number per output, or per output and position where a private kernel's
  /// bias has them. Nothing if the bias has another form.
  std::optional<Tensor> folded_bias(const Node& node, const Affine& after) const {
    const auto outputs = static_cast<int64_t>(after.scale.size());
    Tensor bias(Element::Float32, {outputs});
    double beta = node.op == Op::Gemm ? node.real("beta") : 1;
    if (has_bias(node)) {
      const Value& v = graph_.value(node.inputs[2]);
      if (v.element != Element::Float32) return std::nullopt;
      bool per_position = node.op == Op::LocalConv && v.shape.size() > 1;
      bool one = tensor::count(v.shape) == 1;
      if (!one && !per_position &&
          (v.shape.empty() || tensor::count(v.shape) != outputs || v.shape.back() != outputs))
        return std::nullopt;
      bias = one ? Tensor::of<float>({outputs},
                                     std::vector<float>(after.scale.size(), v.constant->data<float>()[0]))
                 : v.constant->reshaped(per_position ? v.shape : Shape{outputs});
    }
    auto values = bias.mutable_data<float>();
    const size_t each = values.size() / after.scale.size();
    for (size_t k = 0; k < values.size(); ++k) {
      double b = beta * static_cast<double>(values[k]);
      values[k] = static_cast<float>(after.scale[k / each] * b + after.shift[k / each]);
    }
    return bias;
  }

  static void scale(Tensor& weights, size_t axis, const std::vector<double>& by) {
    size_t inner = 1;
    for (size_t k = axis + 1; k < weights.rank(); ++k) inner *= static_cast<size_t>(weights.dim(k));
    auto values = weights.mutable_data<float>();
    for (size_t k = 0; k < values.size(); ++k)
      values[k] = static_cast<float>(static_cast<double>(values[k]) * by[k / inner % by.size()]);
  }

  void erase_gone() {
    std::vector<Node> kept;
    for (NodeId n = 0; n < graph_.nodes.size(); ++n) {
      if (!gone_[n]) kept.push_back(std::move(graph_.nodes[n]));
    }
    graph_.nodes = std::move(kept);
  }
  void forget_unread_constants() {
    std::set<ValueId> read(graph_.outputs.begin(), graph_.outputs.end());
    for (const Node& node : graph_.nodes) read.insert(node.inputs.begin(), node.inputs.end());
    for (ValueId v = 0; v < graph_.values.size(); ++v) {
      if (read.count(v) == 0) graph_.values[v].constant.reset();
    }
  }

  static constexpr NodeId kOutside = UINT32_MAX;
  Graph& graph_;
  std::vector<ValueId> stands_for_;
  std::vector<bool> gone_;
  std::vector<std::vector<NodeId>> readers_;
};

}  // namespace

void fold_batch_norm(Graph& graph) { Folding(graph).run(); }

}  // namespace ohmweave::network
