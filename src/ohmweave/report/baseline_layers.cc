// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/baseline_layers.h"

#include <algorithm>

namespace ohmweave::report {

using network::Graph;
using network::Node;
using network::NodeId;
using network::ValueId;

namespace {

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t elements(const tensor::Shape& shape) {
  int64_t out = 1;
  for (int64_t extent : shape) out *= extent;
  return out;
}

ProductLayer convolution_layer(const Graph& graph, const Node& node) {
  const network::Convolution c = network::convolution(graph, node);
  ProductLayer out;
  for (int64_t extent : c.output_size) out.positions *= extent;
  for (int64_t extent : c.kernel) out.taps *= extent;
  out.groups = c.groups;
  out.inputs = c.input_channels / c.groups;
  out.outputs = c.outputs_per_group();
  out.values = c.input_channels;
  for (int64_t extent : c.input_size) out.values *= extent;
  return out;
}

bool moves_nothing(const Node& node) {
  const network::Family family = network::family_of(node.op);
  return family == network::Family::View || family == network::Family::Shape ||
         node.op == network::Op::Dropout || node.op == network::Op::Identity;
}

}  // namespace

std::optional<ProductLayer> product_layer(const Graph& graph, NodeId id) {
  const Node& node = graph.nodes[id];
  if (node.op == network::Op::Conv || node.op == network::Op::LocalConv) return convolution_layer(graph, node);
  const int64_t products = network::multiply_accumulates(graph, id);
  if (products == 0) return std::nullopt;
  ProductLayer out;
  if (auto product = network::constant_product(graph, node)) {
    out.inputs = product->rows;
    out.outputs = product->outputs;
    out.positions = products / (out.inputs * out.outputs);
    out.values = out.positions * out.inputs;
    return out;
  }
  out.positions = elements_per_sample(graph, node.outputs[0]);
  out.inputs = divide_up(products, out.positions);
  out.values = 0;
  for (ValueId v : moved(graph, id).read) out.values += elements_per_sample(graph, v);
  return out;
}

std::vector<ProductLayer> product_layers(const Graph& graph) {
  std::vector<ProductLayer> out;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    if (auto layer = product_layer(graph, id)) out.push_back(*layer);
  }
  return out;
}

Moved moved(const Graph& graph, NodeId id) {
  const Node& node = graph.nodes[id];
  Moved out;
  if (moves_nothing(node)) return out;
  for (ValueId v : node.inputs) {
    if (v == network::kNoValue) continue;
    const network::Value& value = graph.value(v);
    if (!value.is_constant)
      out.read.push_back(v);
    else if (value.element != tensor::Element::Int64)  // those are shapes and axes
      out.weights += elements(value.shape);
  }
  for (ValueId v : node.outputs) {
    if (v != network::kNoValue) out.written.push_back(v);
  }
  return out;
}

int64_t elements_per_sample(const Graph& graph, ValueId id) {
  return std::max<int64_t>(1, elements(graph.value(id).shape) / std::max<int64_t>(1, graph.batch()));
}

bool crosses_the_border(const Graph& graph, ValueId id) {
  const auto among = [id](const std::vector<ValueId>& list) {
    return std::find(list.begin(), list.end(), id) != list.end();
  };
  return among(graph.inputs) || among(graph.outputs);
}

}  // namespace ohmweave::report
