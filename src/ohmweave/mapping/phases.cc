// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/mapping/phases.h"

#include <algorithm>
#include <cmath>

#include "ohmweave/network/operators.h"

namespace ohmweave::mapping {

using circuit::Action;
using circuit::Verb;
using program::Picoseconds;

int64_t round_up(double x) { return static_cast<int64_t>(std::ceil(x - 1e-9)); }

const Action* action_for(const circuit::Component& part, const std::vector<Verb>& natural, bool source) {
  for (Verb v : natural) {
    if (const Action* a = part.action(v)) return a;
  }
  for (Verb v : {Verb::Add, Verb::Apply, Verb::Compare, Verb::Move}) {
    if (const Action* a = part.action(v)) return a;
  }
  return part.action(source ? Verb::Read : Verb::Write);
}

std::vector<Verb> natural_verbs(network::Op op) {
  using network::Op;
  switch (op) {
    case Op::MaxPool:
    case Op::GlobalMaxPool:
    case Op::Max:
    case Op::Min:
    case Op::ReduceMax:
    case Op::ReduceMin:
      return {Verb::Compare};
    default:
      return {network::family_of(op) == network::Family::Unary ? Verb::Apply : Verb::Add};
  }
}

Phases::Phases(const Context& c, Resources& resources)
    : c_(c), resources_(resources), cycle_(units::to_picoseconds(c.settings.pipeline.cycle)) {}

double Phases::picoseconds(const Action& action, double actions, double parts) {
  double rounds = actions / parts;
  if (action.at_once > 1) rounds = static_cast<double>(round_up(rounds / static_cast<double>(action.at_once)));
  return rounds * static_cast<double>(units::to_picoseconds(action.time));
}

int64_t Phases::whole_cycles(double picoseconds) const {
  return round_up(picoseconds / static_cast<double>(cycle_));
}
Picoseconds Phases::busy_cycles(const Action& action, const Load& load, double parts) const {
  return std::max<int64_t>(whole_cycles(picoseconds(action, load.of(action), parts)), 1) * cycle_;
}
Picoseconds Phases::startup(const Action& action) const {
  return whole_cycles(static_cast<double>(units::to_picoseconds(action.startup))) * cycle_;
}
Picoseconds Phases::cycles(const Action& action, const Load& load, double parts) const {
  return busy_cycles(action, load, parts) + startup(action);
}

void Phases::add_step(program::Stage& stage, program::ResourceId on, Verb verb, Picoseconds at,
                      Picoseconds lasts, int64_t count) {
  program::Step step;
  step.on = on;
  step.verb = verb;
  step.at = at;
  step.lasts = lasts;
  step.count = count;
  stage.steps.push_back(step);
}

Picoseconds Phases::add(const Phase& phase, const Natural& natural, const Task& t, program::Stage& stage,
                        Picoseconds at, const Load& per_firing, const Load& count, program::Serves serves) {
  struct Part {
    const machine::Node& node;
    const Action& action;
  };
  std::vector<Part> parts;
  Picoseconds lasts = phase.through.empty() ? 0 : cycle_;
  for (const std::string& path : phase.through) {
    const machine::Node& node = *c_.machine.find(path);
    const bool source = path == phase.through.front();
    parts.push_back({node, *action_for(*node.component, {source ? natural.source : natural.rest}, source)});
    lasts = std::max(lasts, cycles(parts.back().action, per_firing, resources_.instances(node, t)));
  }
  for (const Part& part : parts) {
    add_step(stage, resources_.of(part.node, t), part.action.verb, at, lasts, round_up(count.of(part.action)));
    stage.steps.back().serves = serves;
  }
  return lasts;
}

}  // namespace ohmweave::mapping
