// SPDX-License-Identifier: Apache-2.0
// Who receives what. Copies of a layer are dealt out in equal runs of neighbours to its groups (tiles), and
// groups to the chips, so that neighbouring layers' parts of a picture meet on the same chip and only borders
// cross.
#include "ohmweave/mapping/route.h"

#include <algorithm>
#include <cmath>

namespace ohmweave::mapping {

std::vector<int64_t> neighbours(const Task& task, int64_t copies) {
  std::vector<int64_t> out(task.lanes.size(), 1);
  for (size_t k = out.size(); k-- > 0 && copies > 1;) {
    out[k] = std::min(task.lanes[k], copies);
    copies = (copies + out[k] - 1) / out[k];
  }
  return out;
}

double spread(const Context& c, const Task& reader, const Operand& operand, int64_t parts) {
  if (parts <= 1) return 1;
  const int64_t copies = reader.copies();
  std::vector<int64_t> together = neighbours(reader, std::max<int64_t>(copies / parts, 1));
  double covered = 1;  // share of the operand that one part sees over a whole sample
  for (size_t k = 0; k < reader.positions.size(); ++k) {
    const int64_t trips = (reader.positions[k].extent + reader.lanes[k] - 1) / reader.lanes[k];
    const double seen = static_cast<double>(trips * ((together[k] - 1) * operand.stride[k] + operand.span[k]));
    covered *= std::min(
        1.0, seen / static_cast<double>(reader.positions[k].extent * std::max<int64_t>(operand.stride[k], 1)));
  }
  if (copies < parts && reader.plan && !reader.private_arrays &&
      std::all_of(operand.span.begin(), operand.span.end(), [](int64_t span) { return span == 1; })) {
    // A copy over several parts: columns are kept whole where they fit, so a part sees all rows, or its share
    // of a tall column.
    const auto tall = static_cast<double>(reader.plan->row_tiles);
    covered *= std::min(1.0, static_cast<double>(c.arrays_per_group) / tall + 1 / tall);
  }
  return std::clamp(covered * static_cast<double>(parts), 1.0, static_cast<double>(parts));
}

void route(Context& c) {
  for (size_t k = 0; k < c.tasks.size(); ++k) {
    for (const Operand& o : c.tasks[k].operands) {
      auto maker = c.task_of(o.origin.value);
      if (!maker) continue;
      auto& readers = c.tasks[*maker].readers;
      if (std::find(readers.begin(), readers.end(), k) == readers.end()) readers.push_back(k);
    }
  }
  for (Task& t : c.tasks) {
    if (t.readers.empty()) continue;
    t.deliveries = t.recurrent && std::none_of(t.readers.begin(), t.readers.end(), [&](size_t r) {
                     return c.tasks[r].region == t.region;
                   });  // the next step reads it where it is made
    for (size_t r : t.readers) {
      const Task& reader = c.tasks[r];
      const auto operand = std::find_if(reader.operands.begin(), reader.operands.end(), [&](const Operand& o) {
        const auto maker = c.task_of(o.origin.value);
        return maker && &c.tasks[*maker] == &t;
      });
      const int64_t groups = c.regions[reader.region].groups;
      const bool local = reader.region == t.region;
      const double here = local ? 1 : spread(c, reader, *operand, groups);
      t.deliveries += here;
      if (local) continue;
      t.remote_deliveries += here;
      t.chip_deliveries += spread(c, reader, *operand, std::min(c.out.chips, groups)) - 1;
    }
  }
}

}  // namespace ohmweave::mapping
