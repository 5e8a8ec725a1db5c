// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/tensor/fixed_point.h"

namespace ohmweave::tensor {

/// What quantize() does to a real, for codes of at most 16 bits: a body for loops of which compilers make
/// vectors.
class Cut {
 public:
  Cut(const FixedPoint& format, float scale, int32_t zero)
      : inverse_(1.0 / scale),
        least_(static_cast<float>(format.least() - zero)),
        most_(static_cast<float>(format.most() - zero)),
        zero_(zero) {}
  explicit Cut(const Quantization& q) : Cut(q.format, q.scales[0], q.zero_point()) {}

  int32_t operator()(float real) const { return static_cast<int32_t>(above_zero(real)) + zero_; }
  /// The code less that of zero. Clipped first, then rounded: the bounds are whole, so that it comes to the
  /// same.
  float above_zero(float real) const {
    const float code = quotient(real), above = code > least_ ? code : least_;
    return nearest(above < most_ ? above : most_);
  }

 private:
  /// real / scale without a division, which takes longer than all else: a quotient of floats is further than
  /// 2^-50 from any number halfway between two floats, and never one, so that one in double precision with an
  /// error of 2^-52 is rounded to the same float. (Not below the least normal one, where codes are zero
  /// anyway.)
  float quotient(float real) const { return static_cast<float>(real * inverse_); }

  double inverse_;
  float least_, most_;
  int32_t zero_;
};

/// Calls f with a zero of the narrowest type that holds codes of a format.
template <class F>
auto with_narrowest(const FixedPoint& format, F f) {
  if (format.bits <= 8) return format.is_signed ? f(int8_t{}) : f(uint8_t{});
  if (format.bits <= 16) return format.is_signed ? f(int16_t{}) : f(uint16_t{});
  return f(int32_t{});
}

inline Element narrowest_element(const FixedPoint& format) {
  return with_narrowest(format, [](auto code) { return ElementOf<decltype(code)>::value; });
}

/// The codes of quantize() in the narrowest element that holds their format: less to write, and to read again.
/// dequantize() takes them too.
Tensor quantize_narrowly(const Tensor& reals, const Quantization& quantization);

/// Calls f with the address of the codes of a tensor, in whatever element they stand.
template <class F>
void with_codes(const Tensor& codes, F f) {
  switch (codes.element()) {
    case Element::Int8:
      return f(codes.data<int8_t>().data());
    case Element::UInt8:
      return f(codes.data<uint8_t>().data());
    case Element::Int16:
      return f(codes.data<int16_t>().data());
    case Element::UInt16:
      return f(codes.data<uint16_t>().data());
    default:
      return f(codes.data<int32_t>().data());
  }
}

}  // namespace ohmweave::tensor
