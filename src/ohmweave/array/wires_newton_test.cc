// SPDX-License-Identifier: Apache-2.0
// Cells that are not linear. Against ngspice: tests/cli/circuit_test.py.
#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>

#include "ohmweave/array/testing/direct_solve.h"
#include "ohmweave/array/wires_solver.h"
#include "ohmweave/base/diagnostics.h"

namespace ohmweave::array {
namespace {

using ::testing::HasSubstr;

double largest(const std::vector<double>& values) {
  double most = 0;
  for (double v : values) most = std::max(most, std::abs(v));
  return most;
}

/// That each node's currents add up to nothing, by the curve and Ohm's law alone.
void expect_kirchhoff(const Wires& w, int64_t rows, int64_t columns, const std::vector<double>& cells,
                      const CellCurve& curve, const std::vector<double>& volts, double bound) {
  const WireSolution s = WireSolver(w, rows, columns, cells, curve).solve(volts, 1e-12, true);
  EXPECT_TRUE(s.converged);
  const double most = largest(s.currents);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      auto at = [&](int64_t a, int64_t b) { return static_cast<size_t>(a * columns + b); };
      const double u = s.wordlines[at(i, j)], v = s.bitlines[at(i, j)];
      const double cell = cells[at(i, j)] * curve.value(u - v);
      double in = (j == 0 ? (volts[static_cast<size_t>(i)] - u) / w.driver
                          : (s.wordlines[at(i, j - 1)] - u) / w.wordline);
      if (j + 1 < columns) in += (s.wordlines[at(i, j + 1)] - u) / w.wordline;
      EXPECT_NEAR(in, cell, bound * most);
      double out = i + 1 < rows ? (v - s.bitlines[at(i + 1, j)]) / w.bitline : v / w.sense;
      if (i > 0) out += (v - s.bitlines[at(i - 1, j)]) / w.bitline;
      EXPECT_NEAR(out, cell, bound * most);
    }
  }
  for (int64_t j = 0; j < columns; ++j)
    EXPECT_NEAR(s.currents[static_cast<size_t>(j)],
                s.bitlines[static_cast<size_t>((rows - 1) * columns + j)] / w.sense, bound * most);
}

TEST(Newton, ObeysKirchhoffAndTheCurve) {
  const Wires wires{2.5, 1.5, 10, 5, false, {}};
  const std::vector<double> cells = testing::random_cells(20, 14, 1, 1e3);
  const CellCurve table = CellCurve::table({-1, -0.2, 0, 0.1, 0.25, 1}, {-3, -0.3, 0, 0.05, 0.4, 4}, "table");
  for (const CellCurve& curve : {CellCurve::sinh(4), CellCurve::sinh(20), table}) {
    for (double most : {0.1, 0.5, 2.0})
      expect_kirchhoff(wires, 20, 14, cells, curve, testing::random_volts(20, 3, most), 1e-9);
  }
}

TEST(Newton, StandsSteepCurves) {  // a cell alone would carry e^40 times its linear current
  const Wires wires{2.5, 2.5, 0, 0, false, {}};
  const std::vector<double> cells = testing::random_cells(24, 24, 2), volts = testing::random_volts(24, 3, 1.0);
  const WireSolution s = WireSolver(wires, 24, 24, cells, CellCurve::sinh(40)).solve(volts, 1e-10);
  EXPECT_TRUE(s.converged);
  EXPECT_LE(s.newton_steps, 120);
  // No column can carry more than its wires let through: a bitline wire of 2.5 ohm under 1 V.
  EXPECT_LE(largest(s.currents), 24 * 1.0 / 2.5);
  EXPECT_GT(largest(s.currents), 0);
}

