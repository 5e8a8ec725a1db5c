// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/program/counts.h"
#include "ohmweave/program/program.h"

/// Oracles of the timing engine, for tests: slow, and written from the definition of a program alone
/// (docs/models/timing.md), with nothing of the engine in them.
namespace ohmweave::execution::testing {

struct Schedule {
  std::vector<std::vector<Picoseconds>> starts, finishes;  // per stage, per firing
  std::vector<int64_t> depths;                             // per store
  bool complete = false;
  Picoseconds end = 0;
};

/// The greedy list schedule: decides firing by firing, looks through all firings for every question, and keeps
/// every reservation for ever.
Schedule reference(const program::Program& program, const program::Measured* measured = nullptr);

/// What is wrong with these starts: items used before they are written, more items alive than fit, a resource
/// with more uses than units, firings out of order. Empty if nothing.
std::vector<std::string> faults(const program::Program& program,
                                const std::vector<std::vector<Picoseconds>>& starts,
                                const program::Measured* measured = nullptr);

}  // namespace ohmweave::execution::testing
