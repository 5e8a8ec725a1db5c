// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/programmed_array.h"

namespace ohmweave::array {

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

}  // namespace ohmweave::array
