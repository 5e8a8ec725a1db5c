// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "ohmweave/array/cell_curve.h"
#include "ohmweave/array/wires.h"

namespace ohmweave::array {

/// How a solution was found.
struct SolveRecord {
  int iterations = 0;    // of conjugate gradients, over all Newton steps
  int newton_steps = 0;  // 0 for linear cells
  double error = 0;      // estimated, relative: see WireSolver
  bool converged = true;
};

/// Currents and, if asked for, voltages of the nodes of a crossbar.
struct WireSolution : SolveRecord {
  std::vector<double> currents;             // amperes out of the columns
  std::vector<double> wordlines, bitlines;  // volts, rows x columns; empty unless asked for
};

/// A crossbar with its wires, as cells without: rows x columns each.
struct EffectiveCells {
  std::vector<double> conductances;  // siemens
  std::vector<double> variances;     // of a column's current by noise, per square volt of a row; may be empty
};

/// The nodal equations of a crossbar: cells with the given conductances between wordlines and bitlines, wires
/// between neighbouring cells, drivers and sense resistances at their ends (see Wires).
///
/// Wordlines are eliminated, and the equations of the bitlines are solved by conjugate gradients whose
/// preconditioner solves every bitline with its cells exactly. For cells that are not linear, Newton's method
/// around it. `tolerance` bounds the estimated error of the node voltages in the norm of dissipated power,
/// relative to the power of one column; currents are about that exact relative to a column's current.
/// Results are the same bits on every instruction set and number of threads. All functions may be called from
/// several threads at once.
class WireSolver {
 public:
  /// `conductances`: rows x columns, siemens, finite and not negative, at 0 V if the curve is not linear.
  WireSolver(const Wires& wires, int64_t rows, int64_t columns, std::span<const double> conductances,
             CellCurve curve = {});
  ~WireSolver();
  WireSolver(WireSolver&&) noexcept;
  WireSolver& operator=(WireSolver&&) noexcept;

  int64_t rows() const;
  int64_t columns() const;
  const Wires& wires() const;
  const CellCurve& curve() const;
  /// Whether currents are linear in the inputs, so that a transfer matrix says all.
  bool linear() const;

  /// For inputs in volts, one per row. `selected`: which columns' gates are on (2T1R alone; empty: all).
  /// `changes`: siemens, rows x columns, that cells conduct more or less than given in this solve alone (read
  /// noise); none conducts less than nothing. Rows of gated cells that are not driven cost nothing.
  WireSolution solve(std::span<const double> volts, double tolerance, bool with_nodes = false,
                     std::span<const uint8_t> selected = {}, std::span<const float> changes = {}) const;

  /// The transfer matrix of a linear crossbar: what column j conducts per volt of row i, rows x columns,
  /// siemens; each column within about `tolerance` of its largest entry. One adjoint solve per column, shared
  /// among threads.
  std::vector<double> transfer(double tolerance) const;

  /// Of a current that a cell carries beside its conductance, the share that its own column delivers, rows x
  /// columns; the rest comes back over the wires, a little through every other column. Linear crossbars, as
  /// transfer().
  std::vector<double> delivered_shares(double tolerance) const;

  /// transfer(), and with it, where `variances` of the cells' conductances are given (rows x columns), those of
  /// cells without wires by which the columns' currents would be as noisy as they are: exact to first order
  /// in the noise for an input that drives a quarter of the rows, about right for others
  /// (docs/models/wires.md). For those who cannot solve every input.
  EffectiveCells effective_cells(double tolerance, std::span<const double> variances) const;

 private:
  /// What reads one column's adjoint solution: the column, and volts of bitlines and wordlines at each cell,
  /// rows apart by the stride of the cells.
  using Adjoint = std::function<void(int64_t column, const double* bitlines, const double* wordlines)>;
  /// The transfer matrix; `seen` is told every column's voltages, from several threads.
  std::vector<double> adjoint_columns(double tolerance, const Adjoint& seen) const;

  struct State;
  std::unique_ptr<State> state_;
};

/// What currents change by, to first order, when conductances change a little (read noise, drift): the change
/// of each cell's current at the voltages of `before` (solved with its nodes), as much as its column delivers
/// of it. What a cell does to columns other than its own is left out; docs/models/wires.md has the measured
/// error.
std::vector<double> first_order_change(const WireSolution& before, std::span<const double> delivered_shares,
                                       std::span<const double> conductance_changes);

/// The transfer matrix of a crossbar of linear, ungated cells: see WireSolver::transfer.
std::vector<double> effective_conductances(const Wires& wires, int64_t rows, int64_t columns,
                                           std::span<const double> conductances, double tolerance);

}  // namespace ohmweave::array
