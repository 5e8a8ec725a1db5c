// SPDX-License-Identifier: Apache-2.0
// How reports word their figures, the same in every table and picture.
#pragma once

#include <string>

#include "ohmweave/report/measure.h"

namespace ohmweave::report {

std::string seconds_text(double seconds);
std::string joules_text(double joules);
std::string watts_text(double watts);
std::string area_text(double square_metres);
std::string rate_text(double per_second);
std::string accuracy_text(double fraction);
/// A value of a metric's figure.
std::string figure_text(const Figure& figure, double value);
/// What the share of equal choices is called.
std::string agreement_name(const Values& values);

}  // namespace ohmweave::report
