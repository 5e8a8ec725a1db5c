// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ohmweave/execution/timing/own_use.h"
#include "ohmweave/execution/timing/rules.h"
#include "ohmweave/execution/timing/tail.h"
#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/program/counts.h"
#include "ohmweave/program/window.h"

namespace ohmweave::execution {

/// A firing of a stage: its number, and the same as trip of the outermost loop and position within the trip.
struct Firing {
  int64_t n = 0, trip = 0, position = 0;
  void advance(int64_t per_trip) {
    ++n;
    if (++position == per_trip) position = 0, ++trip;
  }
};

/// Items a stage reads from a stage.
struct DataEdge {
  uint32_t writer = 0;
  uint32_t store = 0;
  const program::WindowTable* window = nullptr;
};

/// Room a stage needs in a store of limited capacity: what one of its readers has yet to free.
struct RoomEdge {
  uint32_t reader = 0;
  uint32_t store = 0;
  const program::WindowTable* window = nullptr;
  int64_t capacity = 0;
  Picoseconds held = kUntilFinish;
  Firing freeing;  // of the reader: the first that frees the item to be replaced next
  Firing
      binding;  // of the reader: the first that frees anything later than the writer's next firing could finish
};

/// Most items alive at once in a store, found item by item, behind the run.
struct DepthMeter {
  struct Reader {
    uint32_t stage = 0;
    const program::WindowTable* window = nullptr;
    Picoseconds held = kUntilFinish;
    Firing next;        // the first that has freed nothing by the time of the item looked at last
    int64_t freed = 0;  // items freed before it
  };
  uint32_t writer = 0;
  std::vector<Reader> readers;
  int64_t item = 0;  // looked at next
  int64_t depth = 0;
};

/// A step that has to look into a calendar: its resource is shared, has several units, or is used for a varying
/// time.
struct CalendarUse {
  uint32_t calendar = 0;
  const program::Step* step = nullptr;
};

/// What a stage that cannot fire yet waits for.
struct Wait {
  uint32_t stage = 0;
  int64_t firings = 0;  // of that stage must have been decided
  uint32_t store = 0;
  bool for_room = false;
};

struct StageState {
  const program::Stage* stage = nullptr;
  int64_t firings = 0, per_trip = 1;
  Picoseconds latency = 0, least_latency = 0;  // the most and least that a firing lasts
  bool shared = false;                         // uses a resource that another stage uses
  bool measured = false;                       // firings last differently
  OwnUse own;
  std::vector<CalendarUse> uses;
  std::vector<DataEdge> needs;
  std::vector<RoomEdge> rooms;
  std::vector<size_t> meters;  // of the stores it writes

  Firing next;
  Tail starts, finishes;  // finishes only if measured; else starts + latency
  Picoseconds last_start = 0, last_finish = 0;

  // Of the next firing: the earliest start by each reason, none before the one above.
  Picoseconds by_interval = 0, by_data = 0, by_room = 0, by_own_use = 0;
  Picoseconds since = 0;  // when its items were there and the firing before had begun
  Picoseconds next_latency = 0;
  Picoseconds floor = 0;  // items it needs that are forgotten were there by then
  bool waiting = false;
  Wait wait;  // if waiting
  struct Waiter {
    uint32_t stage;
    int64_t firings;  // of this stage, that it waits for
  };
  std::vector<Waiter> waiters;

  int64_t remembered_from =
      0;             // firings before this one are not what `starts` says: a steady state was skipped
  int64_t kept = 0;  // start times to be kept
  StageTiming timing;

  bool done() const { return next.n == firings; }
  Picoseconds finish(int64_t n) const { return measured ? finishes[n] : starts[n] + latency; }
};

/// Everything a run changes, and what it reads.
struct RunState {
  RunState(const program::Program& p, const TimingOptions& o);

  const program::Program& program;
  const TimingOptions& options;
  program::MeasureValues measures;
  program::WindowTables windows;
  std::vector<StageState> stages;
  std::vector<uint32_t> calendar_resources;  // resource of each calendar
  std::vector<std::vector<uint32_t>> calendar_users;
  std::vector<DepthMeter> meters;
  /// Who reads what a stage writes, as (reader, edge); whose room a stage is to make, as (writer, edge); and
  /// whose depth it makes, as (meter, reader).
  struct Link {
    size_t owner, edge;
  };
  std::vector<std::vector<Link>> readers, room_makers, depth_makers;
  int64_t history = 0;  // starts of a stage to be remembered for the critical chain

  Picoseconds duration(const program::Step& step, int64_t n) const {
    return step.repeat ? step.lasts * measures.at(*step.repeat, n) : step.lasts;
  }

 private:
  void add_stage(uint32_t s, const std::vector<std::vector<uint32_t>>& users);
  void use_resources(StageState& state, const std::vector<std::vector<uint32_t>>& users);
  void connect();
};

/// What is known of a steady state.
struct Steady {
  bool found = false;
  Picoseconds period = 0;
  int64_t trips = 1;  // of the stage `pace`, in a period
  uint32_t pace = 0;
  int64_t skipped = 0;  // firings, over all stages
};

/// What a run that has come to its end, or cannot go on, has to tell.
Timing summarize(RunState& run, const Steady& steady);

/// The chain of firings that the end of a finished run hangs on, last link first.
std::vector<ChainLink> critical_chain(const RunState& run, Picoseconds end);

/// The cycle of waits of a run that cannot go on, one sentence each.
std::vector<std::string> tell_deadlock(const RunState& run);

}  // namespace ohmweave::execution
