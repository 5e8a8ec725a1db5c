// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace ohmweave::execution {

/// What the sums of a vector stand for: real = sum * factor + bias, in double precision, rounded to float once.
class SumReals {
 public:
  /// One factor and one bias per sum of a vector. No bias is -0, which leaves every number as it is.
  SumReals(std::vector<double> factors, std::vector<double> biases);

  /// Sums count 2^-fraction_bits. Both take those of `count` vectors, one vector after the other.
  /// The reals in the same order:
  void in_order(const int64_t* sums, int64_t count, int fraction_bits, float* to) const;
  /// The reals of sum k side by side, from to[places[k]] on:
  void in_planes(const int64_t* sums, int64_t count, int fraction_bits, const std::vector<int64_t>& places,
                 float* to) const;

 private:
  std::vector<double> factors_, biases_;
};

}  // namespace ohmweave::execution
