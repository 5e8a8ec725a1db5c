// SPDX-License-Identifier: Apache-2.0
// The noise of cells as columns of a crossbar with wires read it.
#include <algorithm>

#include "ohmweave/array/wires_state.h"
#include "ohmweave/base/check.h"

namespace ohmweave::array {
namespace {

constexpr double kDriven = 0.25;  // of the rows, by the input that noise is made linear around

/// Variances of cells times the squares of the voltages across them, per square volt of an input that drives
/// other rows as inputs do on the average: while a cell's own row is driven too, beyond what it is if not; and
/// if not, for currents of other rows raise its bitline. Rows x columns.
struct Noise {
  std::vector<double> driven, idle;
};

/// The voltage across a cell by its own row alone: its wordline's as if all bitlines were at 0 V, less what its
/// current takes on its bitline. What other cells of the row lead there is left out: it is within 1 % of the
/// noise.
double own_share(const LineCells& c, int64_t i, int64_t j) {
  const int64_t lanes = LineCells::kLanes;
  const double to_ground = c.sense + c.bitline * static_cast<double>(c.rows - 1 - i);
  return c.source[c.block_begin(i / lanes) + j * lanes + i % lanes] /
         (1 + c.rows_conductance[i * c.stride + j] * to_ground);
}

Noise noise_of(const LineCells& c, const WireSolution& typical, std::span<const double> variances) {
  Noise out{std::vector<double>(variances.size()), std::vector<double>(variances.size())};
  for (int64_t i = 0; i < c.rows; ++i) {
    for (int64_t j = 0; j < c.columns; ++j) {
      const auto k = static_cast<size_t>(i * c.columns + j);
      const double own = own_share(c, i, j);
      const double others = typical.wordlines[k] - typical.bitlines[k] - kDriven * own, both = others + own;
      out.idle[k] = variances[k] * others * others;
      out.driven[k] = variances[k] * (both * both - others * others);
    }
  }
  return out;
}

}  // namespace

/// The variance of a column's current is the sum over all cells, those of other columns included, of
/// variance x (voltage of the adjoint solution x voltage of the input)^2. What cells of rows that are not
/// driven add to it is given to those that are, in proportion.
EffectiveCells WireSolver::effective_cells(double tolerance, std::span<const double> variances) const {
  EffectiveCells out;
  if (variances.empty()) {
    out.conductances = transfer(tolerance);
    return out;
  }
  const LineCells& c = state_->cells.cells();
  OHMWEAVE_CHECK(static_cast<int64_t>(variances.size()) == c.rows * c.columns, "a variance for each cell");
  const std::vector<double> typical(static_cast<size_t>(c.rows), kDriven);
  const Noise noise = noise_of(c, solve(typical, tolerance, true), variances);
  out.variances.resize(variances.size());
  out.conductances =
      adjoint_columns(tolerance, [&](int64_t j, const double* bitlines, const double* wordlines) {
        double driven = 0, idle = 0;
        for (int64_t i = 0; i < c.rows; ++i) {
          double of_row = 0;
          for (int64_t k = 0; k < c.columns; ++k) {
            const double adjoint = bitlines[i * c.stride + k] - wordlines[i * c.stride + k];
            const auto at = static_cast<size_t>(i * c.columns + k);
            of_row += adjoint * adjoint * noise.driven[at];
            idle += adjoint * adjoint * noise.idle[at];
          }
          driven += out.variances[static_cast<size_t>(i * c.columns + j)] = std::max(of_row, 0.0);
        }
        const double factor = driven > 0 ? 1 + idle / (kDriven * driven) : 1;
        for (int64_t i = 0; i < c.rows; ++i) out.variances[static_cast<size_t>(i * c.columns + j)] *= factor;
      });
  return out;
}

}  // namespace ohmweave::array
