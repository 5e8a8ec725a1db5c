// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/mapping/context.h"

namespace ohmweave::mapping {

/// Schedules only add waiting. "layer" is in the windows already (every reader waits for the whole sample);
/// "serial" lets a sample in when the one before has left: stages that read only the input wait for all that
/// nobody reads.
void order(Context& c) {
  if (c.settings.schedule != Schedule::Serial) return;
  program::Program& p = c.program;
  program::Window one_sample_ago;
  one_sample_ago.axes.push_back({p.dim("image"), program::previous(p.dim("image"))});
  for (size_t first = 0; first < c.tasks.size(); ++first) {
    bool starts = true;
    for (const Operand& o : c.tasks[first].operands) starts &= !c.task_of(o.origin.value);
    if (!starts) continue;
    for (size_t last = 0; last < c.tasks.size(); ++last) {
      if (!c.tasks[last].readers.empty()) continue;
      program::Window window = one_sample_ago;
      for (const Position& position : c.tasks[last].positions)
        window.axes.push_back({position.dim, program::all_of()});
      p.order({static_cast<uint32_t>(first)}, {static_cast<uint32_t>(last)}, std::move(window));
    }
  }
}

}  // namespace ohmweave::mapping
