// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/window.h"

#include <optional>

#include "ohmweave/base/check.h"

namespace ohmweave::program {
namespace {

// Nothing is needed: so far beyond every rank that sums of ranks cannot bring it back.
constexpr int64_t kFar = int64_t{1} << 56;
constexpr int64_t kEdge = int64_t{1} << 55;

/// Ranks of the first and last item of a range; empty if low is far above and high far below.
struct Range {
  int64_t low = kFar, high = -kFar;
  bool empty() const { return low >= kEdge; }
  Range operator+(const Range& o) const { return {low + o.low, high + o.high}; }
};

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/// Trips of a loop that serve elements first..last.
Range trips_of(const Loop& loop, int64_t first, int64_t last) {
  if (loop.order == LaneOrder::Adjacent) return {first / loop.lanes, last / loop.lanes};
  const int64_t trips = loop.trips();
  const bool wraps = last - first + 1 >= trips || first % trips > last % trips;
  return wraps ? Range{0, trips - 1} : Range{first % trips, last % trips};
}

/// Trips of the writer's loop that one trip of the reader's needs.
Range needed_trips(const Loop& reader, int64_t trip, const Loop& writer, const Axis& axis) {
  Range out;
  const int64_t step = reader.order == LaneOrder::Adjacent ? 1 : reader.trips();
  int64_t e = reader.order == LaneOrder::Adjacent ? trip * reader.lanes : trip;
  for (int64_t left = reader.elements(trip); left > 0; --left, e += step) {
    const int64_t low = std::max(floor_divide(axis.multiply * e + axis.low, axis.divide), int64_t{0});
    const int64_t high = std::min(floor_divide(axis.multiply * e + axis.high, axis.divide), writer.extent - 1);
    if (low > high) continue;
    const Range r = trips_of(writer, low, high);
    out = {std::min(out.low, r.low), std::max(out.high, r.high)};
  }
  return out;
}

/// The position of a loop by name; nothing if the stage has none.
std::optional<size_t> loop_of(const Stage& stage, Dim dim) {
  for (size_t k = 0; k < stage.loops.size(); ++k) {
    if (stage.loops[k].dim == dim) return k;
  }
  return std::nullopt;
}

/// What each trip of each of the reader's loops adds to the ranks, and what is always added.
struct Rows {
  std::vector<std::vector<Range>> of_loop;
  Range always{0, 0};

  Rows(const Stage& reader, const Stage& writer, const Window& window) {
    for (const Loop& loop : reader.loops) of_loop.emplace_back(static_cast<size_t>(loop.trips()), Range{0, 0});
    int64_t stride = writer.firings();
    for (const Loop& loop : writer.loops) {
      stride /= loop.trips();
      const Axis axis = axis_for(window, loop.dim, reader);
      if (axis.all) {
        always.high += (loop.trips() - 1) * stride;
        continue;
      }
      const std::optional<size_t> r = loop_of(reader, axis.of);
      OHMWEAVE_CHECK(r.has_value(), "a window names a loop that stage '" + reader.name + "' does not have");
      for (size_t trip = 0; trip < of_loop[*r].size(); ++trip) {
        const Range t = needed_trips(reader.loops[*r], static_cast<int64_t>(trip), loop, axis);
        of_loop[*r][trip] = of_loop[*r][trip] + (t.empty() ? t : Range{t.low * stride, t.high * stride});
      }
    }
  }

