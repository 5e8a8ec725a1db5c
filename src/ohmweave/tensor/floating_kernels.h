// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace ohmweave::tensor {

struct FloatingPoint;

/// How the exact result of one operation becomes a number of a format in few instructions.
enum class RoundingWay {
  None,     // floats are what is wanted: the processor has rounded
  Shorter,  // the upper bits of a float: formats with its exponents
  Smaller,  // the same, with fewer exponents
  Double,   // from double precision: formats whose results a float does not hold well enough
};

/// What kernels have to know about a format.
struct FloatingRounding {
  RoundingWay way = RoundingWay::None;
  int shift = 0;        // places of a float (Double: of a double) that the format lacks
  double least_normal;  // the smallest number with a hidden 1
  double most;          // the largest number
  double aligning;      // its last place is the smallest number of the format

  explicit FloatingRounding(const FloatingPoint& format);
};

/// One way to add up products, for one set of instructions. All give the same bits, but for those of NaN.
struct FloatingKernel {
  static constexpr int64_t kLanes = 32;

  const char* name;
  /// sums[k][lane] = (((sums[k][lane] + scalars[k][0] lanes[0][lane]) + scalars[k][1] lanes[1][lane]) + ...)
  /// for `count` rows of scalars that stand `stride` apart; every product and every sum is rounded. lanes: rows
  /// x kLanes, sums: count x kLanes.
  void (*add)(const FloatingRounding& rounding, const float* lanes, const float* scalars, int64_t stride,
              int64_t count, int64_t rows, float* sums);
};

/// Those that this processor has, the best first.
std::span<const FloatingKernel* const> floating_kernels();

}  // namespace ohmweave::tensor
