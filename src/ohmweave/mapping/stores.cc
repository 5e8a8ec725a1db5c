// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/mapping/stores.h"

#include <algorithm>

namespace ohmweave::mapping {

double bytes_per_value(const Context& c, network::ValueId v) {
  constexpr int kBits = 32;  // of what no arithmetic of the machine touches
  const network::Value& value = c.network().value(v);
  if (value.format) return value.format->format.bits / 8.0;
  const bool floating = c.machine.formats.floating && value.element == tensor::Element::Float32;
  return (floating ? c.machine.formats.floating->bits() : kBits) / 8.0;
}

double item_bytes(const Context& c, const Task& t) {
  return static_cast<double>(t.output_elements) * bytes_per_value(c, t.output);
}

double sample_bytes(const Context& c, const Task& t) {
  return static_cast<double>(t.items()) * item_bytes(c, t);
}

Stores::Stores(Context& c, Resources& resources) : c_(c), resources_(resources) {
  for (const Task& t : c.tasks) {
    for (const Operand& o : t.operands) {
      const network::ValueId v = o.origin.value;
      if (c.task_of(v) || stores_.count(v)) continue;
      const double values = static_cast<double>(tensor::count(c.network().value(v).shape));
      stores_[v] = add(v, c.network().value(v).name, values * bytes_per_value(c, v), t.region);
    }
  }
  for (const Task& t : c.tasks) {  // results stand where their readers are, or wait where they are made
    const size_t readers = t.readers.empty() ? t.region : c.tasks[t.readers[0]].region;
    const std::string& name = c.network().value(t.output).name;
    const double bytes = item_bytes(c, t) * static_cast<double>(t.copies());
    stores_[t.output] = add(t.output, name, bytes, t.sends ? t.region : readers);
    if (t.sends) sent_[t.output] = add(t.output, name + ".sent", sample_bytes(c, t), readers);
    for (network::ValueId v : t.more_outputs) {
      for (auto* stores : {&stores_, &sent_}) {
        const auto own = stores->find(t.output);
        if (own == stores->end()) continue;
        const program::StoreId store = own->second;
        c.program[store].values.push_back(v);
        stores->emplace(v, store);
      }
    }
  }
}

program::StoreId Stores::add(network::ValueId v, const std::string& name, double bytes, size_t region) {
  program::Store store;
  store.name = name;
  store.item = units::Data::from_si(8 * bytes);
  store.values = {v};
  store.where = program::Memory{resources_.memory(region)};
  return c_.program.add(std::move(store));
}

program::Window window(const Context& c, const Task& reader, const Operand& o) {
  program::Window w;
  const auto maker = c.task_of(o.origin.value);
  if (!maker || c.tasks[*maker].sends) return w;  // items are whole samples
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
