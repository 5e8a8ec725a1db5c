// SPDX-License-Identifier: Apache-2.0
// Points of two figures on logarithmic axes, with labels that keep out of each other's way.
#include <algorithm>
#include <cmath>

#include "ohmweave/report/chart.h"

namespace ohmweave::report {
namespace {

constexpr double kHeight = 240, kLeft = 62, kRight = 20, kTop = 22, kBottom = 34;
constexpr double kRadius = 4, kSmallRadius = 3, kLabel = 11;

/// Values along one axis, and where they are.
struct Axis {
  double low = 1, high = 10;  // values
  double from = 0, to = 1;    // pixels

  double at(double value) const { return from + (to - from) * std::log(value / low) / std::log(high / low); }
};

Axis axis_of(const std::vector<ScatterPoint>& points, double ScatterPoint::*value, double from, double to) {
  Axis out{1, 10, from, to};
  if (points.empty()) return out;
  const auto [low, high] =
      std::minmax_element(points.begin(), points.end(),
                          [&](const ScatterPoint& a, const ScatterPoint& b) { return a.*value < b.*value; });
  // Some room around the points, and a range that is not empty where they are all alike.
  const double room = std::max(0.08 * std::log((*high).*value / (*low).*value), std::log(1.05));
  out.low = (*low).*value * std::exp(-room);
  out.high = (*high).*value * std::exp(room);
  return out;
}

struct Rect {
  Point corner, size;
  bool meets(const Rect& o) const {
    return corner.x < o.corner.x + o.size.x && o.corner.x < corner.x + size.x &&
           corner.y < o.corner.y + o.size.y && o.corner.y < corner.y + size.y;
  }
};

/// Places labels beside points: the nearest of several places that is free.
class Labels {
 public:
  Labels(Svg& svg, const Rect& frame) : svg_(svg), frame_(frame) {}
  void take(Point p) { taken_.push_back({{p.x - kRadius, p.y - kRadius}, {2 * kRadius, 2 * kRadius}}); }

  void place(Point p, const std::string& text) {
    if (text.empty()) return;
    const double width = chart_text_width(text, kLabel) + 2;
    for (double distance : {8.0, 14.0, 22.0, 32.0, 44.0, 58.0}) {
      for (double angle : {-45.0, 0.0, 45.0, -90.0, 90.0, -135.0, 180.0, 135.0}) {
        constexpr double kDegree = 3.14159265358979 / 180;
        const Point middle{p.x + (distance + width / 2 - 4) * std::cos(angle * kDegree),
                           p.y + distance * std::sin(angle * kDegree)};
        const Rect r{{middle.x - width / 2, middle.y - kLabel / 2}, {width, kLabel}};
        if (!is_free(r)) continue;
        if (distance > 14) svg_.line({p, middle}, 0, "leader");
        svg_.text({middle.x, middle.y + 4}, text, "label");
        taken_.push_back(r);
        return;
      }
    }
  }

 private:
  bool is_free(const Rect& r) const {
    const bool inside = r.corner.x >= frame_.corner.x && r.corner.y >= frame_.corner.y &&
                        r.corner.x + r.size.x <= frame_.corner.x + frame_.size.x &&
                        r.corner.y + r.size.y <= frame_.corner.y + frame_.size.y;
    return inside && std::none_of(taken_.begin(), taken_.end(), [&](const Rect& t) { return t.meets(r); });
  }
  Svg& svg_;
  Rect frame_;
  std::vector<Rect> taken_;
};

void draw_axes(Svg& svg, const Scatter& s, const Axis& x, const Axis& y) {
  for (double at : log_ticks(x.low, x.high, 5)) {
    svg.line({{x.at(at), y.from}, {x.at(at), y.to}}, 0, "grid");
    svg.text({x.at(at), y.from + 14}, chart_text(at, s.x_unit), "tick");
  }
  for (double at : log_ticks(y.low, y.high, 5)) {
    svg.line({{x.from, y.at(at)}, {x.to, y.at(at)}}, 0, "grid");
    svg.text({x.from - 5, y.at(at) + 4}, chart_text(at, s.y_unit), "tick", Svg::Anchor::End);
  }
  svg.line({{x.from, y.to}, {x.from, y.from}, {x.to, y.from}}, 0, "axis");
  svg.text({x.to, y.from + 29}, s.x_title, "title", Svg::Anchor::End);
  svg.text({x.from - kLeft, y.to - 9}, s.y_title, "title", Svg::Anchor::Start);
}

void draw_front(Svg& svg, const std::vector<Point>& front, const Axis& x, const Axis& y) {
  std::vector<Point> places;
  for (const Point& p : front) places.push_back({x.at(p.x), y.at(p.y)});
  if (places.size() > 1) svg.line(places, 0, "front");
}

}  // namespace

double draw_scatter(Svg& svg, Point corner, double width, const Scatter& s) {
  const Axis x = axis_of(s.points, &ScatterPoint::x, corner.x + kLeft, corner.x + width - kRight),
             y = axis_of(s.points, &ScatterPoint::y, corner.y + kHeight - kBottom, corner.y + kTop);
  draw_axes(svg, s, x, y);
  draw_front(svg, s.front, x, y);
  Labels labels(svg, {{x.from, y.to}, {x.to - x.from, y.from - y.to}});
  for (const bool marked : {false, true}) {  // marked ones on top
    for (const ScatterPoint& p : s.points) {
      if (p.marked != marked) continue;
      const Point at{x.at(p.x), y.at(p.y)};
      const double radius = p.marked ? kRadius : kSmallRadius;
      svg.rect({at.x - radius, at.y - radius}, {2 * radius, 2 * radius}, radius, marked ? "marked" : "point",
               p.hint);
      labels.take(at);
    }
  }
  for (const ScatterPoint& p : s.points) labels.place({x.at(p.x), y.at(p.y)}, p.label);
  return kHeight;
}

}  // namespace ohmweave::report
