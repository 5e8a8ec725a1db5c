// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/remapping.h"

#include <algorithm>
#include <numeric>

#include <gmock/gmock.h>

#include "ohmweave/base/random.h"
#include "ohmweave/device/device.h"

namespace ohmweave::array {
namespace {

double total(const std::vector<double>& costs, const std::vector<int64_t>& places, int64_t workers) {
  double sum = 0;
  for (size_t job = 0; job < places.size(); ++job)
    sum += costs[job * static_cast<size_t>(workers) + static_cast<size_t>(places[job])];
  return sum;
}

// All assignments of a few jobs, one after the other, are the oracle.
TEST(Assignment, IsTheBestOfAll) {
  base::RandomStream random(5, 0, 0);
  for (int trial = 0; trial < 60; ++trial) {
    const int64_t workers = 1 + static_cast<int64_t>(random.below(7)),
                  jobs = 1 + static_cast<int64_t>(random.below(static_cast<uint64_t>(workers)));
    std::vector<double> costs(static_cast<size_t>(jobs * workers));
    for (double& c : costs) c = random.below(3) == 0 ? 0 : random.uniform();
    std::vector<int64_t> order(static_cast<size_t>(workers));
    std::iota(order.begin(), order.end(), 0);
    double best = 1e9;
    do {
      best = std::min(best, total(costs, {order.begin(), order.begin() + jobs}, workers));
    } while (std::next_permutation(order.begin(), order.end()));
    std::vector<int64_t> ours = assign(costs, jobs, workers);
    EXPECT_NEAR(total(costs, ours, workers), best, 1e-12);
    std::sort(ours.begin(), ours.end());
    EXPECT_EQ(std::adjacent_find(ours.begin(), ours.end()), ours.end()) << "one job each";
  }
}

TEST(Remapping, ImportantColumnsAvoidStuckCells) {
  device::CellSpec spec;
  spec.bits = 2;
  spec.faults.emplace();
  spec.faults->stuck_on = 0.02;
  spec.faults->stuck_off = 0.05;
  const auto cell = device::make_cell(spec);
  constexpr int64_t kRows = 64, kColumns = 32;
  base::RandomStream random(6, 0, 0);
  std::vector<StoredColumn> stored;
  for (int64_t c = 0; c < 24; ++c) {
    StoredColumn column{std::vector<int32_t>(kRows), {{0, int64_t{1} << (2 * (c % 4))}}, false};
    for (int32_t& level : column.levels) level = static_cast<int32_t>(random.below(4));
    stored.push_back(std::move(column));
  }
  std::vector<ColumnToPlace> columns;
  for (const StoredColumn& c : stored) columns.push_back({&c, 0});
  const auto error = [&](const std::vector<int64_t>& places) {
    std::vector<int32_t> levels(kRows * kColumns, 0);
    for (size_t k = 0; k < stored.size(); ++k)
      std::copy(stored[k].levels.begin(), stored[k].levels.end(), levels.begin() + places[k] * kRows);
    std::vector<float> steps(levels.size());
    cell->program(levels, {3, 4, 0}, steps);
    double sum = 0;
    for (size_t k = 0; k < stored.size(); ++k) {
      for (int64_t r = 0; r < kRows; ++r) {
        const auto at = static_cast<size_t>(places[k] * kRows + r);
        sum += static_cast<double>(stored[k].targets[0].coefficient) *
               std::abs(steps[at] - static_cast<float>(levels[at]));
      }
    }
    return sum;
  };
  std::vector<int64_t> as_they_come(stored.size());
  std::iota(as_they_come.begin(), as_they_come.end(), 0);
  const std::vector<int64_t> ours = places_for(columns, *cell, {3, 4, 0}, kRows, kColumns, 3);
  EXPECT_GT(error(as_they_come), 0);
  EXPECT_LT(error(ours), 0.7 * error(as_they_come));
}

}  // namespace
}  // namespace ohmweave::array
