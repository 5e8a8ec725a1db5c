// SPDX-License-Identifier: Apache-2.0
// Made of shapes; importing folds these away wherever their operands are known.
#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "ohmweave/network/broadcast.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

bool never_batched(const Operation&, Batching&) { return false; }

Shape shape_part(const Operation& o) {
  auto rank = static_cast<int64_t>(o.shape(0).size());
  auto clip = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  int64_t begin = clip(o.node().integer("start")), end = clip(o.node().integer("end"));
  if (end <= begin) return {};
  return {o.shape(0).begin() + begin, o.shape(0).begin() + end};
}
Types infer_shape(const Operation& o) {
  return {{Element::Int64, {static_cast<int64_t>(shape_part(o).size())}}};
}
Results shape_of(const Operation& o, const Types&) { return {integers_tensor(shape_part(o))}; }

Types infer_size(const Operation&) { return {{Element::Int64, {}}}; }
Results size_of_operand(const Operation& o, const Types&) {
  return {Tensor::of<int64_t>({}, std::vector<int64_t>{checked_count(o, o.shape(0))})};
}

Types infer_constant(const Operation& o) {
  const auto& value = std::get<Tensor>(o.node().attributes.at("value"));
  return {{value.element(), value.shape()}};
}
Results constant(const Operation& o, const Types&) {
  return {std::get<Tensor>(o.node().attributes.at("value"))};
}

Types infer_constant_of_shape(const Operation& o) {
  const auto& value = std::get<Tensor>(o.node().attributes.at("value"));
  o.require(value.size() == 1, "the value must be one number");
  return {{value.element(), o.integers(0)}};
}
Results constant_of_shape(const Operation& o, const Types& t) {
  const auto& value = std::get<Tensor>(o.node().attributes.at("value"));
  Tensor out(t[0].element, t[0].shape);
  std::byte* target = out.mutable_raw();
  with_bytes(t[0].element, [&](auto zero) {
    using T = decltype(zero);
    T one = *reinterpret_cast<const T*>(value.raw());
    if (one != zero) std::fill_n(reinterpret_cast<T*>(target), out.size(), one);
  });
  return {out};
}

/// Number of elements from start to limit, which have to be known.
Types infer_range(const Operation& o) {
  Type type{o.element(0), {0}};
  for (size_t k = 0; k < 3; ++k) {
    o.require(o.has_values(k), "its operands must be known before the network runs: they decide a shape");
    o.require(o.element(k) == type.element && tensor::count(o.shape(k)) == 1,
              "takes three numbers of one type");
  }
  bool fits = with_one_of<float, double, int16_t, int32_t, int64_t>(type.element, [&](auto zero) {
    using T = decltype(zero);
    auto start = static_cast<double>(o.tensor(0).data<T>()[0]),
         limit = static_cast<double>(o.tensor(1).data<T>()[0]),
         delta = static_cast<double>(o.tensor(2).data<T>()[0]);
    double steps = std::ceil((limit - start) / delta);
    o.require(delta != 0 && steps < 0x1p40, fmt::format("from {} to {} in steps of {}", start, limit, delta));
    type.shape[0] = static_cast<int64_t>(std::max(steps, 0.0));
  });
  o.require(fits, fmt::format("does not count in {}", tensor::name_of(type.element)));
  return {type};
}
Results range(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  with_one_of<float, double, int16_t, int32_t, int64_t>(t[0].element, [&](auto zero) {
    using T = decltype(zero);
    T value = o.tensor(0).data<T>()[0], delta = o.tensor(2).data<T>()[0];
    for (T& to : out.mutable_data<T>()) {
      to = value;
      value = wrap_add(value, delta);
    }
  });
  return {out};
}

/// Indices of all elements that are not zero, one column each.
std::vector<int64_t> nonzero_indices(const Operation& o) {
  std::vector<int64_t> found;
  with_any(o.element(0), [&](auto zero) {
    auto values = o.tensor(0).data<decltype(zero)>();
    for (size_t k = 0; k < values.size(); ++k) {
      if (values[k] != zero) found.push_back(static_cast<int64_t>(k));
    }
  });
  return found;
}
Types infer_nonzero(const Operation& o) {
  o.require(o.has_values(0), "its operand must be known before the network runs: it decides a shape");
  return {{Element::Int64,
           {static_cast<int64_t>(o.shape(0).size()), static_cast<int64_t>(nonzero_indices(o).size())}}};
}
Results nonzero(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  auto to = out.mutable_data<int64_t>();
  std::vector<int64_t> found = nonzero_indices(o), strides = strides_of(o.shape(0));
  for (size_t axis = 0; axis < strides.size(); ++axis) {
    for (size_t k = 0; k < found.size(); ++k)
      to[axis * found.size() + k] = found[k] / strides[axis] % o.shape(0)[axis];
  }
  return {out};
}

}  // namespace

std::vector<Operator> shape_operators() {
  std::vector<Operator> all;
  all.push_back({.op = Op::Shape,
                 .name = "Shape",
                 .attributes = {{"start", int64_t{0}}, {"end", INT64_MAX}},
                 .infer = infer_shape,
                 .evaluate = shape_of});
  all.push_back({.op = Op::Size, .name = "Size", .infer = infer_size, .evaluate = size_of_operand});
  all.push_back({.op = Op::Constant,
                 .name = "Constant",
                 .least_inputs = 0,
                 .most_inputs = 0,
                 .attributes = {{"value", Tensor(), true}},
                 .infer = infer_constant,
                 .evaluate = constant});
  all.push_back({.op = Op::ConstantOfShape,
                 .name = "ConstantOfShape",
                 .attributes = {{"value", Tensor(Element::Float32, {1})}},
                 .infer = infer_constant_of_shape,
                 .evaluate = constant_of_shape});
  all.push_back({.op = Op::Range,
                 .name = "Range",
                 .least_inputs = 3,
                 .most_inputs = 3,
                 .infer = infer_range,
                 .evaluate = range});
  all.push_back({.op = Op::NonZero, .name = "NonZero", .infer = infer_nonzero, .evaluate = nonzero});
  for (Operator& o : all) {
    o.family = Family::Shape;
    o.batch = never_batched;
  }
  return all;
}

}  // namespace ohmweave::network
