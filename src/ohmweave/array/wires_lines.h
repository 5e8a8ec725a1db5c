// SPDX-License-Identifier: Apache-2.0
// The innermost loops of the solver of wires.h: sweeps along wordlines and bitlines, once per instruction set.
// All of them compute the same bits: eight lanes everywhere, no fused operations, sums in a fixed order.
#pragma once

#include <cstdint>
#include <span>

namespace ohmweave::array {

/// What the lines of a crossbar make of its cells. A line is eliminated node by node: behind a node that sees
/// the conductance Y, the wire of resistance R to the next node leaves the ratio a = 1 / (1 + R Y) of the
/// current. Nothing is subtracted, so no resistance is too small or too large, and 0 is an ideal wire.
struct LineCells {
  static constexpr int64_t kLanes = 8;

  int64_t rows = 0, columns = 0;
  int64_t blocks = 0, tiles = 0;  // of 8 rows, of 8 columns; what is beyond the array is 0
  int64_t stride = 0;             // from one row to the next where rows follow one another
  double wordline = 0, bitline = 0, driver = 0, sense = 0;  // ohm
  const double* below = nullptr;  // per row: ohms of the bitlines' wires to the row after; null: `bitline`
  bool two_sided = false;

  double* rows_conductance = nullptr;  // siemens, an array of rows: what all of the others are made of
  // For each block, column and row of the block:
  double* conductance = nullptr;  // siemens
  double* row_ratio = nullptr;    // of the wire to the column before
  double* source = nullptr;       // volts of the wordline per volt of the input if all bitlines are at 0 V
  double* row_end = nullptr;      // per row: ohms that the first node sees, driver included
  double* row_share = nullptr;  // per row: of the current that arrives at the first node, what its driver takes
  double* row_current = nullptr;  // per row: amperes it takes per volt of the input if all bitlines are at 0 V
  // For each row and column:
  double* column_ratio = nullptr;   // of the wire to the row after
  double* column_end = nullptr;     // per column: ohms that the last node sees, sense resistance included
  double* column_source = nullptr;  // per column: volts of the last node per volt behind the sense resistance

  double wire_below(int64_t row) const { return below == nullptr ? bitline : below[row]; }
  int64_t row_size() const { return blocks * kLanes * stride; }            // of an array of rows
  int64_t block_size() const { return blocks * tiles * kLanes * kLanes; }  // of an array of blocks
  int64_t block_begin(int64_t block) const { return block * tiles * kLanes * kLanes; }
};

/// What conjugate gradients keep for each cell: voltages and currents of bitline nodes, arrays of rows.
struct LineFields {
  double* direction = nullptr;   // p; of solves that want x
  double* image = nullptr;       // S p
  double* residual = nullptr;    // r
  double* correction = nullptr;  // z with P z = r
  double* product = nullptr;     // S z
  double* solution = nullptr;    // x; null: nobody wants it
  double* along = nullptr;       // one value per column and row of a block
  double* arrived = nullptr;     // per column: current of r that arrives at the last node
  double* drained = nullptr;     // per row: current of z into its drivers; null: nobody wants it
};

/// Where conjugate gradients stand: before any step, before the second, and later.
enum class Turn { Start, First, Later };

struct LineSums {
  double correction_residual = 0, correction_product = 0;  // z r and z S z
};

/// The sweeps. With P for the bitlines with their cells, wordlines held, and K for what comes back over the
/// wordlines, the equations of the bitline nodes are S v = (P - K) v = b. Inputs are in volts, one per row;
/// `currents` are amperes that every cell drives from its wordline to its bitline beside its conductance, or
/// null. Arrays are arrays of rows and hold zeros beyond the crossbar.
struct LineKernel {
  const char* name;
  /// Fills the arrays of `cells` from its rows_conductance.
  void (*prepare)(const LineCells& cells);
  /// b, without currents.
  void (*start)(const LineCells& cells, const double* inputs, double* b);
  /// p = z + keep * p and S p = S z + keep * S p (first turn: without what was), r -= step * S p, x += step * p
  /// (at the start: none of these), and down the bitlines, half of P z = r.
  void (*down)(const LineCells& cells, const LineFields& fields, double step, double keep, Turn turn);
  /// Up the bitlines, the other half, and along the wordlines of the rows that are there: S z.
  LineSums (*up)(const LineCells& cells, const LineFields& fields);
  /// K v.
  void (*back)(const LineCells& cells, const double* bitlines, double* along, double* image);
  /// Voltages of the wordline nodes for these of the bitline nodes (null: 0 V).
  void (*follow)(const LineCells& cells, const double* inputs, const double* currents, const double* bitlines,
                 double* along, double* wordlines);
};

/// The fastest kernel this processor has.
const LineKernel& line_kernel();
/// All it has, the fastest first.
std::span<const LineKernel* const> line_kernels();

}  // namespace ohmweave::array
