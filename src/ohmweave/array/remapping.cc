// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/remapping.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ohmweave/base/check.h"

namespace ohmweave::array {

std::vector<int64_t> assign(std::span<const double> costs, int64_t jobs, int64_t workers) {
  OHMWEAVE_CHECK(jobs <= workers, "more jobs than workers");
  constexpr double kFar = std::numeric_limits<double>::infinity();
  const auto n = static_cast<size_t>(workers) + 1;
  // Job and worker 0 are nobody: every path starts there.
  std::vector<double> of_job(static_cast<size_t>(jobs) + 1, 0), of_worker(n, 0);
  std::vector<size_t> job_of(n, 0), came_from(n, 0);
  for (size_t job = 1; job <= static_cast<size_t>(jobs); ++job) {
    std::vector<double> least(n, kFar);
    std::vector<bool> done(n, false);
    size_t at = 0;
    job_of[0] = job;
    do {
      done[at] = true;
      const size_t own = job_of[at];
      double step = kFar;
      size_t next = 0;
      for (size_t w = 1; w < n; ++w) {
        if (done[w]) continue;
        const double reduced =
            costs[(own - 1) * static_cast<size_t>(workers) + w - 1] - of_job[own] - of_worker[w];
        if (reduced < least[w]) {
          least[w] = reduced;
          came_from[w] = at;
        }
        if (least[w] < step) {
          step = least[w];
          next = w;
        }
      }
      for (size_t w = 0; w < n; ++w) {
        if (done[w]) {
          of_job[job_of[w]] += step;
          of_worker[w] -= step;
        } else {
          least[w] -= step;
        }
      }
      at = next;
    } while (job_of[at] != 0);
    for (; at != 0; at = came_from[at]) job_of[at] = job_of[came_from[at]];
  }
  std::vector<int64_t> out(static_cast<size_t>(jobs));
  for (size_t w = 1; w < n; ++w) {
    if (job_of[w] != 0) out[job_of[w] - 1] = static_cast<int64_t>(w) - 1;
  }
  return out;
}

std::vector<int64_t> places_for(std::span<const ColumnToPlace> columns, const device::Cell& cell,
                                const device::CellsAt& at, int64_t rows, int64_t physical_columns,
                                int32_t highest) {
  const auto cells = static_cast<size_t>(rows * physical_columns);
  std::vector<float> low(cells), high(cells);
  cell.program(std::vector<int32_t>(cells, 0), at, low);
  cell.program(std::vector<int32_t>(cells, highest), at, high);
  struct Stuck {
    int64_t row;
    double steps;
  };
  std::vector<std::vector<Stuck>> stuck(static_cast<size_t>(physical_columns));
  for (size_t k = 0; k < cells; ++k) {
    if (std::abs(high[k] - low[k]) > 0.5F * static_cast<float>(highest)) continue;
    stuck[k / static_cast<size_t>(rows)].push_back(
        {static_cast<int64_t>(k) % rows, 0.5 * (static_cast<double>(high[k]) + static_cast<double>(low[k]))});
  }
  std::vector<double> costs;
  for (const ColumnToPlace& c : columns) {
    double weight = 0;  // a unit column errs in all outputs
    for (const auto& [output, coefficient] : c.column->targets)
      weight += std::abs(static_cast<double>(coefficient));
    const auto own = static_cast<int64_t>(c.column->levels.size());
    for (const std::vector<Stuck>& column : stuck) {
      double off = 0;
      for (const Stuck& s : column) {
        const int64_t row = s.row - c.first_row;
        if (row >= 0 && row < own)
          off += std::abs(s.steps - static_cast<double>(c.column->levels[static_cast<size_t>(row)]));
      }
      costs.push_back(weight * off);
    }
  }
  return assign(costs, static_cast<int64_t>(columns.size()), physical_columns);
}

}  // namespace ohmweave::array
