// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ohmweave/program/counts.h"
#include "ohmweave/program/program.h"

namespace ohmweave::execution {

using units::Picoseconds;

/// Why a firing did not start earlier: the firing before it, its stage's own resources, an item it reads, room
/// for what it writes, a resource that others use.
enum class Cause : uint8_t { Nothing, Order, Interval, Data, Room, Resource };
constexpr size_t kCauses = 6;

struct TimingOptions {
  bool skip_steady_state = true;  // exact: see docs/models/timing.md
  bool keep_starts = false;       // all start times, for tests (memory: 8 bytes per firing)
  int64_t keep_trace_epochs =
      0;  // start times of the first trips of each stage's outermost loop, for the trace
  bool keep_epoch_finishes = true;  // memory: 8 bytes per trip of each stage's outermost loop
  bool find_critical_chain = true;  // memory: 8 bytes for each of at most 4 million firings
  /// Values of the measures, from the functional execution; without them `known` or `most`.
  const program::Measured* measured = nullptr;
};

struct StageTiming {
  int64_t firings = 0;
  Picoseconds first_start = 0, last_start = 0, last_finish = 0;
  /// What its firings waited for, by Cause: adds up to last_start.
  std::array<Picoseconds, kCauses> waited{};
  std::vector<Picoseconds> starts;        // as asked for
  std::vector<Picoseconds> epoch_finish;  // finish of the last firing of each trip of the outermost loop
};
struct ResourceTiming {
  Picoseconds busy = 0;  // summed over units
};
struct StoreTiming {
  /// Most items alive at once, the one just written included; 0 if nobody reads them. Where items are held
  /// until firings finish and no resource is shared, stores of this capacity, all together, change no start.
  /// Elsewhere nearly so: a firing that begins early, for room that others are yet to make, may have to wait to
  /// be certain.
  int64_t depth = 0;
};

/// A link of the chain of firings that made the run as long as it is: firings `first`..`last` of a stage, each
/// begun as soon as the one before let it.
struct ChainLink {
  program::StageId stage;
  int64_t first = 0, last = 0;
  Picoseconds start = 0;  // of `first`
  Picoseconds spent = 0;  // from there to the start of the next link; below 0 where a firing began early,
                          // because there would be room by the time it writes
  Cause cause = Cause::Nothing;  // why `first` did not start earlier
};

struct Timing {
  Picoseconds end = 0;
  /// Once the run is steady, `period_trips` trips of the outermost loop of `pace` take `period`; without a
  /// steady state, the last trip took it. 0: fewer than two trips.
  Picoseconds period = 0;
  int64_t period_trips = 1;
  program::StageId pace;
  bool steady = false;  // the state of the whole program repeated exactly
  int64_t firings = 0, skipped = 0;
  std::vector<StageTiming> stages;
  std::vector<ResourceTiming> resources;
  std::vector<StoreTiming> stores;
  /// Last link first. Reaches back to the beginning, or as far as firings are remembered.
  std::vector<ChainLink> critical_chain;
  std::vector<std::string> deadlock;  // empty, or the cycle of waits, one sentence each
};

/// Runs a sound program (program::violations) as a discrete-event simulation in whole picoseconds: greedy,
/// deterministic, nothing averaged.
Timing time(const program::Program& program, const TimingOptions& options = {});

}  // namespace ohmweave::execution
