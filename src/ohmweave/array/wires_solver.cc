// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/wires_solver.h"

#include <algorithm>
#include <cmath>

#include "ohmweave/array/wires_state.h"
#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"

namespace ohmweave::array {

SolveRecord conjugate_gradients(const LineKernel& kernel, const LineCells& cells, const LineFields& fields,
                                double tolerance, double power) {
  constexpr int kMostIterations = 20000;
  constexpr int kPatience = 40;      // iterations without progress: this is what double precision gives
  constexpr double kSlowest = 0.95;  // factor by which the error is taken to shrink at least
  SolveRecord record;
  const double wanted = tolerance * tolerance * power;
  double here = kernel.bitlines(cells, fields, 0, true), keep = 0, least = here;
  int waited = 0;
  while (here > 0) {
    const double curvature = kernel.wordlines(cells, fields, keep, record.iterations == 0);
    if (!(curvature > 0)) break;
    const double step = here / curvature;
    const double next = kernel.bitlines(cells, fields, step, false);
    ++record.iterations;
    keep = next / here;
    // The squared error is the sum of what the steps to come take off it, step * next each time (Strakos and
    // Tichy, ETNA 13, 2002); they shrink about as the last one did.
    const double error = step * next / (1 - std::min(keep, kSlowest));
    record.error = power > 0 ? std::sqrt(error / power) : 0;
    if (error <= wanted) return record;
    waited = next < least ? 0 : waited + 1;
    least = std::min(least, next);
    if (waited > kPatience || record.iterations >= kMostIterations) {
      record.converged = false;
      return record;
    }
    here = next;
  }
  record.error = 0;
  return record;
}

namespace {

/// Conductances of the cells that are switched on; the others are open.
void gate(const LineCells& all, std::span<const double> volts, std::span<const uint8_t> selected, double* to) {
  for (int64_t i = 0; i < all.rows; ++i) {
    const double* from = all.rows_conductance + i * all.stride;
    double* row = to + i * all.stride;
    if (volts[static_cast<size_t>(i)] == 0) {
      std::fill_n(row, all.columns, 0.0);
    } else if (selected.empty()) {
      std::copy_n(from, all.columns, row);
    } else {
      for (int64_t j = 0; j < all.columns; ++j) row[j] = selected[static_cast<size_t>(j)] != 0 ? from[j] : 0;
    }
  }
}

std::vector<double> without_padding(const LineCells& c, const double* rows) {
  std::vector<double> out(static_cast<size_t>(c.rows * c.columns));
  for (int64_t i = 0; i < c.rows; ++i) std::copy_n(rows + i * c.stride, c.columns, out.data() + i * c.columns);
  return out;
}

}  // namespace

SolveRecord solve_linear(const LineKernel& kernel, const LineCells& c, Workspace& work, const double* currents,
                         double tolerance) {
  const LineFields& f = work.fields();
  double power = 0;  // of all columns, bitlines at 0 V
  for (int64_t i = 0; i < c.rows; ++i) power += work.inputs()[i] * work.inputs()[i] * c.row_current[i];
  std::fill_n(f.solution, c.row_size(), 0.0);
  if (currents == nullptr) {
    kernel.start(c, work.inputs(), f.residual);
  } else {
    kernel.follow(c, work.inputs(), currents, nullptr, f.along, f.residual);
    for (int64_t k = 0; k < c.row_size(); ++k)
      f.residual[k] = c.rows_conductance[k] * f.residual[k] + currents[k];
  }
  const SolveRecord record =
      conjugate_gradients(kernel, c, f, tolerance, power / static_cast<double>(c.columns));
  for (int64_t k = 0; k < c.row_size(); ++k) f.solution[k] += f.correction[k];
  kernel.follow(c, work.inputs(), currents, f.solution, f.along, work.wordlines());
  kernel.collect(c, work.wordlines(), currents, work.outputs());
  return record;
}

WireSolver::WireSolver(const Wires& wires, int64_t rows, int64_t columns, std::span<const double> conductances,
                       CellCurve curve)
    : state_(
          new State{line_kernel(), wires, std::move(curve), PreparedCells(line_shape(wires, rows, columns))}) {
  OHMWEAVE_CHECK(rows > 0 && columns > 0 && static_cast<int64_t>(conductances.size()) == rows * columns,
                 "conductances are rows x columns");
  const LineCells& c = state_->cells.cells();
  for (int64_t i = 0; i < rows; ++i)
    std::copy_n(conductances.data() + i * columns, columns, c.rows_conductance + i * c.stride);
  if (linear()) state_->cells.prepare(state_->kernel);
}
WireSolver::~WireSolver() = default;
WireSolver::WireSolver(WireSolver&&) noexcept = default;
WireSolver& WireSolver::operator=(WireSolver&&) noexcept = default;

int64_t WireSolver::rows() const { return state_->cells.cells().rows; }
int64_t WireSolver::columns() const { return state_->cells.cells().columns; }
const Wires& WireSolver::wires() const { return state_->wires; }
const CellCurve& WireSolver::curve() const { return state_->curve; }
bool WireSolver::linear() const { return state_->curve.linear() && !state_->gated(); }

WireSolution WireSolver::solve(std::span<const double> volts, double tolerance, bool with_nodes,
                               std::span<const uint8_t> selected) const {
  const LineCells& all = state_->cells.cells();
  OHMWEAVE_CHECK(static_cast<int64_t>(volts.size()) == all.rows, "one input per row");
  OHMWEAVE_CHECK(selected.empty() || (state_->wires.access == CellAccess::TwoTransistors &&
                                      static_cast<int64_t>(selected.size()) == all.columns),
                 "columns are selected by the gates of 2T1R cells, all of them");
  const BorrowedWorkspace work(all);
  std::copy(volts.begin(), volts.end(), work->inputs());
  WireSolution out;
  if (linear()) {
    static_cast<SolveRecord&>(out) = solve_linear(state_->kernel, all, *work, nullptr, tolerance);
  } else if (state_->curve.linear()) {
    PreparedCells& own = work->own_cells();
    gate(all, volts, selected, own.cells().rows_conductance);
    own.prepare(state_->kernel);
    static_cast<SolveRecord&>(out) = solve_linear(state_->kernel, own.cells(), *work, nullptr, tolerance);
  } else {
    const double* conductances = all.rows_conductance;
    if (state_->gated()) {
      gate(all, volts, selected, work->more()[0]);
      conductances = work->more()[0];
    }
    static_cast<SolveRecord&>(out) =
        solve_curved(state_->kernel, conductances, state_->curve, *work, tolerance);
  }
  out.currents.assign(work->outputs(), work->outputs() + all.columns);
  if (with_nodes) {
    out.wordlines = without_padding(all, work->wordlines());
    out.bitlines = without_padding(all, work->fields().solution);
  }
  return out;
}

}  // namespace ohmweave::array
