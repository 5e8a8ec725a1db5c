// SPDX-License-Identifier: Apache-2.0
// One value in, one out, element by element.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/network/elements.h"
#include "ohmweave/network/onnx_tensor.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Tensor;

Results relu(const Operation& o, const Types& t) {
  return map_numbers(o, t, [](auto x) { return x < decltype(x){} ? decltype(x){} : x; });
}
Results leaky_relu(const Operation& o, const Types& t) {
  return map_reals(o, t, [alpha = o.node().real("alpha")](auto x) {
    return x < 0 ? static_cast<decltype(x)>(alpha) * x : x;
  });
}
Results clip(const Operation& o, const Types& t) {
  Tensor out = Tensor::uninitialized(t[0].element, t[0].shape);
  bool fits = with_number(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    T low = o.has(1) ? o.tensor(1).data<T>()[0] : std::numeric_limits<T>::lowest();
    T high = o.has(2) ? o.tensor(2).data<T>()[0] : std::numeric_limits<T>::max();
    bool has_low = o.has(1), has_high = o.has(2);
    map_elements<T, T>(o.tensor(0), out, [=](T x) {
      if (has_low && x < low) x = low;
      return has_high && x > high ? high : x;
    });
  });
  o.require(fits, fmt::format("takes numbers, not {}", tensor::name_of(o.element(0))));
  return {out};
}
Types infer_clip(const Operation& o) {
  for (size_t k : {1, 2}) {
    if (!o.has(k)) continue;
    o.require(o.element(k) == o.element(0), "bounds must be of the type of the operand");
    o.require(tensor::count(o.shape(k)) == 1, "a bound must be one number");
  }
  return infer_like_first(o);
}
Results sigmoid(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) { return 1 / (1 + std::exp(-x)); });
}
Results hard_sigmoid(const Operation& o, const Types& t) {
  return map_reals(o, t, [alpha = o.node().real("alpha"), beta = o.node().real("beta")](auto x) {
    using T = decltype(x);
    return std::max(T{0}, std::min(T{1}, static_cast<T>(alpha) * x + static_cast<T>(beta)));
  });
}
Results hard_swish(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) {
    using T = decltype(x);
    return x * std::max(T{0}, std::min(T{1}, x / 6 + static_cast<T>(0.5)));
  });
}
Results hyperbolic_tangent(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) { return std::tanh(x); });
}
Results exponential(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) { return std::exp(x); });
}
Results logarithm(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) { return std::log(x); });
}
Results square_root(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) { return std::sqrt(x); });
}
Results reciprocal(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) { return 1 / x; });
}
Results absolute(const Operation& o, const Types& t) {
  return map_numbers(o, t, [](auto x) { return x < decltype(x){} ? wrap_subtract(decltype(x){}, x) : x; });
}
Results negate(const Operation& o, const Types& t) {
  return map_numbers(o, t, [](auto x) {
    if constexpr (std::is_floating_point_v<decltype(x)>)
      return -x;
    else
      return wrap_subtract(decltype(x){}, x);
  });
}
Results floor_of(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) { return std::floor(x); });
}
Results ceiling_of(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) { return std::ceil(x); });
}
Results round_even(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) { return std::nearbyint(x); });
}
Results sign_of(const Operation& o, const Types& t) {
  return map_numbers(
      o, t, [](auto x) { return static_cast<decltype(x)>((x > decltype(x){}) - (x < decltype(x){})); });
}
Results error_function(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) { return std::erf(x); });
}
Results elu(const Operation& o, const Types& t) {
  return map_reals(o, t, [alpha = o.node().real("alpha")](auto x) {
    return x < 0 ? static_cast<decltype(x)>(alpha) * std::expm1(x) : x;
  });
}
Results selu(const Operation& o, const Types& t) {
  return map_reals(o, t, [alpha = o.node().real("alpha"), gamma = o.node().real("gamma")](auto x) {
    using T = decltype(x);
    return static_cast<T>(gamma) * (x > 0 ? x : static_cast<T>(alpha) * std::expm1(x));
  });
}
Results softplus(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); });
}
Results identity(const Operation& o, const Types&) { return {o.tensor(0)}; }

Types infer_cast(const Operation& o) {
  int64_t to = o.node().integer("to");
  o.require(
      to >= 0 && to <= static_cast<int64_t>(Element::Bool) && to != static_cast<int64_t>(Element::Float16),
      "casts to a type that is not there");
  return {{static_cast<Element>(to), o.shape(0)}};
}
Results cast(const Operation& o, const Types& types) {
  if (types[0].element == o.element(0)) return {o.tensor(0)};
  Tensor out(types[0].element, types[0].shape);
  with_any(o.element(0), [&](auto from) {
    with_any(types[0].element, [&](auto to) {
      using To = decltype(to);
      map_elements<decltype(from), To>(o.tensor(0), out, [](auto x) { return convert<To>(x); });
    });
  });
  return {out};
}

