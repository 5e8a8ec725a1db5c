// SPDX-License-Identifier: Apache-2.0
// Reals to codes and back.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

/// Calls f with a zero of a type that codes of tensors have.
template <class F>
bool with_code(Element element, F&& f) {
  return with_one_of<uint8_t, int8_t, uint16_t, int16_t>(element, f);
}

/// One scale for all, or one per index of an axis.
bool is_per_axis(const Operation& o) { return tensor::count(o.shape(1)) != 1; }

/// Before opset 13 there was no axis; a missing zero point is 0, of type uint8 in QuantizeLinear.
void complete_linear(Graph& graph, Node& node) {
  Operation o(graph, node);
  constexpr int64_t kMostScales = int64_t{1} << 24;
  o.require(o.shape(1).size() <= 1 && tensor::count(o.shape(1)) <= kMostScales,
            fmt::format("scales of shape {} are not possible", tensor::print(o.shape(1))));
  if (!o.has(2)) {
    const Element element = node.op == Op::QuantizeLinear ? Element::UInt8 : o.element(0);
    node.inputs.resize(3, kNoValue);
    node.inputs[2] = add_constant(graph, node.name + ".zero_point", Tensor(element, o.shape(1)));
  }
  auto& axis = std::get<int64_t>(node.attributes.at("axis"));
  axis = is_per_axis(o) ? o.axis(axis, o.shape(0).size()) : 0;
}

void check_linear(const Operation& o) {
  o.require(o.element(1) == Element::Float32, "the scale must be float32");
  o.require(tensor::count(o.shape(1)) == tensor::count(o.shape(2)) && o.shape(1).size() <= 1,
            fmt::format("scales of shape {} and zero points of shape {} do not fit", tensor::print(o.shape(1)),
                        tensor::print(o.shape(2))));
  if (!is_per_axis(o)) return;
  const auto axis = static_cast<size_t>(o.node().integer("axis"));
  o.require(axis < o.shape(0).size() && o.shape(1)[0] == o.shape(0)[axis],
            fmt::format("scales of shape {} do not fit axis {} of {}", tensor::print(o.shape(1)), axis,
                        tensor::print(o.shape(0))));
}
Types infer_quantize(const Operation& o) {
  check_linear(o);
  o.require(o.element(0) == Element::Float32 || o.element(0) == Element::Int32,
            fmt::format("takes float32 or int32, not {}", tensor::name_of(o.element(0))));
  o.require(with_code(o.element(2), [](auto) {}),
            fmt::format("makes codes of 8 or 16 bits, not {}", tensor::name_of(o.element(2))));
  return {{o.element(2), o.shape(0)}};
}
Types infer_dequantize(const Operation& o) {
  check_linear(o);
  o.require(with_code(o.element(0), [](auto) {}) || o.element(0) == Element::Int32,
            fmt::format("takes codes of 8, 16 or 32 bits, not {}", tensor::name_of(o.element(0))));
  o.require(o.element(2) == o.element(0),
            fmt::format("codes are {} and their zero point {}", tensor::name_of(o.element(0)),
                        tensor::name_of(o.element(2))));
  return {{Element::Float32, o.shape(0)}};
}

/// Calls body(begin, end, index of the scale) for stretches of elements that share a scale, in parallel.
template <class Body>
void for_each_stretch(const Operation& o, Body body) {
  constexpr int64_t kBlock = 1 << 14;
  const Shape& shape = o.shape(0);
  const int64_t total = tensor::count(shape);
  int64_t inner = total, scales = 1;
  if (is_per_axis(o)) {
    const auto axis = static_cast<size_t>(o.node().integer("axis"));
    inner = 1, scales = shape[axis];
    for (size_t k = axis + 1; k < shape.size(); ++k) inner *= shape[k];
  }
  if (total == 0) return;
  const int64_t together = std::max<int64_t>(kBlock / inner, 1), stretches = total / inner;
  const int64_t pieces = (inner + kBlock - 1) / kBlock;  // of one stretch
  base::parallel_for((stretches + together - 1) / together * pieces, [&](int64_t task) {
    const int64_t first = task / pieces * together, piece = task % pieces * kBlock;
    for (int64_t s = first; s < std::min(first + together, stretches); ++s)
      body(s * inner + piece, s * inner + std::min(inner, piece + kBlock), static_cast<size_t>(s % scales));
  });
}

