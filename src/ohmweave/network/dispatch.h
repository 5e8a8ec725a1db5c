// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ohmweave/tensor/tensor.h"

namespace ohmweave::network {

/// Calls f with a zero of the C++ type of `element` if it is one of Ts; says whether it was.
template <class... Ts, class F>
bool with_one_of(tensor::Element element, F&& f) {
  return ((element == tensor::ElementOf<Ts>::value ? (f(Ts{}), true) : false) || ...);
}
template <class F>
bool with_float(tensor::Element element, F&& f) {
  return with_one_of<float, double>(element, f);
}
template <class F>
bool with_integer(tensor::Element element, F&& f) {
  return with_one_of<int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t, uint64_t>(element, f);
}
template <class F>
bool with_number(tensor::Element element, F&& f) {
  return with_one_of<float, double, int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t, uint64_t>(
      element, f);
}
template <class F>
bool with_any(tensor::Element element, F&& f) {
  return with_number(element, f) || with_one_of<bool>(element, f);
}
/// By size only, for moving elements: f gets a zero of an unsigned type of that size.
template <class F>
void with_bytes(tensor::Element element, F&& f) {
  switch (tensor::size_of(element)) {
    case 1:
      return f(uint8_t{});
    case 2:
      return f(uint16_t{});
    case 4:
      return f(uint32_t{});
    default:
      return f(uint64_t{});
  }
}

/// Whole numbers wrap around as ONNX's reference does; C++ leaves that undefined for signed ones.
template <class T>
T wrap_add(T a, T b) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  else
    return a + b;
}
template <class T>
T wrap_subtract(T a, T b) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
  else
    return a - b;
}
template <class T>
T wrap_multiply(T a, T b) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  else
    return a * b;
}

/// Conversion that is defined for every value: reals outside of a whole type clip to its range, no-numbers
/// become 0.
template <class To, class From>
To convert(From v) {
  if constexpr (std::is_same_v<To, bool>) {
    return v != From{};
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    if (std::isnan(v)) return 0;
    if (v <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    if (v >= static_cast<From>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return static_cast<To>(v);
  } else {
    return static_cast<To>(v);
  }
}

}  // namespace ohmweave::network
