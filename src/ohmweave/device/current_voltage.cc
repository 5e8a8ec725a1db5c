// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/current_voltage.h"

#include <algorithm>
#include <cmath>

namespace ohmweave::device {
namespace {

/// Straight lines from (0, 0) through the table, the last one going on.
double interpolate(const CurrentVoltageSpec& spec, double volts, double& slope) {
  const std::vector<units::Voltage>& v = spec.voltages;
  size_t k = 0;
  while (k + 1 < v.size() && volts > v[k].si()) ++k;
  const double v0 = k == 0 ? 0 : v[k - 1].si(), i0 = k == 0 ? 0 : spec.currents[k - 1].si();
  slope = (spec.currents[k].si() - i0) / (v[k].si() - v0);
  return i0 + slope * (volts - v0);
}

}  // namespace

CurrentVoltage::CurrentVoltage(const CurrentVoltageSpec& spec) : spec_(spec) {}

double CurrentVoltage::shape(double siemens, double volts, double& slope) const {
  switch (spec_.kind) {
    case CurrentVoltageKind::Sinh: {
      const double scale = spec_.scale->si();
      slope = std::cosh(volts / scale);
      return scale * std::sinh(volts / scale);
    }
    case CurrentVoltageKind::Table:
      return interpolate(spec_, volts, slope);
    case CurrentVoltageKind::Cubic: {
      const double g = siemens / (spec_.of ? spec_.of->si() : 1e-6);
      const double square = spec_.square.at(g), cube = spec_.cube.at(g);
      slope = 1 + volts * (2 * square + volts * 3 * cube);
      return volts * (1 + volts * (square + volts * cube));
    }
    case CurrentVoltageKind::Linear:
      break;
  }
  slope = 1;
  return volts;
}

double CurrentVoltage::current(double siemens, double volts, double* slope) const {
  double steepness = 1, scale = 1;
  const double ratio = shape(siemens, std::abs(volts), steepness);
  if (spec_.read_voltage) {
    double unused = 0;
    scale = spec_.read_voltage->si() / shape(siemens, spec_.read_voltage->si(), unused);
  }
  if (slope != nullptr) *slope = siemens * scale * steepness;
  return siemens * scale * std::copysign(ratio, volts);
}

}  // namespace ohmweave::device
