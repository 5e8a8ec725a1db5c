// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "ohmweave/device/device.h"

namespace ohmweave::device {

struct CellScale;

/// The variance of one read of a cell, by what it conducts. In steps, what level 0 conducts included.
class ReadNoise {
 public:
  ReadNoise(const CellSpec& spec, const CellScale& scale);

  bool noisy() const { return noisy_; }
  /// By the formulas, each source by itself.
  double exact_variance(double conductance) const;
  /// From a table of them: deviates by less than 0.1 % of the variance at the highest level. Adds `base` to
  /// every conductance first.
  void variance(std::span<const float> steps, float base, std::span<float> out) const;

 private:
  double device_variance(double conductance) const;
  double circuit_variance(double siemens) const;

  ReadNoiseSpec spec_;
  bool noisy_ = false;
  double siemens_per_step_ = 0;  // 0: unknown
  double constant_ = 0;          // variance that does not depend on the conductance
  double of_ = 1, unit_ = 1, flicker_unit_ = 0, flicker_time_ = 0, temperature_ = 0;
  float nodes_per_root_ = 0;  // the table is even in the root of the conductance
  std::vector<float> table_;
};

}  // namespace ohmweave::device
