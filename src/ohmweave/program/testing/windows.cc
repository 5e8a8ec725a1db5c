// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/testing/windows.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace ohmweave::program::testing {
namespace {

int64_t trip_of(const Loop& loop, int64_t element) {
  return loop.order == LaneOrder::Adjacent ? element / loop.lanes : element % loop.trips();
}

/// Trips of the writer's loop, as a set.
std::set<int64_t> trips_needed(const Stage& reader, const std::vector<int64_t>& trip, const Loop& loop,
                               const Window& window) {
  std::set<int64_t> out;
  const Axis* axis = nullptr;
  for (const auto& [dim, a] : window.axes) {
    if (dim == loop.dim) axis = &a;
  }
  const Axis by_name = same(loop.dim);
  size_t own = reader.loops.size();
  for (size_t k = 0; k < reader.loops.size(); ++k) {
    if (reader.loops[k].dim == (axis ? axis->of : loop.dim)) own = k;
  }
  if (axis ? axis->all : own == reader.loops.size()) {
    for (int64_t t = 0; t < loop.trips(); ++t) out.insert(t);
    return out;
  }
  const Axis& a = axis ? *axis : by_name;
  const Loop& mine = reader.loops[own];
  for (int64_t e = 0; e < mine.extent; ++e) {
    if (trip_of(mine, e) != trip[own]) continue;
    const auto low = static_cast<int64_t>(
        std::floor(static_cast<double>(a.multiply * e + a.low) / static_cast<double>(a.divide)));
    const auto high = static_cast<int64_t>(
        std::floor(static_cast<double>(a.multiply * e + a.high) / static_cast<double>(a.divide)));
    for (int64_t w = low; w <= high; ++w) {
      if (w >= 0 && w < loop.extent) out.insert(trip_of(loop, w));
    }
  }
  return out;
}

}  // namespace

std::vector<int64_t> needed_firings(const Stage& reader, const Stage& writer, const Window& window,
                                    int64_t firing) {
  std::vector<int64_t> trip(reader.loops.size());
  for (size_t k = reader.loops.size(); k-- > 0;) {
    trip[k] = firing % reader.loops[k].trips();
    firing /= reader.loops[k].trips();
  }
  std::vector<int64_t> out{0};
  for (const Loop& loop : writer.loops) {
    std::vector<int64_t> longer;
    const std::set<int64_t> trips = trips_needed(reader, trip, loop, window);
    for (int64_t n : out) {
      for (int64_t t : trips) longer.push_back(n * loop.trips() + t);
    }
    out = std::move(longer);
  }
  return out;
}

PlainWindow plain_window(const Stage& reader, const Stage& writer, const Window& window) {
  PlainWindow out;
  std::vector<int64_t> first;
  int64_t most = 0;
  for (int64_t n = 0; n < reader.firings(); ++n) {
    const std::vector<int64_t> needed = needed_firings(reader, writer, window, n);
    if (!needed.empty()) most = std::max(most, needed.back() + 1);
    out.need.push_back(most);
    first.push_back(needed.empty() ? writer.firings() : needed.front());
  }
  int64_t least = writer.firings();
  out.release.resize(first.size());
  for (size_t n = first.size(); n-- > 0;) {
    out.release[n] = least;
    least = std::min(least, first[n]);
  }
  return out;
}

}  // namespace ohmweave::program::testing
