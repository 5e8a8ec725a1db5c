// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ohmweave/tensor/tensor.h"

namespace ohmweave::tensor {

/// Binary floating-point numbers as IEEE 754 (2019) describes them, with subnormal numbers, infinities and NaN:
/// a sign, `exponent` bits (2 to 8) and `mantissa` bits (1 to 23) behind a hidden 1. Every number of such a
/// format is a float.
struct FloatingPoint {
  int exponent = 8, mantissa = 7;

  int bits() const { return 1 + exponent + mantissa; }
  bool operator==(const FloatingPoint&) const = default;
};

std::string print(const FloatingPoint& format);  // "bf16", "fp16", "fp32", "float:6:9"
/// What print() prints; nothing for anything else.
std::optional<FloatingPoint> parse_floating_point(std::string_view text);

/// The nearest numbers of the format, ties to even; what is too large becomes infinity, NaN stays NaN (the
/// quiet one). Both have as many elements and may be the same.
void round(std::span<const float> from, std::span<float> to, const FloatingPoint& format);
Tensor round(const Tensor& reals, const FloatingPoint& format);

}  // namespace ohmweave::tensor
