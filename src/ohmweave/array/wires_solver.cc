// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/wires_solver.h"

#include <algorithm>
#include <cmath>

#include "ohmweave/array/wires_state.h"
#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"

namespace ohmweave::array {

namespace {

/// Adds a step to the watched currents; returns the largest change relative to the largest current.
double advance(const Watched& w, double step) {
  double change = 0, largest = 0;
  for (int64_t k = 0; k < w.count; ++k) {
    const double more = step * w.arriving[k] * (w.share == nullptr ? 1 : w.share[k]);
    w.sum[k] += more;
    change = std::max(change, std::abs(more));
    largest = std::max(largest, std::abs(w.sum[k]));
  }
  return largest > 0 ? change / largest : 0;
}

void follow_direction(const Watched& w, double keep, bool first) {
  for (int64_t k = 0; k < w.count; ++k) w.arriving[k] = w.arrived[k] + (first ? 0 : keep * w.arriving[k]);
}

/// A step of conjugate gradients: p = z + keep * p, x += length * p.
struct Step {
  double length = 1, keep = 0;
  Turn turn = Turn::First;
};

/// Without sense resistance the last cells of the columns are at 0 V, no unknowns, and their currents are what
/// stands in the last row of the residual.
void add_rest(const Watched& w, const LineCells& c, const LineFields& f, const Step& step) {
  if (!w.of_columns || c.sense > 0) return;
  const int64_t last = (c.rows - 1) * c.stride;
  const bool stepped = f.solution != nullptr;  // complete() has taken the last step
  for (int64_t k = last; k < last + w.count; ++k) {
    const double image = f.product[k] + (step.turn == Turn::Later ? step.keep * f.image[k] : 0);
    w.sum[k - last] += f.residual[k] - (stepped ? 0 : step.length * image);
  }
}

/// x + step * p + z: one more sweep of the bitlines makes the nodes better than the last step left them.
void complete(const LineKernel& kernel, const LineCells& cells, const LineFields& fields, const Step& step) {
  kernel.down(cells, fields, step.length, step.keep, step.turn);
  kernel.up(cells, fields);
  for (int64_t k = 0; k < cells.row_size(); ++k) fields.solution[k] += fields.correction[k];
}

}  // namespace

// With one sum per sweep (Chronopoulos and Gear, J. Comput. Appl. Math. 25, 153 (1989)): S p follows from S z
// by the recurrence of p, and p S p from z S z, so that z, S z and both sums come from one pass over the rows.
SolveRecord conjugate_gradients(const LineKernel& kernel, const LineCells& cells, const LineFields& fields,
                                double tolerance, const Watched& watched) {
  constexpr int kMostIterations = 20000;
  constexpr int kPatience = 40;        // iterations without progress: this is what double precision gives
  constexpr double kSlowest = 0.95;    // factor by which the error is taken to shrink at least
  constexpr double kRounding = 1e-15;  // changes below are none
  SolveRecord record;
  kernel.down(cells, fields, 0, 0, Turn::Start);
  LineSums here = kernel.up(cells, fields);
  Step step;
  double least = here.correction_residual, before = 1;
  const double nothing = 1e-30 * here.correction_residual;
  int waited = 0;
  while (here.correction_residual > nothing) {
    const bool first = record.iterations == 0;
    follow_direction(watched, step.keep, first);
    const double curvature =
        here.correction_product - (first ? 0 : step.keep * here.correction_residual / step.length);
    if (!(curvature > 0)) break;
    step = {here.correction_residual / curvature, step.keep, first ? Turn::First : Turn::Later};
    const double change = advance(watched, step.length);
    ++record.iterations;
    // Changes shrink about as they and the residual did, so those to come are a geometric series.
    const double shrinks =
        first ? kSlowest : std::min(std::max(change / before, std::sqrt(step.keep)), kSlowest);
    record.error = change * shrinks / (1 - shrinks);
    record.converged = record.error <= tolerance || change <= kRounding;
    const bool stuck = waited > kPatience || record.iterations >= kMostIterations;
    if (record.converged || stuck) {
      if (fields.solution != nullptr) complete(kernel, cells, fields, step);
      add_rest(watched, cells, fields, step);
      return record;
    }
    before = change;
    kernel.down(cells, fields, step.length, step.keep, step.turn);
    const LineSums next = kernel.up(cells, fields);
    waited = next.correction_residual < least ? 0 : waited + 1;
    least = std::min(least, next.correction_residual);
    step.keep = next.correction_residual / here.correction_residual;
    here = next;
  }
  for (int64_t k = 0; k < watched.count && watched.of_columns; ++k)  // what no step has changed
    watched.sum[k] += watched.share[k] * watched.arrived[k];
  record.error = 0;
  record.converged = true;
  return record;
}

namespace {

/// What a solve is about beside the crossbar.
struct Asked {
  std::span<const double> volts;
  std::span<const uint8_t> selected;
  std::span<const float> changes;
};

/// What the cells of row i conduct in this solve, if its gates are on.
void copy_row(const LineCells& all, const Asked& asked, int64_t i, double* to) {
  const double* from = all.rows_conductance + i * all.stride;
  std::copy_n(from, all.columns, to);
  if (!asked.changes.empty()) {
    const float* change = asked.changes.data() + i * all.columns;
    for (int64_t j = 0; j < all.columns; ++j) to[j] = std::max(0.0, to[j] + static_cast<double>(change[j]));
  }
  for (int64_t j = 0; j < all.columns && !asked.selected.empty(); ++j)
    to[j] = asked.selected[static_cast<size_t>(j)] != 0 ? to[j] : 0;
}

/// All rows; gated cells of rows without input are open.
void copy_all(const LineCells& all, const Asked& asked, bool gated, double* to) {
  for (int64_t i = 0; i < all.rows; ++i) {
    double* row = to + i * all.stride;
    if (gated && asked.volts[static_cast<size_t>(i)] == 0) {
      std::fill_n(row, all.columns, 0.0);
    } else {
      copy_row(all, asked, i, row);
    }
  }
}

/// Only the rows with input, as a crossbar of their own: where cells are open, a bitline is a longer wire.
/// Returns how many there are.
int64_t copy_driven(const LineCells& all, const Asked& asked, Workspace& work, double* to) {
  const int64_t lanes = LineCells::kLanes;
  int64_t kept = 0, last = 0;
  for (int64_t i = 0; i < all.rows; ++i) {
    if (asked.volts[static_cast<size_t>(i)] == 0) continue;
    if (kept > 0) work.below()[kept - 1] = all.bitline * static_cast<double>(i - last);
    work.inputs()[kept] = asked.volts[static_cast<size_t>(i)];
    copy_row(all, asked, i, to + kept * all.stride);
    last = i;
    ++kept;
  }
  const double sense = all.sense + all.bitline * static_cast<double>(all.rows - 1 - last);
  work.own_cells().keep_rows(kept, work.below(), sense);
  for (int64_t k = kept; k % lanes != 0; ++k) {  // the rest of the last block is none
    work.inputs()[k] = 0;
    std::fill_n(to + k * all.stride, all.stride, 0.0);
    std::fill_n(work.fields().correction + k * all.stride, all.stride, 0.0);
  }
  return kept;
}

std::vector<double> without_padding(const LineCells& c, const double* rows) {
  std::vector<double> out(static_cast<size_t>(c.rows * c.columns));
  for (int64_t i = 0; i < c.rows; ++i) std::copy_n(rows + i * c.stride, c.columns, out.data() + i * c.columns);
  return out;
}

}  // namespace

SolveRecord solve_linear(const LineKernel& kernel, const LineCells& c, Workspace& work, const double* currents,
                         double tolerance, bool with_nodes) {
  LineFields f = work.fields();
  f.drained = nullptr;
  if (with_nodes) {
    std::fill_n(f.solution, c.row_size(), 0.0);
  } else {
    f.solution = nullptr;
  }
  if (currents == nullptr) {
    kernel.start(c, work.inputs(), f.residual);
  } else {
    kernel.follow(c, work.inputs(), currents, nullptr, f.along, f.residual);
    for (int64_t k = 0; k < c.row_size(); ++k)
      f.residual[k] = c.rows_conductance[k] * f.residual[k] + currents[k];
  }
  std::fill_n(work.outputs(), c.columns, 0.0);
  const Watched watched{c.columns, work.outputs(), f.arrived, work.arriving(), c.column_source};
  const SolveRecord record = conjugate_gradients(kernel, c, f, tolerance, watched);
  if (with_nodes) kernel.follow(c, work.inputs(), currents, f.solution, f.along, work.wordlines());
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
                               std::span<const uint8_t> selected, std::span<const float> changes) const {
  const LineCells& all = state_->cells.cells();
  OHMWEAVE_CHECK(static_cast<int64_t>(volts.size()) == all.rows, "one input per row");
  OHMWEAVE_CHECK(selected.empty() || (state_->wires.access == CellAccess::TwoTransistors &&
                                      static_cast<int64_t>(selected.size()) == all.columns),
                 "columns are selected by the gates of 2T1R cells, all of them");
  OHMWEAVE_CHECK(changes.empty() || static_cast<int64_t>(changes.size()) == all.rows * all.columns,
                 "changes are rows x columns");
  const BorrowedWorkspace work(all);
  std::copy(volts.begin(), volts.end(), work->inputs());
  WireSolution out;
  if (linear() && changes.empty()) {
    static_cast<SolveRecord&>(out) = solve_linear(state_->kernel, all, *work, nullptr, tolerance, with_nodes);
  } else {
    const Asked asked{volts, selected, changes};
    const bool gated = state_->gated(), curved = !state_->curve.linear();
    PreparedCells& own = work->own_cells();
    double* conductances = curved ? work->more()[0] : own.cells().rows_conductance;
    if (!gated || with_nodes) {
      copy_all(all, asked, gated, conductances);
    } else if (copy_driven(all, asked, *work, conductances) == 0) {
      out.currents.assign(static_cast<size_t>(all.columns), 0.0);
      return out;
    }
    if (curved) {
      static_cast<SolveRecord&>(out) =
          solve_curved(state_->kernel, conductances, state_->curve, *work, tolerance);
    } else {
      own.prepare(state_->kernel);
      static_cast<SolveRecord&>(out) =
          solve_linear(state_->kernel, own.cells(), *work, nullptr, tolerance, with_nodes);
    }
  }
  out.currents.assign(work->outputs(), work->outputs() + all.columns);
  if (with_nodes) {
    out.wordlines = without_padding(all, work->wordlines());
    out.bitlines = without_padding(all, work->fields().solution);
  }
  return out;
}

}  // namespace ohmweave::array