TEST(Newton, SaysWhatIsBeyondTheRangeOfNumbers) {
  const Wires wires{2.5, 2.5, 0, 0, false, {}};
  const std::vector<double> cells = testing::random_cells(6, 5, 2), volts = testing::random_volts(6, 3, 1.0);
  for (double steepness : {1e3, 1e6}) {
    const WireSolution s = WireSolver(wires, 6, 5, cells, CellCurve::sinh(steepness)).solve(volts, 1e-12);
    EXPECT_FALSE(s.converged) << steepness;
    EXPECT_TRUE(std::isinf(s.error)) << steepness;
  }
}

TEST(Newton, GivesTheLinearAnswerWhereTheCurveIsALine) {
  const Wires wires{2.5, 2.5, 0, 10, true, {}};
  const std::vector<double> cells = testing::random_cells(17, 23, 6, 1e3), volts = testing::random_volts(17, 7);
  const std::vector<double> linear = WireSolver(wires, 17, 23, cells).solve(volts, 1e-13).currents;
  const CellCurve line = CellCurve::table({-1, 1}, {-1, 1}, "line");
  for (const CellCurve& curve : {line, CellCurve::sinh(1e-6)}) {
    const std::vector<double> got = WireSolver(wires, 17, 23, cells, curve).solve(volts, 1e-13).currents;
    for (size_t j = 0; j < got.size(); ++j) EXPECT_NEAR(got[j], linear[j], 1e-11 * largest(linear));
  }
  // Without wires each cell sees its input.
  const WireSolution ideal = WireSolver({}, 17, 23, cells, CellCurve::sinh(3)).solve(volts, 1e-12);
  for (size_t j = 0; j < 23; ++j) {
    double sum = 0;
    for (size_t i = 0; i < 17; ++i) sum += cells[i * 23 + j] * std::sinh(3 * volts[i]) / 3;
    EXPECT_NEAR(ideal.currents[j], sum, 1e-12 * largest(ideal.currents));
  }
}

TEST(CellCurve, EvaluatesValuesAndSlopes) {
  const CellCurve curves[] = {CellCurve(), CellCurve::sinh(4),
                              CellCurve::table({-1, -0.2, 0.1, 0.4}, {-3, -0.4, 0.2, 0.5}, "t")};
  for (const CellCurve& curve : curves) {
    const std::vector<double> at{-3, -0.6, -1e-9, 0, 1e-9, 0.3, 0.9};
    std::vector<double> values(at.size()), slopes(at.size());
    curve.evaluate(at, values, slopes);
    for (size_t k = 0; k < at.size(); ++k) {
      EXPECT_EQ(values[k], curve.value(at[k]));
      const double h = 1e-5, by_difference = (curve.value(at[k] + h) - curve.value(at[k] - h)) / (2 * h);
      EXPECT_NEAR(slopes[k], by_difference, 1e-7 * std::abs(by_difference));
    }
  }
  EXPECT_DOUBLE_EQ(CellCurve::sinh(4).value(0.3), std::sinh(1.2) / 4);
  EXPECT_DOUBLE_EQ(CellCurve::sinh(4).value(-1e-12), -1e-12);
}

TEST(CellCurve, RefusesTablesThatAreNoCurves) {
  auto refusal = [](std::vector<double> volts, std::vector<double> values) {
    try {
      CellCurve::table(std::move(volts), std::move(values), "curve.npy");
    } catch (const base::Failure& f) {
      return std::string(f.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(refusal({0}, {0}), HasSubstr("curve.npy: error: a curve needs at least two points"));
  EXPECT_THAT(refusal({0, 1, 1}, {0, 1, 2}), HasSubstr("point 2 does not"));
  EXPECT_THAT(refusal({0, 1}, {0, 0}), HasSubstr("point 1 does not"));
  EXPECT_THAT(refusal({0, NAN}, {0, 1}), HasSubstr("point 1 of the curve is not finite"));
  EXPECT_THAT(refusal({0, 1}, {0.5, 1}), HasSubstr("the value at 0 V is 0.5"));
}

}  // namespace
}  // namespace ohmweave::array
