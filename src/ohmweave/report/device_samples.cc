// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/device_samples.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/parallel.h"
#include "ohmweave/report/plot.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

constexpr double kQuantiles[] = {0.01, 0.25, 0.5, 0.75, 0.99};

bool knows_siemens(const device::CellSpec& cell) { return cell.on().has_value(); }

std::string siemens_text(const device::Cell& cell, double steps) {
  return units::print(units::Conductance::from_si(cell.siemens(steps)), 4);
}
/// With four decimals, and no -0.
std::string steps_text(double steps) { return fmt::format("{:.4f}", std::round(1e4 * steps) / 1e4 + 0.0); }
/// Of a difference.
std::string siemens_difference(const device::Cell& cell, double steps) {
  return units::print(units::Conductance::from_si(cell.siemens(steps) - cell.siemens(0)), 3);
}

LevelSamples sample_level(const device::Cell& cell, int level, int64_t count, uint64_t seed) {
  LevelSamples out;
  out.level = level;
  const std::vector<int32_t> levels(static_cast<size_t>(count), level);
  out.steps.resize(levels.size());
  cell.program(levels, {seed, static_cast<uint64_t>(level), 0}, out.steps);
  std::sort(out.steps.begin(), out.steps.end());
  // About the least, so that cells which are all alike deviate by nothing.
  const double least = out.steps.front();
  for (float s : out.steps) out.mean += s - least;
  out.mean = least + out.mean / static_cast<double>(count);
  for (float s : out.steps) out.deviation += (s - out.mean) * (s - out.mean);
  out.deviation = count > 1 ? std::sqrt(out.deviation / static_cast<double>(count - 1)) : 0;
  const std::vector<float> mean{static_cast<float>(out.mean)};
  std::vector<float> variance(1);
  cell.read_variance(mean, variance);
  out.read_deviation = std::sqrt(variance[0]);
  return out;
}

/// Seconds as people count them: "90 s", "6 h", "10 day".
std::string duration(units::Time time) {
  const double seconds = time.si();
  for (const auto& [unit, length] : {std::pair{"day", 86400.0}, {"h", 3600.0}, {"min", 60.0}}) {
    if (seconds >= 2 * length || seconds == length) return fmt::format("{:.4g} {}", seconds / length, unit);
  }
  return units::print(time);
}

std::string conditions(const device::CellSpec& cell) {
  return fmt::format("{} after programming, {}", duration(cell.time), units::print(cell.temperature));
}

/// The outline of a histogram of one level between two conductances, its peak at 1.
Series histogram(const LevelSamples& level, double low, double high) {
  constexpr int kBins = 160;
  const double bin = (high - low) / kBins;
  std::vector<int64_t> counts(kBins + 2);  // one more on either side, empty
  for (float s : level.steps) ++counts[1 + std::min<size_t>(static_cast<size_t>((s - low) / bin), kBins - 1)];
  const auto peak = static_cast<double>(*std::max_element(counts.begin(), counts.end()));
  Series outline;
  outline.line = true;
  outline.colour = level.level;
  for (size_t k = 1; k <= kBins; ++k) {
    if (counts[k - 1] + counts[k] + counts[k + 1] == 0) continue;
    const double left = low + static_cast<double>(k - 1) * bin, y = static_cast<double>(counts[k]) / peak;
    outline.points.push_back({left, y});
    outline.points.push_back({left + bin, y});
  }
  return outline;
}

}  // namespace

double LevelSamples::quantile(double q) const {
  const double at = q * static_cast<double>(steps.size() - 1);
  const auto low = static_cast<size_t>(at), high = std::min(low + 1, steps.size() - 1);
  return steps[low] + (at - static_cast<double>(low)) * (steps[high] - steps[low]);
}

DeviceSamples sample_device(const std::string& name, const device::CellSpec& spec, int64_t count,
                            uint64_t seed) {
  DeviceSamples out{name, spec, count, {}};
  const auto cell = device::make_cell(spec);
  out.levels.resize(size_t{1} << spec.bits);
  base::parallel_for(static_cast<int64_t>(out.levels.size()), [&](int64_t level) {
    out.levels[static_cast<size_t>(level)] = sample_level(*cell, static_cast<int>(level), count, seed);
  });
  return out;
}

