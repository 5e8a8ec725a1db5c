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

/// Conjugate gradients for the residual that stands in the fields, until the squared error in the norm of power
/// is estimated below tolerance^2 * power. The solution misses the last correction, which stands beside it.
SolveRecord conjugate_gradients(const LineKernel& kernel, const LineCells& cells, const LineFields& fields,
                                double tolerance, double power);

/// Voltages of all nodes for the inputs in the workspace, and currents in amperes beside the conductances: x of
/// the fields are the bitlines.
SolveRecord solve_linear(const LineKernel& kernel, const LineCells& cells, Workspace& work,
                         const double* currents, double tolerance);

/// The bitlines' voltages while 1 V is behind the sense resistance of one column and all drivers are at 0 V.
SolveRecord solve_adjoint(const LineKernel& kernel, const LineCells& cells, int64_t column, Workspace& work,
                          double tolerance);

/// Newton's method for cells of a curve with these conductances at 0 V, an array of rows. Leaves what
/// solve_linear does; the cells of the last step are the workspace's own.
SolveRecord solve_curved(const LineKernel& kernel, const double* conductances, const CellCurve& curve,
                         Workspace& work, double tolerance);

}  // namespace ohmweave::array
