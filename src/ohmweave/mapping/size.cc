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

/// Items of a store that the memories of its readers' groups can hold, given that an item stands in several of
/// them.
int64_t room(const Context& c, const Task& t, const program::Store& store) {
  const auto* buffer = dynamic_cast<const circuit::Buffer*>(c.memory().component.get());
  if (!buffer) return program::kUnlimited;
  const size_t region = t.readers.empty() ? t.region : c.tasks[t.readers[0]].region;
  const machine::Node& level = *c.memory().parent;
  const auto each = static_cast<double>(c.memory().instances) / static_cast<double>(level.instances);
  const double memories = static_cast<double>(range_of(c, level, c.regions[region]).count) * each;
  const double item = store.item.si() * std::max(traffic(c, t, level).received, 1.0);
  return static_cast<int64_t>(buffer->capacity().si() * memories / item);
}

bool meets_others(const Context& c, const Task& t) {
  return t.readers.size() > 1 || std::any_of(t.readers.begin(), t.readers.end(),
                                             [&](size_t r) { return c.tasks[r].operands.size() > 1; });
}

/// Inputs that are loaded have room for the sample in work and for the next one.
void size_inputs(Context& c, const std::vector<int64_t>& least) {
  for (size_t k = c.tasks.size(); k < c.program.stages.size(); ++k) {
    for (program::StoreId id : c.program.stages[k].writes)
      c.program[id].capacity = std::max<int64_t>(least[id.index], 2);
  }
}

}  // namespace

void size(Context& c) {
  const std::vector<int64_t> least = program::least_capacities(c.program);
  size_inputs(c, least);
  for (size_t k = 0; k < c.tasks.size(); ++k) {
    const Task& t = c.tasks[k];
    const program::StoreId id = c.program.stages[k].writes[0];
    program::Store& store = c.program[id];
    const int64_t has = room(c, t, store),
                  needs = std::max(least[id.index],
                                   int64_t{t.recurrent ? 2 : 1});  // a state is made from the one before
    store.capacity = std::max(has, needs);
    if (meets_others(c, t)) store.capacity = std::max(store.capacity, t.firings() + needs);
    if (needs <= has || t.readers.empty()) continue;
    c.out.warnings.push_back(fmt::format("{}: its readers need {} buffered, '{}' holds {}", t.name,
                                         units::print(static_cast<double>(needs) * store.item), c.memory().path,
                                         units::print(static_cast<double>(has) * store.item)));
  }
}

}  // namespace ohmweave::mapping
