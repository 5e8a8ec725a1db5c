// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/network/operators.h"
#include "ohmweave/network/reference_fusion.h"
#include "ohmweave/network/reference_plan.h"
#include "ohmweave/network/window.h"

namespace ohmweave::network {
namespace {

using dnnl::memory;
using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

/// One layout in which a value lies in some buffer.
struct Form {
  size_t buffer = 0;
  memory::desc layout;  // empty for what oneDNN does not see: other types, no elements, many axes
  bool plain = true;
};

class Builder {
 public:
  Builder(const Graph& graph, PackedWeights& packed, bool observed)
      : graph_(graph),
        packed_(packed),
        observed_(observed),
        groups_(observed ? lone_groups(graph) : find_groups(graph)),
        forms_(graph.values.size()),
        uses_(graph.values.size(), 0) {}

  Plan build() {
    count_uses();
    for (size_t k = 0; k < graph_.inputs.size(); ++k) {
      ValueId v = graph_.inputs[k];
      size_t b = plan_.add_buffer({.kind = Buffer::Kind::Input, .bytes = 0, .place = k});
      forms_[v] = {{b, layout_of(v), true}};
    }
    for (NodeId n = 0; n < graph_.nodes.size(); ++n) {
      auto group = groups_.at.find(n);
      if (group != groups_.at.end())
        add_group(group->second);
      else if (!groups_.member[n])
        add_node(n);
      if (observed_) observe(graph_.nodes[n]);
    }
    for (ValueId v : graph_.outputs) {
      const Value& value = graph_.value(v);
      if (value.is_constant)
        plan_.add_output(std::nullopt, *value.constant, value.element, value.shape);
      else
        plan_.add_output(plain(v).buffer, Tensor(), value.element, value.shape);
    }
    plan_.arrange();
    return std::move(plan_);
  }

 private:
  void count_uses() {
    for (const Node& node : graph_.nodes) {
      for (ValueId v : node.inputs) {
        if (v != kNoValue) ++uses_[v];
      }
    }
    for (ValueId v : graph_.outputs) ++uses_[v];
  }

  // Forms of values

  bool known_to_onednn(ValueId v) const {
    const Value& value = graph_.value(v);
    return value.element == Element::Float32 && !value.shape.empty() && value.shape.size() <= 5 &&
           tensor::count(value.shape) > 0;
  }
  memory::desc layout_of(ValueId v) const {
    return known_to_onednn(v) ? plain_layout(graph_.value(v).shape) : memory::desc();
  }

