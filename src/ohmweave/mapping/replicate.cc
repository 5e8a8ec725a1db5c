// SPDX-License-Identifier: Apache-2.0
// Balance: choose the number of firings per sample F as small as the machine allows, with every layer getting
// the fewest copies that finish within F. Walking back from the last layer as ISAAC does (section IV) gives the
// same copies, but only in powers of the strides; here any F is tried.
#include <algorithm>
#include <set>

#include "ohmweave/mapping/context.h"

namespace ohmweave::mapping {
namespace {

/// Fewest lanes, inner positions first, so that the loops fire at most `firings` times.
std::vector<int64_t> lanes_for(const std::vector<Position>& positions, int64_t firings) {
  std::vector<int64_t> lanes(positions.size(), 1);
  int64_t outer = 1;
  for (const Position& p : positions) outer *= p.extent;
  for (size_t k = positions.size(); k-- > 0;) {
    outer /= positions[k].extent;
    if (outer * positions[k].extent <= firings) break;
    int64_t trips = std::max<int64_t>(firings / outer, 1);
    lanes[k] = divide_up(positions[k].extent, trips);
    if (outer <= firings) break;
  }
  return lanes;
}

void set_lanes(Context& c, int64_t firings) {
  for (Task& t : c.tasks) {
    if (!t.is_product()) continue;
    if (!t.recurrent) t.lanes = lanes_for(t.positions, t.private_arrays ? 1 : firings);
  }
}

int64_t groups_taken(const Context& c) {
  int64_t n = 0;
  for (const Task& t : c.tasks) {
    if (t.is_product()) n += divide_up(t.arrays(), c.arrays_per_group);
  }
  return n;
}

int64_t most_firings(const Context& c) {
  int64_t most = 1;
  for (const Task& t : c.tasks) {
    if (t.is_product()) most = std::max(most, t.items());
  }
  return most;
}

/// Work outside the arrays keeps pace with what it reads: as many lanes as its operands' makers need to finish
/// together.
void follow(Context& c) {
  for (Task& t : c.tasks) {
    if (t.is_product()) continue;
    int64_t firings = t.items();
    for (const Operand& o : t.operands) {
      if (auto maker = c.task_of(o.origin.value)) firings = std::min(firings, c.tasks[*maker].firings());
    }
    t.lanes = lanes_for(t.positions, std::max<int64_t>(firings, 1));
  }
}

}  // namespace

void replicate(Context& c) {
  set_lanes(c, most_firings(c));
  const int64_t room = c.groups_per_network;
  if (c.settings.replicate == Replication::Balance && groups_taken(c) <= room) {
    int64_t low = 1, high = most_firings(c);  // firings per sample: `high` is known to fit
    for (const Task& t :
         c.tasks) {  // steps of a recurrent layer follow one another, however many copies others have
      if (t.recurrent) low = std::max(low, t.items());
    }
    while (low < high) {
      int64_t middle = low + (high - low) / 2;
      set_lanes(c, middle);
      if (groups_taken(c) <= room) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    set_lanes(c, high);
  }
  follow(c);
}

}  // namespace ohmweave::mapping
