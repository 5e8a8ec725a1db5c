// SPDX-License-Identifier: Apache-2.0
// Designs that send results a sample at a time (`pipeline.send`): who works where its operand is made, and the
// beats of machines whose layers all compute, then all send (`schedule: lockstep`; FloatPIM, ISCA 2019, Section
// 5: T0 all blocks compute, T1 odd blocks send, T2 even blocks send).
#include <algorithm>
#include <map>

#include "ohmweave/mapping/context.h"

namespace ohmweave::mapping {
namespace {

using program::Axis;
using program::Picoseconds;
using program::StageId;
using program::StoreId;

/// Whether the network's outputs show the result of each task.
std::vector<bool> shown(const Context& c) {
  std::vector<bool> out(c.tasks.size(), false);
  for (network::ValueId v : c.network().outputs) {
    const Needs whole(c.network().value(v).shape.size(), program::all_of());
    const auto stored = [&](network::ValueId x) { return c.task_of(x).has_value(); };
    for (const Origin& o : trace(c.network(), v, whole, stored)) {
      if (const auto maker = c.task_of(o.value)) out[*maker] = true;
    }
  }
  return out;
}

/// The task whose first operand another one makes in the same region, for nobody else: it works on it where it
/// is.
std::optional<size_t> leader(const Context& c, const Task& t, const std::vector<bool>& shown) {
  if (t.is_product()) return std::nullopt;
  for (const Operand& o : t.operands) {
    const auto maker = c.task_of(o.origin.value);
    if (!maker) continue;
    const Task& m = c.tasks[*maker];
    if (m.region != t.region || m.readers.size() != 1 || shown[*maker]) return std::nullopt;
    return maker;
  }
  return std::nullopt;
}

/// Longest paths from the inputs, counted in sends: tasks that work together are one step of them.
void find_levels(Context& c) {
  std::vector<size_t> first(c.tasks.size());  // of those that work together; makers stand before their readers
  for (size_t k = 0; k < c.tasks.size(); ++k) first[k] = c.tasks[k].follows ? first[*c.tasks[k].follows] : k;
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t k = 0; k < c.tasks.size(); ++k) {
      int64_t& level = c.tasks[first[k]].level;
      for (const Operand& o : c.tasks[k].operands) {
        const auto maker = c.task_of(o.origin.value);
        if (!maker || first[*maker] == first[k]) continue;
        const int64_t behind = c.tasks[first[*maker]].level + 1;
        if (behind > level) level = behind, changed = true;
      }
    }
  }
  for (size_t k = 0; k < c.tasks.size(); ++k) c.tasks[k].level = c.tasks[first[k]].level;
}

/// A phase of a beat: it ends when its time is over and all its members have done the sample that is theirs in
/// this beat.
struct BeatPhase {
  const char *timer, *end;
  struct Member {
    StageId stage;
    int64_t level = 0;
  };
  std::vector<Member> members;
  Picoseconds lasts = 0;
  StoreId ended = {};
};

class Beats {
 public:
  explicit Beats(Context& c)
      : c_(c), together_(c.out.samples_together), image_(c.program.dim("image")), beat_(c.program.dim("beat")) {
    int64_t last = 0;
    for (const Task& t : c.tasks) last = std::max(last, t.level);
    loop_ = {beat_, c.out.samples + last * together_, together_};
  }

  void run() {
    find_phases();
    if (phases_.empty()) return;
    clock_ = c_.program.add(program::Resource{"beat.clock", "", 1, 1});
    for (BeatPhase& phase : phases_) {
      program::Store ended;
      ended.name = phase.end;
      phase.ended = c_.program.add(std::move(ended));
    }
    for (size_t k = 0; k < phases_.size(); ++k) add(k);
  }

