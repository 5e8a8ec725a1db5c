// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "ohmweave/network/reference_builder.h"
#include "ohmweave/network/window.h"

namespace ohmweave::network {

using dnnl::memory;
using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

namespace {

memory per_channel(const std::vector<double>& numbers) {
  memory m(plain_layout({static_cast<int64_t>(numbers.size())}), onednn_engine());
  auto* to = static_cast<float*>(m.get_data_handle());
  for (size_t k = 0; k < numbers.size(); ++k) to[k] = static_cast<float>(numbers[k]);
  return m;
}

}  // namespace

void Builder::add_group(const Group& g) {
  const Node& first = graph_.nodes[g.first];
  if (first.op == Op::Conv)
    add_convolution(g);
  else
    add_normalisation(g);
  for (ValueId v : {first.inputs[0], g.added}) {
    if (v != kNoValue) --uses_[v];
  }
}

void Builder::add_convolution(const Group& g) {
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
  Form out =
      g.added == kNoValue ? new_form(g.result, kernel->output_layout()) : on_top_of(g, kernel->output_layout());
  size_t scratch = plan_.add_buffer({.kind = Buffer::Kind::Planned, .bytes = kernel->scratch_bytes()});
  plan_.add_step({in.buffer, out.buffer, scratch}, [kernel, w = weights.weights, b = weights.bias, in, out,
                                                    scratch](Plan::Running& r, const Plan& plan) {
    kernel->run({plan.at(r, in.buffer), w.get(), b.get(), plan.at(r, out.buffer), plan.at(r, scratch)});
  });
}

AfterConvolution Builder::after(const Group& g) const {
  AfterConvolution a;
  a.add_to_target = g.added != kNoValue;
  if (!g.activation) return a;
  ExactActivation exact = *exact_activation(graph_, graph_.nodes[*g.activation]);
  return {a.add_to_target, exact.op, exact.alpha, exact.beta};
}

Form Builder::on_top_of(const Group& g, const memory::desc& layout) {
  Form addend = in_layout(g.added, layout);
  Form out = in_place(g.added, addend, g.result);
  if (out.buffer != addend.buffer) add_reorder(addend, out);
  return out;
}

std::pair<Tensor, std::optional<Tensor>> Builder::scaled_weights(const Group& g) const {
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

void Builder::add_normalisation(const Group& g) {
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

}  // namespace ohmweave::network
