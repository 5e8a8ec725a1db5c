// SPDX-License-Identifier: Apache-2.0
// From the values of a tensor to the scale of its codes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ohmweave/network/passes.h"

namespace ohmweave::network {

/// The least scale that has codes for least..most and zero, as far as the format has codes of that sign, or the
/// least power of two that is no less; 0 if these are zero.
double covering_scale(const tensor::FixedPoint& format, double least, double most, tensor::Scales scales);

/// How values spread, in memory that does not grow with their number: the least and the most, and where the
/// clipping needs it, histograms of the magnitudes of negative and positive values. A histogram's range is a
/// power of two that doubles, joining its bins in pairs, when a larger value comes, so counts stay exact
/// whatever the order. Values that are not finite do not count.
class Distribution {
 public:
  static constexpr size_t kBins = 2048;  // so at least 1,024 below the largest magnitude

  explicit Distribution(Clipping clipping) : histogram_(clipping != Clipping::MinMax) {}
  void add(std::span<const float> values);
  double least() const { return least_; }  // 0 where no value is below
  double most() const { return most_; }    // 0 where no value is above

  /// Real per code, zero being code 0. MinMax: the least scale at which nothing is clipped. Percentile: the
  /// same once magnitudes above the percentile are left out. Mse: of a geometric row of scales below MinMax's
  /// the one with the least squared error, values being spread evenly in a bin. With scales that are powers of
  /// two, the least of them that is no less; Mse: the best of them.
  float scale(const tensor::FixedPoint& format, Clipping clipping, double percentile,
              tensor::Scales scales = tensor::Scales::Free) const;
  /// The same for codes without a sign, of which a whole one is zero. Ends of the range are clipped by half a
  /// code at most, which is what rounding takes.
  struct Fit {
    float scale = 1;
    int32_t zero_point = 0;
  };
  Fit fit(int bits, Clipping clipping, double percentile, tensor::Scales scales) const;
  /// Sum of squared errors of the codes at a scale, by the histograms.
  double squared_error(const tensor::FixedPoint& format, double scale) const;

 private:
  void make_room_for(double magnitude);
  double magnitude_at(double percentile) const;
  /// Ends of what is to have codes; 0 lies between.
  std::pair<double, double> range(Clipping clipping, double percentile) const;
  double best_scale(double positive_codes, double negative_codes, double widest, double step) const;

  bool histogram_;
  double least_ = 0, most_ = 0;
  double range_ = 0;    // magnitudes in the histograms are below
  int64_t finite_ = 0;  // values in the histograms, and zeros
  std::array<std::vector<int64_t>, 2>
      bins_;  // of negative and of positive values; zeros have no error and no bin
};

}  // namespace ohmweave::network
