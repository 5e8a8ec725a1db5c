// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ohmweave/array/crossbar.h"
#include "ohmweave/array/transfer_cache.h"

namespace ohmweave::array {

/// What the cells of one array conduct when it is read, in steps of its cells (device::Cell), column by column.
struct ProgrammedArray {
  int64_t rows = 0;
  std::vector<float> steps, variance;  // columns x rows; variance is empty where reads do not differ
  std::vector<double> offset;          // what drivers add to each column whatever the inputs; or empty
  double gain = 1;                     // what comes after the converters multiplies their values with it

  std::span<const float> steps_of(int64_t column, int64_t first_row, int64_t count) const {
    return std::span(steps).subspan(static_cast<size_t>(column * rows + first_row), static_cast<size_t>(count));
  }
  std::span<const float> variance_of(int64_t column, int64_t first_row, int64_t count) const {
    if (variance.empty()) return {};
    return std::span(variance).subspan(static_cast<size_t>(column * rows + first_row),
                                       static_cast<size_t>(count));
  }
};

/// Programs all cells of array number `array` of the place to `levels` (columns x rows of the crossbar, the
/// unit column last).
ProgrammedArray program_array(const Crossbar& crossbar, std::span<const int32_t> levels, int64_t array,
                              uint64_t seed, uint64_t place);

/// Turns what the cells of a crossbar conduct into what its columns conduct per volt of its rows, by its
/// transfer matrix. Reads differ as WireSolver::effective_cells says.
void through_wires(const device::Cell& cell, const Wires& wires, TransferCache& transfers,
                   ProgrammedArray& cells);

/// Turns what cells conduct into what columns are read to conduct per digit of a row: through drivers whose
/// levels are off, and through wires that lose voltage.
void put_behind_wires(const Crossbar& crossbar, int64_t array, uint64_t seed, uint64_t place,
                      ProgrammedArray& cells);

}  // namespace ohmweave::array
