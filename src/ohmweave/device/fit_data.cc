// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/fit_data.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace ohmweave::device {
namespace {

/// A cell over time by least squares; false where it conducts nothing or has one time only.
bool descend(const CellTrack& cell, double start, Descent& out) {
  const auto n = static_cast<double>(cell.times.size());
  if (n < 2) return false;
  double x = 0, y = 0, g = 0, xx = 0, xy = 0;
  for (const ReadGroup& r : cell.times) {
    if (r.mean <= 0) return false;
    x += std::log1p(r.time / start) / n;
    y += std::log(r.mean) / n;
    g += r.mean / n;
  }
  for (const ReadGroup& r : cell.times) {
    const double dx = std::log1p(r.time / start) - x;
    xx += dx * dx;
    xy += dx * (std::log(r.mean) - y);
  }
  if (!(xx > 0)) return false;
  const double slope = xy / xx;
  out = {cell.level,         -slope, std::exp(y - slope * x),     1 / xx,
         1 / n + x * x / xx, 0,      static_cast<int64_t>(n) - 2, g};
  for (const ReadGroup& r : cell.times) {
    const double left = std::log(r.mean) - y - slope * (std::log1p(r.time / start) - x);
    out.squares += left * left;
  }
  return true;
}

/// A group for each target; where these are more than a cell has levels, or most cells have one of their own,
/// as in a sweep, a group for neighbours.
std::vector<size_t> groups_of(const FitData& data) {
  constexpr int64_t kFew = 3, kLeastTogether = 10, kMostGroups = 16;
  constexpr size_t kMostLevels = 256;
  std::vector<int64_t> cells(data.targets.size());
  for (const CellTrack& cell : data.cells) ++cells[cell.level];
  const auto all = static_cast<int64_t>(data.cells.size());
  const int64_t together = std::max(kLeastTogether, (all + kMostGroups - 1) / kMostGroups);
  int64_t alone = 0;
  for (int64_t n : cells) alone += n < kFew ? n : 0;
  std::vector<size_t> out(cells.size());
  const bool sweep = cells.size() > kMostLevels || 2 * alone > all;
  int64_t in_group = 0, left = all;
  for (size_t k = 0; k + 1 < cells.size(); ++k) {
    in_group += cells[k];
    left -= cells[k];
    const bool ends = !sweep || (in_group >= together && 2 * left >= together);
    out[k + 1] = out[k] + (ends ? 1 : 0);
    if (ends) in_group = 0;
  }
  return out;
}

}  // namespace

FitData sort_measurements(const Measurements& m) {
  FitData data;
  std::set<double> targets, times;
  for (const Measurement& row : m.rows) {
    targets.insert(row.target);
    times.insert(row.time);
  }
  data.targets.assign(targets.begin(), targets.end());
  data.times.assign(times.begin(), times.end());
  std::map<std::pair<int64_t, double>, std::map<double, std::vector<double>>> reads;
  for (const Measurement& row : m.rows) reads[{row.cell, row.target}][row.time].push_back(row.measured);
  for (const auto& [key, by_time] : reads) {
    CellTrack cell;
    cell.level = static_cast<size_t>(std::lower_bound(data.targets.begin(), data.targets.end(), key.second) -
                                     data.targets.begin());
    for (const auto& [time, values] : by_time) {
      ReadGroup group{time, 0, static_cast<int64_t>(values.size()), 0};
      for (double v : values) group.mean += v / static_cast<double>(values.size());
      for (double v : values) group.squares += (v - group.mean) * (v - group.mean);
      cell.times.push_back(group);
    }
    data.cells.push_back(std::move(cell));
  }
  data.groups = groups_of(data);
  return data;
}

std::vector<Descent> descents(const FitData& data, double start) {
  std::vector<Descent> out;
  Descent one;
  for (const CellTrack& cell : data.cells) {
    if (data.targets[cell.level] > 0 && descend(cell, start, one)) out.push_back(one);
  }
  return out;
}

Estimate drift_start(const FitData& data) {
  constexpr double kRange = 18.4, kChange = 0.05;  // of the logarithm
  const auto left = [&](double log_start) {
    double squares = 0;
    for (const Descent& d : descents(data, std::exp(log_start))) squares += d.squares;
    return squares;
  };
  const double first = std::log(data.times.back()) - kRange;
  double best = first, least = left(best), step = kRange / 24;
  const auto look = [&](double at) {
    const double squares = left(at);
    if (squares < least) least = squares, best = at;
  };
  for (int k = 1; k <= 24; ++k) look(first + k * step);
  for (; step > 1e-4; step /= 2) {
    for (const double at : {best - step / 2, best + step / 2}) look(at);
  }
  int64_t freedom = 0;
  for (const Descent& d : descents(data, std::exp(best))) freedom += d.freedom;
  const double curvature = (left(best + kChange) - 2 * least + left(best - kChange)) / (kChange * kChange);
  const double start = std::exp(best);
  if (!(curvature > 0) || freedom < 1) return {start, HUGE_VAL};
  return {start, start * std::sqrt(2 * least / static_cast<double>(freedom) / curvature)};
}

}  // namespace ohmweave::device
