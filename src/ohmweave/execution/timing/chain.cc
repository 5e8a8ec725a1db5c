// SPDX-License-Identifier: Apache-2.0
// What a firing waited for is not noted while the engine runs: it can be found again from the start times, for
// the few firings that matter.
#include <algorithm>
#include <optional>

#include "ohmweave/execution/timing/rules.h"
#include "ohmweave/execution/timing/state.h"

namespace ohmweave::execution {
namespace {

constexpr size_t kMostLinks = 1 << 16;

struct Origin {
  uint32_t stage = 0;
  int64_t firing = 0;
};

class Walk {
 public:
  explicit Walk(const RunState& run) : run_(run) {}

  std::vector<ChainLink> from(uint32_t i, int64_t n, Picoseconds end) {
    std::vector<ChainLink> out;
    Picoseconds until = end;
    std::optional<Origin> at = begun(i, n);
    while (at && remembers(at->stage, at->firing) && out.size() < kMostLinks) {
      const Picoseconds start = run_.stages[at->stage].starts[at->firing];
      Cause cause = Cause::Nothing;
      const std::optional<Origin> before = origin(at->stage, at->firing, cause);
      const bool goes_on = !out.empty() && out.back().stage.index == at->stage &&
                           out.back().first == at->firing + 1 &&
                           (out.back().cause == Cause::Interval || out.back().cause == Cause::Order);
      if (!goes_on) out.push_back({{at->stage}, at->firing, at->firing, start, 0, cause});
      ChainLink& link = out.back();
      link.first = at->firing;
      link.start = start;
      link.spent += until - start;
      link.cause = cause;
      until = start;
      at = before;
    }
    return out;
  }

 private:
  const StageState& stage(uint32_t i) const { return run_.stages[i]; }
  bool remembers(uint32_t i, int64_t n) const {
    return n >= std::max(stage(i).starts.first(), stage(i).remembered_from);
  }
  Picoseconds latency(uint32_t i, int64_t n) const {
    if (!stage(i).measured) return stage(i).latency;
    Picoseconds end = 0;
    for (const program::Step& step : stage(i).stage->steps)
      end = std::max(end, step.at + run_.duration(step, n));
    return end;
  }
  /// The firing that an item's finish hangs on: items retire in order.
  Origin begun(uint32_t i, int64_t n) const {
    const StageState& s = stage(i);
    while (s.measured && remembers(i, n - 1) && s.starts[n] + latency(i, n) < s.finish(n)) --n;
    return {i, n};
  }

  /// What let a firing begin when it did: the last of the engine's reasons that moved its start.
  std::optional<Origin> origin(uint32_t i, int64_t n, Cause& cause) const {
    const StageState& s = stage(i);
    const Picoseconds start = s.starts[n];
    if (n == 0 && start == 0) return std::nullopt;
    const bool has_previous = n > 0 && remembers(i, n - 1);
    const Picoseconds previous = has_previous ? s.starts[n - 1] : -1;
    const Origin one_before{i, n - 1};
    if (n > 0 && !has_previous) return one_before;  // forgotten: the chain ends there
    if (has_previous && previous == start) return cause = Cause::Order, one_before;
    if (has_previous && previous + s.own.interval == start) return cause = Cause::Interval, one_before;
    if (auto o = by_data(s, n, start)) return cause = Cause::Data, o;
    if (auto o = by_room(i, n, start)) return cause = Cause::Room, o;
    if (auto o = by_own_use(i, n, start)) return cause = Cause::Interval, o;
    cause = Cause::Resource;
    return by_resource(i, n, start);
  }

  static Firing firing(const StageState& s, int64_t n) { return {n, n / s.per_trip, n % s.per_trip}; }

  std::optional<Origin> by_data(const StageState& s, int64_t n, Picoseconds start) const {
    const Firing f = firing(s, n);
    for (const DataEdge& e : s.needs) {
      const int64_t need = e.window->need(f.trip, f.position);
      if (need > 0 && remembers(e.writer, need - 1) && stage(e.writer).finish(need - 1) == start)
        return begun(e.writer, need - 1);
    }
    return std::nullopt;
  }

  std::optional<Origin> by_room(uint32_t i, int64_t n, Picoseconds start) const {
    for (const RoomEdge& e : stage(i).rooms) {
      const int64_t item = n - e.capacity;
      if (item < 0) continue;
      const int64_t m = freeing(e, item);
      if (m >= stage(e.reader).next.n || !remembers(e.reader, m) || (e.reader == i && m == n)) continue;
      const Picoseconds begin = stage(e.reader).starts[m],
                        freed = Rules::freed(begin, stage(e.reader).finish(m), e.held);
      // A firing on shared resources cannot start before the one that makes room for it is decided.
      if (freed - latency(i, n) == start || (stage(i).shared && begin == start)) return Origin{e.reader, m};
    }
    return std::nullopt;
  }
  /// The first firing of the reader that frees an item.
  static int64_t freeing(const RoomEdge& e, int64_t item) {
    int64_t low = 0, high = e.window->trips() * e.window->firings_per_trip() - 1;
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      if (e.window->release(middle) > item) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  std::optional<Origin> by_own_use(uint32_t i, int64_t n, Picoseconds start) const {
    const StageState& s = stage(i);
    for (int64_t m = n - 1; m >= n - s.own.reach() && remembers(i, m); --m) {
      for (const OwnUse::Range& r : s.own.forbidden) {
        if (s.starts[m] + r.high == start) return Origin{i, m};
      }
    }
    return std::nullopt;
  }

  /// A firing whose use of a resource ends where a use of this one begins.
  std::optional<Origin> by_resource(uint32_t i, int64_t n, Picoseconds start) const {
    for (const CalendarUse& use : stage(i).uses) {
      const Picoseconds free = start + use.step->at;
      for (uint32_t other : run_.calendar_users[use.calendar]) {
        for (const CalendarUse& theirs : stage(other).uses) {
          if (theirs.calendar != use.calendar) continue;
          if (auto o = ends_at(other, *theirs.step, free); o && !(o->stage == i && o->firing >= n)) return o;
        }
      }
    }
    return std::nullopt;
  }
  std::optional<Origin> ends_at(uint32_t i, const program::Step& step, Picoseconds end) const {
    const StageState& s = stage(i);
    const Picoseconds longest = step.repeat ? step.lasts * run_.measures.largest(*step.repeat) : step.lasts;
    int64_t low = std::max(s.starts.first(), s.remembered_from), high = s.next.n;
    while (low < high) {  // the first firing that does not start too early
      const int64_t middle = low + (high - low) / 2;
      if (s.starts[middle] + step.at + longest >= end) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    for (int64_t m = low; m < s.next.n && s.starts[m] + step.at < end; ++m) {
      if (s.starts[m] + step.at + run_.duration(step, m) == end) return Origin{i, m};
    }
    return std::nullopt;
  }

  const RunState& run_;
};

}  // namespace

std::vector<ChainLink> critical_chain(const RunState& run, Picoseconds end) {
  for (uint32_t i = 0; i < run.stages.size(); ++i) {
    const StageState& s = run.stages[i];
    if (s.firings > 0 && s.last_finish == end) return Walk(run).from(i, s.firings - 1, end);
  }
  return {};
}

}  // namespace ohmweave::execution