  /// Ranks over the loops first..last-1 together, in the order of firings.
  std::vector<Range> product(size_t first, size_t last) const {
    std::vector<Range> out{Range{0, 0}};
    for (size_t k = first; k < last; ++k) {
      std::vector<Range> longer;
      longer.reserve(out.size() * of_loop[k].size());
      for (const Range& a : out) {
        for (const Range& b : of_loop[k]) longer.push_back(a + b);
      }
      out = std::move(longer);
    }
    return out;
  }
};

}  // namespace

Axis axis_for(const Window& window, Dim writer_loop, const Stage& reader) {
  for (const auto& [dim, axis] : window.axes) {
    if (dim == writer_loop) return axis;
  }
  return loop_of(reader, writer_loop) ? same(writer_loop) : all_of();
}

bool fits_table(const Stage& reader, const Stage& writer, const Window& window) {
  int64_t span = 0, stride = writer.firings();
  for (const Loop& loop : writer.loops) {
    stride /= loop.trips();
    const Axis axis = axis_for(window, loop.dim, reader);
    const bool within_trip = !axis.all && loop_of(reader, axis.of) != size_t{0};
    if (within_trip) span += (loop.trips() - 1) * stride;
  }
  return span < INT32_MAX;
}

WindowTable::WindowTable(const Stage& reader, const Stage& writer, const Window& window) {
  OHMWEAVE_CHECK(fits_table(reader, writer, window),
                 "a window of stage '" + reader.name + "' is too large for a table");
  const Rows rows(reader, writer, window);
  const size_t loops = reader.loops.size();
  const std::vector<Range> outermost = loops > 0 ? rows.of_loop.front() : std::vector<Range>{Range{0, 0}};
  const std::vector<Range> innermost = loops > 1 ? rows.of_loop.back() : std::vector<Range>{Range{0, 0}};
  const std::vector<Range> between = rows.product(1, std::max<size_t>(loops, 2) - 1);

  need_.resize(between.size() * innermost.size());
  first_.resize(need_.size());
  int64_t most = -kFar, least = kFar;
  size_t k = 0;
  for (const Range& a : between) {
    for (const Range& b : innermost) {
      most = std::max(most, a.high + b.high);
      need_[k++] = most < -kEdge ? kNoNeed : static_cast<int32_t>(most);
    }
  }
  for (size_t a = between.size(); a-- > 0;) {
    for (size_t b = innermost.size(); b-- > 0;) {
      first_[--k] = least > kEdge ? kNoFirst : static_cast<int32_t>(least);
      least = std::min(least, between[a].low + innermost[b].low);
    }
  }

  int64_t earlier = 0, later = writer.firings();
  trips_.resize(outermost.size());
  for (size_t t = 0; t < trips_.size(); ++t) {
    const Range r = outermost[t] + rows.always;
    trips_[t] = {r.empty() ? -kFar : r.high + 1, earlier, r.empty() ? kFar : r.low, 0};
    earlier = std::max(earlier, r.high + most + 1);
  }
  for (size_t t = trips_.size(); t-- > 0;) {
    trips_[t].later = later;
    later = std::min(later, trips_[t].first + least);
  }
}

WindowTable::Trip WindowTable::Trip::moved(int64_t items) const {
  return {need == -kFar ? need : need + items, earlier + items, first == kFar ? first : first + items,
          later + items};
}

int64_t WindowTable::least_capacity() const {
  int64_t most = 0, released = 0, released_before = 0, inside = 0;
  for (int64_t t = 0; t < trips(); ++t) {
    const auto at = static_cast<size_t>(t);
    const int64_t moved = released - released_before;
    if (t == 0 || trips_[at] != trips_[at - 1].moved(moved)) {  // else as in the trip before
      inside = 0;
      for (int64_t i = 0; i < firings_per_trip(); ++i) {
        inside = std::max(inside, need(t, i) - (i == 0 ? released : release(t, i - 1)));
      }
    }
    most = std::max(most, inside);
    released_before = released;
    released = release(t, firings_per_trip() - 1);
  }
  return most;
}

int64_t WindowTable::uniform_until(int64_t from, int64_t step, int64_t items) const {
  int64_t t = from;
  while (t + step < trips() &&
         trips_[static_cast<size_t>(t + step)] == trips_[static_cast<size_t>(t)].moved(items))
    ++t;
  return t;
}

WindowTables::WindowTables(const Program& program) : by_read_(program.stages.size()) {
  auto shape = [](const Stage& stage, std::vector<int64_t>& key) {
    for (const Loop& l : stage.loops)
      key.insert(key.end(), {l.dim.index, l.extent, l.lanes, static_cast<int64_t>(l.order)});
    key.push_back(-1);
  };
  for (size_t s = 0; s < program.stages.size(); ++s) {
    const Stage& reader = program.stages[s];
    for (const Read& read : reader.reads) {
      const std::optional<StageId> writer_id = program[read.store].writer;
      if (!writer_id) {
        by_read_[s].push_back(nullptr);
        continue;
      }
      const Stage& writer = program[*writer_id];
      std::vector<int64_t> key;
      shape(reader, key);
      shape(writer, key);
      for (const Loop& loop : writer.loops) {
        const Axis a = axis_for(read.window, loop.dim, reader);
        key.insert(key.end(), {a.of.index, a.all, a.multiply, a.low, a.high, a.divide});
      }
      std::unique_ptr<const WindowTable>& table = by_shape_[std::move(key)];
      if (!table) table = std::make_unique<const WindowTable>(reader, writer, read.window);
      by_read_[s].push_back(table.get());
    }
  }
}

}  // namespace ohmweave::program
