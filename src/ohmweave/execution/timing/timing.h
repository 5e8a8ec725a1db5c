// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ohmweave/program/program.h"

namespace ohmweave::execution {

using units::Picoseconds;

/// Why a firing did not start earlier.
enum class Cause : uint8_t { Nothing, Order, Interval, Data, Room, Resource };

struct TimingOptions {
  bool skip_steady_state = true;     // exact: see docs/models/timing.md
  bool keep_starts = false;          // all start times, for tests and traces (memory: 8 bytes per firing)
  int64_t keep_trace_epochs = 0;     // start times of the first epochs of each stage, for the trace
  /// Values of the measures, from the functional execution; without them `known` or `most`.
  const std::vector<std::vector<int64_t>>* measured = nullptr;
};

struct StageTiming {
  int64_t firings = 0;
  Picoseconds first_start = 0, last_finish = 0;
  Picoseconds waited[6] = {};        // by Cause, over all firings: time between in-order readiness and start
  std::vector<Picoseconds> starts;   // as asked for
  std::vector<Picoseconds> epoch_finish;  // finish of the last firing of each trip of the outermost loop
};
struct ResourceTiming {
  Picoseconds busy = 0;              // summed over units
};
struct StoreTiming {
  int64_t depth = 0;                 // most items alive at once: the least capacity that delays nothing
};
/// A link of the chain of firings that made the run as long as it is, last first.
struct ChainLink {
  program::StageId stage;
  int64_t firing = 0;
  Picoseconds start = 0;
  Cause cause = Cause::Nothing;
};

struct Timing {
  Picoseconds end = 0;
  Picoseconds period = 0;            // between trips of the outermost loop once the run is steady; 0: fewer than two trips
  bool steady = false;               // the period repeated exactly
  int64_t firings = 0, skipped = 0;
  std::vector<StageTiming> stages;
  std::vector<ResourceTiming> resources;
  std::vector<StoreTiming> stores;
  std::vector<ChainLink> critical_chain;
  std::vector<std::string> deadlock; // empty, or the cycle of waits, one sentence each
};

/// Runs the program as a discrete-event simulation in whole picoseconds: greedy, deterministic, nothing averaged.
Timing time(const program::Program& program, const TimingOptions& options = {});

}  // namespace ohmweave::execution
