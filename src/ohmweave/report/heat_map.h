// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ohmweave/report/svg.h"

namespace ohmweave::report {

/// Values on a grid, as colours.
struct HeatMap {
  std::string title, unit;  // SI, without prefix
  std::string rows_name = "row", columns_name = "column";
  int64_t rows = 0, columns = 0;
  std::span<const double> values;  // rows x columns
};

/// Rules of CSS for the colours, to stand behind kChartStyle.
std::string heat_style();
/// Draws at `corner`, `width` pixels wide, with a scale of colours, and returns its height. A grid of more
/// cells than can be told apart is drawn in blocks with the mean of their cells.
double draw_heat_map(Svg& svg, Point corner, double width, const HeatMap& map);

}  // namespace ohmweave::report
