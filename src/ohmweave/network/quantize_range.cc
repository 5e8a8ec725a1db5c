// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/quantize_range.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ohmweave/base/wide_vectors.h"

namespace ohmweave::network {
namespace {

using tensor::FixedPoint;

/// The least power of two that is no less.
double power_of_two_above(double scale) {
  int exponent = 0;
  const double fraction = std::frexp(scale, &exponent);
  return std::ldexp(1.0, fraction == 0.5 ? exponent - 1 : exponent);
}

/// Integral from 0 to x of the squared error of magnitudes spread evenly, rounded to multiples of `scale` up to
/// `codes` of them.
double integral(double x, double scale, double codes) {
  const double limit = codes * scale, inside = std::min(x, limit);
  const double steps = std::nearbyint(inside / scale), rest = inside - steps * scale;
  double sum = steps * scale * scale * scale / 12 + rest * rest * rest / 3;
  if (x > limit) sum += (x - limit) * (x - limit) * (x - limit) / 3;
  return sum;
}

constexpr double kStep = 0.917004043204671;  // 2^(-1/8), between the scales that are tried

struct Bin {
  double begin = 0, end = 0;
  double count = 0;
  bool is_positive = false;
};
using Bins = std::vector<Bin>;

Bins filled(const std::array<std::vector<int64_t>, 2>& counts, double width) {
  Bins out;
  for (size_t sign = 0; sign < 2; ++sign) {
    for (size_t k = 0; k < counts[sign].size(); ++k) {
      const auto begin = static_cast<double>(k) * width;
      if (counts[sign][k] > 0)
        out.push_back({begin, begin + width, static_cast<double>(counts[sign][k]), sign == 1});
    }
  }
  return out;
}

struct SquaredError {
  double sum = 0, clipped = 0;  // of all bins; of those beyond the codes
};

/// `positive`, `negative`: codes above and below that of zero.
SquaredError error_of(const Bins& bins, double positive, double negative, double scale) {
  SquaredError e;
  for (const Bin& bin : bins) {
    const double codes = bin.is_positive ? positive : negative;
    const double mean =
        (integral(bin.end, scale, codes) - integral(bin.begin, scale, codes)) / (bin.end - bin.begin);
    e.sum += mean * bin.count;
    if (bin.begin >= codes * scale) e.clipped += mean * bin.count;
  }
  return e;
}

/// The least and the most of the finite values and zero.
std::pair<float, float> ends_of(std::span<const float> values) {
  constexpr size_t kLanes = 64;  // side by side, as vector instructions have them
  float low[kLanes] = {}, high[kLanes] = {};
  base::with_wide_vectors([from = values.data(), n = values.size(), low = &low[0], high = &high[0]] {
    const auto take = [=](size_t first, size_t count) {
      for (size_t lane = 0; lane < count; ++lane) {
        const float v = from[first + lane];
        const float finite = std::abs(v) <= std::numeric_limits<float>::max() ? v : 0;
        low[lane] = finite < low[lane] ? finite : low[lane];
        high[lane] = finite > high[lane] ? finite : high[lane];
      }
    };
    const size_t whole = n / kLanes * kLanes;
    for (size_t k = 0; k < whole; k += kLanes) take(k, kLanes);
    take(whole, n - whole);
  });
  return {*std::min_element(low, low + kLanes), *std::max_element(high, high + kLanes)};
}

constexpr size_t kZero = 2 * Distribution::kBins, kNotFinite = kZero + 1;

/// Which bin each value counts in: those of negative magnitudes, of positive ones, and the two above.
void find_bins(std::span<const float> values, double per_bin, int32_t* bin) {
  base::with_wide_vectors([from = values.data(), n = values.size(), per_bin, bin] {
    constexpr auto kMost = static_cast<int32_t>(Distribution::kBins);
    for (size_t k = 0; k < n; ++k) {
      const float magnitude = std::abs(from[k]);
      const bool finite = magnitude <= std::numeric_limits<float>::max();
      const auto own = static_cast<int32_t>(static_cast<double>(finite ? magnitude : 0) * per_bin);
      const int32_t of_sign = from[k] > 0 ? own + kMost : own;
      const int32_t counted = from[k] == 0 ? static_cast<int32_t>(kZero) : of_sign;
      bin[k] = finite ? counted : static_cast<int32_t>(kNotFinite);
    }
  });
}

}  // namespace

void Distribution::add(std::span<const float> values) {
  const auto [low, high] = ends_of(values);
  least_ = std::min<double>(least_, low);
  most_ = std::max<double>(most_, high);
  if (!histogram_) return;
  make_room_for(std::max<double>(-low, high));
  const double per_bin = range_ > 0 ? kBins / range_ : 0;
  const auto count = [&](size_t bin, int64_t times) {
    if (bin < kZero && times > 0) bins_[bin / kBins][bin % kBins] += times;
    if (bin <= kZero) finite_ += times;
  };
  // In turn, as neighbours are often in one bin and would wait for each other; not worth it for a few.
  const bool many = values.size() > 4 * kBins;
  std::vector<int64_t> counts[2];
  for (auto& c : counts) c.assign(many ? kNotFinite + 1 : 0, 0);
  constexpr size_t kTogether = 1024;
  int32_t bin[kTogether];
  for (size_t first = 0; first < values.size(); first += kTogether) {
    const size_t n = std::min(kTogether, values.size() - first);
    find_bins(values.subspan(first, n), per_bin, bin);
    for (size_t k = 0; k < n && many; ++k) ++counts[k % 2][static_cast<size_t>(bin[k])];
    for (size_t k = 0; k < n && !many; ++k) count(static_cast<size_t>(bin[k]), 1);
  }
  for (const auto& c : counts) {
    for (size_t k = 0; k < c.size(); ++k) count(k, c[k]);
  }
}

void Distribution::make_room_for(double magnitude) {
  if (magnitude < range_ || magnitude == 0) return;
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  const double range = std::ldexp(1.0, exponent);  // the least power of two above
  for (auto& bins : bins_) {
    bins.resize(kBins, 0);
    for (double r = range_; r > 0 && r < range; r *= 2) {
      for (size_t k = 0; k < kBins / 2; ++k) bins[k] = bins[2 * k] + bins[2 * k + 1];
      std::fill(bins.begin() + kBins / 2, bins.end(), 0);
    }
  }
  range_ = range;
}

double Distribution::magnitude_at(double percentile) const {
  const double wanted = static_cast<double>(finite_) * percentile / 100, width = range_ / kBins;
  int64_t zeros = finite_;
  for (const auto& bins : bins_) {
    for (int64_t n : bins) zeros -= n;
  }
  double seen = static_cast<double>(zeros);
  if (range_ == 0 || seen >= wanted) return 0;
  for (size_t k = 0; k < kBins; ++k) {
    const auto here = static_cast<double>(bins_[0][k] + bins_[1][k]);
    if (seen + here >= wanted) return (static_cast<double>(k) + (wanted - seen) / here) * width;
    seen += here;
  }
  return range_;
}

double Distribution::squared_error(const FixedPoint& format, double scale) const {
  return error_of(filled(bins_, range_ / kBins), format.most(), -static_cast<double>(format.least()), scale)
      .sum;
}

double Distribution::best_scale(double positive, double negative, double widest, double step) const {
  const Bins bins = filled(bins_, range_ / kBins);
  double best = widest, least_error = std::numeric_limits<double>::infinity();
  for (double scale = widest; scale > widest * 0x1p-16; scale *= step) {
    const SquaredError error = error_of(bins, positive, negative, scale);
    if (error.sum < least_error) least_error = error.sum, best = scale;
    if (error.clipped > least_error) break;  // smaller scales clip more
  }
  return best;
}

std::pair<double, double> Distribution::range(Clipping clipping, double percentile) const {
  if (clipping != Clipping::Percentile) return {least_, most_};
  const double most = magnitude_at(percentile);
  if (most == 0) return {least_, most_};
  return {std::max(least_, -most), std::min(most_, most)};
}

double covering_scale(const FixedPoint& format, double least, double most, tensor::Scales scales) {
  double scale = 0;
  if (format.most() > 0) scale = std::max(scale, most / format.most());
  if (format.least() < 0) scale = std::max(scale, least / format.least());
  return scale > 0 && scales == tensor::Scales::PowerOfTwo ? power_of_two_above(scale) : scale;
}

float Distribution::scale(const FixedPoint& format, Clipping clipping, double percentile,
                          tensor::Scales scales) const {
  const auto [low, high] = range(clipping, percentile);
  double scale = covering_scale(format, low, high, scales);
  if (scale == 0) return 1;  // all codes are zero
  const bool powers = scales == tensor::Scales::PowerOfTwo;
  if (clipping == Clipping::Mse)
    scale = best_scale(format.most(), -static_cast<double>(format.least()), scale, powers ? 0.5 : kStep);
  return std::max(static_cast<float>(scale), std::numeric_limits<float>::min());
}

Distribution::Fit Distribution::fit(int bits, Clipping clipping, double percentile,
                                    tensor::Scales scales) const {
  const FixedPoint format{bits, false};
  const auto [low, high] = range(clipping, percentile);
  if (low == 0) return {scale(format, clipping, percentile, scales), 0};
  const double codes = format.most(), share = -low / (high - low);
  // Zero is one of the codes 0 .. most, so one of them is lost to one side or the other where they do not meet
  // it.
  const double zero = std::nearbyint(share * codes);
  double scale = (high - low) / codes;
  const bool powers = scales == tensor::Scales::PowerOfTwo;
  if (powers) scale = power_of_two_above(scale);
  if (clipping == Clipping::Mse) scale = best_scale(codes - zero, zero, scale, powers ? 0.5 : kStep);
  scale = std::max(scale, static_cast<double>(std::numeric_limits<float>::min()));
  // Where a power of two leaves codes over, the range starts at the lowest of them.
  const double start = std::min(std::nearbyint(-low / scale), zero);
  return {static_cast<float>(scale), static_cast<int32_t>(start)};
}

}  // namespace ohmweave::network
