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

/// One copy of the network in as few instances as hold it of the group that samples are dealt out to, and as
/// many copies as there are instances for.
void share_out(Context& c, int64_t needed) {
  c.groups_per_network = c.out.chips * c.groups_per_chip;
  if (c.settings.sample_group.empty()) return;
  const machine::Node& holder = *c.machine.find(c.settings.sample_group);
  const int64_t holders = holder.instances * c.out.chips, places = c.groups_per_chip / holder.instances;
  c.out.samples_together = std::max<int64_t>(holders / std::max<int64_t>(divide_up(needed, places), 1), 1);
  if (c.out.samples_together > 1) c.groups_per_network = holders / c.out.samples_together * places;
}

/// Where a layer of so many groups begins: not across a border of the group that samples are dealt out to if it
/// fits inside one and there is room.
int64_t aligned(const Context& c, int64_t next, int64_t groups, int64_t left) {
  if (c.settings.sample_group.empty()) return next;
  const int64_t places = c.groups_per_chip / c.machine.find(c.settings.sample_group)->instances;
  const int64_t border = divide_up(next, places) * places;
  const bool crosses = next / places != (next + groups - 1) / places;
  return crosses && groups <= places && border + left <= c.groups_per_network ? border : next;
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
  share_out(c, needed);
  c.out.samples = c.options.samples > 0 ? c.options.samples : kUsualTrips * c.out.samples_together;
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
  const bool pack = groups_needed(c) > c.groups_per_network;
  int64_t next = 0, open = 0, left = pack ? groups_packed(c) : groups_needed(c);
  std::optional<size_t> shared;  // the region that small layers are packed into
  for (Task& t : c.tasks) {
    if (!t.is_product()) continue;
    bool small = pack && 2 * t.arrays() <= c.arrays_per_group;
    if (small && shared && open >= t.arrays()) {
      t.region = *shared;
      t.first_array = (c.regions[*shared].first + 1) * c.arrays_per_group - open;
      open -= t.arrays();
      continue;
    }
    int64_t groups = divide_up(t.arrays(), c.arrays_per_group);
    next = aligned(c, next, groups, left);
    c.regions.push_back({t.name, next, groups});
    t.region = c.regions.size() - 1;
    t.first_array = next * c.arrays_per_group;
    next += groups;
    left -= groups;
    if (small) shared = t.region, open = c.arrays_per_group - t.arrays();
  }
  c.out.arrays_per_network = c.groups_per_network * c.arrays_per_group;
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
