// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/chart.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/report/numbers.h"
#include "ohmweave/report/table.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {

// The colours of Okabe and Ito (Color Universal Design, 2008), dark and light in turn so that neighbours
// differ in grey too; white lines keep parts apart.
const std::string_view kChartStyle =
    R"(svg { font-family: Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; font-size: 12px }
.paper { fill: #ffffff }
text { fill: #1d2733 }
.head { font-size: 14px; font-weight: bold }
.title { font-weight: bold }
.note { font-size: 10px; fill: #5c6875 }
.tick { font-size: 11px; fill: #5c6875 }
.inside { font-size: 11px }
.axis { fill: none; stroke: #5c6875; stroke-width: 1 }
.grid { fill: none; stroke: #d9dee3; stroke-width: 0.8 }
.front { fill: none; stroke: #d55e00; stroke-width: 1.5 }
.leader { fill: none; stroke: #8a95a1; stroke-width: 0.7 }
.point { fill: #ffffff; stroke: #8a95a1; stroke-width: 1.2 }
.marked { fill: #0072b2; stroke: #ffffff; stroke-width: 0.8 }
.part0, .part1, .part2, .part3, .part4, .part5, .part6 { stroke: #ffffff; stroke-width: 0.8 }
.plain { fill: #5c6875 }
.part0 { fill: #0072b2 }
.part1 { fill: #e69f00 }
.part2 { fill: #009e73 }
.part3 { fill: #f0e442 }
.part4 { fill: #d55e00 }
.part5 { fill: #56b4e9 }
.part6 { fill: #c9ced4 }
)";

namespace {

constexpr double kPitch = 22, kBar = 13, kTitle = 20, kAxis = 22, kPanelGap = 14;
constexpr double kMostApart = 30;  // totals that differ more are drawn as shares

/// The text cut to a width in pixels.
std::string cut(std::string_view text, double pixels, double font_size = 12) {
  return shorten(text, static_cast<int>(pixels / chart_text_width("m", font_size)));
}

double total(const std::vector<double>& parts) { return std::accumulate(parts.begin(), parts.end(), 0.0); }

/// A panel of bars: its totals, and how lengths become pixels.
class BarDrawing {
 public:
  BarDrawing(Svg& svg, const BarPanel& panel, const BarTable& table, Point corner, double width)
      : svg_(svg), panel_(panel), table_(table), corner_(corner), width_(width) {
    double least = std::numeric_limits<double>::infinity(), note = 0;
    for (size_t row = 0; row < panel.parts.size(); ++row) {
      const double sum = total(panel.parts[row]);
      if (sum > 0) least = std::min(least, sum);
      most_ = std::max(most_, sum);
      if (!panel.parts[row].empty()) note = std::max(note, chart_text_width(panel.notes[row], 11));
    }
    shares_ = most_ > kMostApart * least && table.legend.size() > 1;
    length_ = std::max(width - note - 6, 20.0);
  }

  void draw() {
    const double bottom = corner_.y + kTitle + kPitch * static_cast<double>(panel_.parts.size());
    axis(bottom);
    for (size_t row = 0; row < panel_.parts.size(); ++row)
      bar(row, corner_.y + kTitle + kPitch * static_cast<double>(row));
    svg_.line({{corner_.x, corner_.y + kTitle - 2}, {corner_.x, bottom}}, 0, "axis");
  }

 private:
  void axis(double bottom) {
    const double end = shares_ ? 1 : most_;
    std::string unit = shares_ ? "shares" : "";
    double factor = 1;
    if (shares_ || panel_.unit == "%") {
      factor = 0.01;
      if (!shares_) unit = "%";
    } else if (most_ > 0 && !panel_.unit.empty()) {
      const std::string text = chart_text(most_, panel_.unit);
      unit = text.substr(text.find(' ') + 1);
      factor = most_ / printed(text);
    }
    svg_.text({corner_.x, corner_.y + 11},
              unit.empty() ? panel_.title : fmt::format("{}, {}", panel_.title, unit), "title",
              Svg::Anchor::Start);
    if (!(end > 0)) return;
    constexpr double kTickRoom = 42;
    for (double at : round_ticks(0, end / factor, std::max(1, static_cast<int>(length_ / kTickRoom)))) {
      const double x = corner_.x + length_ * at * factor / end;
      svg_.line({{x, corner_.y + kTitle - 2}, {x, bottom}}, 0, "grid");
      svg_.text({x, bottom + 13}, units::print_count(at, 3) + (shares_ ? " %" : ""), "tick",
                at > 0 ? Svg::Anchor::Middle : Svg::Anchor::Start);
    }
  }

  /// The number in front of a text's unit.
  static double printed(const std::string& text) { return std::stod(text); }

  void bar(size_t row, double top) {
    const std::vector<double>& parts = panel_.parts[row];
    const double sum = total(parts), y = top + (kPitch - kBar) / 2;
    if (parts.empty()) {
      svg_.text({corner_.x + 5, y + kBar - 3}, cut(panel_.notes[row], width_ - 5, 10), "note",
                Svg::Anchor::Start);
      return;
    }
    const double whole = shares_ ? sum : most_;
    double x = corner_.x;
    for (size_t k = 0; k < parts.size(); ++k) {
      const double length = whole > 0 ? length_ * parts[k] / whole : 0;
      const std::string part = parts.size() > 1 ? table_.legend[k] + ": " : "";
      if (length >= 0.05)
        svg_.rect(
            {x, y}, {length, kBar}, 0, parts.size() > 1 ? fmt::format("part{}", k) : "plain",
            fmt::format("{}{}, {} of {}", part, amount(parts[k]), percent(parts[k] / sum), panel_.notes[row]));
      x += length;
    }
    svg_.text({x + 4, y + kBar - 3}, panel_.notes[row], "inside", Svg::Anchor::Start);
  }
  std::string amount(double value) const {
    return panel_.unit == "%" ? percent(value) : chart_text(value, panel_.unit);
  }

  Svg& svg_;
  const BarPanel& panel_;
  const BarTable& table_;
  Point corner_;
  double width_, length_ = 0, most_ = 0;
  bool shares_ = false;
};

double draw_legend(Svg& svg, Point corner, double width, const std::vector<std::string>& names) {
  constexpr double kBox = 10, kGap = 14, kLine = 17;
  double x = corner.x, y = corner.y;
  for (size_t k = 0; k < names.size(); ++k) {
    const double taken = kBox + 5 + chart_text_width(names[k]);
    if (x > corner.x && x + taken > corner.x + width) x = corner.x, y += kLine;
    svg.rect({x, y}, {kBox, kBox}, 0, fmt::format("part{}", k));
    svg.text({x + kBox + 5, y + kBox - 1}, names[k], "inside", Svg::Anchor::Start);
    x += taken + kGap;
  }
  return y + kLine - corner.y;
}

}  // namespace

double draw_bars(Svg& svg, Point corner, double width, const BarTable& table) {
  double names = 0;
  for (const std::string& n : table.names) names = std::max(names, chart_text_width(n));
  names = std::min(names + 8, kChartNames);
  const auto panels = static_cast<double>(std::max<size_t>(table.panels.size(), 1));
  const double one = (width - names - kPanelGap * (panels - 1)) / panels;
  for (size_t row = 0; row < table.names.size(); ++row) {
    const double y = corner.y + kTitle + kPitch * static_cast<double>(row);
    svg.text({corner.x, y + kPitch / 2 + 4}, cut(table.names[row], names - 4), "name", Svg::Anchor::Start);
  }
  for (size_t k = 0; k < table.panels.size(); ++k) {
    const Point at{corner.x + names + static_cast<double>(k) * (one + kPanelGap), corner.y};
    BarDrawing(svg, table.panels[k], table, at, one).draw();
  }
  const double height = kTitle + kPitch * static_cast<double>(table.names.size()) + kAxis;
  if (table.legend.size() < 2) return height;
  return height + 6 + draw_legend(svg, {corner.x, corner.y + height + 6}, width, table.legend);
}

double draw_notes(Svg& svg, Point corner, double width, const std::vector<std::string>& lines) {
  constexpr double kLine = 14;
  double y = corner.y;
  for (const std::string& line : lines) {
    svg.text({corner.x, y + 10}, cut(line, width, 10), "note", Svg::Anchor::Start);
    y += kLine;
  }
  return y - corner.y;
}

}  // namespace ohmweave::report
