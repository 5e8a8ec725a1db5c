// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ohmweave/array/wires.h"

namespace ohmweave::array::testing {

/// What a sparse direct solver (Eigen's LDL^T, written by others) finds for the nodal equations of a crossbar
/// of linear 1R cells. Nodes without a resistance between them are one node.
struct DirectSolution {
  std::vector<double> currents;             // out of the columns
  std::vector<double> wordlines, bitlines;  // rows x columns
  double factor_seconds = 0, solve_seconds = 0;
};
DirectSolution direct_solution(const Wires& wires, int64_t rows, int64_t columns,
                               std::span<const double> conductances, std::span<const double> volts);

/// Cells of four evenly spaced levels between on_ohms * ratio and on_ohms, at random.
std::vector<double> random_cells(int64_t rows, int64_t columns, uint64_t seed, double on_ohms = 1e4,
                                 double ratio = 100);
std::vector<double> random_volts(int64_t rows, uint64_t seed, double most = 0.3);

}  // namespace ohmweave::array::testing
