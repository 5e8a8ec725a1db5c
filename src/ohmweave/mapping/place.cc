// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/mapping/context.h"

namespace ohmweave::mapping {
namespace {

/// Groups that the products take, each layer in groups of its own.
int64_t groups_needed(const Context& c) {
  int64_t n = 0;
  for (const Task& t : c.tasks) {
    if (t.is_product()) n += divide_up(t.arrays(), c.arrays_per_group);
  }
  return n;
}

/// Groups when small layers may share one: those below half a group are packed in order.
int64_t groups_packed(const Context& c) {
  int64_t n = 0, open = 0;
  for (const Task& t : c.tasks) {
    if (!t.is_product()) continue;
    if (2 * t.arrays() > c.arrays_per_group) {
      n += divide_up(t.arrays(), c.arrays_per_group);
    } else if (open >= t.arrays()) {
      open -= t.arrays();
    } else {
      ++n;
      open = c.arrays_per_group - t.arrays();
    }
  }
  return n;
}

}  // namespace

void choose_chips(Context& c) {
  c.place = c.machine.find(c.settings.place);
  const machine::Node& arrays = c.machine.arrays();
  c.arrays_per_group = arrays.instances / c.place->instances;
  c.groups_per_chip = c.place->instances;
  int64_t needed = groups_packed(c);
  int64_t chips = c.machine.chips.fixed;
  if (chips == 0) {
    for (chips = 1; chips < c.machine.chips.most && chips * c.groups_per_chip < needed;) chips *= 2;
  }
  c.out.chips = chips;
  c.out.arrays_available = chips * arrays.instances;
  if (chips * c.groups_per_chip >= needed) return;
  int64_t enough = 1;
  while (enough * c.groups_per_chip < needed) enough *= 2;
  c.out.fits = false;
  c.out.misfit = fmt::format("the network needs {} instances of '{}', {} chip{} of {} ha{} {}; ", needed,
                             c.place->name, chips, chips == 1 ? "" : "s", c.machine.name,
                             chips == 1 ? "s" : "ve", chips * c.groups_per_chip);
  c.out.misfit +=
      enough <= c.machine.chips.most
          ? fmt::format("{} chips would hold it", enough)
          : fmt::format("it would take {} chips, and a machine has at most {}", enough, c.machine.chips.most);
}

void place(Context& c) {
  bool pack = groups_needed(c) > c.out.chips * c.groups_per_chip;
  int64_t next = 0, open = 0;
  std::optional<size_t> shared;  // the region that small layers are packed into
  for (Task& t : c.tasks) {
    if (!t.is_product()) continue;
    bool small = pack && 2 * t.arrays() <= c.arrays_per_group;
    if (small && shared && open >= t.arrays()) {
      open -= t.arrays();
      t.region = *shared;
      continue;
    }
    int64_t groups = divide_up(t.arrays(), c.arrays_per_group);
    c.regions.push_back({t.name, next, groups});
    t.region = c.regions.size() - 1;
    next += groups;
    if (small) shared = t.region, open = c.arrays_per_group - t.arrays();
  }
  if (c.regions.empty()) c.regions.push_back({c.place->name, 0, 1});
  for (Task& t : c.tasks) {  // other work is done where its first operand is made
    if (t.is_product()) continue;
    for (const Operand& o : t.operands) {
      if (auto maker = c.task_of(o.origin.value)) {
        t.region = c.tasks[*maker].region;
        break;
      }
    }
  }
}

}  // namespace ohmweave::mapping
