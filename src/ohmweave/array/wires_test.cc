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

}  // namespace
}  // namespace ohmweave::array
