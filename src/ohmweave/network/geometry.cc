// SPDX-License-Identifier: Apache-2.0
// What mapping asks of products and windows.
#include <algorithm>
#include <numeric>

#include "ohmweave/base/check.h"
#include "ohmweave/network/counts.h"
#include "ohmweave/network/recurrent.h"
#include "ohmweave/network/window.h"

namespace ohmweave::network {
namespace {

using tensor::Shape;

int64_t product_of(const std::vector<int64_t>& extents) {
  return std::accumulate(extents.begin(), extents.end(), int64_t{1}, std::multiplies<>());
}

}  // namespace

int64_t Convolution::rows_per_group() const { return product_of(kernel) * input_channels / groups; }

bool is_convolution(Op op) { return op == Op::Conv || op == Op::LocalConv || op == Op::ConvTranspose; }

Convolution convolution(const Graph& graph, const Node& node) {
  OHMWEAVE_CHECK(is_convolution(node.op), "not a convolution");
  Pooling w = window_of(node);
  const Shape &in = graph.value(node.inputs[0]).shape, &out = graph.value(node.outputs[0]).shape;
  Convolution c;
  c.input = node.inputs[0];
  c.weights = node.inputs[1];
  c.bias = node.inputs.size() > 2 ? node.inputs[2] : kNoValue;
  c.output = node.outputs[0];
  c.input_channels = in[1];
  c.output_channels = out[1];
  c.groups = node.integer("group");
  c.input_size.assign(in.begin() + 2, in.end());
  c.output_size.assign(out.begin() + 2, out.end());
  c.kernel = std::move(w.kernel);
  c.stride = std::move(w.stride);
  c.dilation = std::move(w.dilation);
  c.pad_begin = std::move(w.pad_begin);
  c.pad_end = std::move(w.pad_end);
  c.insertion.assign(c.kernel.size(), 1);
  if (node.op != Op::ConvTranspose) return c;
  // Input element i reaches output i * stride + k * dilation - pad for every k of the kernel.
  c.insertion = c.stride;
  for (size_t d = 0; d < c.kernel.size(); ++d) {
    c.stride[d] = 1;
    c.pad_begin[d] = (c.kernel[d] - 1) * c.dilation[d] - c.pad_begin[d];
    c.pad_end[d] = c.output_size[d] - 1 - c.pad_begin[d] + (c.kernel[d] - 1) * c.dilation[d] -
                   (c.input_size[d] - 1) * c.insertion[d];
  }
  return c;
}

Pooling pooling(const Graph& graph, const Node& node) {
  const Shape &in = graph.value(node.inputs[0]).shape, &out = graph.value(node.outputs[0]).shape;
  if (node.op == Op::MaxPool || node.op == Op::AveragePool) return stretched_to(window_of(node), in, out);
  OHMWEAVE_CHECK(node.op == Op::GlobalMaxPool || node.op == Op::GlobalAveragePool, "not a pooling");
  std::vector<int64_t> whole(in.begin() + 2, in.end()), ones(whole.size(), 1), none(whole.size(), 0);
  return {whole, ones, ones, none, none};
}

std::optional<ConstantProduct> constant_product(const Graph& graph, const Node& node) {
  if (node.op != Op::Gemm && node.op != Op::MatMul) return std::nullopt;
  ConstantProduct p;
  p.input = node.inputs[0];
  p.weights = node.inputs[1];
  p.output = node.outputs[0];
  if (!graph.value(p.weights).is_constant || graph.value(p.input).is_constant) return std::nullopt;
  if (graph.value(p.weights).element != tensor::Element::Float32) return std::nullopt;  // no weights of a layer
  const Shape& w = graph.value(p.weights).shape;
  if (w.size() != 2) return std::nullopt;
  if (node.op == Op::Gemm) {
    if (node.integer("transA") != 0) return std::nullopt;
    p.transposed = node.integer("transB") != 0;
    p.bias = node.inputs.size() > 2 ? node.inputs[2] : kNoValue;
  }
  p.rows = w[p.transposed ? 1 : 0];
  p.outputs = w[p.transposed ? 0 : 1];
  return p;
}

int64_t multiply_accumulates(const Graph& graph, NodeId id) {
  const Node& node = graph.nodes[id];
  if (family_of(node.op) != Family::Product) return 0;
  if (is_recurrent(node.op)) return recurrent(graph, node).multiply_accumulates();
  int64_t results = tensor::count(graph.value(node.outputs[0]).shape), each = 0;
  if (node.op ==
      Op::ConvTranspose) {  // every element of the input meets the kernels of its group, zeros between do not
    const Shape& w = graph.value(node.inputs[1]).shape;
    results = tensor::count(graph.value(node.inputs[0]).shape);
    each = product_of(w) / std::max<int64_t>(w[0], 1);
  } else if (is_convolution(node.op)) {
    each = convolution(graph, node).rows_per_group();
  } else if (node.op == Op::ConvTranspose) {  // every element of the input meets the kernels of its group
    const Shape& w = graph.value(node.inputs[1]).shape;
    results = tensor::count(graph.value(node.inputs[0]).shape);
    each = product_of(w) / w[0];
  } else {
    const Shape& left = graph.value(node.inputs[0]).shape;
    bool transposed = node.op == Op::Gemm && node.integer("transA") != 0;
    each = transposed ? left[0] : left.back();
  }
  return results * each / std::max<int64_t>(graph.batch(), 1);
}

int64_t multiply_accumulates(const Graph& graph) {
  int64_t sum = 0;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) sum += multiply_accumulates(graph, id);
  return sum;
}

std::vector<int64_t> parameters_by_node(const Graph& graph) {
  std::vector<bool> counted(graph.values.size(), false);
  std::vector<int64_t> out;
  for (const Node& node : graph.nodes) {
    int64_t sum = 0;
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      const ValueId id = node.inputs[k];
      if (id == kNoValue || !graph.value(id).is_constant) continue;
      const Value& v = graph.value(id);
      const bool real = v.element == tensor::Element::Float32 || v.element == tensor::Element::Float64;
      const bool statistic = node.op == Op::BatchNormalization && k > 2;
      const Family f = family_of(node.op);
      const bool lone_number =
          v.constant && tensor::count(v.shape) == 1 && f != Family::Product && f != Family::Normalization;
      const ValueId own = v.tied == kNoValue ? id : v.tied;
      if (!real || statistic || lone_number || v.is_table || counted[own]) continue;
      counted[own] = true;
      sum += tensor::count(v.shape);
    }
    out.push_back(sum);
  }
  return out;
}

int64_t parameter_count(const Graph& graph) {
  const std::vector<int64_t> each = parameters_by_node(graph);
  return std::accumulate(each.begin(), each.end(), int64_t{0});
}

}  // namespace ohmweave::network
