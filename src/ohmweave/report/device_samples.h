// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/device/device.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {

/// What many cells programmed to one level conduct, in steps; level 0 conducts nothing where it is subtracted.
struct LevelSamples {
  int level = 0;
  std::vector<float> steps;  // in order
  double mean = 0, deviation = 0;
  double read_deviation = 0;  // of one read of a cell that conducts the mean

  /// The value that a part `q` of the cells is below.
  double quantile(double q) const;
};
/// `count` cells of every level, at the time and temperature of the cell.
struct DeviceSamples {
  std::string name;
  device::CellSpec cell;
  int64_t count = 0;
  std::vector<LevelSamples> levels;
};
DeviceSamples sample_device(const std::string& name, const device::CellSpec& cell, int64_t count,
                            uint64_t seed);

std::string samples_text(const DeviceSamples& samples, const Style& style, int columns);
nlohmann::ordered_json samples_json(const DeviceSamples& samples);
/// Distributions of all levels, SVG.
std::string samples_picture(const DeviceSamples& samples);

}  // namespace ohmweave::report