/// Nearest, halves to even, clipped to the codes there are: clipping comes first, whole numbers being the
/// bounds.
template <class T>
void quantize_stretch(const float* from, T* to, int64_t n, float scale, T zero) {
  const float least = static_cast<float>(std::numeric_limits<T>::min()) - static_cast<float>(zero),
              most = static_cast<float>(std::numeric_limits<T>::max()) - static_cast<float>(zero);
  for (int64_t k = 0; k < n; ++k) {
    const float code = from[k] / scale, above = code > least ? code : least;
    to[k] = static_cast<T>(static_cast<int32_t>(tensor::nearest(above < most ? above : most)) + zero);
  }
}
Results quantize(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  const Tensor reals = o.tensor(0).to(Element::Float32);
  const float *from = reals.data<float>().data(), *scales = o.tensor(1).data<float>().data();
  with_code(t[0].element, [&](auto code) {
    using T = decltype(code);
    const T* zeros = o.tensor(2).data<T>().data();
    T* to = out.mutable_data<T>().data();
    for_each_stretch(o, [&](int64_t begin, int64_t end, size_t k) {
      quantize_stretch<T>(from + begin, to + begin, end - begin, scales[k], zeros[k]);
    });
  });
  return {out};
}
Results dequantize(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  const float* scales = o.tensor(1).data<float>().data();
  float* to = out.mutable_data<float>().data();
  with_one_of<uint8_t, int8_t, uint16_t, int16_t, int32_t>(o.element(0), [&](auto code) {
    using T = decltype(code);
    using Wide = std::conditional_t<sizeof(T) < 4, int32_t, int64_t>;
    const T *from = o.tensor(0).data<T>().data(), *zeros = o.tensor(2).data<T>().data();
    for_each_stretch(o, [&](int64_t begin, int64_t end, size_t scale) {
      const Wide zero = zeros[scale];
      for (int64_t k = begin; k < end; ++k) to[k] = static_cast<float>(Wide{from[k]} - zero) * scales[scale];
    });
  });
  return {out};
}
/// Scales along the samples' own axis would tell samples apart.
bool batch_linear(const Operation& o, Batching& b) {
  return batch_like_first(o, b) && (!is_per_axis(o) || o.node().integer("axis") != b.results[0]);
}

// DynamicQuantizeLinear: codes uint8 of a range that reaches from the least to the most value and over zero,
// its scale and zero point

Types infer_dynamic(const Operation& o) {
  o.require(o.element(0) == Element::Float32, "takes float32");
  return {{Element::UInt8, o.shape(0)}, {Element::Float32, {}}, {Element::UInt8, {}}};
}
Results quantize_dynamically(const Operation& o, const Types& t) {
  auto values = o.tensor(0).data<float>();
  float least = 0, most = 0;
  for (float v : values) least = std::min(least, v), most = std::max(most, v);
  constexpr float kCodes = 255;
  const float scale = most > least ? (most - least) / kCodes : 1;
  const float zero = tensor::nearest(std::clamp(-least / scale, 0.0F, kCodes));
  Results out{Tensor(t[0].element, t[0].shape), Tensor::of<float>({}, std::vector<float>{scale}),
              Tensor::of<uint8_t>({}, std::vector<uint8_t>{static_cast<uint8_t>(zero)})};
  quantize_stretch<uint8_t>(values.data(), out[0].mutable_data<uint8_t>().data(), o.tensor(0).size(), scale,
                            static_cast<uint8_t>(zero));
  return out;
}

std::optional<tensor::FixedPoint> fixed_point_of(Element element) {
  switch (element) {
    case Element::UInt8:
      return tensor::FixedPoint{8, false};
    case Element::Int8:
      return tensor::FixedPoint{8, true};
    case Element::UInt16:
      return tensor::FixedPoint{16, false};
    case Element::Int16:
      return tensor::FixedPoint{16, true};
    case Element::Int32:
      return tensor::FixedPoint{32, true};
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<tensor::Quantization> stated_format(const Operation& o) {
  const bool known = o.has_values(1) && o.has_values(2) && o.tensor(1).size() > 0;
  const auto format = fixed_point_of(o.element(2));
  if (!known || !format || o.element(1) != Element::Float32) return std::nullopt;
  tensor::Quantization q{*format, {}, is_per_axis(o) ? static_cast<int>(o.node().integer("axis")) : -1};
  auto scales = o.tensor(1).data<float>();
  q.scales.assign(scales.begin(), scales.end());
  const Tensor zeros = o.tensor(2).to(Element::Int32);
  q.zero_points.assign(zeros.data<int32_t>().begin(), zeros.data<int32_t>().end());
  for (float s : q.scales) {
    if (!std::isnormal(s) || s < 0) return std::nullopt;
  }
  return q;
}

std::optional<tensor::Quantization> viewed_format(const Node& node, const tensor::Quantization& format) {
  if (node.op == Op::Concat || node.op == Op::Pad) return std::nullopt;  // there are other elements too
  if (!format.per_channel()) return format;
  if (node.op != Op::Transpose) return std::nullopt;
  const auto& order = node.integers("perm");
  tensor::Quantization moved = format;
  moved.axis = static_cast<int>(std::find(order.begin(), order.end(), format.axis) - order.begin());
  return moved;
}

std::vector<Operator> quantizing_operators() {
  auto linear = [](Op op, const char* name, Types (*infer)(const Operation&),
                   Results (*evaluate)(const Operation&, const Types&)) {
    return Operator{.op = op,
                    .name = name,
                    .family = Family::Unary,
                    .least_inputs = 2,
                    .most_inputs = 3,
                    .attributes = {{"axis", int64_t{1}}},
                    .complete = complete_linear,
                    .infer = infer,
                    .evaluate = evaluate,
                    .batch = batch_linear};
  };
  return {linear(Op::QuantizeLinear, "QuantizeLinear", infer_quantize, quantize),
          linear(Op::DequantizeLinear, "DequantizeLinear", infer_dequantize, dequantize),
          {.op = Op::DynamicQuantizeLinear,
           .name = "DynamicQuantizeLinear",
           .family = Family::Reduction,
           .most_outputs = 3,
           .infer = infer_dynamic,
           .evaluate = quantize_dynamically}};
}

}  // namespace ohmweave::network
