// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/terms.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "ohmweave/report/numbers.h"
#include "ohmweave/report/readable.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {

using nlohmann::ordered_json;

namespace {

/// Puts a term where it belongs: one value for all, or the values in the order of the reports.
void sort_in(TermsInWords& out, std::string_view name, const std::vector<std::string>& values) {
  if (values.empty()) return;
  const bool same = std::set<std::string>(values.begin(), values.end()).size() == 1;
  (same ? out.equal : out.different)
      .push_back(same ? fmt::format("{} {}", name, values[0])
                      : fmt::format("{} {}", name, fmt::join(values, " / ")));
}

}  // namespace

TermsInWords in_words(const std::vector<Report>& reports, const Terms& terms) {
  TermsInWords out{{"network"}, {}};
  std::vector<std::string> technologies, scaled, precisions, chips, samples;
  for (size_t k = 0; k < reports.size(); ++k) {
    const Report& r = reports[k];
    if (r.values) samples.push_back(fmt::format("{} of {}", r.values->samples, r.values->data));
    if (!r.machine) continue;
    const std::optional<units::Length> from =
        k < terms.scaled_from.size() ? terms.scaled_from[k] : std::optional<units::Length>();
    technologies.push_back(units::print(r.machine->technology));
    if (from) scaled.push_back(fmt::format("{} scaled from {}", k + 1, units::print(*from)));
    const array::ProductFormats& formats = r.machine->formats;
    precisions.push_back(formats.floating
                             ? tensor::print(*formats.floating)
                             : fmt::format("{} x {} bit", formats.weight.bits, formats.input.bits));
    if (r.costs) chips.push_back(std::to_string(r.mapping->chips));
  }
  sort_in(out, "samples", samples);
  sort_in(out, "technology", technologies);
  if (!scaled.empty()) out.equal.back() += fmt::format(" ({})", fmt::join(scaled, ", "));
  sort_in(out, "precision (weight x input)", precisions);
  if (chips.size() == precisions.size()) sort_in(out, "chips", chips);
  return out;
}

double taken(const Costs& costs, Budget kind) {
  switch (kind) {
    case Budget::Area:
      return costs.area_m2;
    case Budget::Power:
      return costs.average_power_W;
    case Budget::PeakPower:
      return costs.peak_power_W;
  }
  return 0;
}

std::optional<double> budget_of(const std::vector<Report>& reports, const Terms& terms) {
  if (!terms.iso) return std::nullopt;
  if (terms.budget > 0) return terms.budget;
  const auto first =
      std::find_if(reports.begin(), reports.end(), [](const Report& r) { return r.costs.has_value(); });
  return first == reports.end() ? std::nullopt : std::optional(taken(*first->costs, *terms.iso));
}

int64_t machines_within(const Costs& costs, Budget kind, double budget) {
  constexpr double kSlack = 1e-9;  // a budget that is exactly a machine's pays for it
  const double own = taken(costs, kind);
  return own > 0 ? static_cast<int64_t>(budget / own * (1 + kSlack)) : 0;
}

std::vector<Aspect> budget_aspects(Budget kind, double budget) {
  using Better = Aspect::Better;
  const auto cost = [](auto get) {
    return [get](const Report& r) { return r.costs ? std::optional<double>(get(*r.costs)) : std::nullopt; };
  };
  const auto machines = [=](const Costs& c) { return static_cast<double>(machines_within(c, kind, budget)); };
  return {{"machines", "", "whole machines", Better::More, false, cost(machines),
           [](double n) { return n > 0 ? units::print_count(n, 6) : "none"; }},
          {"throughput_in_budget", "per_s", "their throughput", Better::More, true,
           cost([=](const Costs& c) { return machines(c) * c.throughput_per_s; }), rate_text},
          {"throughput", "per_s_per_m2", "throughput by area", Better::More, true,
           cost([](const Costs& c) { return c.throughput_per_s / c.area_m2; }),
           [](double v) { return units::print_count(v * 1e-6) + "/s/mm^2"; }},
          {"throughput", "per_s_per_W", "throughput by power", Better::More, true,
           cost([](const Costs& c) { return 1 / c.energy_per_inference_J; }),
           [](double v) { return units::print_count(v) + "/s/W"; }}};
}

std::string budget_text(Budget kind, double budget) {
  switch (kind) {
    case Budget::Area:
      return "area of " + area_text(budget);
    case Budget::Power:
      return "average power of " + watts_text(budget);
    case Budget::PeakPower:
      return "peak power of " + watts_text(budget);
  }
  return "";
}

ordered_json terms_json(const std::vector<Report>& reports, size_t which, const Terms& terms) {
  ordered_json out;
  const bool scaled = which < terms.scaled_from.size() && terms.scaled_from[which];
  out["scaled_from_m"] = scaled ? ordered_json(terms.scaled_from[which]->si()) : ordered_json(nullptr);
  const std::optional<double> budget = budget_of(reports, terms);
  if (!budget) return out;
  for (const auto& [word, kind] : config::Words<Budget>::values) {
    if (kind == *terms.iso) out["budget"] = word;
  }
  out[*terms.iso == Budget::Area ? "budget_m2" : "budget_W"] = number(*budget);
  for (const Aspect& a : budget_aspects(*terms.iso, *budget)) {
    const std::optional<double> value = a.value(reports[which]);
    out[a.column()] = value ? number(*value) : ordered_json(nullptr);
  }
  return out;
}

}  // namespace ohmweave::report
