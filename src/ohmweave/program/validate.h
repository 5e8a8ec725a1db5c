// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ohmweave/circuit/component.h"
#include "ohmweave/program/program.h"

namespace ohmweave::program {

/// Violations of what every program must keep (docs/architecture.md lists them), each naming stage and store; empty if
/// none. A violation after mapping is a fault of a pass, after parsing one of the text.
std::vector<std::string> violations(const Program& program);

/// The least capacity each store needs before any simulation: see WindowTable::least_capacity. Necessary, not sufficient
/// where paths rejoin.
std::vector<int64_t> least_capacities(const Program& program);

/// Actions by (resource, verb), exact, without simulating. A measure counts `most` unless `measured` or `known` says.
struct Counts {
  std::map<std::pair<uint32_t, circuit::Verb>, int64_t> actions;
};
Counts count_actions(const Program& program, const std::vector<std::vector<int64_t>>* measured = nullptr);

/// One line per resource, store, stage; parse() reads it back (without the operations' plans, which need a machine).
std::string print(const Program& program);
/// Throws base::Failure with positions.
Program parse(std::shared_ptr<const base::Source> source);

}  // namespace ohmweave::program
