// SPDX-License-Identifier: Apache-2.0
// Products of codes, less their zero points, in int32.
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/network/broadcast.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/window.h"
#include "ohmweave/tensor/integer_product.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::FixedPoint;
using tensor::Shape;
using tensor::Tensor;
constexpr FixedPoint kDifference{9, true};  // of two codes of 8 bits

bool is_byte(Element element) { return element == Element::UInt8 || element == Element::Int8; }
void require_bytes(const Operation& o) {
  for (size_t k = 0; k < o.operands(); ++k)
    o.require(!o.has(k) || is_byte(o.element(k)), fmt::format("takes codes of 8 bits, operand {} is {}", k + 1,
                                                              o.has(k) ? tensor::name_of(o.element(k)) : ""));
  for (size_t k : {2, 3})
    o.require(!o.has(k) || o.element(k) == o.element(k - 2), "a zero point must have the type of its codes");
}

/// Codes less their zero points; with several of those, one per index of `axis`.
std::vector<int32_t> differences(const Operation& o, size_t operand, size_t axis) {
  Tensor codes = o.tensor(operand).to(Element::Int32);
  auto from = codes.data<int32_t>();
  std::vector<int32_t> out(from.begin(), from.end());
  if (!o.has(operand + 2)) return out;
  const Tensor zeros = o.tensor(operand + 2).to(Element::Int32);
  auto zero = zeros.data<int32_t>();
  const Shape& shape = o.shape(operand);
  size_t inner = 1;
  for (size_t k = axis + 1; k < shape.size(); ++k) inner *= static_cast<size_t>(shape[k]);
  for (size_t k = 0; k < out.size(); ++k) out[k] -= zero[zero.size() == 1 ? 0 : k / inner % zero.size()];
  return out;
}
void require_zero_points(const Operation& o, size_t operand, int64_t most) {
  if (!o.has(operand)) return;
  const int64_t n = tensor::count(o.shape(operand));
  o.require(o.shape(operand).size() <= 1 && (n == 1 || n == most),
            fmt::format("zero points of shape {} do not fit", tensor::print(o.shape(operand))));
}

// MatMulInteger

Types infer_matmul(const Operation& o) {
  require_bytes(o);
  const Shape &a = o.shape(0), &b = o.shape(1);
  auto misfit = [&] {
    return fmt::format("{} and {} cannot be multiplied", tensor::print(a), tensor::print(b));
  };
  o.require(a.size() >= 2 && b.size() >= 2 && a.back() == b[b.size() - 2], misfit());
  Shape out;
  const size_t axes = std::max(a.size(), b.size());
  for (size_t k = 0; k + 2 < axes; ++k) {
    auto extent = [&](const Shape& s) { return k + s.size() < axes ? 1 : s[k + s.size() - axes]; };
    const int64_t left = extent(a), right = extent(b);
    o.require(left == right || left == 1 || right == 1, misfit());
    out.push_back(left == 1 ? right : left);
  }
  out.push_back(a[a.size() - 2]);
  out.push_back(b.back());
  require_zero_points(o, 2, a[a.size() - 2]);
  require_zero_points(o, 3, b.back());
  return {{Element::Int32, out}};
}
/// [k, n] -> [n, k], as held products have it.
std::vector<int32_t> turned(const int32_t* from, int64_t rows, int64_t columns) {
  std::vector<int32_t> out(static_cast<size_t>(rows * columns));
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) out[static_cast<size_t>(c * rows + r)] = from[r * columns + c];
  }
  return out;
}
Results matmul(const Operation& o, const Types& t) {
  const Shape &a = o.shape(0), &b = o.shape(1), &shape = t[0].shape;
  const int64_t m = a[a.size() - 2], k = a.back(), n = b.back();
  Tensor out(Element::Int32, shape);
  if (out.size() == 0 || k == 0) return {out};
  const std::vector<int32_t> left = differences(o, 0, a.size() - 2), right = differences(o, 1, b.size() - 1);
  const Shape batch(shape.begin(), shape.end() - 2);
  Walk<2> walk(batch, {broadcast_strides({a.begin(), a.end() - 2}, batch),
                       broadcast_strides({b.begin(), b.end() - 2}, batch)});
  int32_t* to = out.mutable_data<int32_t>().data();
  walk.run([&](int64_t begin, int64_t count, const auto& places, const auto& steps) {
    std::vector<int64_t> sums(static_cast<size_t>(m * n));
    for (int64_t i = 0; i < count; ++i) {
      const tensor::IntegerProduct product({k, n, 1}, kDifference,
                                           turned(right.data() + (places[1] + i * steps[1]) * k * n, k, n));
      product.multiply({left.data() + (places[0] + i * steps[0]) * m * k, static_cast<size_t>(m * k)}, m, sums);
      std::transform(sums.begin(), sums.end(), to + (begin + i) * m * n,
                     [](int64_t sum) { return static_cast<int32_t>(sum); });
    }
  });
  return {out};
}
/// Samples along the outermost axis, weights without one.
bool batch_matmul(const Operation& o, Batching& b) {
  const bool rows_differ = o.has(2) && tensor::count(o.shape(2)) > 1 && o.shape(0).size() == 2;
  return batch_samples(o, b) && o.shape(1).size() == 2 && !rows_differ;
}

