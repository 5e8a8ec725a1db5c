// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/aspects.h"

#include "ohmweave/report/numbers.h"
#include "ohmweave/report/readable.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

using Better = Aspect::Better;
using Value = std::function<std::optional<double>(const Report&)>;

template <class Get>
Value cost(Get get) {
  return [get](const Report& r) { return r.costs ? std::optional(get(*r.costs)) : std::nullopt; };
}
template <class Get>
Value mapped(Get get) {
  return [get](const Report& r) {
    return r.mapping ? std::optional(static_cast<double>(get(*r.mapping))) : std::nullopt;
  };
}
/// Of machines whose design tells an area.
template <class Get>
auto by_area(Get get) {
  return [get](const Report& r) {
    return r.costs && r.costs->area_m2 > 0 ? std::optional(get(*r.costs)) : std::nullopt;
  };
}
std::string whole(double n) { return units::print_count(n, 6); }
std::string share(double fraction) { return percent(fraction); }

Better better(const Figure& f) {
  if (f.kind == Figure::Kind::Fraction || f.key == "auc") return Better::More;
  return f.kind == Figure::Kind::Count ? Better::Neither : Better::Less;  // losses and errors
}

}  // namespace

std::vector<Aspect> cost_aspects() {
  return {
      {"latency", "s", "latency", Better::Less, true, cost([](const Costs& c) { return c.latency_s; }),
       seconds_text},
      {"throughput", "per_s", "throughput", Better::More, true,
       cost([](const Costs& c) { return c.throughput_per_s; }), rate_text},
      {"energy", "J", "energy of one inference", Better::Less, true,
       cost([](const Costs& c) { return c.energy_per_inference_J; }), joules_text},
      {"power", "W", "average power", Better::Less, true,
       cost([](const Costs& c) { return c.average_power_W; }), watts_text},
      {"area", "m2", "area", Better::Less, true, by_area([](const Costs& c) { return c.area_m2; }), area_text},
      {"peak", "ops_per_s", "peak", Better::More, true, cost([](const Costs& c) { return c.peak_ops_per_s; }),
       [](double v) { return in_unit(v, "TOPS"); }},
      {"density", "ops_per_s_per_m2", "peak by area", Better::More, true,
       by_area([](const Costs& c) { return c.peak_ops_per_s / c.area_m2; }),
       [](double v) { return in_unit(v, "GOPS/mm^2"); }},
      {"efficiency", "ops_per_J", "peak by power", Better::More, true,
       cost([](const Costs& c) { return c.peak_ops_per_s / c.peak_power_W; }),
       [](double v) { return in_unit(v, "GOPS/W"); }},
      {"chips_used", "", "chips", Better::Less, false,
       mapped([](const mapping::Mapping& m) { return m.chips; }), whole},
      {"arrays_used", "", "arrays used", Better::Less, true,
       mapped([](const mapping::Mapping& m) { return m.arrays_used; }), whole},
      {"utilization", "", "cells used of arrays", Better::More, false,
       mapped([](const mapping::Mapping& m) { return m.utilization; }), share}};
}

std::vector<Aspect> value_aspects(const Values& like) {
  std::vector<Aspect> out;
  for (const Figure& f : like.figures) {
    auto value = [key = f.key](const Report& r) {
      const Figure* own = r.values ? r.values->find(key) : nullptr;
      return own != nullptr ? std::optional(own->ours) : std::nullopt;
    };
    out.push_back({f.key, "", f.name, better(f), false, value, [f](double v) { return figure_text(f, v); }});
  }
  if (!like.compared) return out;
  out.push_back({"agreement", "", agreement_name(like), Better::More, false,
                 [](const Report& r) { return r.values ? r.values->agreement : std::nullopt; }, accuracy_text});
  out.push_back({"output_error", "", "output error", Better::Less, false,
                 [](const Report& r) { return r.values ? std::optional(r.values->distance) : std::nullopt; },
                 share});
  return out;
}

}  // namespace ohmweave::report