std::string samples_text(const DeviceSamples& samples, const Style& style, int columns) {
  const auto cell = device::make_cell(samples.cell);
  const bool siemens = knows_siemens(samples.cell);
  std::string out = fmt::format("  {} cells of each level, {}\n", samples.count, conditions(samples.cell));
  if (!siemens) out += "  in steps: nothing says what a level conducts\n";
  Table t({{"level"},
           {"target"},
           {"mean"},
           {"deviation"},
           {"1 %"},
           {"median"},
           {"99 %"},
           {"of a read"},
           {"mean, steps"},
           {"deviation"}});
  for (const LevelSamples& l : samples.levels) {
    const auto value = [&](double steps) {
      return siemens ? siemens_text(*cell, steps) : fmt::format("{:.4g}", steps);
    };
    const auto difference = [&](double steps) {
      return siemens ? siemens_difference(*cell, steps) : fmt::format("{:.3g}", steps);
    };
    t.add({std::to_string(l.level), value(l.level), value(l.mean), difference(l.deviation),
           value(l.quantile(0.01)), value(l.quantile(0.5)), value(l.quantile(0.99)),
           difference(l.read_deviation), steps_text(l.mean), steps_text(l.deviation)});
  }
  return out + t.text(style, 2, columns);
}

nlohmann::ordered_json samples_json(const DeviceSamples& samples) {
  const auto cell = device::make_cell(samples.cell);
  nlohmann::ordered_json out;
  out["device"] = samples.name;
  out["cells_per_level"] = samples.count;
  out["time_s"] = samples.cell.time.si();
  out["temperature_K"] = samples.cell.temperature.si();
  out["effects"] = nlohmann::ordered_json::array();
  for (const device::Effect& e : device::effects(samples.cell))
    out["effects"].push_back({{"name", e.name}, {"key", e.key}, {"off", e.off}});
  out["levels"] = nlohmann::ordered_json::array();
  for (const LevelSamples& l : samples.levels) {
    nlohmann::ordered_json one;
    one["level"] = l.level;
    one["mean_steps"] = l.mean;
    one["deviation_steps"] = l.deviation;
    one["read_deviation_steps"] = l.read_deviation;
    for (double q : kQuantiles) one["quantiles_steps"].push_back({q, l.quantile(q)});
    if (knows_siemens(samples.cell)) {
      one["mean_S"] = cell->siemens(l.mean);
      one["deviation_S"] = cell->siemens(l.deviation) - cell->siemens(0);
      one["read_deviation_S"] = cell->siemens(l.read_deviation) - cell->siemens(0);
      for (double q : kQuantiles) one["quantiles_S"].push_back({q, cell->siemens(l.quantile(q))});
    }
    out["levels"].push_back(std::move(one));
  }
  return out;
}

std::string samples_picture(const DeviceSamples& samples) {
  constexpr double kWidth = 760, kHeight = 330, kHead = 42;
  const bool siemens = knows_siemens(samples.cell);
  double low = samples.levels[0].steps.front(), high = low;
  for (const LevelSamples& l : samples.levels) {
    low = std::min<double>(low, l.steps.front());
    high = std::max<double>(high, l.steps.back());
  }
  if (low == high) high = low + 1;
  const auto cell = device::make_cell(samples.cell);
  Plot plot;
  plot.x_title = siemens ? "conductance" : "conductance in steps";
  plot.x_unit = siemens ? "S" : "";
  plot.y_title = "cells of each level, by its own peak";
  plot.from_zero = true;
  for (const LevelSamples& l : samples.levels) {
    Series outline = histogram(l, low, high);
    if (siemens) {
      for (Point& p : outline.points) p.x = cell->siemens(p.x);
    }
    if (samples.levels.size() <= 16) {
      const auto peak = std::max_element(outline.points.begin(), outline.points.end(),
                                         [](const Point& a, const Point& b) { return a.y < b.y; });
      plot.series.push_back({std::to_string(l.level), {*peak}, l.level, true, false});
    }
    plot.series.push_back(std::move(outline));
  }
  Svg svg(std::string(kChartStyle) + std::string(kPlotStyle));
  svg.text({12, 22},
           fmt::format("{}: {} cells of each level, {}", samples.name, samples.count, conditions(samples.cell)),
           "head", Svg::Anchor::Start);
  draw_plot(svg, {8, kHead}, {kWidth - 16, kHeight - kHead}, plot);
  return svg.document({kWidth, kHeight}, samples.name);
}

}  // namespace ohmweave::report
