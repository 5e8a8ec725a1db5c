// SPDX-License-Identifier: Apache-2.0
// More functions of one value: activations, angles, and tests of a value.
#include <cmath>
#include <numbers>

#include "ohmweave/network/elements.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Tensor;

Results celu(const Operation& o, const Types& t) {
  return map_reals(o, t, [alpha = o.node().real("alpha")](auto x) {
    const auto a = static_cast<decltype(x)>(alpha);
    return x > 0 ? x : a * std::expm1(x / a);
  });
}
Results thresholded_relu(const Operation& o, const Types& t) {
  return map_reals(o, t, [alpha = o.node().real("alpha")](auto x) {
    return x > static_cast<decltype(x)>(alpha) ? x : decltype(x){};
  });
}
Results softsign(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) { return x / (1 + std::abs(x)); });
}
/// x tanh(log(1 + e^x)).
Results mish(const Operation& o, const Types& t) {
  return map_reals(o, t, [](auto x) {
    const auto softplus = x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
    return x * std::tanh(softplus);
  });
}
/// x times the share of the normal distribution below x (Hendrycks and Gimpel 2016), or their approximation.
Results gelu(const Operation& o, const Types& t) {
  if (o.node().text("approximate") == "tanh") {
    return map_reals(o, t, [](auto x) {
      using T = decltype(x);
      const T inner = std::sqrt(2 / std::numbers::pi_v<T>) * (x + static_cast<T>(0.044715) * x * x * x);
      return static_cast<T>(0.5) * x * (1 + std::tanh(inner));
    });
  }
  return map_reals(o, t, [](auto x) {
    using T = decltype(x);
    return static_cast<T>(0.5) * x * (1 + std::erf(x / std::numbers::sqrt2_v<T>));
  });
}
Types infer_gelu(const Operation& o) {
  const std::string& how = o.node().text("approximate");
  o.require(how == "none" || how == "tanh", "approximate '" + how + "' is not known");
  return infer_like_first(o);
}

#define OHMWEAVE_FUNCTION(f) \
  [](const Operation& o, const Types& t) { return map_reals(o, t, [](auto x) { return f(x); }); }

Types infer_not(const Operation& o) {
  o.require(o.element(0) == Element::Bool, "the operand must be of type bool");
  return infer_like_first(o);
}
Results logical_not(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  map_elements<bool, bool>(o.tensor(0), out, [](bool x) { return !x; });
  return {out};
}
Results bitwise_not(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  bool fits = with_integer(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    map_elements<T, T>(o.tensor(0), out, [](T x) { return static_cast<T>(~x); });
  });
  o.require(fits, fmt::format("takes whole numbers, not {}", tensor::name_of(o.element(0))));
  return {out};
}

Types infer_test(const Operation& o) { return {{Element::Bool, o.shape(0)}}; }
template <class F>
Results test_reals(const Operation& o, const Types& t, F f) {
  Tensor out(t[0].element, t[0].shape);
  bool fits =
      with_float(o.element(0), [&](auto zero) { map_elements<decltype(zero), bool>(o.tensor(0), out, f); });
  o.require(fits, fmt::format("takes reals, not {}", tensor::name_of(o.element(0))));
  return {out};
}
Results is_nan(const Operation& o, const Types& t) {
  return test_reals(o, t, [](auto x) { return std::isnan(x); });
}
Results is_infinite(const Operation& o, const Types& t) {
  const bool below = o.node().integer("detect_negative") != 0, above = o.node().integer("detect_positive") != 0;
  return test_reals(o, t, [=](auto x) { return std::isinf(x) && (x > 0 ? above : below); });
}

Operator test(Op op, const char* name, Types (*infer)(const Operation&),
              Results (*evaluate)(const Operation&, const Types&), std::vector<Parameter> attributes = {}) {
  Operator entry = unary(op, name, evaluate, std::move(attributes));
  entry.infer = infer;
  entry.lift = nullptr;
  return entry;
}

}  // namespace

std::vector<Operator> function_operators() {
  std::vector<Operator> all = {
      unary(Op::Celu, "Celu", celu, {{"alpha", 1.0}}),
      unary(Op::ThresholdedRelu, "ThresholdedRelu", thresholded_relu, {{"alpha", 1.0}}),
      unary(Op::Softsign, "Softsign", softsign),
      unary(Op::Mish, "Mish", mish),
      unary(Op::Gelu, "Gelu", gelu, {{"approximate", std::string("none")}}),
      unary(Op::Sin, "Sin", OHMWEAVE_FUNCTION(std::sin)),
      unary(Op::Cos, "Cos", OHMWEAVE_FUNCTION(std::cos)),
      unary(Op::Tan, "Tan", OHMWEAVE_FUNCTION(std::tan)),
      unary(Op::Asin, "Asin", OHMWEAVE_FUNCTION(std::asin)),
      unary(Op::Acos, "Acos", OHMWEAVE_FUNCTION(std::acos)),
      unary(Op::Atan, "Atan", OHMWEAVE_FUNCTION(std::atan)),
      unary(Op::Sinh, "Sinh", OHMWEAVE_FUNCTION(std::sinh)),
      unary(Op::Cosh, "Cosh", OHMWEAVE_FUNCTION(std::cosh)),
      unary(Op::Asinh, "Asinh", OHMWEAVE_FUNCTION(std::asinh)),
      unary(Op::Acosh, "Acosh", OHMWEAVE_FUNCTION(std::acosh)),
      unary(Op::Atanh, "Atanh", OHMWEAVE_FUNCTION(std::atanh)),
      test(Op::Not, "Not", infer_not, logical_not),
      test(Op::BitwiseNot, "BitwiseNot", infer_like_first, bitwise_not),
      test(Op::IsNaN, "IsNaN", infer_test, is_nan),
      test(Op::IsInf, "IsInf", infer_test, is_infinite,
           {{"detect_negative", int64_t{1}}, {"detect_positive", int64_t{1}}}),
  };
  for (Operator& o : all) {
    if (o.op == Op::Gelu) o.infer = infer_gelu;
  }
  return all;
}

}  // namespace ohmweave::network