/// In use a dropout lets everything through; its mask says so.
Types infer_dropout(const Operation& o) { return {o.type(0), {Element::Bool, o.shape(0)}}; }
Results dropout(const Operation& o, const Types& types) {
  Results out{o.tensor(0)};
  if (o.outputs() < 2) return out;
  Tensor mask(Element::Bool, types[1].shape);
  for (bool& b : mask.mutable_data<bool>()) b = true;
  out.push_back(std::move(mask));
  return out;
}
/// The number an operand says.
double known_number(const Lift& lift, size_t k, const char* what) {
  const Value& v = lift.graph().value(lift.node.inputs[k]);
  if (!v.constant || tensor::count(v.shape) != 1)
    lift.fail(fmt::format("operand {}, the {}, must be known before the network runs", k + 1, what));
  return v.constant->to(Element::Float64).data<double>()[0];
}
/// In training a ratio of 0 drops nothing either; any other is refused.
std::vector<ValueId> lift_dropout(Lift& lift) {
  if (lift.has_operand(2) && known_number(lift, 2, "mode") != 0) {
    const double ratio = lift.has_operand(1) ? known_number(lift, 1, "ratio") : 0.5;
    if (ratio != 0) lift.fail("training is not supported: networks are imported for inference");
  }
  if (lift.node.inputs.size() > 1) lift.node.inputs.erase(lift.node.inputs.begin() + 1, lift.node.inputs.end());
  for (const char* old : {"ratio", "is_test", "seed", "consumed_inputs"}) lift.node.attributes.erase(old);
  return lift.finish();
}

/// Files name the type by a number, before opset 6 by a word.
std::vector<ValueId> lift_cast(Lift& lift) {
  auto to = lift.node.attributes.find("to");
  if (to == lift.node.attributes.end()) return lift.finish();
  std::optional<Element> element;
  if (auto* number = std::get_if<int64_t>(&to->second)) element = element_of_onnx(*number);
  if (auto* word = std::get_if<std::string>(&to->second)) element = element_of_onnx(*word);
  if (!element) lift.fail("casts to a type that is not supported");
  to->second = static_cast<int64_t>(*element);
  lift.node.attributes.erase("saturate");  // of the 8-bit floats
  return lift.finish();
}

std::vector<ValueId> lift_clip(Lift& lift) {
  const char* keys[] = {"min", "max"};
  for (size_t k = 0; k < 2; ++k) {
    if (!lift.has(keys[k])) continue;
    auto bound = static_cast<float>(lift.take(keys[k], 0.0));
    lift.set_operand(
        k + 1, lift.constant(std::string(".") + keys[k], Tensor::of<float>({}, std::vector<float>{bound})));
  }
  lift.node.attributes.erase("consumed_inputs");
  return lift.finish();
}

}  // namespace

std::vector<Operator> unary_operators() {
  std::vector<Operator> all = {
      unary(Op::Relu, "Relu", relu),
      unary(Op::LeakyRelu, "LeakyRelu", leaky_relu, {{"alpha", 0.01}}),
      unary(Op::Sigmoid, "Sigmoid", sigmoid),
      unary(Op::HardSigmoid, "HardSigmoid", hard_sigmoid, {{"alpha", 0.2}, {"beta", 0.5}}),
      unary(Op::HardSwish, "HardSwish", hard_swish),
      unary(Op::Tanh, "Tanh", hyperbolic_tangent),
      unary(Op::Exp, "Exp", exponential),
      unary(Op::Log, "Log", logarithm),
      unary(Op::Sqrt, "Sqrt", square_root),
      unary(Op::Reciprocal, "Reciprocal", reciprocal),
      unary(Op::Abs, "Abs", absolute),
      unary(Op::Neg, "Neg", negate),
      unary(Op::Floor, "Floor", floor_of),
      unary(Op::Ceil, "Ceil", ceiling_of),
      unary(Op::Round, "Round", round_even),
      unary(Op::Sign, "Sign", sign_of),
      unary(Op::Erf, "Erf", error_function),
      unary(Op::Elu, "Elu", elu, {{"alpha", 1.0}}),
      unary(Op::Selu, "Selu", selu,
            {{"alpha", 1.67326319217681884765625}, {"gamma", 1.05070102214813232421875}}),
      unary(Op::Softplus, "Softplus", softplus),
      unary(Op::Identity, "Identity", identity),
  };
  all.push_back({.op = Op::Clip,
                 .name = "Clip",
                 .family = Family::Unary,
                 .most_inputs = 3,
                 .infer = infer_clip,
                 .evaluate = clip,
                 .batch = batch_like_first,
                 .lift = lift_clip});
  all.push_back({.op = Op::Cast,
                 .name = "Cast",
                 .family = Family::Unary,
                 .attributes = {{"to", int64_t{0}, true}},
                 .infer = infer_cast,
                 .evaluate = cast,
                 .batch = batch_like_first,
                 .lift = lift_cast});
  all.push_back({.op = Op::Dropout,
                 .name = "Dropout",
                 .family = Family::Unary,
                 .most_outputs = 2,
                 .infer = infer_dropout,
                 .evaluate = dropout,
                 .batch = batch_like_first,
                 .lift = lift_dropout});
  return all;
}

}  // namespace ohmweave::network
