// SPDX-License-Identifier: Apache-2.0
// The models that measurements are compared with, and the keys of a device file that say them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ohmweave/device/fit.h"

namespace ohmweave::device {

/// A value for each level with what is known of it: as many values, their sums, and the variance that a
/// measurement adds.
struct LevelSums {
  double g = 0;       // target over the highest
  double target = 0;  // siemens
  double n = 0, sum = 0, squares = 0, log_sum = 0, log_squares = 0;
  double zeros = 0;  // values cut off at 0
  double added = 0;  // variance
};

struct Candidate {
  std::string name;
  std::vector<double> start, scale;
  std::function<double(const std::vector<double>&)> log_likelihood;
  std::function<std::string(const Likelihood&)> keys;  // lines of a block of the device file, indented
  /// What it gives at a target: deviation of an error, variance of a read, or mean and deviation of an
  /// exponent.
  std::function<std::pair<double, double>(const Likelihood&, double target)> at;
};
/// Errors of programming about `centre`, in units of `unit` siemens.
std::vector<Candidate> error_models(const std::vector<LevelSums>& sums, double on);
std::vector<Candidate> noise_models(const std::vector<LevelSums>& sums, double on);
/// `rough`: the same exponents of fewer levels, with several cells each, for where a search begins.
std::vector<Candidate> drift_models(const std::vector<LevelSums>& sums, const std::vector<LevelSums>& rough,
                                    double on);

struct Chosen {
  Candidate model;
  Likelihood likelihood;
  std::vector<TriedModel> tried;  // the best first
};
Chosen choose(const std::vector<Candidate>& candidates);

/// What a device file says: null where there was nothing to fit.
struct ChosenModels {
  const Chosen *error, *drift, *noise;
};
/// The text of the device file, each block with the standard errors of its numbers.
std::string device_file(const DeviceFit& fit, std::optional<double> temperature, const ChosenModels& models);
/// The cell that this file is.
CellSpec read_device_file(const DeviceFit& fit);

}  // namespace ohmweave::device
