// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/device/cell_blocks.h"

namespace ohmweave::device {

/// The current of a cell at a voltage. It is odd in the voltage and rises with it.
class CurrentVoltage {
 public:
  explicit CurrentVoltage(const CurrentVoltageSpec& spec);

  bool linear() const { return spec_.kind == CurrentVoltageKind::Linear; }
  /// In amperes, of a cell that is said to conduct `siemens`; `slope`, if given, becomes dI/dV in siemens.
  double current(double siemens, double volts, double* slope = nullptr) const;

 private:
  double shape(double siemens, double volts, double& slope) const;  // I / G for volts >= 0

  CurrentVoltageSpec spec_;
};

}  // namespace ohmweave::device
