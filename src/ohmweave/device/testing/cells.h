// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ohmweave/device/device.h"

namespace ohmweave::device {

/// A cell as its YAML says; throws base::Failure.
CellSpec cell_of(const std::string& yaml);

/// What `count` cells of one level conduct, in steps.
std::vector<double> programmed(const CellSpec& spec, int level, int64_t count, uint64_t seed = 1,
                               uint64_t place = 7, int64_t first = 0);

struct Moments {
  double mean = 0, deviation = 0, count = 0;

  double error_of_mean() const;
  /// Of the deviation of a normal variable.
  double error_of_deviation() const;
};
Moments moments(const std::vector<double>& values);
double correlation(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace ohmweave::device
