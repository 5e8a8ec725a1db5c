// SPDX-License-Identifier: Apache-2.0
// Four plots of a fit: conductances by target, what is left over, deviations by target, and drift or reads.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/report/device_fit.h"
#include "ohmweave/report/plot.h"

namespace ohmweave::report {
namespace {

using device::DeviceFit;
using device::FitLevel;
constexpr size_t kMostPoints = 3000;  // more would only be ink

Series dots(int colour) { return {"", {}, colour, false, false}; }
Series curve(std::string label, int colour, bool dashed = false) {
  return {std::move(label), {}, colour, true, dashed};
}

Plot conductances(const DeviceFit& fit, const device::Measurements& m) {
  Plot plot;
  plot.x_title = "target", plot.x_unit = "S";
  plot.y_title = "measured first, and fitted mean with two deviations", plot.y_unit = "S";
  const double first = std::min_element(m.rows.begin(), m.rows.end(), [](const auto& a, const auto& b) {
                         return a.time < b.time;
                       })->time;
  Series measured = dots(0), mean = curve("", 4), low = curve("", 4, true), high = low;
  const size_t stride = 1 + m.rows.size() / kMostPoints;
  for (size_t k = 0; k < m.rows.size(); k += stride) {
    if (m.rows[k].time == first) measured.points.push_back({m.rows[k].target, m.rows[k].measured});
  }
  for (const FitLevel& l : fit.levels) {
    mean.points.push_back({l.target, l.fitted_mean});
    low.points.push_back({l.target, std::max(0.0, l.fitted_mean - 2 * l.fitted_deviation)});
    high.points.push_back({l.target, l.fitted_mean + 2 * l.fitted_deviation});
  }
  plot.series = {measured, low, high, mean};
  return plot;
}

/// Residuals in order against the quantiles of a normal distribution; a line is what a perfect fit leaves.
Plot quantiles(const DeviceFit& fit) {
  Plot plot;
  plot.x_title = "normal quantile", plot.y_title = "residual in fitted deviations";
  std::vector<double> sorted = fit.residuals;
  std::sort(sorted.begin(), sorted.end());
  Series found = dots(0), perfect = curve("", 4);
  const size_t stride = 1 + sorted.size() / kMostPoints;
  for (size_t k = 0; k < sorted.size(); k += stride) {
    const double p = (static_cast<double>(k) + 0.5) / static_cast<double>(sorted.size());
    double low = -6, high = 6;  // bisection of the distribution function
    for (int step = 0; step < 50; ++step) {
      const double middle = (low + high) / 2;
      (0.5 * std::erfc(-middle / std::sqrt(2.0)) < p ? low : high) = middle;
    }
    found.points.push_back({low, sorted[k]});
  }
  if (!found.points.empty())
    perfect.points = {{found.points.front().x, found.points.front().x},
                      {found.points.back().x, found.points.back().x}};
  plot.series = {found, perfect};
  return plot;
}

Plot deviations(const DeviceFit& fit) {
  Plot plot;
  plot.x_title = "target", plot.x_unit = "S";
  plot.y_title = "deviation of cells, and of reads", plot.y_unit = "S";
  plot.from_zero = true;
  Series cells = dots(0), fitted = curve("cells", 0), reads = dots(1), fitted_reads = curve("reads", 1);
  for (const FitLevel& l : fit.levels) {
    if (l.cells > 1) cells.points.push_back({l.target, l.deviation});
    fitted.points.push_back({l.target, l.fitted_deviation});
    if (l.reads > 0)
      reads.points.push_back({l.target, l.read_deviation}),
          fitted_reads.points.push_back({l.target, l.fitted_read_deviation});
  }
  plot.series = {fitted, cells, fitted_reads, reads};
  return plot;
}

Plot drift(const DeviceFit& fit) {
  Plot plot;
  plot.x_title = "target", plot.x_unit = "S";
  plot.y_title = "drift exponent and its deviation";
  plot.from_zero = true;
  Series mean = dots(0), fitted = curve("mean", 0), spread = dots(1), fitted_spread = curve("deviation", 1);
  for (const FitLevel& l : fit.levels) {
    if (l.drifting == 0) continue;
    mean.points.push_back({l.target, l.exponent});
    fitted.points.push_back({l.target, l.fitted_exponent});
    spread.points.push_back({l.target, l.exponent_deviation});
    fitted_spread.points.push_back({l.target, l.fitted_exponent_deviation});
  }
  plot.series = {fitted, mean, fitted_spread, spread};
  return plot;
}

}  // namespace

std::string fit_picture(const DeviceFit& fit, const device::Measurements& measurements) {
  constexpr double kWidth = 860, kHead = 40, kPlot = 270;
  const bool drifts = !fit.drifts.empty();
  const double height = kHead + 2 * kPlot;
  Svg svg(std::string(kChartStyle) + std::string(kPlotStyle) + ".dot0, .dot1 { fill-opacity: 0.6 }\n");
  svg.text({12, 22}, fmt::format("{}: {} values of {} cells", fit.name, fit.rows, fit.cells), "head",
           Svg::Anchor::Start);
  const Point size{kWidth / 2 - 14, kPlot - 8};
  draw_plot(svg, {8, kHead}, size, conductances(fit, measurements));
  draw_plot(svg, {kWidth / 2 + 6, kHead}, size, quantiles(fit));
  draw_plot(svg, {8, kHead + kPlot}, size, deviations(fit));
  if (drifts) draw_plot(svg, {kWidth / 2 + 6, kHead + kPlot}, size, drift(fit));
  return svg.document({kWidth, height}, fit.name);
}

}  // namespace ohmweave::report
