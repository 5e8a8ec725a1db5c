// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/cell_curve.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

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
  const double even =
      (curve.volts_.back() - curve.volts_.front()) / static_cast<double>(curve.volts_.size() - 1);
  curve.points_per_volt_ = 1 / even;
  for (size_t k = 1; k < curve.volts_.size(); ++k) {
    const double step = curve.volts_[k] - curve.volts_[k - 1];
    curve.slopes_.push_back((curve.values_[k] - curve.values_[k - 1]) / step);
    if (!(std::abs(step - even) <= 1e-9 * even) || !std::isfinite(1 / even)) curve.points_per_volt_ = 0;
  }
  if (const double rest = curve.value(0); std::abs(rest) > 1e-12 * curve.values_.back())
    base::fail(
        source,
        fmt::format("a cell without voltage carries no current, but here the value at 0 V is {:g}", rest));
  return curve;
}

namespace {

std::pair<double, double> on_sinh(double steepness, double v) {
  const double e = std::expm1(std::abs(steepness * v));  // exact also near 0
  const double value = (e + e / (e + 1)) / 2 / steepness, slope = 1 + e * e / (2 * (e + 1));
  return {std::copysign(value, v), slope};
}

}  // namespace

/// The point of the table that begins the line that v is on.
size_t CellCurve::line_of(double v) const {
  const size_t last = volts_.size() - 2;
  if (points_per_volt_ == 0)
    return static_cast<size_t>(std::upper_bound(volts_.begin() + 1, volts_.end() - 1, v) - volts_.begin() - 1);
  const double place =
      std::min(std::max(0.0, (v - volts_.front()) * points_per_volt_), static_cast<double>(last));
  auto line = static_cast<size_t>(place);  // or one beside it, by rounding
  if (line > 0 && v < volts_[line]) --line;
  if (line < last && v >= volts_[line + 1]) ++line;
  return line;
}

CellCurve::Point CellCurve::on_table(double v) const {
  const size_t line = line_of(v);
  return {values_[line] + slopes_[line] * (v - volts_[line]), slopes_[line]};
}

double CellCurve::value(double volts) const {
  switch (kind_) {
    case Kind::Linear:
      return volts;
    case Kind::Sinh:
      return on_sinh(steepness_, volts).first;
    case Kind::Table:
      return on_table(volts).value;
  }
  return 0;
}

void CellCurve::evaluate(std::span<const double> volts, std::span<double> values,
                         std::span<double> slopes) const {
  for (size_t k = 0; k < volts.size(); ++k) {
    switch (kind_) {
      case Kind::Linear:
        values[k] = volts[k];
        slopes[k] = 1;
        break;
      case Kind::Sinh:
        std::tie(values[k], slopes[k]) = on_sinh(steepness_, volts[k]);
        break;
      case Kind::Table:
        const Point p = on_table(volts[k]);
        values[k] = p.value;
        slopes[k] = p.slope;
    }
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
  add(-kFar, on_table(-kFar).value);
  for (size_t k = 0; k < volts_.size(); ++k) add(volts_[k], values_[k]);
  add(kFar, on_table(kFar).value);
  return fmt::format("pwl({}{})", v, points);
}

}  // namespace ohmweave::array
