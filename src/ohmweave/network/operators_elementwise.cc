// SPDX-License-Identifier: Apache-2.0
// Two or more values in, element by element with broadcasting.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/network/broadcast.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/elementwise.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

/// The shape two operands are stretched to, if they fit.
std::optional<Shape> stretched(Shape a, Shape b) {
  if (a.size() < b.size()) std::swap(a, b);
  for (size_t axis = 0; axis < b.size(); ++axis) {
    int64_t& extent = a[a.size() - b.size() + axis];
    if (extent != b[axis] && extent != 1 && b[axis] != 1) return std::nullopt;
    if (extent == 1) extent = b[axis];
  }
  return a;
}

Shape broadcast_shape(const Operation& o) {
  Shape out = o.shape(0);
  for (size_t k = 1; k < o.operands(); ++k) {
    std::optional<Shape> wider = stretched(out, o.shape(k));
    o.require(wider.has_value(), fmt::format("operands of shapes {} and {} do not fit", tensor::print(out),
                                             tensor::print(o.shape(k))));
    out = std::move(*wider);
  }
  return out;
}

}  // namespace

Types infer_broadcast(const Operation& o) {
  for (size_t k = 0; k < o.operands(); ++k) {
    o.require(o.has(k), fmt::format("operand {} is missing", k + 1));
    o.require(o.element(k) == o.element(0),
              fmt::format("operands of different types, {} and {}", tensor::name_of(o.element(0)),
                          tensor::name_of(o.element(k))));
  }
  return {{o.element(0), broadcast_shape(o)}};
}

