// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/report/chart.h"

namespace ohmweave::report {

/// Points or a line through them. Colours are those of charts, by number.
struct Series {
  std::string label;  // at the last point, above it if it is the only one; empty: none
  std::vector<Point> points;
  int colour = 0;
  bool line = false;
  bool dashed = false;
};

/// Curves and points of two quantities in SI. A logarithmic axis leaves out what is not above zero.
struct Plot {
  std::string x_title, x_unit, y_title, y_unit;
  bool logarithmic_x = false;
  bool from_zero = false;  // the vertical axis has zero on it
  std::vector<Series> series;
};

/// Rules of CSS for plots, beside those of charts.
extern const std::string_view kPlotStyle;
/// Draws at `corner`, `size` in pixels with its titles.
void draw_plot(Svg& svg, Point corner, Point size, const Plot& plot);

}  // namespace ohmweave::report
