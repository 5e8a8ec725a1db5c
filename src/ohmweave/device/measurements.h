// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ohmweave/base/diagnostics.h"

namespace ohmweave::device {

/// One measurement of a cell, in SI.
struct Measurement {
  double target = 0, measured = 0;  // siemens
  double time = 0;                  // since programming
  int64_t cell = 0;                 // a number for each name
};
struct Measurements {
  std::string name;  // of the file
  std::vector<Measurement> rows;
  bool has_time = false, has_cell = false;
  std::optional<double> temperature;  // kelvin, the mean of the column
  double coldest = 0, hottest = 0;    // kelvin, of the column
};

/// Reads a table with a row of heads: target_uS and measured_uS (or any unit of conductance), and if there are
/// such, time_s, temperature_K and cell, in any order. Throws base::Failure with the line and column of what is
/// wrong: gaps, what is no number, negative values, unknown columns.
Measurements read_measurements(const std::string& path);
Measurements parse_measurements(std::shared_ptr<const base::Source> source);

}  // namespace ohmweave::device
