// SPDX-License-Identifier: Apache-2.0
// From measurements of cells to a device file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ohmweave/device/device.h"
#include "ohmweave/device/likelihood.h"
#include "ohmweave/device/measurements.h"

namespace ohmweave::device {

/// A model that was tried: `text` is what it says, in siemens and relative conductances.
struct TriedModel {
  std::string name;
  Likelihood likelihood;
  double criterion = 0;  // Akaike's, less that of the best
};

/// What was measured of cells with one target, or with neighbouring ones whose mean it is, and what the fitted
/// device has instead. Siemens.
struct FitLevel {
  double target = 0;
  int64_t cells = 0, zeros = 0;
  double mean = 0, deviation = 0;  // of what was programmed: drift and read noise are taken off
  double fitted_mean = 0, fitted_deviation = 0;
  int64_t reads = 0;  // degrees of freedom
  double read_deviation = 0, fitted_read_deviation = 0;
  int64_t drifting = 0;
  double exponent = 0, exponent_deviation = 0, fitted_exponent = 0, fitted_exponent_deviation = 0;

  /// How far the measured mean and deviation are off the fitted ones, in standard errors.
  double mean_in_errors() const;
  double deviation_in_errors() const;
};

struct FitOptions {
  std::string name = "fitted";
  std::optional<double> drift_start;  // s; default: fitted where three times were measured, else 1 s
};

struct DeviceFit {
  std::string name, source;
  int64_t rows = 0, cells = 0;
  double on = 0, off = 0;
  std::optional<int> bits;  // where the levels are as many as a cell of so many bits has
  bool own_levels = false;  // cells miss their targets on average; levels are what they conduct
  std::vector<FitLevel> levels;
  std::vector<TriedModel> errors, noises, drifts;  // the best first; empty: nothing to fit it to
  std::optional<Estimate> drift_start;             // s
  std::vector<double> residuals;                   // of cells, in fitted deviations
  double kolmogorov = 0;                           // largest distance of their distribution from a normal one
  std::vector<std::string> remarks;
  std::string yaml;  // the device file
  CellSpec cell;     // as it reads
};
/// Throws base::Failure if the measurements cannot tell anything.
DeviceFit fit_device(const Measurements& measurements, const FitOptions& options);

}  // namespace ohmweave::device