 private:
  void find_phases() {
    BeatPhase compute{"beat.T0", "beat.computed", {}}, odd{"beat.T1", "beat.odd_sent", {}},
        even{"beat.T2", "beat.even_sent", {}};
    for (uint32_t k = 0; k < c_.tasks.size(); ++k) {
      const Task& t = c_.tasks[k];
      compute.members.push_back({{k}, t.level});
      // Layers are counted from 1, so the first of them is odd.
      if (t.send) (t.level % 2 == 0 ? odd : even).members.push_back({*t.send, t.level});
    }
    for (BeatPhase* phase : {&compute, &odd, &even}) {
      if (phase->members.empty()) continue;
      phase->lasts = time_of(*phase);
      phases_.push_back(std::move(*phase));
    }
  }

  /// What a sample takes when all members work: never more than it will, and as much unless members get in each
  /// other's way.
  Picoseconds time_of(const BeatPhase& phase) const {
    std::map<uint32_t, Picoseconds> busy;
    std::map<uint32_t, Picoseconds> finish;  // by stage
    Picoseconds out = 0;
    for (const BeatPhase::Member& m : phase.members) {
      const program::Stage& stage = c_.program[m.stage];
      const bool task = m.stage.index < c_.tasks.size();
      std::map<uint32_t, Picoseconds> own;
      for (const program::Step& s : stage.steps) own[s.on.index] += s.lasts * s.units / c_.program[s.on].units;
      Picoseconds interval = 0;
      for (const auto& [resource, lasts] : own) {
        interval = std::max(interval, lasts);
        out = std::max(out, busy[resource] += lasts * stage.firings_per_trip());
      }
      if (task && c_.tasks[m.stage.index].recurrent) interval = stage.latency();
      Picoseconds& end = finish[m.stage.index];
      end = (stage.firings_per_trip() - 1) * interval + stage.latency();
      if (task && c_.tasks[m.stage.index].follows)
        end = std::max(end, finish[static_cast<uint32_t>(*c_.tasks[m.stage.index].follows)] + stage.latency());
      out = std::max(out, end);
    }
    return out;
  }

  /// The beat whose items a member of this level needs for a sample, `lag` beats before the one it works in.
  program::Window beat_of(int64_t level, int64_t lag) const {
    const int64_t behind = (level - lag) * together_;
    return {{{beat_, Axis{image_, false, 1, behind, behind, 1}}}};
  }
  program::Window sample_of(int64_t level) const {
    const int64_t behind = -level * together_;
    return {{{image_, Axis{beat_, false, 1, behind, behind, 1}}}};
  }

  /// Adds the stages of a phase, and makes its members wait for the end of the phase before.
  void add(size_t k) {
    BeatPhase& phase = phases_[k];
    const bool first = k == 0;
    const StoreId before = phases_[first ? phases_.size() - 1 : k - 1].ended;
    program::Stage timer;
    timer.name = phase.timer;
    timer.loops = {loop_};
    program::Step step;
    step.on = clock_;
    step.verb = circuit::Verb::Apply;
    step.lasts = phase.lasts;
    timer.steps = {step};
    program::Window window;
    if (first) window.axes.push_back({beat_, program::previous(beat_, together_)});
    timer.reads.push_back({before, window, {}});
    const StageId ticks = c_.program.add(std::move(timer));

    program::Stage end;
    end.name = phase.end;
    end.loops = {loop_};
    end.writes = {phase.ended};
    const StageId ends = c_.program.add(std::move(end));
    c_.program.order(ends, ticks);
    for (const BeatPhase::Member& m : phase.members) {
      c_.program.order(ends, m.stage, sample_of(m.level));
      c_.program[m.stage].reads.push_back({before, beat_of(m.level, first ? 1 : 0), {}});
    }
  }

  Context& c_;
  int64_t together_;
  program::Dim image_, beat_;
  program::Loop loop_;
  program::ResourceId clock_;
  std::vector<BeatPhase> phases_;
};

}  // namespace

void join(Context& c) {
  if (!c.settings.pipeline.send) return;
  const std::vector<bool> leaves = shown(c);
  for (Task& t : c.tasks) t.sends = true;
  for (Task& t : c.tasks) {
    t.follows = leader(c, t, leaves);
    if (t.follows) c.tasks[*t.follows].sends = false;
  }
  find_levels(c);
}

void lockstep(Context& c) { Beats(c).run(); }

}  // namespace ohmweave::mapping
