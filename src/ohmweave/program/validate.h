// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ohmweave/program/program.h"

namespace ohmweave::program {

/// What is wrong with a program, and with which part of it.
struct Violation {
  enum class Part { Resource, Store, Stage, Measure };
  Part part = Part::Stage;
  uint32_t index = 0;
  std::string message;  // names the part
};

/// What a program must keep so that it can be read at all: ids, names, extents, times, units, windows, writers.
/// Costs next to nothing.
std::vector<Violation> malformations(const Program& program);

/// Violations of what every program must keep (docs/architecture.md lists them), each naming stage or store;
/// empty if none: malformations, and of a well-formed program also stores smaller than their least capacity and
/// cycles of reads without a lag. A violation after mapping is a fault of a pass, after parsing one of the
/// text.
std::vector<std::string> violations(const Program& program);

/// The least capacity each store needs before any simulation: see WindowTable::least_capacity. Necessary, not
/// sufficient where paths rejoin.
std::vector<int64_t> least_capacities(const Program& program);

}  // namespace ohmweave::program