  Form& new_form(ValueId v, const memory::desc& layout) {
    size_t b = plan_.add_buffer({.kind = Buffer::Kind::Planned, .bytes = layout.get_size()});
    return forms_[v].emplace_back(Form{b, layout, layout == layout_of(v)});
  }
  /// The value in a layout; copied into it if it is not there yet.
  Form in_layout(ValueId v, const memory::desc& layout) {
    for (const Form& f : forms_[v]) {
      if (f.layout == layout) return f;
    }
    Form from = forms_[v].front();
    Form to = new_form(v, layout);
    add_reorder(from, to);
    return to;
  }
  Form plain(ValueId v) {
    for (const Form& f : forms_[v]) {
      if (f.plain) return f;
    }
    return in_layout(v, layout_of(v));
  }
  void add_reorder(const Form& from, const Form& to) {
    memory source = memory_over(from.layout, nullptr), target = memory_over(to.layout, nullptr);
    add_primitive(dnnl::reorder(source, target), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
  }

  /// Whether the step at hand is the last that reads the value, and nothing else stands in its buffer.
  bool may_overwrite(ValueId v, const Form& form) {
    const Buffer& b = plan_.buffer(form.buffer);
    return uses_[v] == 1 && b.kind == Buffer::Kind::Planned && b.values == 1;
  }
  /// The result in place of an operand that nothing else reads, or else in a buffer of its own.
  Form in_place(ValueId operand, const Form& form, ValueId result) {
    if (!may_overwrite(operand, form)) return new_form(result, form.layout);
    forms_[operand].clear();
    return forms_[result].emplace_back(form);
  }

  // Steps

  using Arguments = std::vector<std::pair<int, Form>>;
  void add_primitive(const dnnl::primitive& primitive, const Arguments& arguments,
                     const std::vector<std::pair<int, memory>>& constants = {}) {
    std::vector<size_t> uses;
    std::vector<std::pair<size_t, memory>> places;
    std::unordered_map<int, memory> bound(constants.begin(), constants.end());
    for (const auto& [which, form] : arguments) {
      memory m = memory_over(form.layout, nullptr);
      bound.emplace(which, m);
      places.emplace_back(form.buffer, m);
      uses.push_back(form.buffer);
    }
    plan_.add_step(uses, [primitive, places, bound](Plan::Running& r, const Plan& plan) mutable {
      for (auto& [buffer, m] : places) m.set_data_handle(plan.at(r, buffer));
      primitive.execute(r.stream, bound);
      r.stream.wait();
    });
  }

  void add_node(NodeId n) {
    const Node& node = graph_.nodes[n];
    if (!add_alias(node) && !add_by_onednn(node)) add_evaluation(n);
    for (ValueId v : node.inputs) {
      if (v != kNoValue) --uses_[v];
    }
  }

  /// Nothing to do where a result is the operand under another shape.
  bool add_alias(const Node& node) {
    bool same = node.op == Op::Identity || (node.op == Op::Dropout && node.outputs.size() == 1);
    bool reshaped =
        node.op == Op::Reshape || node.op == Op::Flatten || node.op == Op::Squeeze || node.op == Op::Unsqueeze;
    if ((!same && !reshaped) || graph_.value(node.inputs[0]).is_constant) return false;
    if (!same) plain(node.inputs[0]);
    std::vector<Form> from = same ? forms_[node.inputs[0]] : std::vector<Form>{plain(node.inputs[0])};
    for (const Form& f : from) {
      plan_.buffer(f.buffer).values += 1;
      forms_[node.outputs[0]].push_back({f.buffer, same ? f.layout : layout_of(node.outputs[0]), f.plain});
    }
    return true;
  }

  void add_evaluation(NodeId n) {
    const Node& node = graph_.nodes[n];
    struct Operand {
      std::optional<size_t> buffer;
      ValueId value = kNoValue;
    };
    std::vector<Operand> operands;
    std::vector<size_t> uses, results;
    for (ValueId v : node.inputs) {
      Operand& o = operands.emplace_back(Operand{std::nullopt, v});
      if (v == kNoValue || graph_.value(v).is_constant) continue;
      o.buffer = plain(v).buffer;
      uses.push_back(*o.buffer);
    }
    for (ValueId v : node.outputs) {
      results.push_back(plan_.add_buffer({.kind = Buffer::Kind::Held}));
      uses.push_back(results.back());
      if (v != kNoValue) forms_[v] = {{results.back(), layout_of(v), true}};
    }
    plan_.add_step(uses, [&graph = graph_, n, operands, results](Plan::Running& r, const Plan& plan) {
      std::vector<Tensor> inputs;
      for (const Operand& o : operands) {
        if (o.value == kNoValue)
          inputs.emplace_back();
        else if (!o.buffer)
          inputs.push_back(*graph.value(o.value).constant);
        else
          inputs.push_back(
              plan.tensor_at(r, *o.buffer, graph.value(o.value).element, graph.value(o.value).shape));
      }
      std::vector<Tensor> made = evaluate(graph, n, inputs);
      for (size_t k = 0; k < results.size(); ++k) r.held[results[k]] = plan.owned(r, std::move(made[k]));
    });
  }

  // Convolutions and what goes with them

  void add_group(const Group& g) {
    const Node& first = graph_.nodes[g.first];
    if (first.op == Op::Conv)
      add_convolution(g);
    else
      add_normalisation(g);
    for (ValueId v : {first.inputs[0], g.added}) {
      if (v != kNoValue) --uses_[v];
    }
  }

  void add_convolution(const Group& g) {
    const Node& node = graph_.nodes[g.first];
    bool has_bias = (node.inputs.size() > 2 && node.inputs[2] != kNoValue) || g.scaled;
    ConvolutionKernel::Shapes shapes{graph_.value(node.inputs[0]).shape,
                                     graph_.value(node.inputs[1]).shape,
                                     graph_.value(node.outputs[0]).shape,
                                     window_of(node),
                                     node.integer("group"),
                                     has_bias,
                                     after(g)};
    auto kernel = std::make_shared<ConvolutionKernel>(shapes);
    const auto& weights = packed_.get(fmt::format("{}{}", g.first, g.scaled ? "+" : ""), *kernel,
                                      [&] { return scaled_weights(g); });
    Form in = in_layout(node.inputs[0], kernel->input_layout());
    Form out = g.added == kNoValue ? new_form(g.result, kernel->output_layout())
                                   : on_top_of(g, kernel->output_layout());
    size_t scratch = plan_.add_buffer({.kind = Buffer::Kind::Planned, .bytes = kernel->scratch_bytes()});
    plan_.add_step({in.buffer, out.buffer, scratch}, [kernel, w = weights.weights, b = weights.bias, in, out,
                                                      scratch](Plan::Running& r, const Plan& plan) {
      kernel->run({plan.at(r, in.buffer), w.get(), b.get(), plan.at(r, out.buffer), plan.at(r, scratch)});
    });
  }
  AfterConvolution after(const Group& g) const {
    AfterConvolution a;
    a.add_to_target = g.added != kNoValue;
    if (!g.activation) return a;
    ExactActivation exact = *exact_activation(graph_, graph_.nodes[*g.activation]);
    return {a.add_to_target, exact.op, exact.alpha, exact.beta};
  }
  /// The buffer that holds the addend, which the convolution adds to.
  Form on_top_of(const Group& g, const memory::desc& layout) {
    Form addend = in_layout(g.added, layout);
    Form out = in_place(g.added, addend, g.result);
    if (out.buffer != addend.buffer) add_reorder(addend, out);
    return out;
  }
  std::pair<Tensor, std::optional<Tensor>> scaled_weights(const Group& g) const {
    const Node& node = graph_.nodes[g.first];
    Tensor weights = *graph_.value(node.inputs[1]).constant;
    std::optional<Tensor> bias;
    if (node.inputs.size() > 2 && node.inputs[2] != kNoValue) bias = graph_.value(node.inputs[2]).constant;
    if (!g.scaled) return {weights, bias};
    auto outputs = static_cast<size_t>(weights.dim(0)), each = static_cast<size_t>(weights.size()) / outputs;
    if (!bias) bias = Tensor(Element::Float32, {weights.dim(0)});
    auto w = weights.mutable_data<float>(), b = bias->mutable_data<float>();
    for (size_t n = 0; n < outputs; ++n) {
      for (size_t k = n * each; k < (n + 1) * each; ++k)
        w[k] = static_cast<float>(static_cast<double>(w[k]) * g.scaled->scale[n]);
      b[n] = static_cast<float>(static_cast<double>(b[n]) * g.scaled->scale[n] + g.scaled->shift[n]);
    }
    return {weights, bias};
  }

  /// scale * x + shift per channel is a batch normalisation by mean 0 and variance 1.
  void add_normalisation(const Group& g) {
    ValueId x = graph_.nodes[g.first].inputs[0];
    Form in = forms_[x].front();
    auto channels = static_cast<int64_t>(g.scaled->scale.size());
    auto constant = [&](const std::vector<double>& numbers) { return per_channel(numbers); };
    using Flags = dnnl::normalization_flags;
    Flags flags = Flags::use_global_stats | Flags::use_scale | Flags::use_shift;
    dnnl::post_ops ops;
    append(ops, after(g));
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(ops);
    dnnl::batch_normalization_forward::primitive_desc how(
        {dnnl::prop_kind::forward_inference, in.layout, 0.0F, flags}, attributes, onednn_engine());
    Form out = in_place(x, in, g.result);
    add_primitive(dnnl::batch_normalization_forward(how), {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}},
                  {{DNNL_ARG_MEAN, constant(std::vector<double>(static_cast<size_t>(channels), 0.0))},
                   {DNNL_ARG_VARIANCE, constant(std::vector<double>(static_cast<size_t>(channels), 1.0))},
                   {DNNL_ARG_SCALE, constant(g.scaled->scale)},
                   {DNNL_ARG_SHIFT, constant(g.scaled->shift)}});
  }
  static memory per_channel(const std::vector<double>& numbers) {
    memory m(plain_layout({static_cast<int64_t>(numbers.size())}), onednn_engine());
    auto* to = static_cast<float*>(m.get_data_handle());
    for (size_t k = 0; k < numbers.size(); ++k) to[k] = static_cast<float>(numbers[k]);
    return m;
  }

