// SPDX-License-Identifier: Apache-2.0
// Newton's method for cells I = G f(V). Every step solves the crossbar whose cells are the tangents of the
// curve, G f'(V) beside a source of current, as SPICE does. Its solution minimizes a convex function (Millar's
// co-content of the network), so a step that overshoots the minimum along its direction is shortened.
#include <algorithm>
#include <cmath>

#include "ohmweave/array/wires_state.h"

namespace ohmweave::array {
namespace {

/// Per cell, arrays of rows.
struct Step {
  std::span<const double> conductances;
  std::span<double> voltage;    // of each cell, now
  std::span<double> delivered;  // current that wires deliver to it at the nodes' voltages, now
  std::span<double> beside;     // current of the tangent at 0 V
  std::span<double> change;     // of the voltage by a whole step
  std::span<double> scratch;
};

/// Takes the tangents at the voltages.
void take_tangents(const Step& s, const CellCurve& curve, double* slopes) {
  const size_t n = s.voltage.size();
  curve.evaluate(s.voltage, s.beside, {slopes, n});
  for (size_t k = 0; k < n; ++k) {
    slopes[k] *= s.conductances[k];
    s.beside[k] = s.conductances[k] * s.beside[k] - slopes[k] * s.voltage[k];
  }
}

/// The derivative of the co-content along the change, after the share t of it. `whole`: currents delivered
/// after a whole step.
double derivative(const Step& s, const CellCurve& curve, const double* slopes, double t) {
  const size_t n = s.voltage.size();
  for (size_t k = 0; k < n; ++k) s.scratch[k] = s.voltage[k] + t * s.change[k];
  double sum = 0;
  for (size_t k = 0; k < n; ++k) {
    if (s.conductances[k] == 0) continue;
    const double whole = slopes[k] * (s.voltage[k] + s.change[k]) + s.beside[k];
    const double delivered = s.delivered[k] + t * (whole - s.delivered[k]);
    sum += (s.conductances[k] * curve.value(s.scratch[k]) - delivered) * s.change[k];
  }
  return sum;
}

/// How much of the step to take.
double step_share(const Step& s, const CellCurve& curve, const double* slopes) {
  constexpr double kEnough = 0.5;  // what may be left of the derivative
  const double before = -derivative(s, curve, slopes, 0);
  double low = 0, high = 1, share = 1;
  for (int tries = 0; tries < 60; ++tries) {
    const double here = derivative(s, curve, slopes, share);
    if (std::abs(here) <= kEnough * before || (share == 1 && here <= 0) || !(before > 0)) return share;
    (here > 0 ? high : low) = share;
    share = (low + high) / 2;
  }
  return share;
}

/// How far the currents of the cells are from what the wires deliver: the worst column's sum, relative to the
/// largest current of a column.
double mismatch(const Step& s, const CellCurve& curve, const LineCells& c) {
  std::vector<double> wrong(static_cast<size_t>(c.columns)), all(wrong);
  for (int64_t i = 0; i < c.rows; ++i) {
    for (int64_t j = 0; j < c.columns; ++j) {
      const auto k = static_cast<size_t>(i * c.stride + j), column = static_cast<size_t>(j);
      if (s.conductances[k] == 0) continue;
      wrong[column] += std::abs(s.conductances[k] * curve.value(s.voltage[k]) - s.delivered[k]);
      all[column] += std::abs(s.delivered[k]);
    }
  }
  const double largest = *std::max_element(all.begin(), all.end());
  return largest > 0 ? *std::max_element(wrong.begin(), wrong.end()) / largest : 0;
}

}  // namespace

SolveRecord solve_curved(const LineKernel& kernel, const double* conductances, const CellCurve& curve,
                         Workspace& work, double tolerance) {
  constexpr int kMostSteps = 300;
  PreparedCells& own = work.own_cells();
  const LineCells& c = own.cells();
  const auto n = static_cast<size_t>(c.row_size());
  const auto more = work.more();  // the first may be the conductances
  const Step s{{conductances, n}, {more[1], n}, {more[2], n}, {more[3], n}, {more[4], n}, {more[5], n}};
  double* slopes = c.rows_conductance;
  std::fill(s.voltage.begin(), s.voltage.end(), 0.0);
  std::fill(s.delivered.begin(), s.delivered.end(), 0.0);
  SolveRecord record;
  record.converged = false;
  double off = 1;
  while (record.newton_steps < kMostSteps && !record.converged) {
    // What is left after this step is about the square of what is left now; the linear solve need not be
    // better.
    const double demanded = std::clamp(0.01 * off * off, tolerance, 1e-4);
    take_tangents(s, curve, slopes);
    own.prepare(kernel);
    const SolveRecord linear = solve_linear(kernel, c, work, s.beside.data(), demanded);
    record.iterations += linear.iterations;
    record.error = linear.error;
    const double* bitlines = work.fields().solution;
    for (size_t k = 0; k < n; ++k) s.change[k] = work.wordlines()[k] - bitlines[k] - s.voltage[k];
    const double share = record.newton_steps == 0 ? 1 : step_share(s, curve, slopes);
    for (size_t k = 0; k < n; ++k) {
      const double whole = slopes[k] * (s.voltage[k] + s.change[k]) + s.beside[k];
      s.delivered[k] += share * (whole - s.delivered[k]);
      s.voltage[k] += share * s.change[k];
    }
    ++record.newton_steps;
    off = mismatch(s, curve, c);
    record.converged = share == 1 && off <= tolerance && linear.converged && linear.error <= tolerance;
  }
  record.error = std::max(record.error, off);
  return record;
}

}  // namespace ohmweave::array
