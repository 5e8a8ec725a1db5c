// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/circuit/transfer.h"

namespace ohmweave::circuit {

/// How straight a converter is, in the terms of data sheets (IEEE Std 1241), in codes. Threshold k, 1 .. most,
/// is the least sum from which on the code is k or more; codes that are missing share one with their neighbour.
struct Linearity {
  std::vector<double> inl;            // [k - 1]: threshold k off the line through the first and the last
  std::vector<double> dnl;            // [k - 1]: width of code k, 1 .. most - 1, off that line's step
  double offset = 0;                  // of the first threshold, off where it should be
  double gain = 1;                    // of codes over sums: 1 + error
  double most_inl = 0, most_dnl = 0;  // the largest magnitudes
  std::vector<int64_t> missing;       // codes that no sum has
  bool monotonic = true;              // no larger sum has a smaller code
  double squared_error = 0;           // mean over the range of (told - sum)^2, noise included
  double effective_bits = 0;          // resolution of an ideal converter as far off a straight line
};
Linearity linearity(const Transfer& transfer);

}  // namespace ohmweave::circuit
