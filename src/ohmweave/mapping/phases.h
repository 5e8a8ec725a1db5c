// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ohmweave/mapping/resources.h"

namespace ohmweave::mapping {

/// Amounts of one phase: values and bytes, over all instances, per firing or per element.
struct Load {
  double values = 0, bytes = 0;
  double of(const circuit::Action& action) const { return action.unit == "byte" ? bytes : values; }
};

/// Whole actions; what a sum of shares is above a whole number by rounding alone does not count.
int64_t round_up(double actions);

/// What components of a phase do by nature: where data come from, and elsewhere.
struct Natural {
  circuit::Verb source, rest;
};

/// What a component does in a phase: the first of the `natural` verbs that it knows; else the one thing that it
/// can do to values (add, apply, compare, move); else it is a memory, read where data come from (`source`) and
/// written elsewhere. Null if it does none of these.
const circuit::Action* action_for(const circuit::Component& part, const std::vector<circuit::Verb>& natural,
                                  bool source);
/// The verbs that are natural for an operator computed by a digital unit.
std::vector<circuit::Verb> natural_verbs(network::Op op);

/// Times and steps of phases, in whole cycles of the design's pipeline.
class Phases {
 public:
  Phases(const Context& c, Resources& resources);

  program::Picoseconds cycle() const { return cycle_; }
  /// Whole cycles that `parts` instances need for a load together, at least one; without and with what comes
  /// before the first action.
  program::Picoseconds busy_cycles(const circuit::Action& action, const Load& load, double parts) const;
  program::Picoseconds cycles(const circuit::Action& action, const Load& load, double parts) const;
  program::Picoseconds startup(const circuit::Action& action) const;
  /// How long `parts` instances are busy, not rounded to cycles.
  static double picoseconds(const circuit::Action& action, double actions, double parts);

  static void add_step(program::Stage& stage, program::ResourceId on, circuit::Verb verb,
                       program::Picoseconds at, program::Picoseconds lasts, int64_t count);
  /// Adds the steps of a phase that begins at `at`, what each component does by nature if it
  /// can; `per_firing` is the load of a full firing, which sets the time, and `count` the load that is counted.
  /// Returns how long the phase lasts: nothing if it passes no component, at least a cycle otherwise.
  program::Picoseconds add(const Phase& phase, const Natural& natural, const Task& t, program::Stage& stage,
                           program::Picoseconds at, const Load& per_firing, const Load& count,
                           program::Serves serves);

 private:
  int64_t whole_cycles(double picoseconds) const;
  const Context& c_;
  Resources& resources_;
  program::Picoseconds cycle_;
};

}  // namespace ohmweave::mapping
