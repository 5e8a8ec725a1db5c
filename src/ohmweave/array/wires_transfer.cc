// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ohmweave/array/wires_state.h"
#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"

namespace ohmweave::array {
namespace {

/// Voltages of the bitlines, wordlines held at 0 V, while 1 V is behind the sense resistance of column j; all
/// others stay 0. Returns the current that this takes in amperes.
double hold_column(const LineCells& c, int64_t j, double* bitlines) {
  std::fill_n(bitlines, c.row_size(), 0.0);
  double voltage = c.column_source[j], current = 0;
  for (int64_t i = c.rows - 1; i >= 0; --i) {
    if (i + 1 < c.rows) voltage *= c.column_ratio[i * c.stride + j];
    bitlines[i * c.stride + j] = voltage;
    current += voltage * c.rows_conductance[i * c.stride + j];
  }
  return current;
}

}  // namespace

SolveRecord solve_adjoint(const LineKernel& kernel, const LineCells& c, int64_t column, Workspace& work,
                          double tolerance) {
  const LineFields& f = work.fields();
  const double power = hold_column(c, column, f.solution);
  kernel.back(c, f.solution, f.along, f.residual);
  // A cell's entry is about the current of one cell, not of a column.
  return conjugate_gradients(kernel, c, f, tolerance, power / static_cast<double>(c.rows));
}

std::vector<double> WireSolver::transfer(double tolerance) const {
  OHMWEAVE_CHECK(linear(), "only linear crossbars have a transfer matrix");
  const LineCells& c = state_->cells.cells();
  std::vector<double> out(static_cast<size_t>(c.rows * c.columns));
  constexpr int64_t kTogether = 8;  // columns of one cache line of the result
  base::parallel_for((c.columns + kTogether - 1) / kTogether, [&](int64_t part) {
    const BorrowedWorkspace work(c);
    for (int64_t j = part * kTogether; j < std::min(c.columns, (part + 1) * kTogether); ++j) {
      solve_adjoint(state_->kernel, c, j, *work, tolerance);
      state_->kernel.drain(c, work->fields().solution, work->fields().correction, work->inputs());
      for (int64_t i = 0; i < c.rows; ++i) out[static_cast<size_t>(i * c.columns + j)] = work->inputs()[i];
    }
  });
  return out;
}

std::vector<double> effective_conductances(const Wires& wires, int64_t rows, int64_t columns,
                                           std::span<const double> conductances, double tolerance) {
  return WireSolver(wires, rows, columns, conductances).transfer(tolerance);
}

}  // namespace ohmweave::array
