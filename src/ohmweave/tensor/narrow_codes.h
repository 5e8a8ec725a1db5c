// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/tensor/fixed_point.h"

namespace ohmweave::tensor {

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
