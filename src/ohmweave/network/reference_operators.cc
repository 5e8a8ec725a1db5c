// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <string>

#include "ohmweave/base/check.h"
#include "ohmweave/network/reference_builder.h"
#include "ohmweave/network/window.h"

namespace ohmweave::network {

using dnnl::memory;
using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

namespace {

/// What oneDNN calls an operator of one operand, if it has it.
struct Function {
  dnnl::algorithm algorithm;
  float alpha = 0, beta = 0;
};
std::optional<Function> function_of(const Graph& graph, const Node& node) {
  using dnnl::algorithm;
  if (auto exact = exact_activation(graph, node))
    return Function{exact->op == Op::Clip ? algorithm::eltwise_clip : algorithm::eltwise_relu, exact->alpha,
                    exact->beta};
  switch (node.op) {
    case Op::Sigmoid:
      return Function{algorithm::eltwise_logistic};
    case Op::Tanh:
      return Function{algorithm::eltwise_tanh};
    case Op::Exp:
      return Function{algorithm::eltwise_exp};
    case Op::Sqrt:
      return Function{algorithm::eltwise_sqrt};
    case Op::Abs:
      return Function{algorithm::eltwise_abs};
    case Op::Elu:
      return Function{algorithm::eltwise_elu, static_cast<float>(node.real("alpha"))};
    case Op::HardSwish:
      return Function{algorithm::eltwise_hardswish};
    case Op::Pow: {
      const Value& exponent = graph.value(node.inputs[1]);
      const bool square = exponent.constant && exponent.constant->size() == 1 &&
                          exponent.constant->to(Element::Float64).data<double>()[0] == 2;
      return square && graph.value(node.outputs[0]).shape == graph.value(node.inputs[0]).shape
                 ? std::optional(Function{algorithm::eltwise_square})
                 : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

/// Nothing but JIT code: oneDNN's plain kernels are no faster than ours and round in their own way.
template <class How>
bool is_fast(const How& how) {
  return std::string(how.impl_info_str()).find("jit") != std::string::npos;
}

/// Whether parts in blocks of channels (nChw8c and the like) follow each other in a whole of the same blocks.
bool joins_blocks(const memory::desc& whole, const std::vector<memory::desc>& parts) {
  auto is_blocked = [&](const memory::desc& layout) {
    const auto &own = layout.data.format_desc.blocking, &wanted = whole.data.format_desc.blocking;
    if (layout.data.format_kind != dnnl_blocked || own.inner_nblks != 1 || own.inner_idxs[0] != 1) return false;
    if (own.inner_blks[0] != wanted.inner_blks[0] || layout.data.dims[1] != layout.data.padded_dims[1])
      return false;
    for (int k = 2; k < layout.data.ndims; ++k) {
      if (own.strides[k] != wanted.strides[k]) return false;
    }
    return own.strides[1] == wanted.strides[1];
  };
  return is_blocked(whole) && std::all_of(parts.begin(), parts.end(), is_blocked);
}

}  // namespace

bool Builder::add_by_onednn(const Node& node) {
  for (ValueId v : node.inputs) {
    bool operand_is_activation = v != kNoValue && !graph_.value(v).is_constant;
    if (operand_is_activation && !known_to_onednn(v)) return false;
  }
  if (node.outputs.size() != 1 || !known_to_onednn(node.outputs[0]) ||
      graph_.value(node.inputs.empty() ? 0 : node.inputs[0]).is_constant)
    return false;
  try {
    switch (node.op) {
      case Op::Add:
      case Op::Sum:
        return add_sum(node);
      case Op::Softmax:
      case Op::LogSoftmax:
        return add_softmax(node);
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
        return add_function(node);
    }
  } catch (const dnnl::error&) {
    return false;  // a form oneDNN does not have
  }
}

bool Builder::add_function(const Node& node) {
  auto function = function_of(graph_, node);
  if (!function) return false;
  Form in = dense(node.inputs[0]);
  dnnl::eltwise_forward::primitive_desc how(
      {dnnl::prop_kind::forward_inference, function->algorithm, in.layout, function->alpha, function->beta},
      onednn_engine());
  Form out = in_place(node.inputs[0], in, node.outputs[0]);
  add_primitive(dnnl::eltwise_forward(how), {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
  return true;
}

/// Of two activations of one shape in a layout of oneDNN's.
bool Builder::add_sum(const Node& node) {
  const Shape& shape = graph_.value(node.outputs[0]).shape;
  bool fits = node.inputs.size() == 2;
  for (ValueId v : node.inputs) fits = fits && !graph_.value(v).is_constant && graph_.value(v).shape == shape;
  if (!fits) return false;
  Form a = dense(node.inputs[0]), b = in_layout(node.inputs[1], a.layout);
  dnnl::binary::primitive_desc how({dnnl::algorithm::binary_add, a.layout, b.layout, a.layout},
                                   onednn_engine());
  Form out = new_form(node.outputs[0], a.layout);
  add_primitive(dnnl::binary(how), {{DNNL_ARG_SRC_0, a}, {DNNL_ARG_SRC_1, b}, {DNNL_ARG_DST, out}});
  return true;
}

bool Builder::add_softmax(const Node& node) {
  Form in = plain(node.inputs[0]);
  auto axis = static_cast<int>(node.integer("axis"));
  auto add = [&](auto how, auto primitive) {
    if (!is_fast(how)) return false;
    Form out = in_place(node.inputs[0], in, node.outputs[0]);
    add_primitive(decltype(primitive)(how), {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
    return true;
  };
  if (node.op == Op::Softmax)
    return add(dnnl::softmax_forward::primitive_desc({dnnl::prop_kind::forward_inference, in.layout, axis},
                                                     onednn_engine()),
               dnnl::softmax_forward());
  return add(dnnl::logsoftmax_forward::primitive_desc({dnnl::prop_kind::forward_inference, in.layout, axis},
                                                      onednn_engine()),
             dnnl::logsoftmax_forward());
}

bool Builder::add_pooling(const Node& node) {
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
  Form in = dense(node.inputs[0]);
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

bool Builder::add_lrn(const Node& node) {
  if (node.integer("size") % 2 == 0 || graph_.value(node.inputs[0]).shape.size() < 3) return false;
  Form in = dense(node.inputs[0]);
  dnnl::lrn_forward::primitive_desc how(
      {dnnl::prop_kind::forward_inference, dnnl::algorithm::lrn_across_channels, in.layout,
       node.integer("size"), static_cast<float>(node.real("alpha")), static_cast<float>(node.real("beta")),
       static_cast<float>(node.real("bias"))},
      onednn_engine());
  Form out = new_form(node.outputs[0], in.layout);
  add_primitive(dnnl::lrn_forward(how), {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
  return true;
}

/// Operands one after the other in memory, as often as there are indices before the joined axis.
bool Builder::add_concat(const Node& node) {
  const ValueId made = node.outputs[0];
  const auto axis = static_cast<size_t>(node.integer("axis"));
  const Shape& shape = graph_.value(made).shape;
  std::vector<Form> parts;
  std::vector<memory::desc> layouts;
  for (ValueId v : node.inputs) {
    Shape expected = shape;
    expected[axis] = graph_.value(v).shape[axis];
    if (graph_.value(v).is_constant || graph_.value(v).shape != expected) return false;
    parts.push_back(dense(v));
    layouts.push_back(parts.back().layout);
  }
  memory::desc layout =
      dnnl::concat::primitive_desc(static_cast<int>(axis), layouts, onednn_engine()).dst_desc();
  const bool blocked = axis == 1 && joins_blocks(layout, layouts);
  if (!blocked) layout = layout_of(made);
  int64_t times = 1;
  for (size_t k = 0; k < axis; ++k) times *= shape[k];
  std::vector<size_t> uses, chunks;
  for (size_t k = 0; k < parts.size(); ++k) {
    if (!blocked) parts[k] = plain(node.inputs[k]);
    uses.push_back(parts[k].buffer);
    chunks.push_back(parts[k].layout.get_size() / static_cast<size_t>(times));
  }
  const size_t out = new_form(made, layout).buffer;
  std::vector<size_t> from = uses;
  uses.push_back(out);
  plan_.add_step(uses, [from, chunks, out, times](Plan::Running& r, const Plan& plan) {
    std::byte* to = plan.at(r, out);
    for (int64_t t = 0; t < times; ++t) {
      for (size_t k = 0; k < from.size(); ++k) {
        std::memcpy(to, plan.at(r, from[k]) + static_cast<size_t>(t) * chunks[k], chunks[k]);
        to += chunks[k];
      }
    }
  });
  return true;
}

}  // namespace ohmweave::network
