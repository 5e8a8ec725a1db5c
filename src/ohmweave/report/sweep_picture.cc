// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/report/chart.h"
#include "ohmweave/report/sweep.h"

namespace ohmweave::report {
namespace {

constexpr double kWidth = 500, kMargin = 10;
constexpr size_t kNamed = 12;  // points of the front that have a number and a line

/// The unit of an aspect as charts take it.
std::string chart_unit(const Aspect& a) {
  constexpr std::pair<std::string_view, std::string_view> kUnits[] = {{"m2", "m^2"},
                                                                      {"per_s", ""},
                                                                      {"ops_per_s", "OPS"},
                                                                      {"ops_per_s_per_m2", "OPS/m^2"},
                                                                      {"ops_per_J", "OPS/W"}};
  for (const auto& [ours, chart] : kUnits) {
    if (a.unit == ours) return std::string(chart);
  }
  return a.unit;
}
std::string title(const Aspect& a) { return a.key == "throughput" ? "inferences per second" : a.name; }

bool is_better(const Aspect& a, double ours, double theirs) {
  return a.better == Aspect::Better::More ? ours > theirs : ours < theirs;
}

/// The border between what the points reach in two aspects and what none does, as steps: for every x the best
/// y of the points that are at least as good in x.
std::vector<Point> border(std::vector<Point> points, const Aspect& x, const Aspect& y) {
  std::sort(points.begin(), points.end(), [&](const Point& a, const Point& b) {
    return a.x != b.x ? is_better(x, a.x, b.x) : is_better(y, a.y, b.y);
  });
  std::vector<Point> out;
  for (const Point& p : points) {  // from the best x on
    if (!out.empty() && !is_better(y, p.y, out.back().y)) continue;
    if (!out.empty()) out.push_back({p.x, out.back().y});
    out.push_back(p);
  }
  return out;
}

/// The second objective, or something else than the first.
size_t second_of(const Sweep& sweep) {
  if (sweep.objectives.size() > 1) return sweep.objectives[1];
  const auto other = [&](const Aspect& a) {
    return a.key != sweep.aspects[sweep.objectives[0]].key && (a.key == "throughput" || a.key == "energy");
  };
  return static_cast<size_t>(std::find_if(sweep.aspects.begin(), sweep.aspects.end(), other) -
                             sweep.aspects.begin());
}

}  // namespace

std::string sweep_picture(const Sweep& sweep) {
  const size_t first = sweep.objectives[0], second = second_of(sweep);
  const Aspect &y = sweep.aspects[first], &x = sweep.aspects[second];
  Scatter chart{title(x), chart_unit(x), title(y), chart_unit(y), {}, {}};
  const std::vector<bool> front = sweep.front();
  std::vector<std::string> notes;
  std::vector<Point> reached;
  const auto best = static_cast<size_t>(std::count(front.begin(), front.end(), true));
  for (size_t k = 0; k < sweep.points.size(); ++k) {
    const std::optional<double> at_x = sweep.points[k].figure(second), at_y = sweep.points[k].figure(first);
    if (at_x.value_or(0) <= 0 || at_y.value_or(0) <= 0) continue;  // the axes are logarithmic
    const std::string name = sweep.grid.text(static_cast<int64_t>(k));
    std::string label;
    if (front[k] && best <= kNamed) {
      label = std::to_string(notes.size() + 1);
      notes.push_back(fmt::format("{}  {}", label, name));
    }
    chart.points.push_back({*at_x, *at_y, label, name, front[k]});
    reached.push_back({*at_x, *at_y});
  }
  chart.front = border(reached, x, y);
  Svg svg(kChartStyle);
  svg.text({kMargin, kMargin + 12}, fmt::format("{} on {}", sweep.network, sweep.design), "head",
           Svg::Anchor::Start);
  double height = kMargin + 26;
  height += draw_scatter(svg, {kMargin, height}, kWidth - 2 * kMargin, chart) + 8;
  if (!notes.empty()) height += draw_notes(svg, {kMargin, height}, kWidth - 2 * kMargin, notes) + 6;
  return svg.document({kWidth, height},
                      fmt::format("{} points of {} on {}", sweep.done(), sweep.network, sweep.design));
}

}  // namespace ohmweave::report
