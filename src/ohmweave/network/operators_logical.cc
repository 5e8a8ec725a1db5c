// SPDX-License-Identifier: Apache-2.0
// Truth values, bits and remainders, element by element with broadcasting.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/network/broadcast.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/elementwise.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Tensor;

Types infer_logical(const Operation& o) {
  Types types = infer_broadcast(o);
  o.require(o.element(0) == Element::Bool, "the operands must be of type bool");
  return types;
}
template <class F>
Results combine_truths(const Operation& o, const Types& t, F f) {
  Tensor out(t[0].element, t[0].shape);
  zip<bool>(out, f, as<bool>(o.tensor(0)), as<bool>(o.tensor(1)));
  return {out};
}
Results both(const Operation& o, const Types& t) {
  return combine_truths(o, t, [](bool a, bool b) { return a && b; });
}
Results either(const Operation& o, const Types& t) {
  return combine_truths(o, t, [](bool a, bool b) { return a || b; });
}
Results one_of(const Operation& o, const Types& t) {
  return combine_truths(o, t, [](bool a, bool b) { return a != b; });
}

template <class F>
Results combine_integers(const Operation& o, const Types& t, F f) {
  Tensor out(t[0].element, t[0].shape);
  bool fits = with_integer(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    zip<T>(
        out, [f](T a, T b) { return static_cast<T>(f(a, b)); }, as<T>(o.tensor(0)), as<T>(o.tensor(1)));
  });
  o.require(fits, fmt::format("takes whole numbers, not {}", tensor::name_of(o.element(0))));
  return {out};
}
Results bitwise_and(const Operation& o, const Types& t) {
  return combine_integers(o, t, [](auto a, auto b) { return a & b; });
}
Results bitwise_or(const Operation& o, const Types& t) {
  return combine_integers(o, t, [](auto a, auto b) { return a | b; });
}
Results bitwise_xor(const Operation& o, const Types& t) {
  return combine_integers(o, t, [](auto a, auto b) { return a ^ b; });
}
/// Bits that leave at an end are lost.
Results shift(const Operation& o, const Types& t) {
  const std::string& direction = o.node().text("direction");
  o.require(direction == "LEFT" || direction == "RIGHT", fmt::format("direction '{}' is not known", direction));
  const bool left = direction == "LEFT";
  return combine_integers(o, t, [left](auto a, auto b) -> uint64_t {
    if (static_cast<uint64_t>(b) >= 8 * sizeof(a)) return 0;
    const auto bits = static_cast<uint64_t>(a);
    return left ? bits << b : bits >> b;
  });
}
Types infer_shift(const Operation& o) {
  Types types = infer_broadcast(o);
  o.require(with_one_of<uint8_t, uint16_t, uint32_t, uint64_t>(o.element(0), [](auto) {}),
            fmt::format("takes unsigned numbers, not {}", tensor::name_of(o.element(0))));
  return types;
}

/// The remainder has the sign of the divisor, or with `fmod` that of the dividend.
template <class T>
T remainder(T a, T b, bool fmod) {
  if constexpr (std::is_floating_point_v<T>) {
    T r = std::fmod(a, b);
    return !fmod && r != 0 && (r < 0) != (b < 0) ? r + b : r;
  } else {
    if (b == 0) return 0;  // refused before
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return 0;  // the least number has no counterpart to divide
    }
    T r = static_cast<T>(a % b);
    if constexpr (std::is_signed_v<T>) {
      if (!fmod && r != 0 && (r < 0) != (b < 0)) r = static_cast<T>(r + b);
    }
    return r;
  }
}
Results modulo(const Operation& o, const Types& t) {
  const bool fmod = o.node().integer("fmod") != 0;
  with_integer(o.element(1), [&](auto zero) {
    auto divisors = o.tensor(1).data<decltype(zero)>();
    o.require(std::find(divisors.begin(), divisors.end(), zero) == divisors.end(),
              "division of whole numbers by zero");
  });
  Tensor out(t[0].element, t[0].shape);
  bool fits = with_number(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    zip<T>(
        out, [fmod](T a, T b) { return remainder(a, b, fmod); }, as<T>(o.tensor(0)), as<T>(o.tensor(1)));
  });
  o.require(fits, fmt::format("takes numbers, not {}", tensor::name_of(o.element(0))));
  return {out};
}

}  // namespace

std::vector<Operator> logical_operators() {
  return {
      binary(Op::And, "And", infer_logical, both),
      binary(Op::Or, "Or", infer_logical, either),
      binary(Op::Xor, "Xor", infer_logical, one_of),
      binary(Op::BitwiseAnd, "BitwiseAnd", infer_broadcast, bitwise_and),
      binary(Op::BitwiseOr, "BitwiseOr", infer_broadcast, bitwise_or),
      binary(Op::BitwiseXor, "BitwiseXor", infer_broadcast, bitwise_xor),
      binary(Op::BitShift, "BitShift", infer_shift, shift, {{"direction", std::string(), true}}),
      binary(Op::Mod, "Mod", infer_broadcast, modulo, {{"fmod", int64_t{0}}}),
  };
}

}  // namespace ohmweave::network
