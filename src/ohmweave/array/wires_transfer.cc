// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ohmweave/array/wires_state.h"
#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"

namespace ohmweave::array {
namespace {

/// Voltages of the bitlines, wordlines held at 0 V, while 1 V is behind the sense resistance of column j (all
/// others are 0), and the currents they drive into the rows' drivers.
void hold_column(const LineCells& c, int64_t j, double* bitlines, double* currents) {
  std::fill_n(bitlines, c.row_size(), 0.0);
  const int64_t lanes = LineCells::kLanes;
  double voltage = c.column_source[j];
  for (int64_t i = c.rows - 1; i >= 0; --i) {
    if (i + 1 < c.rows) voltage *= c.column_ratio[i * c.stride + j];
    bitlines[i * c.stride + j] = voltage;
    const double source = c.source[c.block_begin(i / lanes) + j * lanes + i % lanes];
    currents[i] = source * voltage * c.rows_conductance[i * c.stride + j];
  }
}

}  // namespace

SolveRecord solve_adjoint(const LineKernel& kernel, const LineCells& c, int64_t column, Workspace& work,
                          double tolerance, bool with_nodes) {
  LineFields f = work.fields();
  hold_column(c, column, f.solution, work.outputs());
  kernel.back(c, f.solution, f.along, f.residual);
  if (!with_nodes) f.solution = nullptr;
  const Watched watched{c.rows, work.outputs(), f.drained, work.arriving(), nullptr, false};
  return conjugate_gradients(kernel, c, f, tolerance, watched);
}

std::vector<double> WireSolver::transfer(double tolerance) const { return adjoint_columns(tolerance, {}); }

std::vector<double> WireSolver::delivered_shares(double tolerance) const {
  const int64_t n = columns(), stride = state_->cells.cells().stride;
  std::vector<double> out(static_cast<size_t>(rows() * n));
  adjoint_columns(tolerance, [&](int64_t j, const double* bitlines, const double* wordlines) {
    for (int64_t i = 0; i < rows(); ++i)
      out[static_cast<size_t>(i * n + j)] = bitlines[i * stride + j] - wordlines[i * stride + j];
  });
  return out;
}

std::vector<double> WireSolver::adjoint_columns(double tolerance, const Adjoint& seen) const {
  OHMWEAVE_CHECK(linear(), "only linear crossbars have a transfer matrix");
  const LineCells& c = state_->cells.cells();
  std::vector<double> out(static_cast<size_t>(c.rows * c.columns));
  constexpr int64_t kTogether = 8;  // columns of one cache line of the result
  base::parallel_for((c.columns + kTogether - 1) / kTogether, [&](int64_t part) {
    const BorrowedWorkspace work(c);
    const LineFields& f = work->fields();
    std::fill_n(work->inputs(), c.blocks * LineCells::kLanes, 0.0);
    for (int64_t j = part * kTogether; j < std::min(c.columns, (part + 1) * kTogether); ++j) {
      solve_adjoint(state_->kernel, c, j, *work, tolerance, seen != nullptr);
      for (int64_t i = 0; i < c.rows; ++i) out[static_cast<size_t>(i * c.columns + j)] = work->outputs()[i];
      if (!seen) continue;
      state_->kernel.follow(c, work->inputs(), nullptr, f.solution, f.along, work->wordlines());
      seen(j, f.solution, work->wordlines());
    }
  });
  return out;
}

std::vector<double> first_order_change(const WireSolution& before, std::span<const double> delivered_shares,
                                       std::span<const double> conductance_changes) {
  const size_t cells = before.wordlines.size(), columns = before.currents.size();
  OHMWEAVE_CHECK(cells > 0 && delivered_shares.size() == cells && conductance_changes.size() == cells,
                 "the solution has nodes, and there is a share and a change for each cell");
  std::vector<double> out(columns);
  for (size_t k = 0; k < cells; ++k)
    out[k % columns] +=
        delivered_shares[k] * (before.wordlines[k] - before.bitlines[k]) * conductance_changes[k];
  return out;
}

std::vector<double> effective_conductances(const Wires& wires, int64_t rows, int64_t columns,
                                           std::span<const double> conductances, double tolerance) {
  return WireSolver(wires, rows, columns, conductances).transfer(tolerance);
}

}  // namespace ohmweave::array
