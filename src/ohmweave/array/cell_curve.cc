// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/cell_curve.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/diagnostics.h"

namespace ohmweave::array {

CellCurve CellCurve::sinh(double steepness) {
  OHMWEAVE_CHECK(steepness > 0, "a steepness is above 0");
  CellCurve curve;
  curve.kind_ = Kind::Sinh;
  curve.steepness_ = steepness;
  return curve;
}

CellCurve CellCurve::table(std::vector<double> volts, std::vector<double> values, const std::string& source) {
  if (volts.size() != values.size() || volts.size() < 2)
    base::fail(source, "a curve needs at least two points of a voltage and a value");
  for (size_t k = 0; k < volts.size(); ++k) {
    if (!std::isfinite(volts[k]) || !std::isfinite(values[k]))
      base::fail(source, fmt::format("point {} of the curve is not finite", k));
    if (k > 0 && (volts[k] <= volts[k - 1] || values[k] <= values[k - 1]))
      base::fail(source, fmt::format("voltage and value must rise from point to point; point {} does not", k));
  }
  CellCurve curve;
  curve.kind_ = Kind::Table;
  curve.volts_ = std::move(volts);
  curve.values_ = std::move(values);
  if (const double rest = curve.value(0); std::abs(rest) > 1e-12 * curve.values_.back())
    base::fail(
        source,
        fmt::format("a cell without voltage carries no current, but here the value at 0 V is {:g}", rest));
  return curve;
}

namespace {

struct Point {
  double value, slope;
};

Point on_table(const std::vector<double>& volts, const std::vector<double>& values, double v) {
  const auto inner = std::upper_bound(volts.begin() + 1, volts.end() - 1, v) - volts.begin();
  const auto right = static_cast<size_t>(inner), left = right - 1;
  const double slope = (values[right] - values[left]) / (volts[right] - volts[left]);
  return {values[left] + slope * (v - volts[left]), slope};
}

Point on_sinh(double steepness, double v) {
  const double e = std::expm1(std::abs(steepness * v));  // exact also near 0
  const double value = (e + e / (e + 1)) / 2 / steepness, slope = 1 + e * e / (2 * (e + 1));
  return {std::copysign(value, v), slope};
}

}  // namespace

double CellCurve::value(double volts) const {
  switch (kind_) {
    case Kind::Linear:
      return volts;
    case Kind::Sinh:
      return on_sinh(steepness_, volts).value;
    case Kind::Table:
      return on_table(volts_, values_, volts).value;
  }
  return 0;
}

void CellCurve::evaluate(std::span<const double> volts, std::span<double> values,
                         std::span<double> slopes) const {
  for (size_t k = 0; k < volts.size(); ++k) {
    const Point p = kind_ == Kind::Linear ? Point{volts[k], 1}
                    : kind_ == Kind::Sinh ? on_sinh(steepness_, volts[k])
                                          : on_table(volts_, values_, volts[k]);
    values[k] = p.value;
    slopes[k] = p.slope;
  }
}

std::string CellCurve::spice(const std::string& from, const std::string& to) const {
  const std::string v = fmt::format("v({},{})", from, to);
  if (kind_ == Kind::Linear) return v;
  if (kind_ == Kind::Sinh) return fmt::format("sinh({:.17g}*{})/{:.17g}", steepness_, v, steepness_);
  // SPICE's own tables end flat: two more points far away continue the lines.
  std::string points;
  auto add = [&](double x, double y) { points += fmt::format(",{:.17g},{:.17g}", x, y); };
  constexpr double kFar = 1e6;  // volts
  add(-kFar, on_table(volts_, values_, -kFar).value);
  for (size_t k = 0; k < volts_.size(); ++k) add(volts_[k], values_[k]);
  add(kFar, on_table(volts_, values_, kFar).value);
  return fmt::format("pwl({}{})", v, points);
}

}  // namespace ohmweave::array
