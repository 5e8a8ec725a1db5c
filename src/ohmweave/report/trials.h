// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace ohmweave::report {

struct Report;

/// One figure over trials that differ in their seed alone: what chance does to it.
struct TrialFigure {
  std::string key, unit, name;            // as of report::Aspect
  std::vector<double> values;             // by trial
  double mean = 0, deviation = 0;         // deviation of one trial, estimated with one degree of freedom less
  double low = 0, high = 0;               // of the mean, with 95 % confidence (Student's t)
  double least = 0, most = 0, worst = 0;  // worst: the least or the most, whatever is no better
  uint64_t worst_seed = 0;
};
struct Trials {
  std::vector<uint64_t> seeds;
  std::vector<TrialFigure> figures;
};

/// The figures of values that reports are compared by, over reports of the same samples. At least two.
Trials summarize(const std::vector<const Report*>& trials);

/// What values of trials, at least one, tell about all that there could be. One trial has no spread: low and
/// high are its value.
struct TrialSpread {
  double mean = 0, deviation = 0, low = 0, high = 0;  // as of TrialFigure
};
TrialSpread spread_of(const std::vector<double>& values);

/// The t that a fraction of 0.975 of Student's distribution lies below: exact for one and two degrees of
/// freedom, within 0.1 % of it from three on (Abramowitz and Stegun, 26.7.5).
double students_t(int64_t degrees_of_freedom);

std::string trials_text(const Trials& trials, const Report& report, bool colour);
nlohmann::ordered_json trials_json(const Trials& trials);

}  // namespace ohmweave::report
