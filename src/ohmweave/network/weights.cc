// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"
#include "ohmweave/network/network.h"
#include "ohmweave/network/recurrent.h"

namespace ohmweave::network {
namespace {

/// How the values of a constant spread.
struct Spread {
  enum class Kind { Normal, Uniform } kind = Kind::Uniform;
  double low = -0.05, high = 0.05;  // Uniform
  double deviation = 1;             // Normal
};

/// Weights of products such that results spread like operands behind a rectifier (He et al. 2015, equation 10):
/// variance 2 / operands of one result. Scales and variances near one, so that normalisations stay harmless.
Spread spread_of(const Graph& graph, const Node& node, size_t operand) {
  bool weights = family_of(node.op) == Family::Product && operand < (is_recurrent(node.op) ? 3 : 2);
  if (weights) {
    const tensor::Shape& shape = graph.value(node.inputs[operand]).shape;
    bool convolves = is_convolution(node.op);
    auto product = constant_product(graph, node);
    int64_t rows = is_recurrent(node.op) ? shape.back()
                   : convolves           ? convolution(graph, node).rows_per_group()
                   : product             ? product->rows
                                         : shape[std::max<size_t>(shape.size(), 2) - 2];
    return {Spread::Kind::Normal, 0, 0, std::sqrt(2.0 / static_cast<double>(std::max<int64_t>(rows, 1)))};
  }
  bool normalises = family_of(node.op) == Family::Normalization;
  if (normalises && (operand == 1 || operand == 4)) return {Spread::Kind::Uniform, 0.5, 1.5, 0};
  return {};
}

void fill(Value& value, const Spread& spread, uint64_t seed) {
  constexpr int64_t kBlock = 1 << 16;  // each with a stream of its own, so that threads can share the work
  tensor::Tensor tensor(tensor::Element::Float32, value.shape);
  auto to = tensor.mutable_data<float>();
  int64_t n = tensor.size();
  base::parallel_for((n + kBlock - 1) / kBlock, [&](int64_t block) {
    base::RandomStream random(seed, base::key_of(value.name),
                              base::key_of("weights") + static_cast<uint64_t>(block));
    for (int64_t k = block * kBlock; k < std::min(n, (block + 1) * kBlock); ++k) {
      double v = spread.kind == Spread::Kind::Normal ? random.normal() * spread.deviation
                                                     : random.uniform(spread.low, spread.high);
      to[static_cast<size_t>(k)] = static_cast<float>(v);
    }
  });
  value.constant = std::move(tensor);
}

tensor::Tensor transposed(const tensor::Tensor& from) {
  const int64_t rows = from.dim(0), columns = from.dim(1);
  tensor::Tensor out(tensor::Element::Float32, {columns, rows});
  auto in = from.data<float>();
  auto to = out.mutable_data<float>();
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c)
      to[static_cast<size_t>(c * rows + r)] = in[static_cast<size_t>(r * columns + c)];
  }
  return out;
}

}  // namespace

void fill_weights(Graph& graph, uint64_t seed) {
  for (const Node& node : graph.nodes) {
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      if (node.inputs[k] == kNoValue) continue;
      Value& v = graph.values[node.inputs[k]];
      if (v.is_constant && !v.constant && v.tied == kNoValue && v.element == tensor::Element::Float32)
        fill(v, spread_of(graph, node, k), seed);
    }
  }
  for (Value& v : graph.values) {
    if (v.tied != kNoValue && !v.constant && graph.value(v.tied).constant)
      v.constant = transposed(*graph.value(v.tied).constant);
  }
}

}  // namespace ohmweave::network
