// SPDX-License-Identifier: Apache-2.0
// Charts for papers, drawn into an Svg: stacked bars and points of two figures, with round ticks, SI units and
// colours that are told apart by everybody and in grey.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/report/svg.h"

namespace ohmweave::report {

/// Round numbers within [low, high] (multiples of 1, 2 or 5 times a power of ten), about `most` of them.
std::vector<double> round_ticks(double low, double high, int most);
/// The same for a logarithmic axis, above zero: powers of ten or 1, 2 and 5 times them; where a range is
/// too narrow for two of these, round_ticks().
std::vector<double> log_ticks(double low, double high, int most);
/// An SI value for a picture, "1.2 mm²"; `unit` without prefix: "J", "m^2", "" for a pure number.
std::string chart_text(double si, std::string_view unit, int digits = 3);
/// Width of a text of a chart in pixels, rather too much than too little.
double chart_text_width(std::string_view text, double font_size = 12);

/// One figure of every row of a table of bars.
struct BarPanel {
  std::string title;
  std::string unit;                        // SI, without prefix
  std::vector<std::vector<double>> parts;  // by row and part of the legend; empty: there is nothing to show,
  std::vector<std::string> notes;          // by row: what stands beside the bar, its total or why it is missing
};
/// Rows of bars, each with its name, in panels beside each other. Where the totals of a panel differ so much
/// that the parts of the smallest could not be seen, its bars are all of one length and show shares.
struct BarTable {
  std::vector<std::string> names, hints;  // by row
  std::vector<std::string> legend;        // names of parts, at most kChartColours
  std::vector<BarPanel> panels;
};
constexpr int kChartColours = 7;
constexpr double kChartNames = 200;  // pixels: longer names are cut

struct ScatterPoint {
  double x = 0, y = 0;
  std::string label, hint;
  bool marked = false;
};
/// Points on logarithmic axes; values above zero.
struct Scatter {
  std::string x_title, x_unit, y_title, y_unit;
  std::vector<ScatterPoint> points;
  std::vector<Point> front;  // a line through these values; empty for none
};

/// Rules of CSS for what the functions below draw.
extern const std::string_view kChartStyle;
/// Each draws at `corner`, `width` pixels wide, and returns its height.
double draw_bars(Svg& svg, Point corner, double width, const BarTable& table);
double draw_scatter(Svg& svg, Point corner, double width, const Scatter& scatter);
/// Lines of small text, each cut to the width.
double draw_notes(Svg& svg, Point corner, double width, const std::vector<std::string>& lines);

}  // namespace ohmweave::report
