// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace ohmweave::report {

const std::string_view kPlotStyle =
    R"(.curve0, .curve1, .curve2, .curve3, .curve4, .curve5, .curve6 { fill: none; stroke-width: 1.4 }
.curve0 { stroke: #0072b2 }
.curve1 { stroke: #e69f00 }
.curve2 { stroke: #009e73 }
.curve3 { stroke: #b8a800 }
.curve4 { stroke: #d55e00 }
.curve5 { stroke: #56b4e9 }
.curve6 { stroke: #8a95a1 }
.dashed { fill: none; stroke: #1d2733; stroke-width: 1.2; stroke-dasharray: 5 3 }
.dot0 { fill: #0072b2; fill-opacity: 0.45 }
.dot1 { fill: #e69f00; fill-opacity: 0.45 }
.dot2 { fill: #009e73; fill-opacity: 0.45 }
.dot3 { fill: #b8a800; fill-opacity: 0.45 }
.dot4 { fill: #d55e00; fill-opacity: 0.45 }
.dot5 { fill: #56b4e9; fill-opacity: 0.45 }
.dot6 { fill: #8a95a1; fill-opacity: 0.45 }
)";

namespace {

constexpr double kLeft = 66, kRight = 16, kTop = 22, kBottom = 36;
constexpr double kDot = 1.5, kFewDot = 3;  // radius of many points, and of few
constexpr size_t kFew = 40;

/// Values along one axis and where they are.
struct Axis {
  double low, high, from, to;
  bool logarithmic;

  bool shows(double value) const { return std::isfinite(value) && (!logarithmic || value > 0); }
  double at(double value) const {
    const double part =
        logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
    return from + (to - from) * part;
  }
  std::vector<double> ticks(int most) const {
    return logarithmic ? log_ticks(low, high, most) : round_ticks(low, high, most);
  }
};

Axis axis_of(const Plot& plot, double Point::*value, bool logarithmic, bool from_zero, double from, double to) {
  Axis axis{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), from, to,
            logarithmic};
  for (const Series& s : plot.series) {
    for (const Point& p : s.points) {
      if (!axis.shows(p.*value)) continue;
      axis.low = std::min(axis.low, p.*value);
      axis.high = std::max(axis.high, p.*value);
    }
  }
  if (!(axis.low <= axis.high)) axis.low = logarithmic ? 1 : 0, axis.high = 10;
  if (from_zero) axis.low = std::min(axis.low, 0.0), axis.high = std::max(axis.high, 0.0);
  if (axis.low == axis.high) {  // one value has room around it all the same
    const double room = axis.low == 0 ? 1 : std::abs(axis.low) / 2;
    axis.low -= room;
    axis.high += room;
  }
  if (!logarithmic) {
    const double room = 0.03 * (axis.high - axis.low);
    if (!from_zero || axis.low < 0) axis.low -= room;
    axis.high += room;
  }
  return axis;
}

void draw_axes(Svg& svg, Point corner, const Plot& plot, const Axis& x, const Axis& y) {
  const int across = std::max(2, static_cast<int>((x.to - x.from) / 75));
  const int up = std::max(2, static_cast<int>((y.from - y.to) / 34));
  for (double at : x.ticks(across)) {
    svg.line({{x.at(at), y.from}, {x.at(at), y.to}}, 0, "grid");
    svg.text({x.at(at), y.from + 14}, chart_text(at, plot.x_unit), "tick");
  }
  for (double at : y.ticks(up)) {
    svg.line({{x.from, y.at(at)}, {x.to, y.at(at)}}, 0, "grid");
    svg.text({x.from - 5, y.at(at) + 4}, chart_text(at, plot.y_unit), "tick", Svg::Anchor::End);
  }
  svg.line({{x.from, y.to}, {x.from, y.from}, {x.to, y.from}}, 0, "axis");
  svg.text({x.to, y.from + 29}, plot.x_title, "title", Svg::Anchor::End);
  svg.text({corner.x, y.to - 9}, plot.y_title, "title", Svg::Anchor::Start);
}

void draw_series(Svg& svg, const Series& s, const Axis& x, const Axis& y) {
  std::vector<Point> places;
  for (const Point& p : s.points) {
    if (x.shows(p.x) && y.shows(p.y)) places.push_back({x.at(p.x), y.at(p.y)});
  }
  if (places.empty()) return;
  if (s.line) {
    if (places.size() > 1)
      svg.line(places, 0, s.dashed ? "dashed" : fmt::format("curve{}", s.colour % kChartColours));
  } else {
    const double radius = places.size() <= kFew ? kFewDot : kDot;
    for (const Point& p : places)
      svg.rect({p.x - radius, p.y - radius}, {2 * radius, 2 * radius}, radius,
               fmt::format("dot{}", s.colour % kChartColours));
  }
  if (s.label.empty()) return;
  const bool alone = places.size() == 1;
  svg.text({places.back().x - (alone ? 0 : 4), places.back().y - 5}, s.label, "inside",
           alone ? Svg::Anchor::Middle : Svg::Anchor::End);
}

}  // namespace

void draw_plot(Svg& svg, Point corner, Point size, const Plot& plot) {
  const Axis x =
      axis_of(plot, &Point::x, plot.logarithmic_x, false, corner.x + kLeft, corner.x + size.x - kRight);
  const Axis y = axis_of(plot, &Point::y, false, plot.from_zero, corner.y + size.y - kBottom, corner.y + kTop);
  draw_axes(svg, corner, plot, x, y);
  for (const Series& s : plot.series) draw_series(svg, s, x, y);
}

}  // namespace ohmweave::report
