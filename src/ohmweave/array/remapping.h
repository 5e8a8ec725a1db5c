// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ohmweave/array/stored_columns.h"
#include "ohmweave/device/cell.h"

namespace ohmweave::array {

/// For every job the worker that takes it, so that the costs (jobs x workers, jobs not more than workers) add
/// up to the least: the assignment problem, by shortest augmenting paths (Jonker and Volgenant, Computing 38,
/// 325 (1987)).
std::vector<int64_t> assign(std::span<const double> costs, int64_t jobs, int64_t workers);

/// A stored column and the row of the array that its first level stands in.
struct ColumnToPlace {
  const StoredColumn* column = nullptr;
  int64_t first_row = 0;
};

/// Which physical column each stored column takes, so that cells that are stuck do the least harm: the cost of
/// a column is how far its stuck cells are from the levels they should have, times what a step of it counts in
/// an output. Stuck cells are found as hardware finds them, by programming all cells to either end, so `cell`
/// has just been programmed. `highest`: level.
std::vector<int64_t> places_for(std::span<const ColumnToPlace> columns, const device::Cell& cell,
                                const device::CellsAt& at, int64_t rows, int64_t physical_columns,
                                int32_t highest);

}  // namespace ohmweave::array
