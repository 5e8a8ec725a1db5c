// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "ohmweave/program/program.h"

namespace ohmweave::program {

/// A window as firings. Firing n of the reader cannot begin before the first need(n) firings of the writer have
/// finished; when it is done, no later firing uses the writer's firings below release(n). Both never decrease.
///
/// The rank of an item is a sum over loops, so a trip of the reader's outermost loop adds one number to what is
/// the same in every trip. Kept are one entry per trip and one per firing of a single trip, whatever the shape:
/// exact, also where a trip is cut short or its window hangs over an edge.
class WindowTable {
 public:
  /// The window must suit the stages (violations() tells).
  WindowTable(const Stage& reader, const Stage& writer, const Window& window);

  int64_t need(int64_t n) const { return need(n / firings_per_trip(), n % firings_per_trip()); }
  int64_t release(int64_t n) const { return release(n / firings_per_trip(), n % firings_per_trip()); }
  /// The same for the firing at `position` of a trip of the outermost loop.
  int64_t need(int64_t trip, int64_t position) const {
    const Trip& t = trips_[static_cast<size_t>(trip)];
    const int32_t rank = need_[static_cast<size_t>(position)];
    return rank == kNoNeed ? t.earlier : std::max(t.earlier, t.need + rank);
  }
  int64_t release(int64_t trip, int64_t position) const {
    const Trip& t = trips_[static_cast<size_t>(trip)];
    const int32_t rank = first_[static_cast<size_t>(position)];
    return rank == kNoFirst ? t.later : std::min(t.later, t.first + rank);
  }
  int64_t firings_per_trip() const { return static_cast<int64_t>(need_.size()); }
  int64_t trips() const { return static_cast<int64_t>(trips_.size()); }

  /// max over n of need(n) - release(n-1): with fewer items the reader can never fire.
  int64_t least_capacity() const;

  /// The first trip t >= `from` at which the window does not move on by `items` from trip t to trip t + `step`;
  /// trips() - `step` if it always does.
  int64_t uniform_until(int64_t from, int64_t step, int64_t items) const;

  size_t bytes() const {
    return trips_.size() * sizeof(Trip) + (need_.size() + first_.size()) * sizeof(int32_t);
  }

 private:
  struct Trip {
    int64_t need, earlier;  // need of rank 0, and the most that earlier trips needed
    int64_t first, later;   // first item of rank 0, and the least that later trips use
    bool operator==(const Trip&) const = default;
    Trip moved(int64_t items) const;
  };
  static constexpr int32_t kNoNeed = INT32_MIN, kNoFirst = INT32_MAX;

  std::vector<Trip> trips_;
  std::vector<int32_t> need_, first_;  // of one trip: the most needed so far, the first item needed afterwards
};

/// Whether the ranks within one trip of the reader's outermost loop fit a table.
bool fits_table(const Stage& reader, const Stage& writer, const Window& window);

/// The axis of a window for one loop of the writer, defaults resolved.
Axis axis_for(const Window& window, Dim writer_loop, const Stage& reader);

/// The window tables of a program's reads. Reads of the same shape share one.
class WindowTables {
 public:
  explicit WindowTables(const Program& program);
  /// Null if the store has no writer: it is full from the start.
  const WindowTable* of(StageId reader, size_t read) const { return by_read_[reader.index][read]; }

 private:
  std::map<std::vector<int64_t>, std::unique_ptr<const WindowTable>> by_shape_;
  std::vector<std::vector<const WindowTable*>> by_read_;
};

}  // namespace ohmweave::program