  // Operators one by one

  bool add_by_onednn(const Node& node) {
    for (ValueId v : node.inputs) {
      bool operand_is_activation = v != kNoValue && !graph_.value(v).is_constant;
      if (operand_is_activation && !known_to_onednn(v)) return false;
    }
    if (node.outputs.size() != 1 || !known_to_onednn(node.outputs[0]) ||
        graph_.value(node.inputs.empty() ? 0 : node.inputs[0]).is_constant)
      return false;
    try {
      switch (node.op) {
        case Op::Relu:
        case Op::LeakyRelu:
        case Op::Clip:
          return add_activation(node);
        case Op::Add:
        case Op::Sub:
        case Op::Mul:
        case Op::Sum:
          return add_arithmetic(node);
        case Op::MaxPool:
        case Op::AveragePool:
        case Op::GlobalMaxPool:
        case Op::GlobalAveragePool:
          return add_pooling(node);
        case Op::LRN:
          return add_lrn(node);
        case Op::Concat:
          return add_concat(node);
        default:
          return false;
      }
    } catch (const dnnl::error&) {
      return false;  // a form oneDNN does not have
    }
  }

  bool add_activation(const Node& node) {
    auto exact = exact_activation(graph_, node);
    if (!exact) return false;
    Form in = forms_[node.inputs[0]].front();
    auto kind = exact->op == Op::Clip ? dnnl::algorithm::eltwise_clip : dnnl::algorithm::eltwise_relu;
    dnnl::eltwise_forward::primitive_desc how(
        {dnnl::prop_kind::forward_inference, kind, in.layout, exact->alpha, exact->beta}, onednn_engine());
    Form out = in_place(node.inputs[0], in, node.outputs[0]);
    add_primitive(dnnl::eltwise_forward(how), {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
    return true;
  }

  /// Of two activations of one shape; anything stretched is computed plainly.
  bool add_arithmetic(const Node& node) {
    const Shape& shape = graph_.value(node.outputs[0]).shape;
    bool fits = node.inputs.size() == 2;
    for (ValueId v : node.inputs) fits = fits && !graph_.value(v).is_constant && graph_.value(v).shape == shape;
    if (!fits) return false;
    auto kind = node.op == Op::Sub   ? dnnl::algorithm::binary_sub
                : node.op == Op::Mul ? dnnl::algorithm::binary_mul
                                     : dnnl::algorithm::binary_add;
    Form a = forms_[node.inputs[0]].front(), b = in_layout(node.inputs[1], a.layout);
    dnnl::binary::primitive_desc how({kind, a.layout, b.layout, a.layout}, onednn_engine());
    Form out = new_form(node.outputs[0], a.layout);
    add_primitive(dnnl::binary(how), {{DNNL_ARG_SRC_0, a}, {DNNL_ARG_SRC_1, b}, {DNNL_ARG_DST, out}});
    return true;
  }

  bool add_pooling(const Node& node) {
    const Shape &from = graph_.value(node.inputs[0]).shape, &to = graph_.value(node.outputs[0]).shape;
    bool global = node.op == Op::GlobalMaxPool || node.op == Op::GlobalAveragePool,
         most = node.op == Op::MaxPool || node.op == Op::GlobalMaxPool;
    bool with_padding = node.op == Op::AveragePool && node.integer("count_include_pad") != 0;
    Pooling w = pooling(graph_, node);
    if (!global) {
      Pooling stated = window_of(node);
      bool dilated = std::any_of(w.dilation.begin(), w.dilation.end(), [](int64_t d) { return d != 1; });
      if (!most && (dilated || (with_padding && node.integer("ceil_mode") != 0))) return false;
      for (size_t k = 0; k < w.pad_end.size(); ++k) w.pad_end[k] = std::max(w.pad_end[k], stated.pad_end[k]);
    }
    for (int64_t& d : w.dilation) --d;
    Form in = forms_[node.inputs[0]].front();
    auto kind = most           ? dnnl::algorithm::pooling_max
                : with_padding ? dnnl::algorithm::pooling_avg_include_padding
                               : dnnl::algorithm::pooling_avg_exclude_padding;
    memory::desc any({to.begin(), to.end()}, memory::data_type::f32, memory::format_tag::any);
    OHMWEAVE_CHECK(from.size() == to.size(), "pooling keeps the number of axes");
    dnnl::pooling_v2_forward::primitive_desc how({dnnl::prop_kind::forward_inference, kind, in.layout, any,
                                                  w.stride, w.kernel, w.dilation, w.pad_begin, w.pad_end},
                                                 onednn_engine());
    Form out = new_form(node.outputs[0], how.dst_desc());
    add_primitive(dnnl::pooling_v2_forward(how), {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
    return true;
  }

  bool add_lrn(const Node& node) {
    if (node.integer("size") % 2 == 0 || graph_.value(node.inputs[0]).shape.size() < 3) return false;
    Form in = forms_[node.inputs[0]].front();
    dnnl::lrn_forward::primitive_desc how(
        {dnnl::prop_kind::forward_inference, dnnl::algorithm::lrn_across_channels, in.layout,
         node.integer("size"), static_cast<float>(node.real("alpha")), static_cast<float>(node.real("beta")),
         static_cast<float>(node.real("bias"))},
        onednn_engine());
    Form out = new_form(node.outputs[0], in.layout);
    add_primitive(dnnl::lrn_forward(how), {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
    return true;
  }

  bool add_concat(const Node& node) {
    std::vector<memory::desc> layouts;
    Arguments arguments;
    auto axis = static_cast<size_t>(node.integer("axis"));
    for (ValueId v : node.inputs) {
      Shape shape = graph_.value(node.outputs[0]).shape;
      shape[axis] = graph_.value(v).shape[axis];
      if (graph_.value(v).is_constant || graph_.value(v).shape != shape) return false;
      arguments.emplace_back(DNNL_ARG_MULTIPLE_SRC + static_cast<int>(layouts.size()), forms_[v].front());
      layouts.push_back(forms_[v].front().layout);
    }
    dnnl::concat::primitive_desc how(static_cast<int>(axis), layouts, onednn_engine());
    arguments.emplace_back(DNNL_ARG_DST, new_form(node.outputs[0], how.dst_desc()));
    add_primitive(dnnl::concat(how), arguments);
    return true;
  }

  void observe(const Node& node) {
    for (ValueId v : node.outputs) {
      if (v == kNoValue) continue;
      size_t b = plain(v).buffer;
      plan_.add_step({b}, [&graph = graph_, v, b](Plan::Running& r, const Plan& plan) {
        Tensor seen = plan.tensor_at(r, b, graph.value(v).element, graph.value(v).shape);
        (*r.see)(v, plan.owned(r, std::move(seen)));
      });
    }
  }

  const Graph& graph_;
  PackedWeights& packed_;
  bool observed_;
  Groups groups_;
  Plan plan_;
  std::vector<std::vector<Form>> forms_;
  std::vector<int> uses_;  // of each value by nodes still to come, and as output
};

}  // namespace

Plan make_plan(const Graph& graph, PackedWeights& packed, bool observed) {
  return Builder(graph, packed, observed).build();
}

}  // namespace ohmweave::network
