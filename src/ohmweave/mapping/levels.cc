// SPDX-License-Identifier: Apache-2.0
// Groups of groups: PRIME's mats stand in banks, banks in chips.
#include "ohmweave/mapping/levels.h"

#include <algorithm>

#include "ohmweave/mapping/route.h"

namespace ohmweave::mapping {
namespace {

/// The reader's operand that a task makes.
const Operand& operand_of(const Context& c, const Task& task, const Task& reader) {
  return *std::find_if(reader.operands.begin(), reader.operands.end(), [&](const Operand& o) {
    const auto maker = c.task_of(o.origin.value);
    return maker && &c.tasks[*maker] == &task;
  });
}

/// Chance that an item made somewhere in `from` finds its reader's instance, somewhere in `to`, to be the same.
double chance_of_same(const Range& from, const Range& to) {
  const int64_t common = std::min(from.last(), to.last()) - std::max(from.first, to.first) + 1;
  return static_cast<double>(std::max<int64_t>(common, 0)) /
         (static_cast<double>(from.count) * static_cast<double>(to.count));
}

}  // namespace

Range range_of(const Context& c, const machine::Node& level, const Region& region) {
  const int64_t places = c.place->instances / level.instances;
  const int64_t first = region.first / places, last = (region.first + region.groups - 1) / places;
  return {first, last - first + 1};
}

bool shared_by_samples(const Context& c, const machine::Node& level) {
  if (c.out.samples_together == 1) return false;
  for (const machine::Node* n = c.machine.find(c.settings.sample_group)->parent; n; n = n->parent) {
    if (n == &level) return true;
  }
  return false;
}

Traffic traffic(const Context& c, const Task& task, const machine::Node& level) {
  if (&level == c.place) return {task.deliveries, task.remote_deliveries};
  if (&level == c.machine.root.get()) return {1, task.chip_deliveries};
  if (task.readers.empty()) return {};
  const Range from = range_of(c, level, c.regions[task.region]);
  Traffic out{0, 0};
  std::vector<Range> seen;
  for (size_t r : task.readers) {
    const Task& reader = c.tasks[r];
    const Range to = range_of(c, level, c.regions[reader.region]);
    if (std::find(seen.begin(), seen.end(), to) != seen.end()) continue;  // it is there already
    seen.push_back(to);
    const double reached = spread(c, reader, operand_of(c, task, reader), to.count);
    out.received += reached;
    out.foreign += reached * (1 - chance_of_same(from, to));
  }
  return out;
}

}  // namespace ohmweave::mapping
