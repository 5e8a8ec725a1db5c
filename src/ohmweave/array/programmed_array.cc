// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/programmed_array.h"

#include <algorithm>

namespace ohmweave::array {
namespace {

constexpr double kTolerance = 1e-7;  // of transfer matrices: tables of conductances are a hundred times coarser

/// Each row counts as much more or less as its driver's levels do.
void through_drivers(const Crossbar& crossbar, int64_t array, uint64_t seed, uint64_t place,
                     ProgrammedArray& cells) {
  const int64_t rows = cells.rows, columns = static_cast<int64_t>(cells.steps.size()) / rows;
  const double off = crossbar.off_steps();
  cells.offset.assign(static_cast<size_t>(columns), 0);
  for (int64_t r = 0; r < rows; ++r) {
    const circuit::DriveLevels levels =
        crossbar.periphery().dac.component->levels({seed, place, array * rows + r});
    const auto factor = static_cast<float>(levels.factor());
    for (int64_t c = 0; c < columns; ++c) {
      const auto at = static_cast<size_t>(c * rows + r);
      cells.offset[static_cast<size_t>(c)] += levels.offset() * (static_cast<double>(cells.steps[at]) + off);
      cells.steps[at] = (cells.steps[at] + static_cast<float>(off)) * factor - static_cast<float>(off);
      if (!cells.variance.empty()) cells.variance[at] *= factor * factor;
    }
  }
}

}  // namespace

void through_wires(const device::Cell& cell, const Wires& wires, TransferCache& transfers,
                   ProgrammedArray& cells) {
  const int64_t rows = cells.rows, columns = static_cast<int64_t>(cells.steps.size()) / rows;
  std::vector<double> conductances(cells.steps.size()), variances(cells.variance.size());
  const auto at = [&](int64_t r, int64_t c) { return static_cast<size_t>(c * rows + r); };
  const auto in_matrix = [&](int64_t r, int64_t c) { return static_cast<size_t>(r * columns + c); };
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c)
      conductances[in_matrix(r, c)] = std::max(cell.siemens(cells.steps[at(r, c)]), 0.0);
    for (int64_t c = 0; c < columns && !variances.empty(); ++c)
      variances[in_matrix(r, c)] = static_cast<double>(cells.variance[at(r, c)]);
  }
  const KeptCells effective =
      transfers.effective_cells(wires, rows, columns, conductances, kTolerance, variances);
  const double off = cell.siemens(0), unit = cell.siemens(1) - off;
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      cells.steps[at(r, c)] = static_cast<float>((effective.conductances[in_matrix(r, c)] - off) / unit);
      if (!variances.empty()) cells.variance[at(r, c)] = effective.variances[in_matrix(r, c)];
    }
  }
}

ProgrammedArray program_array(const Crossbar& crossbar, std::span<const int32_t> levels, int64_t array,
                              uint64_t seed, uint64_t place) {
  const device::Cell& cell = crossbar.cell();
  ProgrammedArray out;
  out.rows = crossbar.rows();
  out.steps.resize(levels.size());
  cell.program(levels, {seed, place, array * crossbar.cells()}, out.steps);
  if (cell.noisy()) {
    out.variance.resize(levels.size());
    cell.read_variance(out.steps, out.variance);
  }
  return out;
}

void put_behind_wires(const Crossbar& crossbar, int64_t array, uint64_t seed, uint64_t place,
                      ProgrammedArray& cells) {
  if (!crossbar.wires().ideal()) through_wires(crossbar.cell(), crossbar.wires(), crossbar.transfers(), cells);
  if (!crossbar.periphery().dac.component->exact()) through_drivers(crossbar, array, seed, place, cells);
}

}  // namespace ohmweave::array
