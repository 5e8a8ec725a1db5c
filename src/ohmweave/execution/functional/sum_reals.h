// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/tensor/narrow_codes.h"

namespace ohmweave::execution {

/// What the sums of a vector stand for: real = sum * factor + bias, in double precision, rounded to float once;
/// or the code of that real.
class SumReals {
 public:
  /// One factor and one bias per sum of a vector. No bias is -0, which leaves every number as it is.
  SumReals(std::vector<double> factors, std::vector<double> biases);

  /// What becomes of reals on their way.
  struct Keep {
    float operator()(float real) const { return real; }
  };
  /// Sums count 2^-fraction_bits. Both take those of `count` vectors, one vector after the other; To is float
  /// with Keep, any type of codes of at most 16 bits with tensor::Cut. In the same order:
  template <class Make, class To>
  void in_order(const int64_t* sums, int64_t count, int fraction_bits, const Make& make, To* to) const;
  /// What becomes of sum k side by side, from to[places[k]] on:
  template <class Make, class To>
  void in_planes(const int64_t* sums, int64_t count, int fraction_bits, const std::vector<int64_t>& places,
                 const Make& make, To* to) const;

 private:
  std::vector<double> factors_, biases_;
};

}  // namespace ohmweave::execution