namespace {

Types infer_comparison(const Operation& o) { return {{Element::Bool, infer_broadcast(o)[0].shape}}; }
Types infer_power(const Operation& o) { return {{o.element(0), broadcast_shape(o)}}; }
Types infer_where(const Operation& o) {
  o.require(o.element(0) == Element::Bool, "the condition must be of type bool");
  o.require(o.element(1) == o.element(2), "the two choices must be of one type");
  return {{o.element(1), broadcast_shape(o)}};
}
/// The slope is stretched to the operand, never the other way.
Types infer_prelu(const Operation& o) {
  Types types = infer_broadcast(o);
  o.require(types[0].shape == o.shape(0), fmt::format("a slope of shape {} does not fit {}",
                                                      tensor::print(o.shape(1)), tensor::print(o.shape(0))));
  return types;
}

/// f(a, b) of two operands of one type of numbers.
template <class F>
Tensor combine(const Operation& o, const Tensor& a, const Tensor& b, Tensor out, F f) {
  bool fits = with_number(a.element(), [&](auto zero) {
    using T = decltype(zero);
    zip<T>(out, f, as<T>(a), as<T>(b));
  });
  o.require(fits, fmt::format("takes numbers, not {}", tensor::name_of(a.element())));
  return out;
}
template <class F>
Results combine(const Operation& o, const Types& t, F f) {
  return {combine(o, o.tensor(0), o.tensor(1), Tensor::uninitialized(t[0].element, t[0].shape), f)};
}
/// The same for any number of operands, from the left.
template <class F>
Results combine_all(const Operation& o, const Types& t, F f) {
  Tensor sum = o.tensor(0);
  for (size_t k = 1; k < o.operands(); ++k) {
    Shape shape = *stretched(sum.shape(), o.shape(k));
    sum = combine(o, sum, o.tensor(k), Tensor::uninitialized(t[0].element, shape), f);
  }
  return {sum};
}

Results add(const Operation& o, const Types& t) {
  return combine(o, t, [](auto a, auto b) { return wrap_add(a, b); });
}
Results subtract(const Operation& o, const Types& t) {
  return combine(o, t, [](auto a, auto b) { return wrap_subtract(a, b); });
}
Results multiply(const Operation& o, const Types& t) {
  return combine(o, t, [](auto a, auto b) { return wrap_multiply(a, b); });
}
Results divide(const Operation& o, const Types& t) {
  with_one_of<int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t, uint64_t>(
      o.element(1), [&](auto zero) {
        auto divisors = o.tensor(1).data<decltype(zero)>();
        o.require(std::find(divisors.begin(), divisors.end(), zero) == divisors.end(),
                  "division of whole numbers by zero");
      });
  return combine(o, t, [](auto a, auto b) {
    using T = decltype(a);
    if constexpr (std::is_signed_v<T> && std::is_integral_v<T>) {
      return b == -1 ? wrap_subtract(T{}, a) : static_cast<T>(a / b);
    } else {
      return static_cast<T>(a / b);
    }
  });
}
Results sum(const Operation& o, const Types& t) {
  return combine_all(o, t, [](auto a, auto b) { return wrap_add(a, b); });
}
Results mean(const Operation& o, const Types& t) {
  Results out = sum(o, t);
  Tensor count(Element::Float64, {});
  count.mutable_data<double>()[0] = static_cast<double>(o.operands());
  count = count.to(t[0].element);
  Tensor divided = combine(o, out[0], count, Tensor::uninitialized(t[0].element, t[0].shape),
                           [](auto a, auto b) { return static_cast<decltype(a)>(a / b); });
  return {divided};
}
/// As ONNX and NumPy have it: no-number if either is.
template <class T>
bool not_a_number(T x) {
  if constexpr (std::is_floating_point_v<T>)
    return std::isnan(x);
  else
    return false;
}
Results least(const Operation& o, const Types& t) {
  return combine_all(o, t, [](auto a, auto b) { return not_a_number(a) || a < b ? a : b; });
}
Results most(const Operation& o, const Types& t) {
  return combine_all(o, t, [](auto a, auto b) { return not_a_number(a) || a > b ? a : b; });
}

template <class B, class E>
B raise(B base, E exponent) {
  if constexpr (std::is_integral_v<B> && std::is_integral_v<E>) {
    if (exponent < E{}) return convert<B>(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
    B result = 1;
    for (auto left = static_cast<uint64_t>(exponent); left > 0; left >>= 1) {
      if (left & 1) result = wrap_multiply(result, base);
      base = wrap_multiply(base, base);
    }
    return result;
  } else if constexpr (std::is_same_v<B, E>) {
    return exponent == E{2} ? base * base : std::pow(base, exponent);
  } else {
    return convert<B>(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  }
}
Results power(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  bool fits = with_one_of<float, double, int32_t, int64_t>(o.element(0), [&](auto base) {
    using B = decltype(base);
    bool known = with_number(o.element(1), [&](auto exponent) {
      using E = decltype(exponent);
      zip<B>(
          out, [](B b, E e) { return raise(b, e); }, as<B>(o.tensor(0)), as<E>(o.tensor(1)));
    });
    o.require(known, "the exponent must be a number");
  });
  o.require(fits, fmt::format("takes reals, int32 or int64, not {}", tensor::name_of(o.element(0))));
  return {out};
}

Results prelu(const Operation& o, const Types& t) {
  return combine(o, t, [](auto x, auto slope) { return x < decltype(x){} ? wrap_multiply(slope, x) : x; });
}

template <class F>
Results compare(const Operation& o, const Types& t, F f) {
  Tensor out(t[0].element, t[0].shape);
  with_any(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    zip<bool>(out, f, as<T>(o.tensor(0)), as<T>(o.tensor(1)));
  });
  return {out};
}
Results equal(const Operation& o, const Types& t) {
  return compare(o, t, [](auto a, auto b) { return a == b; });
}
Results less(const Operation& o, const Types& t) {
  return compare(o, t, [](auto a, auto b) { return a < b; });
}
Results greater(const Operation& o, const Types& t) {
  return compare(o, t, [](auto a, auto b) { return a > b; });
}
Results less_or_equal(const Operation& o, const Types& t) {
  return compare(o, t, [](auto a, auto b) { return a <= b; });
}
Results greater_or_equal(const Operation& o, const Types& t) {
  return compare(o, t, [](auto a, auto b) { return a >= b; });
}
Results where(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  with_any(t[0].element, [&](auto zero) {
    using T = decltype(zero);
    zip<T>(
        out, [](bool c, T a, T b) { return c ? a : b; }, as<bool>(o.tensor(0)), as<T>(o.tensor(1)),
        as<T>(o.tensor(2)));
  });
  return {out};
}

/// Before opset 7 the second operand was stretched only where `broadcast` said so, from `axis` on or from the
/// last axis.
std::vector<ValueId> lift_limited_broadcast(Lift& lift) {
  lift.node.attributes.erase("consumed_inputs");
  int64_t allowed = lift.take("broadcast", int64_t{0});
  if (!lift.has("axis")) return lift.finish();
  size_t rank = lift.shape(0).size();
  int64_t axis = lift.take("axis", int64_t{0});
  Shape stretched = lift.shape(1);
  if (axis < 0) axis += static_cast<int64_t>(rank);
  if (allowed == 0) return lift.finish();
  if (axis < 0 || static_cast<size_t>(axis) + stretched.size() > rank)
    lift.fail("the second operand does not fit at the axis");
  stretched.resize(rank - static_cast<size_t>(axis), 1);
  lift.set_operand(1, lift.add(Op::Reshape, ".stretch",
                               {lift.node.inputs[1], lift.constant(".stretched", integers_tensor(stretched))}));
  return lift.finish();
}
/// Before opset 7 a slope had one number per channel.
std::vector<ValueId> lift_prelu(Lift& lift) {
  lift.node.attributes.erase("consumed_inputs");
  if (lift.opset >= 7 || !lift.has_operand(1) || lift.shape(1).size() != 1 || lift.shape(0).size() < 3)
    return lift.finish();
  Shape per_channel(lift.shape(0).size() - 1, 1);
  per_channel[0] = lift.shape(1)[0];
  lift.set_operand(1,
                   lift.add(Op::Reshape, ".stretch",
                            {lift.node.inputs[1], lift.constant(".stretched", integers_tensor(per_channel))}));
  return lift.finish();
}

}  // namespace

Operator binary(Op op, const char* name, Types (*infer)(const Operation&),
                Results (*evaluate)(const Operation&, const Types&), std::vector<Parameter> attributes) {
  return {.op = op,
          .name = name,
          .family = Family::Elementwise,
          .least_inputs = 2,
          .most_inputs = 2,
          .attributes = std::move(attributes),
          .infer = infer,
          .evaluate = evaluate,
          .batch = batch_elementwise,
          .lift = lift_limited_broadcast};
}

namespace {

Operator variadic(Op op, const char* name, Results (*evaluate)(const Operation&, const Types&)) {
  return {.op = op,
          .name = name,
          .family = Family::Elementwise,
          .most_inputs = Operator::kAny,
          .infer = infer_broadcast,
          .evaluate = evaluate,
          .batch = batch_elementwise,
          .lift = lift_consumed};
}

}  // namespace

std::vector<Operator> elementwise_operators() {
  std::vector<Operator> all = {
      binary(Op::Add, "Add", infer_broadcast, add),
      binary(Op::Sub, "Sub", infer_broadcast, subtract),
      binary(Op::Mul, "Mul", infer_broadcast, multiply),
      binary(Op::Div, "Div", infer_broadcast, divide),
      binary(Op::Pow, "Pow", infer_power, power),
      binary(Op::Equal, "Equal", infer_comparison, equal),
      binary(Op::Less, "Less", infer_comparison, less),
      binary(Op::Greater, "Greater", infer_comparison, greater),
      binary(Op::LessOrEqual, "LessOrEqual", infer_comparison, less_or_equal),
      binary(Op::GreaterOrEqual, "GreaterOrEqual", infer_comparison, greater_or_equal),
      variadic(Op::Min, "Min", least),
      variadic(Op::Max, "Max", most),
      variadic(Op::Sum, "Sum", sum),
      variadic(Op::Mean, "Mean", mean),
  };
  all.push_back(binary(Op::PRelu, "PRelu", infer_prelu, prelu));
  all.back().lift = lift_prelu;
  all.push_back(binary(Op::Where, "Where", infer_where, where));
  all.back().least_inputs = all.back().most_inputs = 3;
  all.back().lift = nullptr;
  for (Operator& o : logical_operators()) all.push_back(std::move(o));
  return all;
}

}  // namespace ohmweave::network
