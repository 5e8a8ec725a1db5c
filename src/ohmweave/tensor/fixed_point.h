// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ohmweave/tensor/tensor.h"

namespace ohmweave::tensor {

/// Whole numbers of 1 to 16 bits, two's complement or unsigned: the codes a machine computes with.
struct FixedPoint {
  int bits = 16;
  bool is_signed = true;

  int32_t least() const { return is_signed ? -(int32_t{1} << (bits - 1)) : 0; }
  int32_t most() const { return is_signed ? (int32_t{1} << (bits - 1)) - 1 : (int32_t{1} << bits) - 1; }
  bool operator==(const FixedPoint&) const = default;
};
std::string print(const FixedPoint& format);  // "int16", "uint8"

/// How the reals of a tensor stand as codes: real = scale * code. One scale for all, or one per index of `axis`.
struct Quantization {
  FixedPoint format;
  std::vector<float> scales{1.0F};
  int axis = -1;  // -1: one scale

  bool per_channel() const { return axis >= 0; }
};

/// Codes (int32) of a float tensor: nearest, ties to even, clipped to the format.
Tensor quantize(const Tensor& reals, const Quantization& quantization);
/// Reals (float32) of codes.
Tensor dequantize(const Tensor& codes, const Quantization& quantization);

}  // namespace ohmweave::tensor
