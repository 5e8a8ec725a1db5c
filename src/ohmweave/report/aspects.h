// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ohmweave/report/report.h"

namespace ohmweave::report {

/// A figure that reports are compared by: a line of a comparison, a column and an objective of a sweep.
struct Aspect {
  enum class Better { Less, More, Neither };
  std::string key;   // "energy"
  std::string unit;  // of the value, as keys of reports name it: "J", "per_s"; empty for pure numbers
  std::string name;  // for people
  Better better = Better::Neither;
  bool ratio = true;  // whether a quotient of two of them says anything
  std::function<std::optional<double>(const Report&)> value;
  std::function<std::string(double)> print;

  /// "energy_J".
  std::string column() const { return unit.empty() ? key : key + "_" + unit; }
};

/// What costs and mappings are compared by.
std::vector<Aspect> cost_aspects();
/// What values are compared by, where they are like these.
std::vector<Aspect> value_aspects(const Values& like);

}  // namespace ohmweave::report
