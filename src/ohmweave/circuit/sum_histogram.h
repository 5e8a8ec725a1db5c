// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ohmweave::circuit {

/// Where a converter's codes lie: code c stands for zero + c * step, in steps of a cell.
struct ConverterRange {
  double zero = 0, step = 1;
  bool operator==(const ConverterRange&) const = default;
};

/// How often columns had which sums on data, for choosing the range of their converters. Bins are as wide as a
/// power of two, 1/16 at first and wider when the sums spread, and know the mean of what is in them, so whole
/// sums stay exact as long as they fit. The order of additions does not change anything.
class SumHistogram {
 public:
  static constexpr int64_t kMostBins = int64_t{1} << 14;

  void add(double sum, int64_t times = 1);
  void add(const SumHistogram& more);
  int64_t count() const { return count_; }
  double least() const { return least_; }
  double largest() const { return largest_; }
  /// The sum that a share in [0, 1] of all lies at or below.
  double quantile(double share) const;
  /// Mean of the squared differences between the sums and what an ideal converter of codes 0..`most` tells.
  double squared_error(const ConverterRange& range, int64_t most) const;
  /// From the least to the largest sum.
  ConverterRange whole(int64_t most) const;
  /// Leaves out so many percent of the sums, half of them at either end.
  ConverterRange without(double percent, int64_t most) const;
  /// The range with the least squared_error().
  ConverterRange best(int64_t most) const;

 private:
  struct Bin {
    int64_t count = 0, offset = 0;  // sum of what its sums lie above its lower end, in 1/1024
  };
  struct Point {
    double value, count;
  };
  int64_t index_of(double sum) const;
  double value(size_t bin) const;  // mean of the sums in it
  void coarsen();
  void reach(int64_t low, int64_t high);  // makes room for bins of these indices, both included
  std::vector<Point> points(int64_t at_most) const;

  int exponent_ = -4;  // bins are 2^exponent_ wide
  int64_t first_ = 0;  // bins_[k] holds sums in [first_ + k, first_ + k + 1) * 2^exponent_
  std::vector<Bin> bins_;
  int64_t count_ = 0;
  double least_ = 0, largest_ = 0;
};

}  // namespace ohmweave::circuit
