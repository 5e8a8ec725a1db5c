// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/floating_kernels.h"

#include <cmath>
#include <vector>

#include "ohmweave/tensor/floating_point.h"

namespace ohmweave::tensor {
namespace {

/// When the result of an operation may be rounded to a float first and then to the format, and is still what
/// rounding once gives. Sums of numbers with p bits: if a float has 2p + 2 of them, which makes p at most 11
/// (Figueroa, "When is double rounding innocuous?", SIGNUM Newsletter 30(3), 1995); sums of subnormal numbers
/// are exact anyway. Products have 2p bits and are exact, unless their last place is below that of the smallest
/// float, 2^-149. With at most 7 bits of exponent there are none so small; with 8, they are below
/// 2^(2p - 150), and if that is at most 2^-(126 + p), half of the smallest number, they are 0 either way: p at
/// most 8, as in bf16.
///
/// A double has 2p + 2 bits for all formats, and exponents for all their products.
RoundingWay way_of(const FloatingPoint& f) {
  const int p = f.mantissa + 1;
  if (f == FloatingPoint{8, 23}) return RoundingWay::None;
  if (f.exponent == 8 && p <= 8) return RoundingWay::Shorter;
  if (f.exponent < 8 && p <= 11) return RoundingWay::Smaller;
  return RoundingWay::Double;
}

}  // namespace

FloatingRounding::FloatingRounding(const FloatingPoint& f) : way(way_of(f)) {
  const int places = way == RoundingWay::Double ? 52 : 23, bias = (1 << (f.exponent - 1)) - 1;
  shift = places - f.mantissa;
  least_normal = std::ldexp(1.0, 1 - bias);
  most = std::ldexp(2 - std::ldexp(1.0, -f.mantissa), bias);
  aligning = std::ldexp(1.0, 1 - bias - f.mantissa + places);
}

#if defined(__x86_64__)
namespace avx2 {
extern const FloatingKernel kernel;
}
#endif
namespace portable {
extern const FloatingKernel kernel;
}

std::span<const FloatingKernel* const> floating_kernels() {
  static const std::vector<const FloatingKernel*> all = [] {
    std::vector<const FloatingKernel*> out;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) out.push_back(&avx2::kernel);
#endif
    out.push_back(&portable::kernel);
    return out;
  }();
  return all;
}

}  // namespace ohmweave::tensor
