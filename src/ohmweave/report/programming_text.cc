// SPDX-License-Identifier: Apache-2.0
// The section "Programming" of reports, for people and as JSON.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/report/numbers.h"
#include "ohmweave/report/programming.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {

using nlohmann::ordered_json;

namespace {

template <class Quantity>
std::string text(const std::optional<double>& si) {
  return si ? units::print(Quantity::from_si(*si)) : "unknown";
}
std::string time_text(const std::optional<double>& s) { return text<units::Time>(s); }
std::string energy_text(const std::optional<double>& j) { return text<units::Energy>(j); }
std::string count(double n) { return units::print_count(n, 6); }

template <class Quantity>
std::string figure(const array::Sourced<Quantity>& f) {
  return f.value ? units::print(*f.value) : "unknown";
}

ordered_json morph_json(const Morphing& m) {
  ordered_json out;
  out["saved_B"] = number(m.saved_bytes);
  out["save_s"] = number(m.save_s);
  out["save_J"] = number(m.save_J);
  out["reconfigure_s"] = number(m.reconfigure_s);
  out["reconfigure_J"] = number(m.reconfigure_J);
  out["to_compute_s"] = maybe(m.to_compute_s);
  out["to_compute_J"] = maybe(m.to_compute_J);
  out["to_memory_s"] = maybe(m.to_memory_s);
  out["to_memory_J"] = maybe(m.to_memory_J);
  return out;
}

}  // namespace

Table programming_table(const Programming& p) {
  Table t({{"", Align::Left}, {"", Align::Right}, {"", Align::Left, true}});
  auto whole = [](int64_t n) { return count(static_cast<double>(n)); };
  t.add({"time", time_text(p.time_s),
         fmt::format("{} of {} arrays at once on a chip", whole(p.arrays_at_once), whole(p.arrays))});
  t.add({"energy", energy_text(p.energy_J), "with the power that flows meanwhile"});
  t.add(
      {"pulses", units::print(p.pulses_per_cell, {}, 3), fmt::format("for each of {} cells", whole(p.cells))});
  t.add({"of", figure(p.pulse), p.pulse.from});
  t.add({"and", figure(p.pulse_energy), p.pulse_energy.from});
  t.add({"delivery", p.delivery.slowest.empty() ? "" : time_text(p.delivery.time_s),
         fmt::format(
             "{} of weights{}", units::print(units::Data::from_si(8 * p.delivery.bytes)),
             p.delivery.slowest.empty() ? "; the design names no way" : " through " + p.delivery.slowest)});
  t.add({"wear", p.exchanges ? count(*p.exchanges) : "unknown",
         p.exchanges ? "exchanges of the network, until cells are worn out" : p.endurance.from});
  if (p.exchanges) t.add({"after", count(*p.endurance.value), "pulses; " + p.endurance.from});
  if (!p.morph) return t;
  const Morphing& m = *p.morph;
  t.add({"to compute", time_text(m.to_compute_s),
         fmt::format("{}: save {} in {}, program, reconfigure in {}", energy_text(m.to_compute_J),
                     units::print(units::Data::from_si(8 * m.saved_bytes)), time_text(m.save_s),
                     time_text(m.reconfigure_s))});
  t.add({"to memory", time_text(m.to_memory_s), energy_text(m.to_memory_J) + ": back again"});
  return t;
}

ordered_json programming_json(const Programming& p) {
  ordered_json out;
  out["runs"] = p.runs > 0 ? ordered_json(p.runs) : ordered_json(nullptr);
  out["time_s"] = maybe(p.time_s);
  out["energy_J"] = maybe(p.energy_J);
  out["energy_breakdown_J"] = ordered_json::object();
  for (const Share& s : p.energy) out["energy_breakdown_J"][s.part] = number(s.si);
  out["arrays"] = p.arrays;
  out["arrays_at_once"] = p.arrays_at_once;
  out["cells"] = p.cells;
  out["pulses_per_cell"] = number(p.pulses_per_cell);
  out["pulses_s"] = maybe(p.pulses_s);
  out["pulse_s"] = p.pulse.value ? number(p.pulse.value->si()) : ordered_json(nullptr);
  out["pulse_from"] = p.pulse.from;
  out["pulse_J"] = p.pulse_energy.value ? number(p.pulse_energy.value->si()) : ordered_json(nullptr);
  out["pulse_J_from"] = p.pulse_energy.from;
  out["delivered_B"] = number(p.delivery.bytes);
  out["delivery_s"] = p.delivery.slowest.empty() ? ordered_json(nullptr) : number(p.delivery.time_s);
  out["endurance_pulses"] = maybe(p.endurance.value);
  out["endurance_from"] = p.endurance.from;
  out["exchanges"] = maybe(p.exchanges);
  out["layers"] = ordered_json::array();
  for (const LayerProgramming& l : p.layers) {
    ordered_json o;
    o["name"] = l.name;
    o["arrays"] = l.arrays;
    o["cells"] = l.cells;
    o["delivered_B"] = number(l.bytes);
    o["time_s"] = maybe(l.time_s);
    o["pulses_J"] = maybe(l.energy_J);
    out["layers"].push_back(std::move(o));
  }
  out["morph"] = p.morph ? morph_json(*p.morph) : ordered_json(nullptr);
  return out;
}

}  // namespace ohmweave::report
