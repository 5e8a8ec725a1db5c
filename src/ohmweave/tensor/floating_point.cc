// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/floating_point.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"

namespace ohmweave::tensor {
namespace {

constexpr std::array<std::pair<std::string_view, FloatingPoint>, 3> kNamed = {
    {{"bf16", {8, 7}}, {"fp16", {5, 10}}, {"fp32", {8, 23}}}};
constexpr int kMantissa = 23;  // of a float

/// "float:E:M" without its head; nothing if that is not all there is.
std::optional<FloatingPoint> parse_widths(std::string_view text) {
  FloatingPoint out;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, out.exponent);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ':') return {};
  const auto second = std::from_chars(first.ptr + 1, end, out.mantissa);
  if (second.ec != std::errc{} || second.ptr != end) return {};
  return out;
}

/// Numbers with the exponents of a float: its upper bits, the lower ones rounded away. A carry out of the
/// mantissa is one of the exponent, up to infinity.
struct Shorter {
  uint32_t mask = 0, half = 0;
  int shift = 0;

  explicit Shorter(const FloatingPoint& f) : shift(kMantissa - f.mantissa) {
    mask = ~((uint32_t{1} << shift) - 1);
    half = shift > 0 ? (uint32_t{1} << (shift - 1)) - 1 : 0;
  }
  uint32_t operator()(uint32_t u) const { return shift == 0 ? u : (u + half + (u >> shift & 1)) & mask; }
};

void round_shorter(const float* from, float* to, int64_t count, const FloatingPoint& format) {
  const Shorter shorter(format);
  for (int64_t k = 0; k < count; ++k) {
    const auto u = std::bit_cast<uint32_t>(from[k]);
    const bool nan = (u & 0x7fffffffU) > 0x7f800000U;
    to[k] = std::bit_cast<float>(nan ? 0x7fc00000U : shorter(u));
  }
}

/// Numbers with fewer exponents too. Subnormal numbers are whole multiples of the least one: so is what is left
/// of the sum with a number whose last place it is.
void round_smaller(const float* from, float* to, int64_t count, const FloatingPoint& format) {
  const Shorter shorter(format);
  const int bias = (1 << (format.exponent - 1)) - 1;
  const float least_normal = std::ldexp(1.0F, 1 - bias),
              most = std::ldexp(2.0F - std::ldexp(1.0F, -format.mantissa), bias),
              shift = std::ldexp(least_normal, kMantissa - format.mantissa),
              infinity = std::numeric_limits<float>::infinity();
  for (int64_t k = 0; k < count; ++k) {
    const auto u = std::bit_cast<uint32_t>(from[k]);
    const auto magnitude = std::bit_cast<float>(u & 0x7fffffffU);
    const float normal = std::bit_cast<float>(shorter(u & 0x7fffffffU)), few = (magnitude + shift) - shift;
    const float rounded = magnitude < least_normal ? few : normal, held = rounded > most ? infinity : rounded;
    const bool nan = (u & 0x7fffffffU) > 0x7f800000U;
    to[k] = std::bit_cast<float>(nan ? 0x7fc00000U : (u & 0x80000000U) | std::bit_cast<uint32_t>(held));
  }
}

}  // namespace

std::string print(const FloatingPoint& format) {
  for (const auto& [name, named] : kNamed) {
    if (named == format) return std::string(name);
  }
  return fmt::format("float:{}:{}", format.exponent, format.mantissa);
}

std::optional<FloatingPoint> parse_floating_point(std::string_view text) {
  constexpr std::string_view kHead = "float:";
  for (const auto& [name, named] : kNamed) {
    if (name == text) return named;
  }
  if (!text.starts_with(kHead)) return {};
  const std::optional<FloatingPoint> out = parse_widths(text.substr(kHead.size()));
  if (!out || out->exponent < 2 || out->exponent > 8 || out->mantissa < 1 || out->mantissa > kMantissa)
    return {};
  return out;
}

void round(std::span<const float> from, std::span<float> to, const FloatingPoint& format) {
  OHMWEAVE_CHECK(from.size() == to.size(), "rounded numbers need as much room as there are");
  const auto count = static_cast<int64_t>(from.size());
  constexpr int64_t kBlock = 1 << 14;
  base::parallel_for((count + kBlock - 1) / kBlock, [&](int64_t block) {
    const int64_t first = block * kBlock, size = std::min(kBlock, count - first);
    (format.exponent == 8 ? round_shorter : round_smaller)(&from[static_cast<size_t>(first)],
                                                           &to[static_cast<size_t>(first)], size, format);
  });
}

Tensor round(const Tensor& reals, const FloatingPoint& format) {
  Tensor out = Tensor::uninitialized(Element::Float32, reals.shape());
  round(reals.data<float>(), out.mutable_data<float>(), format);
  return out;
}

}  // namespace ohmweave::tensor
