// SPDX-License-Identifier: Apache-2.0
// Capacities of stores. A store gets what its memory has room for, and never less than its readers' windows
// need; where paths of the network part and meet again, a whole sample, which suffices whatever the paths'
// lengths.
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/circuit/buffer.h"
#include "ohmweave/mapping/levels.h"
#include "ohmweave/program/validate.h"
#include "ohmweave/units/text.h"

namespace ohmweave::mapping {
namespace {

/// The memory, if it has an end.
const circuit::Buffer* buffer_of(const Context& c) {
  return dynamic_cast<const circuit::Buffer*>(c.memory().component.get());
}

/// Items of a store that the memories of a region's groups can hold, given that an item stands in several of
/// them.
int64_t room(const Context& c, const program::Store& store, size_t region, double stands_in) {
  const auto* buffer = buffer_of(c);
  if (!buffer) return program::kUnlimited;
  const machine::Node& level = *c.memory().parent;
  const auto each = static_cast<double>(c.memory().instances) / static_cast<double>(level.instances);
  const double memories = static_cast<double>(range_of(c, level, c.regions[region]).count) * each;
  const double item = store.item.si() * std::max(stands_in, 1.0);
  return static_cast<int64_t>(buffer->capacity().si() * memories / item);
}
/// The same where the readers of a task are.
int64_t room_at_readers(const Context& c, const Task& t, const program::Store& store) {
  if (!buffer_of(c)) return program::kUnlimited;
  const size_t region = t.readers.empty() ? t.region : c.tasks[t.readers[0]].region;
  return room(c, store, region, traffic(c, t, *c.memory().parent).received);
}

bool meets_others(const Context& c, const Task& t) {
  return t.readers.size() > 1 || std::any_of(t.readers.begin(), t.readers.end(),
                                             [&](size_t r) { return c.tasks[r].operands.size() > 1; });
}

/// Inputs that are loaded have room for the sample in work and for the next one; in lockstep, for those that
/// wait until the beat of their last reader too.
void size_inputs(Context& c, const std::vector<int64_t>& least) {
  for (program::StageId load : c.loads) {
    for (program::StoreId id : c.program[load].writes) {
      int64_t waiting = 0;
      for (size_t k = 0; k < c.tasks.size() && c.settings.schedule == Schedule::Lockstep; ++k) {
        for (const program::Read& r : c.program.stages[k].reads) {
          if (r.store == id) waiting = std::max(waiting, c.tasks[k].level);
        }
      }
      c.program[id].capacity = std::max<int64_t>(least[id.index], 2 + waiting);
    }
  }
}

void warn_of_room(Context& c, const Task& t, const program::Store& store, int64_t needs, int64_t has) {
  if (needs <= has || t.readers.empty()) return;
  c.out.warnings.push_back(fmt::format("{}: its readers need {} buffered, '{}' holds {}", t.name,
                                       units::print(static_cast<double>(needs) * store.item), c.memory().path,
                                       units::print(static_cast<double>(has) * store.item)));
}

/// Results that are sent: a whole sample waits where it is made. Sent, it waits for its last reader: in
/// lockstep so many beats, which is all the room that is ever used; else for no other sample, so one is enough.
void size_sent(Context& c, const Task& t, program::StoreId made, const std::vector<int64_t>& least) {
  const bool beats = c.settings.schedule == Schedule::Lockstep;
  const program::StoreId sent = c.program[*t.send].writes[0];
  int64_t waits = 1;
  for (size_t r : t.readers) waits = beats ? std::max(waits, c.tasks[r].level - t.level) : waits;
  const int64_t has_made = room(c, c.program[made], t.region, 1);
  const int64_t has_sent = room_at_readers(c, t, c.program[sent]);
  c.program[made].capacity = beats ? least[made.index] : std::max(has_made, least[made.index]);
  c.program[sent].capacity = beats ? waits : std::max(has_sent, waits);
  warn_of_room(c, t, c.program[made], least[made.index], has_made);
  warn_of_room(c, t, c.program[sent], waits, has_sent);
}

}  // namespace

void size(Context& c) {
  const std::vector<int64_t> least = program::least_capacities(c.program);
  size_inputs(c, least);
  for (size_t k = 0; k < c.tasks.size(); ++k) {
    const Task& t = c.tasks[k];
    const program::StoreId id = c.program.stages[k].writes[0];
    program::Store& store = c.program[id];
    if (t.send) {
      size_sent(c, t, id, least);
      continue;
    }
    const int64_t has = room_at_readers(c, t, store),
                  needs = std::max(least[id.index],
                                   int64_t{t.recurrent ? 2 : 1});  // a state is made from the one before
    store.capacity = std::max(has, needs);
    if (meets_others(c, t)) store.capacity = std::max(store.capacity, t.firings() + needs);
    warn_of_room(c, t, store, needs, has);
  }
}

}  // namespace ohmweave::mapping
