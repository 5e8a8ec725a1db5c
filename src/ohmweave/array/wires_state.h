// SPDX-License-Identifier: Apache-2.0
// What the parts of WireSolver share.
#pragma once

#include "ohmweave/array/wires_memory.h"
#include "ohmweave/array/wires_solver.h"

namespace ohmweave::array {

struct WireSolver::State {
  const LineKernel& kernel;
  Wires wires;
  CellCurve curve;
  PreparedCells cells;

  bool gated() const { return wires.access != CellAccess::Resistor; }
};

/// Currents that depend linearly on the solution and are summed up step by step of conjugate gradients: out of
/// the columns or into the rows' drivers.
struct Watched {
  int64_t count = 0;
  double* sum = nullptr;
  const double* arrived = nullptr;  // of the correction
  double* arriving = nullptr;       // of the direction: what a step of length 1 adds,
  const double* share = nullptr;    // times this unless it is null
  bool of_columns = true;
};

/// Conjugate gradients for the residual that stands in the fields, until the error of the watched currents is
/// estimated below the tolerance, relative to the largest of them. If the fields have a solution, it is
/// complete.
SolveRecord conjugate_gradients(const LineKernel& kernel, const LineCells& cells, const LineFields& fields,
                                double tolerance, const Watched& watched);

/// Voltages of all nodes for the inputs in the workspace, and currents in amperes beside the conductances: x of
/// the fields are the bitlines. Without nodes only the currents out of the columns are found.
SolveRecord solve_linear(const LineKernel& kernel, const LineCells& cells, Workspace& work,
                         const double* currents, double tolerance, bool with_nodes);

/// Column `column` of the transfer matrix, as outputs of the workspace, one per row: the currents
/// into the drivers, all at 0 V, while 1 V is behind the sense resistance of that column (the network is
/// reciprocal). With nodes, the bitlines' voltages are x of the fields.
SolveRecord solve_adjoint(const LineKernel& kernel, const LineCells& cells, int64_t column, Workspace& work,
                          double tolerance, bool with_nodes);

/// Newton's method for cells of a curve with these conductances at 0 V, an array of rows. Leaves what
/// solve_linear does; the cells of the last step are the workspace's own.
SolveRecord solve_curved(const LineKernel& kernel, const double* conductances, const CellCurve& curve,
                         Workspace& work, double tolerance);

}  // namespace ohmweave::array
