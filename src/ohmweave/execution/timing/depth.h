// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "ohmweave/execution/timing/state.h"

namespace ohmweave::execution {

/// Brings an edge's `binding` up to what the writer has done.
template <class R>
void find_binding(const RunState& run, const StageState& writer, RoomEdge& e) {
  const StageState& q = run.stages[e.reader];
  while (e.binding.n < q.next.n &&
         R::makes_room(R::freed(q.starts[e.binding.n], q.finish(e.binding.n), e.held), writer.last_finish)) {
    e.binding.advance(q.per_trip);
  }
}

/// Finds the depths of stores behind a run: when an item is written, how many of those before it are still
/// alive.
template <class R>
class Depths {
 public:
  explicit Depths(RunState& run) : run_(run) {}

  /// Counts for the next item with what is decided so far.
  void count(DepthMeter& d) {
    const StageState& w = run_.stages[d.writer];
    const Picoseconds written = w.finish(d.item);
    int64_t freed = d.item;
    for (DepthMeter::Reader& r : d.readers) {
      const StageState& q = run_.stages[r.stage];
      while (r.next.n < q.next.n &&
             R::makes_room(R::freed(q.starts[r.next.n], q.finish(r.next.n), r.held), written)) {
        r.freed = r.window->release(r.next.trip, r.next.position);
        r.next.advance(q.per_trip);
      }
      freed = std::min(freed, r.freed);
    }
    if (!d.readers.empty()) d.depth = std::max(d.depth, d.item + 1 - freed);
    ++d.item;
  }

  /// Counts for all items that later decisions can no longer change. Items of a stage on shared resources are
  /// counted when they are decided: room that will only be known later delays such a stage.
  void settle(DepthMeter& d) {
    const StageState& w = run_.stages[d.writer];
    while (d.item < w.next.n &&
           std::all_of(d.readers.begin(), d.readers.end(), [&](const auto& r) { return is_known(d, r); }))
      count(d);
  }
  void settle_around(uint32_t stage) {
    for (size_t m : run_.stages[stage].meters) settle(run_.meters[m]);
    for (const RunState::Link& link : run_.depth_makers[stage]) settle(run_.meters[link.owner]);
  }
  void settle_all() {
    for (DepthMeter& d : run_.meters) settle(d);
  }

 private:
  /// Whether all that a reader frees by the time of the next item is decided.
  bool is_known(const DepthMeter& d, const DepthMeter::Reader& r) const {
    const StageState& q = run_.stages[r.stage];
    if (q.done()) return true;
    const bool until_finish = r.held == kUntilFinish;
    const Picoseconds no_earlier =
        until_finish ? std::max(q.last_finish, q.last_start + q.least_latency) : q.last_start + r.held;
    if (no_earlier > run_.stages[d.writer].finish(d.item)) return true;
    const bool takes_time = until_finish ? q.least_latency > 0 : r.held > 0;
    return takes_time &&
           r.window->need(q.next.trip, q.next.position) > d.item;  // it has yet to wait for this item
  }

  RunState& run_;
};

}  // namespace ohmweave::execution
