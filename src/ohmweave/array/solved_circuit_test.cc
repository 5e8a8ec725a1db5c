// SPDX-License-Identifier: Apache-2.0
// Crossbars that are solved input by input: gated cells, changes of one solve alone, noise, and what is
// remembered.
#include "ohmweave/array/solved_circuit.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>

#include "ohmweave/array/testing/direct_solve.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"

namespace ohmweave::array {
namespace {

using testing::random_cells;
using testing::random_volts;

void expect_near(const std::vector<double>& got, const std::vector<double>& wanted, double bound) {
  ASSERT_EQ(got.size(), wanted.size());
  double most = 0;
  for (double x : wanted) most = std::max(most, std::abs(x));
  for (size_t k = 0; k < got.size(); ++k) EXPECT_NEAR(got[k], wanted[k], bound * most) << k;
}

/// Rows driven with 0.2 V, each with that probability.
std::vector<double> some_rows(int64_t rows, double share, base::RandomStream& random) {
  std::vector<double> out(static_cast<size_t>(rows));
  for (double& v : out) v = random.uniform() < share ? 0.2 : 0;
  return out;
}

std::vector<double> with_rows_off(std::vector<double> cells, const std::vector<double>& volts) {
  for (size_t k = 0; k < cells.size(); ++k)
    cells[k] = volts[k / (cells.size() / volts.size())] == 0 ? 0 : cells[k];
  return cells;
}

TEST(GatedCells, AreOpenWhereTheirRowOrColumnIsOff) {
  const Wires plain{2.5, 2.5, 5, 5, false, CellAccess::Resistor};
  Wires one = plain, two = plain;
  one.access = CellAccess::Transistor;
  two.access = CellAccess::TwoTransistors;
  const std::vector<double> cells = random_cells(18, 11, 4, 1e3), volts = random_volts(18, 5);
  std::vector<double> rows_off = with_rows_off(cells, volts), both_off = rows_off;
  std::vector<uint8_t> selected(11, 1);
  selected[2] = selected[7] = 0;
  for (size_t k = 0; k < cells.size(); ++k) both_off[k] = selected[k % 11] == 0 ? 0 : both_off[k];
  const auto expected = WireSolver(plain, 18, 11, rows_off).solve(volts, 1e-12).currents;
  for (const bool with_nodes : {false, true}) {
    expect_near(WireSolver(one, 18, 11, cells).solve(volts, 1e-12, with_nodes).currents, expected, 1e-11);
    expect_near(WireSolver(two, 18, 11, cells).solve(volts, 1e-12, with_nodes).currents, expected, 1e-11);
    expect_near(WireSolver(two, 18, 11, cells).solve(volts, 1e-12, with_nodes, selected).currents,
                WireSolver(plain, 18, 11, both_off).solve(volts, 1e-12).currents, 1e-11);
  }
  EXPECT_FALSE(WireSolver(one, 18, 11, cells).linear());
}

// Rows that are off are left out of the equations; the sparse direct solver has them all. One solver and thread
// solves all, so that no solution may depend on the one before.
TEST(GatedCells, EqualADirectSolve) {
  base::RandomStream random(1, 2, 3);
  for (int zeros = 0; zeros < 16; ++zeros) {
    const auto ohms = [&](int bit, double value) { return (zeros >> bit & 1) != 0 ? 0.0 : value; };
    const bool two_sided = zeros % 3 == 0;
    Wires wires{ohms(0, 2.5), ohms(1, 1.5), ohms(2, 30), ohms(3, 5), two_sided, CellAccess::Transistor},
        plain = wires;
    plain.access = CellAccess::Resistor;
    const std::vector<double> cells = random_cells(37, 13, 4, 500);
    const WireSolver solver(wires, 37, 13, cells);
    for (const double share : {1.0, 0.5, 0.1, 0.9, 0.0, 0.03, 0.6}) {
      const std::vector<double> volts = some_rows(37, share, random);
      expect_near(solver.solve(volts, 1e-12).currents,
                  testing::direct_solution(plain, 37, 13, with_rows_off(cells, volts), volts).currents, 1e-10);
    }
  }
}

TEST(GatedCells, OfACurveEqualTheSolutionWithAllNodes) {
  base::RandomStream random(4, 2, 3);
  const Wires wires{2.5, 1.5, 30, 5, false, CellAccess::Transistor};
  const WireSolver solver(wires, 30, 20, random_cells(30, 20, 4, 500), CellCurve::sinh(6));
  for (const double share : {0.5, 0.1, 0.8}) {
    const std::vector<double> volts = some_rows(30, share, random);
    expect_near(solver.solve(volts, 1e-11).currents, solver.solve(volts, 1e-11, true).currents, 1e-9);
  }
}

/// Of even points, found by their number, and of the same with one moved by a little, found by halving.
TEST(CellCurve, FindsThePointsOfEvenTables) {
  std::vector<double> volts, values;
  for (int k = -64; k <= 64; ++k) {
    volts.push_back(0.3 * k / 64);
    values.push_back(std::sinh(4 * volts.back()) / 4);
  }
  const CellCurve even = CellCurve::table(volts, values, "even");
  const double slope = (values[1] - values[0]) / (volts[1] - volts[0]);
  volts.front() -= 1;  // the first line goes on as it was
  values.front() -= slope;
  const CellCurve uneven = CellCurve::table(volts, values, "uneven");
  std::vector<double> at(volts.begin() + 1, volts.end());
  base::RandomStream random(1, 1, 1);
  for (int k = 0; k < 1000; ++k) at.push_back(random.uniform(-0.5, 0.5));
  std::vector<double> value(at.size()), slopes(at.size());
  even.evaluate(at, value, slopes);
  for (size_t k = 0; k < at.size(); ++k) EXPECT_NEAR(value[k], uneven.value(at[k]), 1e-15) << at[k];
}

struct Case {
  CellAccess access;
  CellCurve curve;
};
const Case kCases[] = {{CellAccess::Transistor, {}},
                       {CellAccess::Transistor, CellCurve::sinh(5)},
                       {CellAccess::Resistor, CellCurve::sinh(5)}};
constexpr int64_t kRows = 30, kColumns = 21;

TEST(SolvedCircuit, IsSolvedWithTheCellsOfEachRead) {
  const std::vector<double> cells = random_cells(kRows, kColumns, 6, 2e3);
  std::vector<float> deviations;
  for (double g : cells) deviations.push_back(static_cast<float>(0.3 * g));  // so that some would be negative
  for (const Case& c : kCases) {
    const Wires wires{2.5, 2.5, 5, 5, false, c.access};
    const SolvedCircuit circuit(wires, kRows, kColumns, cells, c.curve, deviations);
    base::RandomStream random(1, 2, 3);
    for (uint32_t read = 0; read < 4; ++read) {
      const device::CellRandom reads(5, read / 2);
      const std::vector<double> volts = some_rows(kRows, 0.4, random);
      std::vector<double> noisy(cells);
      device::CellRandom::Normals normals;
      for (size_t k = 0; k < cells.size(); ++k) {
        if (k % normals.size() == 0)
          reads.plain_normals(static_cast<int64_t>(k / normals.size()), device::Draw::Read, read, normals);
        noisy[k] = std::max(0.0, cells[k] + static_cast<double>(deviations[k] * normals[k % normals.size()]));
      }
      expect_near(circuit.currents(volts, reads, read),
                  WireSolver(wires, kRows, kColumns, noisy, c.curve).solve(volts, 1e-12).currents, 1e-7);
    }
  }
}

TEST(SolvedCircuit, RemembersWhatItHasSolved) {
  const std::vector<double> cells = random_cells(kRows, kColumns, 6, 2e3);
  for (const Case& c : kCases) {
    const Wires wires{2.5, 2.5, 5, 5, false, c.access};
    const SolvedCircuit circuit(wires, kRows, kColumns, cells, c.curve, {});
    const device::CellRandom reads(5, 1);
    base::RandomStream random(1, 2, 3);
    std::vector<std::vector<double>> inputs, first;
    for (int k = 0; k < 6; ++k) inputs.push_back(some_rows(kRows, k == 5 ? 0 : 0.3, random));
    for (const auto& volts : inputs) first.push_back(circuit.currents(volts, reads, 0));
    EXPECT_EQ(first.back(), std::vector<double>(kColumns, 0.0)) << "nothing is driven";
    base::use_threads(3);
    std::vector<int> same(60, 0);
    base::parallel_for(60, [&](int64_t k) {
      const auto at = static_cast<size_t>(k) % inputs.size();
      same[static_cast<size_t>(k)] = circuit.currents(inputs[at], reads, 1) == first[at] ? 1 : 0;
    });
    base::use_threads(0);
    EXPECT_EQ(same, std::vector<int>(60, 1));
  }
}

// docs/models/wires.md: what the noise of gated cells would be to first order, against circuits solved with it.
TEST(FirstOrder, OfGatedCellsMissesWhatGoesThroughOtherColumns) {
  constexpr int64_t kSide = 64;
  const Wires plain{2.5, 2.5, 2.5, 2.5, false, CellAccess::Resistor};
  Wires gated = plain;
  gated.access = CellAccess::Transistor;
  const std::vector<double> cells = random_cells(kSide, kSide, 1);
  const WireSolver solver(gated, kSide, kSide, cells);
  base::RandomStream random(1, 2, 3);
  double missed = 0, missed_without = 0, real = 0, without = 0;
  for (int input = 0; input < 4; ++input) {
    const std::vector<double> volts = some_rows(kSide, 0.5, random);
    const WireSolver open(plain, kSide, kSide, with_rows_off(cells, volts));
    const WireSolution before = open.solve(volts, 1e-12, true);
    const std::vector<double> shares = open.delivered_shares(1e-9);
    for (int draw = 0; draw < 8; ++draw) {
      std::vector<float> changes;
      std::vector<double> of_open;
      for (size_t k = 0; k < cells.size(); ++k) {
        changes.push_back(static_cast<float>(0.05 * cells[k] * random.normal()));
        of_open.push_back(volts[k / kSide] == 0 ? 0 : static_cast<double>(changes.back()));
      }
      const auto after = solver.solve(volts, 1e-12, false, {}, changes).currents;
      const auto first = first_order_change(before, shares, of_open);
      for (size_t j = 0; j < kSide; ++j) {
        double ideal = 0;  // as if wires had no resistance
        for (size_t i = 0; i < kSide; ++i) ideal += volts[i] * of_open[i * kSide + j];
        const double change = after[j] - before.currents[j];
        real += change * change;
        without += ideal * ideal;
        missed += (first[j] - change) * (first[j] - change);
        missed_without += (ideal - change) * (ideal - change);
      }
    }
  }
  EXPECT_LT(std::sqrt(missed / real), 0.035);
  EXPECT_GT(std::sqrt(missed_without / real), 0.3);
  EXPECT_NEAR(std::sqrt(without / real), 1.38, 0.05) << "as noisy as they would be taken for";
}

}  // namespace
}  // namespace ohmweave::array
