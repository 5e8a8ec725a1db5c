// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/svg.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace ohmweave::report {
namespace {

std::string n(double v) {
  std::string s = fmt::format("{:.1f}", std::round(v * 10) / 10 + 0.0);
  if (s == "-0.0") s = "0.0";
  return s.substr(0, s.ends_with(".0") ? s.size() - 2 : s.size());
}

/// The point `length` from a towards b, or half of the way if that is nearer.
Point towards(const Point& a, const Point& b, double length) {
  const double dx = b.x - a.x, dy = b.y - a.y, whole = std::hypot(dx, dy);
  const double part = whole > 0 ? std::min(length / whole, 0.5) : 0;
  return {a.x + part * dx, a.y + part * dy};
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20U ? ' ' : c;
    }
  }
  return out;
}

void Svg::rect(Point corner, Point size, double radius, std::string_view kind, std::string_view hint) {
  body_ += fmt::format(R"(<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="{}")", kind, n(corner.x),
                       n(corner.y), n(size.x), n(size.y), n(radius));
  body_ += hint.empty() ? "/>\n" : fmt::format("><title>{}</title></rect>\n", escape_markup(hint));
}

void Svg::text(Point at, std::string_view text, std::string_view kind, Anchor anchor) {
  const char* word = anchor == Anchor::Start ? "start" : anchor == Anchor::End ? "end" : "middle";
  body_ += fmt::format(R"(<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>)", kind, n(at.x), n(at.y),
                       word, escape_markup(text)) +
           "\n";
}

void Svg::path(const std::string& d, std::string_view kind) {
  body_ += fmt::format(R"(<path class="{}" d="{}"/>)", kind, d) + "\n";
}

void Svg::flow(const std::vector<Point>& points, std::string_view kind) {
  std::string d = fmt::format("M{} {}", n(points[0].x), n(points[0].y));
  for (size_t k = 1; k < points.size(); ++k) {
    const Point &a = points[k - 1], &b = points[k];
    if (std::abs(a.x - b.x) < 0.5) {
      d += fmt::format("L{} {}", n(b.x), n(b.y));
    } else {
      const double middle = (a.y + b.y) / 2;
      d += fmt::format("C{} {} {} {} {} {}", n(a.x), n(middle), n(b.x), n(middle), n(b.x), n(b.y));
    }
  }
  path(d, kind);
}

void Svg::line(const std::vector<Point>& points, double radius, std::string_view kind) {
  std::string d = fmt::format("M{} {}", n(points[0].x), n(points[0].y));
  for (size_t k = 1; k + 1 < points.size(); ++k) {
    const Point before = towards(points[k], points[k - 1], radius),
                after = towards(points[k], points[k + 1], radius);
    d += fmt::format("L{} {}Q{} {} {} {}", n(before.x), n(before.y), n(points[k].x), n(points[k].y), n(after.x),
                     n(after.y));
  }
  path(d + fmt::format("L{} {}", n(points.back().x), n(points.back().y)), kind);
}

std::string Svg::document(Point size, std::string_view title) const {
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}">
<title>{2}</title>
<style>
{3}</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>
<rect class="paper" width="{0}" height="{1}"/>
{4}</svg>
)",
      n(std::ceil(size.x)), n(std::ceil(size.y)), escape_markup(title), style_, body_);
}

}  // namespace ohmweave::report
