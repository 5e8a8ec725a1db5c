// SPDX-License-Identifier: Apache-2.0
// Measurements sorted by what each tells: reads of a cell at one time, a cell over time, cells of one target.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "ohmweave/device/likelihood.h"
#include "ohmweave/device/measurements.h"

namespace ohmweave::device {

/// Reads of one cell at one time.
struct ReadGroup {
  double time = 0, mean = 0;
  int64_t reads = 0;
  double squares = 0;  // of the differences from the mean
};
/// One programming of one cell.
struct CellTrack {
  size_t level = 0;  // of targets, in order
  std::vector<ReadGroup> times;
};
struct FitData {
  std::vector<double> targets;  // rising
  std::vector<size_t> groups;   // of each target: cells of a group are shown together
  std::vector<CellTrack> cells;
  std::vector<double> times;  // rising, without repetition
};
FitData sort_measurements(const Measurements& measurements);

/// Variances of reads, pooled: sum of squares, its degrees of freedom, and that of the squared conductances.
struct ReadSums {
  double squares = 0, conductance = 0;
  int64_t freedom = 0;

  double root_mean_square() const { return std::sqrt(conductance / static_cast<double>(freedom)); }
};
/// A cell's way down: ln G = level - exponent ln(1 + t / start).
struct Descent {
  size_t level = 0;
  double exponent = 0, start_value = 0;        // siemens at t = 0
  double exponent_scale = 0, value_scale = 0;  // what a variance of ln G is multiplied with to be that of each
  double squares = 0;                          // of what is left, in ln G
  int64_t freedom = 0;
  double mean = 0;  // siemens, over the times
};
std::vector<Descent> descents(const FitData& data, double start);
/// The start that leaves the least, in seconds, over the nine decades before the last of three times or more.
Estimate drift_start(const FitData& data);

}  // namespace ohmweave::device
