// SPDX-License-Identifier: Apache-2.0
// Newton's method for cells I = G f(V). Every step solves the crossbar whose cells are the tangents of the
// curve, G f'(V) beside a source of current, as SPICE does. Its solution minimizes a convex function (Millar's
// co-content of the network), so a step that overshoots the minimum along its direction is shortened.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "ohmweave/array/wires_state.h"

namespace ohmweave::array {
namespace {

/// Per cell, arrays of rows.
struct Step {
  std::span<const double> conductances;
  std::span<double> voltage;       // of each cell, now
  std::span<double> delivered;     // current that wires deliver to it at the nodes' voltages, now
  std::span<double> value, slope;  // of the curve, at the voltage last tried
  std::span<double> tangent;       // conductance, G f'(V)
  std::span<double> beside;        // current of the tangent at 0 V
  std::span<double> change;        // of the voltage by a whole step
  std::span<double> tried;         // voltage

  /// What the wires deliver to a cell after the share t of the step: linear, as they are.
  double delivered_after(size_t k, double t) const {
    const double whole = tangent[k] * (voltage[k] + change[k]) + beside[k];
    return delivered[k] + t * (whole - delivered[k]);
  }
};

void take_tangents(const Step& s) {
  for (size_t k = 0; k < s.voltage.size(); ++k) {
    s.tangent[k] = s.conductances[k] * s.slope[k];
    s.beside[k] = s.conductances[k] * s.value[k] - s.tangent[k] * s.voltage[k];
  }
}

/// The derivative of the co-content along the change, after the share t of it, where the curve has been
/// evaluated.
double derivative(const Step& s, double t) {
  double sum = 0;
  for (size_t k = 0; k < s.voltage.size(); ++k)
    sum += (s.conductances[k] * s.value[k] - s.delivered_after(k, t)) * s.change[k];
  return sum;
}

void evaluate_after(const Step& s, const CellCurve& curve, double t) {
  for (size_t k = 0; k < s.voltage.size(); ++k) s.tried[k] = s.voltage[k] + t * s.change[k];
  curve.evaluate(s.tried, s.value, s.slope);
}

/// How much of the step to take; the curve is evaluated there.
double step_share(const Step& s, const CellCurve& curve, bool first) {
  constexpr double kEnough = 0.5;  // what may be left of the derivative
  constexpr int kMostTries = 60;
  const double before = -derivative(s, 0);
  double low = 0, high = 1, share = 1;
  for (int tries = 0;; ++tries) {
    evaluate_after(s, curve, share);
    if (first || !(before > 0) || tries == kMostTries) return share;
    const double here = derivative(s, share);
    if (std::abs(here) <= kEnough * before || (share == 1 && here <= 0)) return share;
    (here > 0 ? high : low) = share;
    share = (low + high) / 2;
  }
}

/// How far the currents of the cells are from what the wires deliver: the worst column's sum, relative to the
/// largest current of a column; infinite where currents are beyond what numbers can say.
double mismatch(const Step& s, const LineCells& c) {
  std::vector<double> wrong(static_cast<size_t>(c.columns)), all(wrong);
  for (int64_t i = 0; i < c.rows; ++i) {
    for (int64_t j = 0; j < c.columns; ++j) {
      const auto k = static_cast<size_t>(i * c.stride + j), column = static_cast<size_t>(j);
      wrong[column] += std::abs(s.conductances[k] * s.value[k] - s.delivered[k]);
      all[column] += std::abs(s.delivered[k]);
    }
  }
  if (!std::isfinite(std::accumulate(wrong.begin(), wrong.end(), 0.0))) return HUGE_VAL;
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
  auto array = [&](int which) { return std::span<double>(more[static_cast<size_t>(which)], n); };
  const Step s{{conductances, n},       array(1), array(2), array(3), array(4),
               {c.rows_conductance, n}, array(5), array(6), array(7)};
  std::fill(s.voltage.begin(), s.voltage.end(), 0.0);
  std::fill(s.delivered.begin(), s.delivered.end(), 0.0);
  curve.evaluate(s.voltage, s.value, s.slope);
  SolveRecord record;
  record.converged = false;
  double off = 1;
  while (record.newton_steps < kMostSteps && !record.converged && std::isfinite(off)) {
    // What is left after this step is about the square of what is left now; the linear solve need not be
    // better.
    const double demanded = std::clamp(0.01 * off * off, tolerance, 1e-4);
    take_tangents(s);
    own.prepare(kernel);
    const SolveRecord linear = solve_linear(kernel, c, work, s.beside.data(), demanded, true);
    const double* bitlines = work.fields().solution;
    for (size_t k = 0; k < n; ++k) s.change[k] = work.wordlines()[k] - bitlines[k] - s.voltage[k];
    const double share = step_share(s, curve, record.newton_steps == 0);
    for (size_t k = 0; k < n; ++k) {
      s.delivered[k] = s.delivered_after(k, share);
      s.voltage[k] = s.tried[k];
    }
    ++record.newton_steps;
    record.iterations += linear.iterations;
    off = mismatch(s, c);
    record.error = std::max(linear.error, off);
    record.converged = share == 1 && off <= tolerance && linear.converged && linear.error <= tolerance;
  }
  return record;
}

}  // namespace ohmweave::array