// ConvInteger

void complete_convolution(Graph& graph, Node& node) {
  Operation o(graph, node);
  const Shape& w = o.shape(1);
  o.require(w.size() == o.shape(0).size() && w.size() >= 3,
            fmt::format("weights of shape {} do not fit an input of shape {}", tensor::print(w),
                        tensor::print(o.shape(0))));
  complete_window(graph, node, {w.begin() + 2, w.end()});
}
Types infer_convolution(const Operation& o) {
  require_bytes(o);
  const Shape &x = o.shape(0), &w = o.shape(1);
  const int64_t groups = o.node().integer("group");
  const bool fits = w.size() == x.size() && groups > 0 && w[0] > 0 && w[1] > 0 && x[1] % groups == 0 &&
                    x[1] / groups == w[1] && w[0] % groups == 0;
  o.require(fits, fmt::format("weights of shape {} in {} groups do not fit an input of shape {}",
                              tensor::print(w), groups, tensor::print(x)));
  require_zero_points(o, 2, 1);
  require_zero_points(o, 3, w[0]);
  Shape to{x[0], w[0]};
  for (int64_t n : window_extents(o, window_of(o.node()), false)) to.push_back(n);
  return {{Element::Int32, to}};
}

/// For each element of a kernel, where it looks in a plane of the input at a position; -1: outside, a zero.
std::vector<int64_t> places(const Pooling& w, const Shape& in, const Shape& out, int64_t position) {
  int64_t kernel = 1;
  for (int64_t k : w.kernel) kernel *= k;
  std::vector<int64_t> result(static_cast<size_t>(kernel));
  for (int64_t element = 0; element < kernel; ++element) {
    int64_t rest = element, place = position, at = 0, stride = 1;
    bool inside = true;
    for (size_t d = w.kernel.size(); d-- > 0;) {
      const int64_t index =
          place % out[2 + d] * w.stride[d] - w.pad_begin[d] + rest % w.kernel[d] * w.dilation[d];
      inside &= index >= 0 && index < in[2 + d];
      at += index * stride;
      stride *= in[2 + d];
      rest /= w.kernel[d];
      place /= out[2 + d];
    }
    result[static_cast<size_t>(element)] = inside ? at : -1;
  }
  return result;
}
Results convolve(const Operation& o, const Types& t) {
  const Shape &x = o.shape(0), &w = o.shape(1), &shape = t[0].shape;
  Tensor out(Element::Int32, shape);
  if (out.size() == 0) return {out};
  const int64_t groups = o.node().integer("group"), rows = tensor::count(w) / w[0], each = w[0] / groups;
  const int64_t channels = x[1], plane = tensor::count(x) / (x[0] * channels),
                positions = out.size() / (shape[0] * w[0]);
  const std::vector<int32_t> input = differences(o, 0, 1);
  const tensor::IntegerProduct product({rows, each, groups}, kDifference, differences(o, 1, 0));
  const Pooling window = window_of(o.node());
  int32_t* to = out.mutable_data<int32_t>().data();
  base::parallel_for(positions, [&](int64_t position) {  // all samples at one position
    const std::vector<int64_t> from = places(window, x, shape, position);
    std::vector<int32_t> vectors;
    vectors.reserve(static_cast<size_t>(x[0] * rows * groups));
    for (int64_t c = 0; c < x[0] * channels; ++c) {
      for (int64_t at : from) vectors.push_back(at < 0 ? 0 : input[static_cast<size_t>(c * plane + at)]);
    }
    std::vector<int64_t> sums(static_cast<size_t>(x[0] * w[0]));
    product.multiply(vectors, x[0], sums);
    for (size_t k = 0; k < sums.size(); ++k)
      to[static_cast<int64_t>(k) * positions + position] = static_cast<int32_t>(sums[k]);
  });
  return {out};
}

}  // namespace

std::vector<Operator> integer_operators() {
  return {{.op = Op::ConvInteger,
           .name = "ConvInteger",
           .family = Family::Product,
           .least_inputs = 2,
           .most_inputs = 4,
           .attributes = window_attributes({{"group", int64_t{1}}}),
           .complete = complete_convolution,
           .infer = infer_convolution,
           .evaluate = convolve,
           .batch = batch_samples},
          {.op = Op::MatMulInteger,
           .name = "MatMulInteger",
           .family = Family::Product,
           .least_inputs = 2,
           .most_inputs = 4,
           .infer = infer_matmul,
           .evaluate = matmul,
           .batch = batch_matmul}};
}

}  // namespace ohmweave::network
