// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/mapping/stores.h"

#include <algorithm>

namespace ohmweave::mapping {

double bytes_per_value(const Context& c, network::ValueId v) {
  const auto& format = c.network().value(v).format;
  return (format ? format->format.bits : 32) / 8.0;
}

double item_bytes(const Context& c, const Task& t) {
  return static_cast<double>(t.output_elements) * bytes_per_value(c, t.output);
}

Stores::Stores(Context& c, Resources& resources) : c_(c), resources_(resources) {
  for (const Task& t : c.tasks) {
    for (const Operand& o : t.operands) {
      const network::ValueId v = o.origin.value;
      if (c.task_of(v) || stores_.count(v)) continue;
      add(v, static_cast<double>(tensor::count(c.network().value(v).shape)) * bytes_per_value(c, v), t.region);
    }
  }
  for (const Task& t : c.tasks) {  // results stand where their readers are
    const size_t region = t.readers.empty() ? t.region : c.tasks[t.readers[0]].region;
    add(t.output, item_bytes(c, t) * static_cast<double>(t.copies()), region);
    for (network::ValueId v : t.more_outputs) {
      c.program[stores_.at(t.output)].values.push_back(v);
      stores_[v] = stores_.at(t.output);
    }
  }
}

void Stores::add(network::ValueId v, double bytes, size_t region) {
  program::Store store;
  store.name = c_.network().value(v).name;
  store.item = units::Data::from_si(8 * bytes);
  store.values = {v};
  store.where = program::Memory{resources_.memory(region)};
  stores_[v] = c_.program.add(std::move(store));
}

program::Window window(const Context& c, const Task& reader, const Operand& o) {
  program::Window w;
  const auto maker = c.task_of(o.origin.value);
  if (!maker) return w;
  for (const Position& p : c.tasks[*maker].positions) {
    program::Axis axis = c.settings.schedule == Schedule::Element ? o.origin.needs[p.axis] : program::all_of();
    const bool has_same = std::any_of(reader.positions.begin(), reader.positions.end(),
                                      [&](const Position& r) { return r.dim == p.dim; });
    if (axis == program::same(p.dim) || (axis.all && !has_same)) continue;  // the default
    w.axes.push_back({p.dim, axis});
  }
  return w;
}

}  // namespace ohmweave::mapping
