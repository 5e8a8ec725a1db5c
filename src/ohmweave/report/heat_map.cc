// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/heat_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "ohmweave/report/chart.h"

namespace ohmweave::report {
namespace {

constexpr int kShades = 64;
constexpr int64_t kMostSide = 64;  // cells that are drawn one by one
constexpr double kTitle = 20, kScale = 44;

/// Dark blue over green to yellow: rises evenly in lightness, so it reads in grey too. Corners of viridis (van
/// der Walt and Smith, CC0).
constexpr std::array<std::array<int, 3>, 9> kColours{{{68, 1, 84},
                                                      {71, 44, 122},
                                                      {59, 81, 139},
                                                      {44, 113, 142},
                                                      {33, 144, 141},
                                                      {39, 173, 129},
                                                      {92, 200, 99},
                                                      {170, 220, 50},
                                                      {253, 231, 37}}};

std::string colour(double share) {
  const double at = share * (kColours.size() - 1);
  const auto left = std::min<size_t>(static_cast<size_t>(at), kColours.size() - 2);
  std::array<int, 3> c{};
  for (size_t k = 0; k < 3; ++k)
    c[k] = static_cast<int>(std::lround(kColours[left][k] + (at - static_cast<double>(left)) *
                                                                (kColours[left + 1][k] - kColours[left][k])));
  return fmt::format("#{:02x}{:02x}{:02x}", c[0], c[1], c[2]);
}

struct Range {
  double low, high;
  std::string shade(double value) const {
    const double share = high > low ? std::clamp((value - low) / (high - low), 0.0, 1.0) : 0.5;
    return fmt::format("heat{}", std::lround(share * (kShades - 1)));
  }
};

double mean(const HeatMap& map, int64_t row, int64_t column, int64_t side) {
  double sum = 0;
  int64_t count = 0;
  for (int64_t i = row; i < std::min(map.rows, row + side); ++i) {
    for (int64_t j = column; j < std::min(map.columns, column + side); ++j, ++count)
      sum += map.values[static_cast<size_t>(i * map.columns + j)];
  }
  return sum / static_cast<double>(count);
}

void draw_scale(Svg& svg, Point corner, double width, const Range& range, const HeatMap& map) {
  const double step = width / kShades;
  for (int k = 0; k < kShades; ++k)
    svg.rect({corner.x + step * k, corner.y}, {step + 0.2, 9}, 0, fmt::format("heat{}", k));
  svg.text({corner.x, corner.y + 22}, chart_text(range.low, map.unit), "tick", Svg::Anchor::Start);
  svg.text({corner.x + width / 2, corner.y + 22}, chart_text((range.low + range.high) / 2, map.unit), "tick");
  svg.text({corner.x + width, corner.y + 22}, chart_text(range.high, map.unit), "tick", Svg::Anchor::End);
}

}  // namespace

std::string heat_style() {
  std::string out = "rect { shape-rendering: crispEdges }\n";  // no seams between neighbours
  for (int k = 0; k < kShades; ++k)
    out += fmt::format(".heat{} {{ fill: {} }}\n", k, colour(static_cast<double>(k) / (kShades - 1)));
  return out;
}

double draw_heat_map(Svg& svg, Point corner, double width, const HeatMap& map) {
  const auto [low, high] = std::minmax_element(map.values.begin(), map.values.end());
  const Range range{std::min(*low, 0.0), std::max(*high, 0.0)};
  const int64_t side = (std::max(map.rows, map.columns) + kMostSide - 1) / kMostSide;
  const auto longest = static_cast<double>(std::max(map.rows, map.columns));
  const auto extent = [&](int64_t cells) {  // in proportion, but to be seen
    return std::max(width * static_cast<double>(cells) / longest, width / 12);
  };
  const double across = extent(map.columns) / static_cast<double>(map.columns),
               down = extent(map.rows) / static_cast<double>(map.rows);
  svg.text({corner.x, corner.y + 11}, map.title, "title", Svg::Anchor::Start);
  for (int64_t i = 0; i < map.rows; i += side) {
    for (int64_t j = 0; j < map.columns; j += side) {
      const double value = mean(map, i, j, side);
      const auto tall = static_cast<double>(std::min(side, map.rows - i)),
                 wide = static_cast<double>(std::min(side, map.columns - j));
      svg.rect(
          {corner.x + across * static_cast<double>(j), corner.y + kTitle + down * static_cast<double>(i)},
          {across * wide + 0.1, down * tall + 0.1}, 0, range.shade(value),
          fmt::format("{} {}, {} {}: {}", map.rows_name, i, map.columns_name, j, chart_text(value, map.unit)));
    }
  }
  const double height = extent(map.rows);
  draw_scale(svg, {corner.x, corner.y + kTitle + height + 10}, width, range, map);
  return kTitle + height + kScale;
}

}  // namespace ohmweave::report
