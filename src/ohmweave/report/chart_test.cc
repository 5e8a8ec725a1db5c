// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/chart.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/report/compare.h"

namespace ohmweave::report {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pointwise;

TEST(Chart, RoundTicksAreRoundAndInside) {
  EXPECT_THAT(round_ticks(0, 100, 5), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(round_ticks(0, 0.3, 3), Pointwise(DoubleNear(1e-12), {0.0, 0.1, 0.2, 0.3}));
  EXPECT_THAT(round_ticks(-3, 4, 3), ElementsAre(0));  // the next smaller round step, 2, would make four
  EXPECT_THAT(round_ticks(3, 92, 4), ElementsAre(20, 40, 60, 80));
  EXPECT_THAT(round_ticks(7, 7, 5), ElementsAre(7));
}

TEST(Chart, TicksOfEveryRangeAreFewRisingAndInside) {
  for (double low : {1e-12, 0.3, 1.0, 7.7, 123456.0}) {
    for (double ratio = 1.0001; ratio < 1e13; ratio *= 1.7) {
      const double high = low * ratio;
      for (const std::vector<double>& ticks : {round_ticks(low, high, 5), log_ticks(low, high, 5)}) {
        ASSERT_FALSE(ticks.empty()) << low << " " << high;
        EXPECT_LE(ticks.size(), 7U) << low << " " << high;
        for (size_t k = 0; k < ticks.size(); ++k) {
          EXPECT_GE(ticks[k], low - 1e-8 * high);
          EXPECT_LE(ticks[k], high * (1 + 1e-8));
          if (k > 0) {
            EXPECT_GT(ticks[k], ticks[k - 1]);
          }
        }
      }
    }
  }
}

TEST(Chart, LogarithmicTicks) {
  EXPECT_THAT(log_ticks(1, 1000, 5), Pointwise(DoubleNear(1e-9), {1.0, 10.0, 100.0, 1000.0}));
  EXPECT_THAT(log_ticks(1, 10, 5), Pointwise(DoubleNear(1e-9), {1.0, 2.0, 5.0, 10.0}));
  EXPECT_THAT(log_ticks(95, 105, 5), Pointwise(DoubleNear(1e-9), {96.0, 98.0, 100.0, 102.0, 104.0}));
}

TEST(Chart, TextsHavePrefixesOfTheirUnits) {
  EXPECT_EQ(chart_text(8.0844e-2, "J"), "80.8 mJ");
  EXPECT_EQ(chart_text(2e-5, "J"), "20 \u00b5J");
  EXPECT_EQ(chart_text(683.4e-6, "m^2"), "683 mm\u00b2");
  EXPECT_EQ(chart_text(12345, ""), "12.3 k");
}

std::string drawn(const BarTable& table) {
  Svg svg("");
  draw_bars(svg, {0, 0}, 400, table);
  return svg.document({400, 200}, "");
}

TEST(Chart, LengthsOfBarsAreProportionalToTheirValues) {
  const std::string svg =
      drawn({{"a", "b"}, {"a", "b"}, {"x", "y"}, {{"energy", "J", {{1, 3}, {2, 0}}, {"4 J", "2 J"}}}});
  std::vector<double> widths;
  for (size_t at = svg.find("height=\"13\""); at != std::string::npos; at = svg.find("height=\"13\"", at + 1)) {
    const size_t w = svg.rfind("width=\"", at);
    widths.push_back(std::stod(svg.substr(w + 7)));
  }
  ASSERT_EQ(widths.size(), 3U);  // a part of nothing is not drawn
  EXPECT_NEAR(widths[1] / widths[0], 3, 0.01);
  EXPECT_NEAR(widths[2] / widths[0], 2, 0.01);
  EXPECT_THAT(svg, HasSubstr("energy, J"));
}

TEST(Chart, BarsOfVeryDifferentLengthShowShares) {
  const auto with = [](double large) {
    return drawn({{"a", "b"}, {"", ""}, {"x", "y"}, {{"area", "m^2", {{large, large}, {1, 1}}, {"", ""}}}});
  };
  EXPECT_THAT(with(10), Not(HasSubstr("shares")));
  EXPECT_THAT(with(100), HasSubstr("area, shares"));
}

TEST(Chart, LabelsOfPointsInOnePlaceKeepApart) {
  Scatter s{"x", "", "y", "J", {}, {}};
  for (int k = 0; k < 6; ++k) s.points.push_back({100, 1e-3, std::to_string(k + 1), "", true});
  Svg svg("");
  draw_scatter(svg, {0, 0}, 400, s);
  const std::string text = svg.document({400, 240}, "");
  std::vector<Point> labels;
  const std::string head = "<text class=\"label\" x=\"";
  for (size_t at = text.find(head); at != std::string::npos; at = text.find(head, at + 1)) {
    const size_t y = text.find("y=\"", at + head.size());
    labels.push_back({std::stod(text.substr(at + head.size())), std::stod(text.substr(y + 3))});
  }
  ASSERT_EQ(labels.size(), 6U);
  for (size_t a = 0; a < labels.size(); ++a) {
    for (size_t b = a + 1; b < labels.size(); ++b)
      EXPECT_GE(std::max(std::abs(labels[a].x - labels[b].x) / 6, std::abs(labels[a].y - labels[b].y) / 10), 1);
  }
}

TEST(Compare, NamesAreShortAndDifferent) {
  EXPECT_THAT(short_names({"isaac", "isaac:chip.tile.ima.adc.bits=7", "my/designs/prime/design.yaml:chips=4"}),
              ElementsAre("isaac", "isaac adc.bits=7", "prime chips=4"));
  EXPECT_THAT(short_names({"isaac:chip.tile.shift_add.count=2", "isaac:chip.ima.shift_add.count=2"}),
              ElementsAre("isaac tile.shift_add.count=2", "isaac ima.shift_add.count=2"));
  EXPECT_THAT(short_names({"isaac", "isaac"}), ElementsAre("isaac", "isaac"));
}

}  // namespace
}  // namespace ohmweave::report
