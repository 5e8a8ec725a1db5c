// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/sum_histogram.h"

#include <algorithm>
#include <cmath>

#include "ohmweave/base/check.h"

namespace ohmweave::circuit {
namespace {

constexpr double kOffsetUnit = 0x1p-10;

int64_t half_down(int64_t index) { return index >= 0 ? index / 2 : -((1 - index) / 2); }

ConverterRange between(double low, double high, int64_t most) {
  return {low, high > low ? (high - low) / static_cast<double>(most) : 1.0};
}

}  // namespace

int64_t SumHistogram::index_of(double sum) const {
  return static_cast<int64_t>(std::floor(std::ldexp(sum, -exponent_)));
}

double SumHistogram::value(size_t bin) const {
  const Bin& b = bins_[bin];
  return std::ldexp(static_cast<double>(first_ + static_cast<int64_t>(bin)), exponent_) +
         kOffsetUnit * static_cast<double>(b.offset) / static_cast<double>(b.count);
}

void SumHistogram::coarsen() {
  const auto width = static_cast<int64_t>(std::ldexp(1.0, exponent_) / kOffsetUnit);
  const int64_t first = half_down(first_);
  std::vector<Bin> merged(bins_.size() / 2 + 1);
  for (size_t k = 0; k < bins_.size(); ++k) {
    const int64_t index = first_ + static_cast<int64_t>(k), half = half_down(index);
    Bin& to = merged[static_cast<size_t>(half - first)];
    to.count += bins_[k].count;
    to.offset += bins_[k].offset + (index != 2 * half ? width * bins_[k].count : 0);
  }
  bins_ = std::move(merged);
  first_ = first;
  ++exponent_;
}

void SumHistogram::reach(int64_t low, int64_t high) {
  if (bins_.empty()) first_ = low;
  if (low < first_) {
    bins_.insert(bins_.begin(), static_cast<size_t>(first_ - low), Bin{});
    first_ = low;
  }
  const int64_t needed = high - first_ + 1;
  if (needed > static_cast<int64_t>(bins_.size())) bins_.resize(static_cast<size_t>(needed));
}

void SumHistogram::add(double sum, int64_t times) {
  OHMWEAVE_CHECK(std::isfinite(sum) && std::abs(sum) < 0x1p52, "a sum that no histogram can hold");
  if (times <= 0) return;
  least_ = count_ == 0 ? sum : std::min(least_, sum);
  largest_ = count_ == 0 ? sum : std::max(largest_, sum);
  count_ += times;
  while (index_of(largest_) - index_of(least_) >= kMostBins) coarsen();
  const int64_t index = index_of(sum);
  reach(index, index);
  Bin& bin = bins_[static_cast<size_t>(index - first_)];
  bin.count += times;
  const double above = sum - std::ldexp(static_cast<double>(index), exponent_);
  bin.offset += times * static_cast<int64_t>(std::lround(above / kOffsetUnit));
}

void SumHistogram::add(const SumHistogram& more) {
  if (more.count_ == 0) return;
  least_ = count_ == 0 ? more.least_ : std::min(least_, more.least_);
  largest_ = count_ == 0 ? more.largest_ : std::max(largest_, more.largest_);
  count_ += more.count_;
  SumHistogram other = more;
  while (exponent_ < other.exponent_ || index_of(largest_) - index_of(least_) >= kMostBins) coarsen();
  while (other.exponent_ < exponent_) other.coarsen();
  reach(index_of(least_), index_of(largest_));
  for (size_t k = 0; k < other.bins_.size(); ++k) {
    if (other.bins_[k].count == 0) continue;
    Bin& to = bins_[static_cast<size_t>(other.first_ + static_cast<int64_t>(k) - first_)];
    to.count += other.bins_[k].count;
    to.offset += other.bins_[k].offset;
  }
}

double SumHistogram::quantile(double share) const {
  if (share <= 0) return least_;
  int64_t below = 0;
  for (size_t k = 0; k < bins_.size(); ++k) {
    if (bins_[k].count == 0) continue;
    below += bins_[k].count;
    if (static_cast<double>(below) >= share * static_cast<double>(count_))
      return std::clamp(value(k), least_, largest_);
  }
  return largest_;
}

std::vector<SumHistogram::Point> SumHistogram::points(int64_t at_most) const {
  std::vector<Point> out;
  const int64_t size = static_cast<int64_t>(bins_.size()), together = (size + at_most - 1) / at_most;
  for (int64_t first = 0; first < size; first += together) {
    double count = 0, total = 0;
    for (int64_t k = first; k < std::min(first + together, size); ++k) {
      const auto bin = static_cast<size_t>(k);
      if (bins_[bin].count == 0) continue;
      count += static_cast<double>(bins_[bin].count);
      total += static_cast<double>(bins_[bin].count) * value(bin);
    }
    if (count > 0) out.push_back({total / count, count});
  }
  return out;
}

namespace {

double error_of(const auto& points, const ConverterRange& range, int64_t most) {
  double squares = 0, count = 0;
  for (const auto& p : points) {
    const double code =
        std::clamp(std::floor((p.value - range.zero) / range.step + 0.5), 0.0, static_cast<double>(most));
    const double off = p.value - (range.zero + code * range.step);
    squares += p.count * off * off;
    count += p.count;
  }
  return count > 0 ? squares / count : 0;
}

}  // namespace

double SumHistogram::squared_error(const ConverterRange& range, int64_t most) const {
  return error_of(points(kMostBins), range, most);
}

ConverterRange SumHistogram::whole(int64_t most) const { return between(least_, largest_, most); }

ConverterRange SumHistogram::without(double percent, int64_t most) const {
  const double tail = percent / 200;
  return between(quantile(tail), quantile(1 - tail), most);
}

ConverterRange SumHistogram::best(int64_t most) const {
  if (count_ == 0 || largest_ <= least_) return whole(most);
  // Some bins for each code are enough to tell ranges apart.
  const std::vector<Point> sums = points(std::clamp<int64_t>(8 * (most + 1), 2048, kMostBins));
  constexpr int kGrid = 24;
  const double span = largest_ - least_;
  double low = least_, high = largest_, least_error = error_of(sums, between(low, high, most), most);
  auto attempt = [&](double l, double h) {
    if (l < least_ || h > largest_ || h - l < span * 1e-6) return false;
    const double error = error_of(sums, between(l, h, most), most);
    if (error >= least_error) return false;
    low = l, high = h, least_error = error;
    return true;
  };
  for (int i = 0; i < kGrid; ++i) {
    for (int j = i + 1; j <= kGrid; ++j) attempt(least_ + span * i / kGrid, least_ + span * j / kGrid);
  }
  // The error falls and rises by small waves around its minimum: go on with ever smaller moves of either end.
  for (double move = span / (2 * kGrid); move > span * 1e-5; move /= 2) {
    bool better = true;
    for (int round = 0; better && round < 16; ++round) {
      better = false;
      const double l = low, h = high;
      for (double a : {-move, 0.0, move}) {
        for (double b : {-move, 0.0, move}) better |= attempt(l + a, h + b);
      }
    }
  }
  // Whole numbers where they are as good: what follows can then count in integers.
  ConverterRange range = between(low, high, most);
  for (double step : {std::floor(range.step), std::ceil(range.step)}) {
    for (double zero : {std::floor(low), std::round(low), std::ceil(low)}) {
      if (step < 1) continue;
      const double error = error_of(sums, {zero, step}, most);
      if (error <= least_error) least_error = error, range = {zero, step};
    }
  }
  return range;
}

}  // namespace ohmweave::circuit
