// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>

#include "ohmweave/mapping/levels.h"

namespace ohmweave::mapping {

namespace {

/// `first` waits for the samples that `last` was given before, of all copies of the network.
void wait_for_the_last(Context& c, size_t first, size_t last) {
  const program::Dim image = c.program.dim("image");
  program::Window window;
  window.axes.push_back({image, program::previous(image, c.out.samples_together)});
  const std::optional<program::StageId> send = c.tasks[last].send;
  if (!send) {
    for (const Position& position : c.tasks[last].positions)
      window.axes.push_back({position.dim, program::all_of()});
  }
  c.program.order({static_cast<uint32_t>(first)}, send.value_or(program::StageId{static_cast<uint32_t>(last)}),
                  std::move(window));
}

/// In every instance of a group, the first task waits for the last.
void order_within(Context& c, const machine::Node& group) {
  std::map<int64_t, std::pair<size_t, size_t>> ends;  // by instance
  for (size_t k = 0; k < c.tasks.size(); ++k) {
    const Range range = range_of(c, group, c.regions[c.tasks[k].region]);
    for (int64_t n = range.first; n <= range.last(); ++n) ends.try_emplace(n, k, k).first->second.second = k;
  }
  std::set<std::pair<size_t, size_t>> known;
  for (const auto& [instance, end] : ends) {
    if (known.insert(end).second) wait_for_the_last(c, end.first, end.second);
  }
}

}  // namespace

/// Schedules only add waiting. "layer" is in the windows already (every reader waits for the whole sample);
/// "serial" lets a sample in when the one before has left: stages that read only the input wait for all that
/// nobody reads. "lockstep" makes stages wait for the beats of a clock.
void order(Context& c) {
  if (c.settings.schedule == Schedule::Lockstep) return lockstep(c);
  if (c.settings.schedule != Schedule::Serial) return;
  if (!c.settings.serial_group.empty()) return order_within(c, *c.machine.find(c.settings.serial_group));
  for (size_t first = 0; first < c.tasks.size(); ++first) {
    bool starts = true;
    for (const Operand& o : c.tasks[first].operands) starts &= !c.task_of(o.origin.value);
    if (!starts) continue;
    for (size_t last = 0; last < c.tasks.size(); ++last) {
      if (!c.tasks[last].readers.empty()) continue;
      wait_for_the_last(c, first, last);
    }
  }
}

}  // namespace ohmweave::mapping
