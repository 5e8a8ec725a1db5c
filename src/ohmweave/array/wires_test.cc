// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>

#include "ohmweave/array/testing/direct_solve.h"
#include "ohmweave/array/wires_solver.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"

namespace ohmweave::array {
namespace {

using testing::direct_solution;
using testing::random_cells;
using testing::random_volts;

double largest(const std::vector<double>& values) {
  double most = 0;
  for (double v : values) most = std::max(most, std::abs(v));
  return most;
}
double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double most = 0;
  for (size_t k = 0; k < a.size(); ++k) most = std::max(most, std::abs(a[k] - b[k]));
  return most;
}

struct Case {
  int64_t rows, columns;
  Wires wires;
  double on_ohms = 1e4;

  std::string text() const {
    return fmt::format("{} x {}, wordline {}, bitline {}, driver {}, sense {}, {}", rows, columns,
                       wires.wordline, wires.bitline, wires.driver, wires.sense,
                       wires.two_sided ? "two-sided" : "one-sided");
  }
};

/// Currents, voltages and the transfer matrix against a direct solve.
void expect_exact(const Case& c, const std::vector<double>& cells, uint64_t seed, double bound = 1e-10) {
  SCOPED_TRACE(c.text());
  const std::vector<double> volts = random_volts(c.rows, seed);
  const auto direct = direct_solution(c.wires, c.rows, c.columns, cells, volts);
  const WireSolver solver(c.wires, c.rows, c.columns, cells);
  const WireSolution ours = solver.solve(volts, 1e-12, true);
  EXPECT_TRUE(ours.converged);
  EXPECT_LE(largest_difference(ours.currents, direct.currents), bound * largest(direct.currents));
  EXPECT_LE(largest_difference(ours.wordlines, direct.wordlines), bound * largest(volts));
  EXPECT_LE(largest_difference(ours.bitlines, direct.bitlines), bound * largest(volts));
  const std::vector<double> transfer = solver.transfer(1e-12);
  std::vector<double> currents(static_cast<size_t>(c.columns));
  for (size_t k = 0; k < transfer.size(); ++k)
    currents[k % currents.size()] += transfer[k] * volts[k / currents.size()];
  EXPECT_LE(largest_difference(currents, direct.currents), bound * largest(direct.currents));
}

TEST(WireSolver, EqualsADirectSolveForEveryCombinationOfResistances) {
  // Each resistance is nothing, or large beside cells of 100 ohm: the sharpest case there is.
  for (int which = 0; which < 32; ++which) {
    for (auto [rows, columns] : {std::pair{13, 21}, {1, 9}, {9, 1}, {1, 1}, {16, 16}, {2, 30}}) {
      Wires wires;
      if ((which & 1) != 0) wires.wordline = 2.5;
      if ((which & 2) != 0) wires.bitline = 1.5;
      if ((which & 4) != 0) wires.driver = 50;
      if ((which & 8) != 0) wires.sense = 20;
      wires.two_sided = (which & 16) != 0;
      const auto seed = static_cast<uint64_t>(which * 100 + rows);
      expect_exact({rows, columns, wires}, random_cells(rows, columns, seed, 100), seed);
    }
  }
}

TEST(WireSolver, EqualsADirectSolveOfLargeArrays) {
  const Wires wires{2.5, 2.5, 2.5, 2.5, false, CellAccess::Resistor};
  expect_exact({64, 64, wires}, random_cells(64, 64, 1), 1);
  expect_exact({70, 130, wires, 1e3}, random_cells(70, 130, 2, 1e3), 2);
  expect_exact({128, 80, {5, 1, 0, 0, true, {}}}, random_cells(128, 80, 3), 3);
  // As long as the goals' largest (that one: wires_bench.cc, where a direct solver's seconds do not matter).
  for (auto [rows, columns] : {std::pair{512, 40}, {40, 512}}) {
    const std::vector<double> cells = random_cells(rows, columns, 4), volts = random_volts(rows, 4);
    const auto direct = direct_solution(wires, rows, columns, cells, volts);
    const WireSolution ours = WireSolver(wires, rows, columns, cells).solve(volts, 1e-12);
    EXPECT_LE(largest_difference(ours.currents, direct.currents), 1e-10 * largest(direct.currents));
  }
}

TEST(WireSolver, TakesCellsThatDoNotConductAndWiresOfAnySize) {
  std::vector<double> cells = random_cells(20, 20, 8);
  for (size_t k = 0; k < cells.size(); k += 3) cells[k] = 0;
  for (size_t j = 0; j < 20; ++j) cells[7 * 20 + j] = 0;   // a whole row
  for (size_t i = 0; i < 20; ++i) cells[20 * i + 11] = 0;  // a whole column
  expect_exact({20, 20, {2.5, 2.5, 10, 10, false, {}}}, cells, 8);
  EXPECT_EQ(
      WireSolver({2.5, 2.5, 0, 0, false, {}}, 20, 20, cells).solve(random_volts(20, 8), 1e-12).currents[11], 0);
  for (double ohms : {1e-9, 1e-6, 1e3}) {
    const Wires wires{ohms, ohms, ohms, ohms, false, {}};
    const std::vector<double> full = random_cells(12, 15, 9), volts = random_volts(12, 9);
    const WireSolution ours = WireSolver(wires, 12, 15, full).solve(volts, 1e-12);
    EXPECT_TRUE(ours.converged);
    if (ohms < 1) {  // as good as ideal, where a direct solver has lost all digits
      const WireSolution ideal = WireSolver({}, 12, 15, full).solve(volts, 1e-12);
      EXPECT_LE(largest_difference(ours.currents, ideal.currents), 1e-2 * ohms * largest(ideal.currents));
    } else {
      expect_exact({12, 15, wires}, full, 9);
    }
  }
  const std::vector<double> none(30, 0.0), volts(5, 0.1);
  EXPECT_THAT(WireSolver({1, 1, 1, 1, false, {}}, 5, 6, none).solve(volts, 1e-12).currents,
              ::testing::Each(0.0));
}

TEST(WireSolver, EqualsClosedForms) {
  const std::vector<double> one{1e-3}, volt{0.5};
  EXPECT_NEAR(WireSolver({7, 7, 40, 60, false, {}}, 1, 1, one).solve(volt, 1e-12).currents[0],
              0.5 / (40 + 1000 + 60), 1e-16);
  EXPECT_NEAR(WireSolver({7, 7, 40, 60, true, {}}, 1, 1, one).solve(volt, 1e-12).currents[0],
              0.5 / (20 + 1000 + 60), 1e-16);
  // A ladder: equal cells on a bitline to wordlines at 1 V. The voltage across cell i is cosh((i + 1/2) t) /
  // cosh((N - 1/2) t) with 2 cosh t - 2 = g R.
  constexpr int kRows = 40;
  constexpr double kCell = 1e-3, kWire = 5;
  const double t = std::acosh(1 + kCell * kWire / 2);
  double current = 0;
  for (int i = 0; i < kRows; ++i) current += kCell * std::cosh((i + 0.5) * t) / std::cosh((kRows - 0.5) * t);
  const std::vector<double> column(kRows, kCell), volts(kRows, 1.0);
  EXPECT_NEAR(WireSolver({0, kWire, 0, 0, false, {}}, kRows, 1, column).solve(volts, 1e-13).currents[0],
              current, 1e-13 * current);
  // The same ladder along a wordline: its cell in the first column is held by the driver, and the sum is the
  // same.
  const WireSolution row = WireSolver({kWire, 0, 0, 0, false, {}}, 1, kRows, column).solve({{1.0}}, 1e-13);
  double sum = 0;
  for (double i : row.currents) sum += i;
  EXPECT_NEAR(sum, current, 1e-13 * current);
  // Driven at both ends, columns mirror each other.
  const WireSolution both = WireSolver({kWire, 0, 3, 9, true, {}}, 1, kRows, column).solve({{1.0}}, 1e-13);
  for (size_t j = 0; j < kRows; ++j) EXPECT_NEAR(both.currents[j], both.currents[kRows - 1 - j], 1e-16);
}

TEST(WireSolver, IsLinearAndPassive) {
  const Wires wires{3, 2, 15, 8, false, {}};
  const std::vector<double> cells = random_cells(30, 22, 6, 1e3);
  const WireSolver solver(wires, 30, 22, cells);
  std::vector<double> a = random_volts(30, 1), b = random_volts(30, 2), both(30);
  for (size_t k = 0; k < 30; ++k) both[k] = 2 * a[k] - b[k];
  const WireSolution x = solver.solve(a, 1e-13), y = solver.solve(b, 1e-13),
                     z = solver.solve(both, 1e-13, true);
  for (size_t j = 0; j < 22; ++j)
    EXPECT_NEAR(z.currents[j], 2 * x.currents[j] - y.currents[j], 1e-12 * largest(x.currents));
  // What sources give off is what cells, wires, drivers and sense resistances turn into heat.
  double given = 0, heat = 0;
  auto u = [&](size_t i, size_t j) { return z.wordlines[i * 22 + j]; };
  auto v = [&](size_t i, size_t j) { return z.bitlines[i * 22 + j]; };
  auto square = [](double d) { return d * d; };
  for (size_t i = 0; i < 30; ++i) {
    given += both[i] * (both[i] - u(i, 0)) / wires.driver;
    heat += square(both[i] - u(i, 0)) / wires.driver;
    for (size_t j = 0; j < 22; ++j) {
      heat += cells[i * 22 + j] * square(u(i, j) - v(i, j));
      if (j + 1 < 22) heat += square(u(i, j) - u(i, j + 1)) / wires.wordline;
      if (i + 1 < 30) heat += square(v(i, j) - v(i + 1, j)) / wires.bitline;
    }
  }
  for (size_t j = 0; j < 22; ++j) heat += square(z.currents[j]) * wires.sense;
  EXPECT_NEAR(given, heat, 1e-10 * heat);
}

TEST(WireSolver, ToleranceIsTheErrorOfCurrents) {
  for (double on_ohms : {1e3, 1e4, 1e5}) {
    for (int64_t n : {24, 100}) {
      const Wires wires{2.5, 2.5, 2.5, 2.5, false, {}};
      const WireSolver solver(wires, n, n, random_cells(n, n, 11, on_ohms));
      const std::vector<double> volts = random_volts(n, 12), exact = solver.solve(volts, 1e-14).currents;
      const std::vector<double> matrix = solver.transfer(1e-13);
      for (double tolerance : {1e-3, 1e-6, 1e-9}) {
        const WireSolution s = solver.solve(volts, tolerance);
        EXPECT_LE(largest_difference(s.currents, exact), 2 * tolerance * largest(exact));
        EXPECT_LE(largest_difference(solver.transfer(tolerance), matrix), 2 * tolerance * largest(matrix));
      }
    }
  }
}

TEST(WireSolver, ThreadsChangeNoBit) {
  const WireSolver solver({2.5, 2.5, 0, 0, false, {}}, 33, 50, random_cells(33, 50, 3));
  base::use_threads(1);
  const std::vector<double> one = solver.transfer(1e-8);
  base::use_threads(3);
  EXPECT_EQ(solver.transfer(1e-8), one);
  base::use_threads(0);
}

TEST(FirstOrder, MissesLittleOfAChange) {
  constexpr int64_t kSide = 64;
  const Wires wires{2.5, 2.5, 0, 0, false, {}};
  const std::vector<double> cells = random_cells(kSide, kSide, 5);
  const WireSolver solver(wires, kSide, kSide, cells);
  const std::vector<double> shares = solver.delivered_shares(1e-9);
  base::RandomStream random(1, 2, 3);
  double missed = 0, changed = 0;
  for (uint64_t draw = 0; draw < 12; ++draw) {
    const std::vector<double> volts = random_volts(kSide, draw);
    std::vector<double> noise(cells), noisy(cells);
    for (size_t k = 0; k < cells.size(); ++k) noisy[k] += noise[k] = 0.02 * cells[k] * random.normal();
    const WireSolution before = solver.solve(volts, 1e-13, true);
    const auto after = WireSolver(wires, kSide, kSide, noisy).solve(volts, 1e-13).currents;
    const auto change = first_order_change(before, shares, noise);
    for (size_t j = 0; j < change.size(); ++j) {
      const double real = after[j] - before.currents[j];
      missed += (real - change[j]) * (real - change[j]);
      changed += real * real;
    }
  }
  EXPECT_LE(std::sqrt(missed / changed), 0.03);  // docs/models/wires.md
}

/// Rows that are driven with 1 V, each with that probability.
std::vector<double> some_rows(int64_t rows, double share, base::RandomStream& random) {
  std::vector<double> out(static_cast<size_t>(rows));
  for (double& v : out) v = random.uniform() < share ? 1 : 0;
  return out;
}

// docs/models/wires.md. Real deviations are those of circuits that are solved with noise in all their cells.
TEST(ReadNoise, OfColumnsBehindWiresIsThatOfSolvedCircuits) {
  constexpr int64_t kSide = 64;
  constexpr size_t kCells = kSide * kSide;
  const std::vector<double> cells = random_cells(kSide, kSide, 5);
  for (const Wires& wires : {Wires{2.5, 2.5, 2.5, 2.5, false, {}}, Wires{2.5, 1, 0, 10, true, {}}}) {
    const WireSolver solver(wires, kSide, kSide, cells);
    std::vector<double> variances(kCells);
    for (size_t k = 0; k < kCells; ++k) variances[k] = std::pow(0.01 * cells[k], 2);
    const std::vector<double> effective = solver.effective_cells(1e-9, variances).variances;
    base::RandomStream random(1, 2, 3);
    for (const double share : {0.1, 0.25, 0.5}) {
      double real = 0, predicted = 0;
      for (int draw = 0; draw < 24; ++draw) {
        const std::vector<double> volts = some_rows(kSide, share, random);
        std::vector<double> noisy(cells);
        for (double& g : noisy) g *= 1 + 0.01 * random.normal();
        const auto before = solver.solve(volts, 1e-12).currents,
                   after = WireSolver(wires, kSide, kSide, noisy).solve(volts, 1e-12).currents;
        for (size_t j = 0; j < before.size(); ++j) real += std::pow(after[j] - before[j], 2);
        for (size_t k = 0; k < kCells; ++k) predicted += effective[k] * volts[k / kSide];
      }
      // 24 x 64 draws tell a deviation within 1.8 %, one standard error.
      EXPECT_NEAR(std::sqrt(predicted / real), 1, 0.06) << share << (wires.two_sided ? " two-sided" : "");
    }
  }
}

TEST(ReadNoise, OfIdealWiresIsThatOfTheCells) {
  const std::vector<double> cells = random_cells(9, 12, 5);
  std::vector<double> variances(cells.size());
  for (size_t k = 0; k < cells.size(); ++k) variances[k] = static_cast<double>(k + 1);
  const auto effective = WireSolver({}, 9, 12, cells).effective_cells(1e-9, variances).variances;
  for (size_t k = 0; k < cells.size(); ++k) EXPECT_NEAR(effective[k], variances[k], 1e-9 * variances[k]);
}

}  // namespace
}  // namespace ohmweave::array
