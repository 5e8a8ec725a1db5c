// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ohmweave/tensor/tensor.h"

namespace ohmweave::tensor {

/// Whole numbers of 1 to 16 bits, two's complement or unsigned: the codes a machine computes with. Sums and the biases
/// that are added to them have up to 32 bits with a sign.
struct FixedPoint {
  int bits = 16;
  bool is_signed = true;

  int32_t least() const { return is_signed ? static_cast<int32_t>(-(int64_t{1} << (bits - 1))) : 0; }
  int32_t most() const { return static_cast<int32_t>((int64_t{1} << (is_signed ? bits - 1 : bits)) - 1); }
  bool operator==(const FixedPoint&) const = default;
};
std::string print(const FixedPoint& format);  // "int16", "uint8"

/// How the reals of a tensor stand as codes: real = scale * (code - zero point). One of both for all, or one per index
/// of `axis`.
struct Quantization {
  FixedPoint format;
  std::vector<float> scales{1.0F};
  int axis = -1;                          // -1: one scale
  std::vector<int32_t> zero_points = {};  // codes of zero, one per scale; empty: all 0

  bool per_channel() const { return axis >= 0; }
  int32_t zero_point(size_t channel = 0) const {
    return zero_points.empty() ? 0 : zero_points[zero_points.size() > 1 ? channel : 0];
  }
  bool has_zero_points() const;  // others than 0
};
bool operator==(const Quantization& a, const Quantization& b);

/// The nearest whole number, halves to even, of a number up to 2^22 either way; compilers have vector instructions for it.
inline float nearest(float x) {
  constexpr float kShift = 0x1.8p23F;  // numbers from 2^23 on have no fraction, so that adding it rounds
  return (x + kShift) - kShift;
}

/// Codes (int32) of a float tensor: nearest, ties to even, clipped to the format.
Tensor quantize(const Tensor& reals, const Quantization& quantization);
/// What quantize() and dequantize() make of `count` reals with one scale, without the codes between. `to` may be `from`.
void round_to_codes(const float* from, float* to, int64_t count, const Quantization& quantization);
/// Reals (float32) of codes.
Tensor dequantize(const Tensor& codes, const Quantization& quantization);

}  // namespace ohmweave::tensor
