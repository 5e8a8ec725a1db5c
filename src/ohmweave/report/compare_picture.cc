// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "ohmweave/report/chart.h"
#include "ohmweave/report/compare.h"
#include "ohmweave/report/readable.h"
#include "ohmweave/report/summary.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {
namespace {

constexpr double kWidth = 500, kMargin = 10;

/// "adc" for "chip.tile.ima.adc", with blanks for underscores: parts of different machines are compared by
/// what they are called.
std::string part_name(const std::string& path) {
  std::string out = path.substr(path.rfind('.') + 1);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

std::map<std::string, double> by_name(const std::vector<Share>& shares) {
  std::map<std::string, double> out;
  for (const Share& s : shares) out[part_name(s.part)] += s.si;
  return out;
}

/// The parts that have the largest share of any bar, the largest first, as many as there are colours but one,
/// which is for all others together.
std::vector<std::string> largest_parts(const std::vector<Report>& reports) {
  std::map<std::string, double> most;
  auto see = [&](const std::vector<Share>& shares, double whole) {
    for (const auto& [name, si] : by_name(shares))
      most[name] = std::max(most[name], whole > 0 ? si / whole : 0);
  };
  for (const Report& r : reports) {
    if (!r.costs) continue;
    see(r.costs->energy, r.costs->energy_per_inference_J);
    see(r.costs->area, r.costs->area_m2);
  }
  std::vector<std::string> out;
  for (const auto& [name, share] : most) out.push_back(name);
  std::stable_sort(out.begin(), out.end(),
                   [&](const std::string& a, const std::string& b) { return most[a] > most[b]; });
  if (out.size() > kChartColours) {
    out.resize(kChartColours - 1);
    out.emplace_back("others");
  }
  return out;
}

std::vector<double> stacked(const std::vector<Share>& shares, const std::vector<std::string>& names) {
  std::vector<double> out(names.size(), 0);
  for (const auto& [name, si] : by_name(shares)) {
    const auto at = std::find(names.begin(), names.end(), name);
    out[at == names.end() ? names.size() - 1 : static_cast<size_t>(at - names.begin())] += si;
  }
  return out;
}

std::string why_none(const Report& r) {
  if (r.mapping && !r.mapping->fits) return "does not fit";
  return r.machine ? "no costs" : "no machine";
}

BarPanel cost_panel(const std::vector<Report>& reports, const std::string& title, const std::string& unit,
                    std::vector<Share> Costs::*shares, double Costs::*whole,
                    const std::vector<std::string>& names) {
  BarPanel out{title, unit, {}, {}};
  for (const Report& r : reports) {
    out.parts.push_back(r.costs ? stacked((*r.costs).*shares, names) : std::vector<double>{});
    out.notes.push_back(r.costs ? chart_text((*r.costs).*whole, unit) : why_none(r));
  }
  return out;
}

/// The metric's first figure that is a fraction of all samples.
const Figure* accuracy_of(const Report& r) {
  if (!r.values) return nullptr;
  for (const Figure& f : r.values->figures) {
    if (f.kind == Figure::Kind::Fraction) return &f;
  }
  return nullptr;
}

void add_accuracy(const std::vector<Report>& reports, BarTable& table) {
  const auto with =
      std::find_if(reports.begin(), reports.end(), [](const Report& r) { return accuracy_of(r); });
  if (with == reports.end()) return;
  BarPanel out{accuracy_of(*with)->name, "%", {}, {}};
  for (const Report& r : reports) {
    const Figure* f = accuracy_of(r);
    out.parts.push_back(f != nullptr ? std::vector<double>{f->ours} : std::vector<double>{});
    out.notes.push_back(f != nullptr ? accuracy_text(f->ours) : "not computed");
  }
  table.panels.push_back(std::move(out));
}

BarTable bars(const std::vector<Report>& reports) {
  BarTable out;
  for (const Report& r : reports) out.hints.push_back(r.design);
  out.names = numbered_names(reports);
  out.legend = largest_parts(reports);
  if (!out.legend.empty()) {
    out.panels.push_back(
        cost_panel(reports, "energy", "J", &Costs::energy, &Costs::energy_per_inference_J, out.legend));
    out.panels.push_back(cost_panel(reports, "area", "m^2", &Costs::area, &Costs::area_m2, out.legend));
  }
  add_accuracy(reports, out);
  return out;
}

std::vector<std::string> full_names(const std::vector<Report>& reports) {
  std::vector<std::string> out;
  for (size_t k = 0; k < reports.size(); ++k) out.push_back(fmt::format("{}  {}", k + 1, reports[k].design));
  return out;
}

Scatter energy_and_throughput(const std::vector<Report>& reports) {
  Scatter out{"inferences per second", "", "energy of one inference", "J", {}, {}};
  for (size_t k = 0; k < reports.size(); ++k) {
    const std::optional<Costs>& c = reports[k].costs;
    if (c && c->throughput_per_s > 0 && c->energy_per_inference_J > 0)
      out.points.push_back(
          {c->throughput_per_s, c->energy_per_inference_J, std::to_string(k + 1), reports[k].design, true});
  }
  return out;
}

/// The last `parts` names of a path.
std::string suffix(const std::string& path, int parts) {
  size_t at = path.size();
  while (parts > 0 && at != std::string::npos && at > 0) {
    at = path.rfind('.', at - 1);
    --parts;
  }
  return at == std::string::npos || at == 0 ? path : path.substr(at + 1);
}

std::string short_name(const std::string& configuration, int parts) {
  std::string name = configuration.substr(0, configuration.find(':'));
  if (name.ends_with("/design.yaml")) name.erase(name.size() - std::string_view("/design.yaml").size());
  std::string out = name.substr(name.rfind('/') == std::string::npos ? 0 : name.rfind('/') + 1);
  for (const std::string& change : changes(configuration)) {
    const size_t equals = change.find('=');
    out += " " + suffix(change.substr(0, equals), parts) + change.substr(equals);
  }
  return out;
}

}  // namespace

std::vector<std::string> short_names(const std::vector<std::string>& configurations) {
  constexpr int kMostParts = 8;
  const size_t different = std::set<std::string>(configurations.begin(), configurations.end()).size();
  constexpr size_t kLong = 26;  // characters: where it helps, the last name of a path has to do
  for (int parts = 2; parts <= 2 * kMostParts; ++parts) {
    std::vector<std::string> out;
    for (const std::string& c : configurations) {
      out.push_back(short_name(c, parts / 2 + 1));
      if (parts % 2 == 0 && out.back().size() > kLong) out.back() = short_name(c, 1);
    }
    if (std::set<std::string>(out.begin(), out.end()).size() == different) return out;
  }
  return configurations;
}

std::string compare_picture(const std::vector<Report>& reports) {
  Svg svg(kChartStyle);
  const BarTable table = bars(reports);
  const Scatter points = energy_and_throughput(reports);
  const double width = kWidth + (table.panels.size() > 2 ? 130 : 0);
  const std::string head = reports.empty() ? "" : reports[0].network;
  svg.text({kMargin, kMargin + 12}, head, "head", Svg::Anchor::Start);
  double y = kMargin + 24;
  y += draw_bars(svg, {kMargin, y}, width - 2 * kMargin, table) + 10;
  if (std::any_of(table.names.begin(), table.names.end(),
                  [](const std::string& n) { return chart_text_width(n) > kChartNames - 8; }))
    y += draw_notes(svg, {kMargin, y}, width - 2 * kMargin, full_names(reports)) + 8;
  if (!points.points.empty()) y += draw_scatter(svg, {kMargin, y}, width - 2 * kMargin, points) + 10;
  return svg.document({width, y}, fmt::format("{} on {} machines", head, reports.size()));
}

}  // namespace ohmweave::report
