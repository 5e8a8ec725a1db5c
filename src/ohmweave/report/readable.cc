// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/readable.h"

#include <fmt/format.h>

#include "ohmweave/report/numbers.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {

std::string seconds_text(double s) { return units::print(units::Time::from_si(s)); }
std::string joules_text(double j) { return units::print(units::Energy::from_si(j)); }
std::string watts_text(double w) { return units::print(units::Power::from_si(w)); }
std::string area_text(double m2) { return in_unit(m2, "mm^2"); }
std::string rate_text(double per_s) { return units::print_count(per_s) + "/s"; }
std::string accuracy_text(double fraction) { return fmt::format("{:.2f} %", 100 * fraction); }
std::string figure_text(const Figure& f, double value) {
  switch (f.kind) {
    case Figure::Kind::Fraction:
      return accuracy_text(value);
    case Figure::Kind::Count:
      return units::print_count(value, 6);
    default:
      return fmt::format("{:.4f}", value);
  }
}
std::string agreement_name(const Values& v) {
  return v.metric == MetricKind::NextToken ? "same token as exact" : "same class as exact";
}

}  // namespace ohmweave::report
