// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/report/chart.h"
#include "ohmweave/report/converter.h"
#include "ohmweave/report/svg.h"

namespace ohmweave::report {
namespace {

constexpr double kWidth = 640, kPanel = 170, kLeft = 56, kRight = 16, kHead = 34, kGap = 26;
constexpr size_t kMostLines = 12;
constexpr const char* kOwnStyle =
    R"(.one { fill: none; stroke: #56b4e9; stroke-width: 0.8; stroke-opacity: 0.6 }
.first { fill: none; stroke: #0072b2; stroke-width: 1.2 }
)";

/// No more points than the picture can tell apart: of each stretch of codes the least and the largest.
std::vector<Point> thinned(const std::vector<double>& values, double first_code) {
  const size_t stretch = std::max<size_t>(1, values.size() / 600);
  std::vector<Point> out;
  for (size_t k = 0; k < values.size(); k += stretch) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(k),
               end = values.begin() + static_cast<std::ptrdiff_t>(std::min(k + stretch, values.size()));
    auto [low, high] = std::minmax_element(begin, end);
    if (low > high) std::swap(low, high);
    for (const auto& at : {low, high}) {
      out.push_back({first_code + static_cast<double>(at - values.begin()), *at});
      if (low == high) break;
    }
  }
  return out;
}

struct Panel {
  std::string title;
  std::vector<double> circuit::Linearity::*values;
  double first_code;
};

void draw(Svg& svg, const Converter& c, const Panel& panel, double top) {
  double low = -0.5, high = 0.5, most = 1;
  const size_t lines = std::min(c.measured.size(), kMostLines);
  for (size_t k = 0; k < lines; ++k) {
    for (double v : c.measured[k].*panel.values) low = std::min(low, v), high = std::max(high, v);
    most = std::max(most, static_cast<double>((c.measured[k].*panel.values).size()) + panel.first_code);
  }
  const double left = kLeft, right = kWidth - kRight, bottom = top + kPanel;
  auto x = [&](double code) { return left + (right - left) * code / most; };
  auto y = [&](double value) { return bottom - (bottom - top) * (value - low) / (high - low); };
  for (double at : round_ticks(low, high, 5)) {
    svg.line({{left, y(at)}, {right, y(at)}}, 0, "grid");
    svg.text({left - 5, y(at) + 4}, chart_text(at, ""), "tick", Svg::Anchor::End);
  }
  for (double at : round_ticks(0, most, 8)) svg.text({x(at), bottom + 14}, fmt::format("{:.0f}", at), "tick");
  svg.line({{left, top}, {left, bottom}, {right, bottom}}, 0, "axis");
  svg.text({left, top - 7}, panel.title, "title", Svg::Anchor::Start);
  for (size_t k = lines; k-- > 0;) {  // the first on top
    std::vector<Point> points;
    for (const Point& p : thinned(c.measured[k].*panel.values, panel.first_code))
      points.push_back({x(p.x), y(p.y)});
    if (points.size() > 1) svg.line(points, 0, k == 0 ? "first" : "one");
  }
}

}  // namespace

std::string converter_picture(const Converter& c) {
  const std::string style = std::string(kChartStyle) + kOwnStyle;
  Svg svg(style);
  const size_t lines = std::min(c.measured.size(), kMostLines);
  svg.text({kLeft, 20}, fmt::format("{}: {} converter{}", c.name, lines, lines == 1 ? "" : "s"), "head",
           Svg::Anchor::Start);
  double top = kHead + 16;
  draw(svg, c, {"integral non-linearity of thresholds, codes", &circuit::Linearity::inl, 1}, top);
  top += kPanel + kGap + 22;
  draw(svg, c, {"differential non-linearity of codes, codes", &circuit::Linearity::dnl, 1}, top);
  top += kPanel;
  svg.text({kWidth - kRight, top + 28}, "code", "title", Svg::Anchor::End);
  return svg.document({kWidth, top + 40}, c.name + ", non-linearity");
}

}  // namespace ohmweave::report
