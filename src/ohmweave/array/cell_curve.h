// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ohmweave::array {

/// What current a cell carries at a voltage, as I = G f(V): f is in volts, rises everywhere, and f(0) = 0.
class CellCurve {
 public:
  /// f(V) = V.
  CellCurve() = default;
  /// f(V) = sinh(steepness V) / steepness, with steepness > 0 in 1/V: G is the conductance at 0 V.
  static CellCurve sinh(double steepness);
  /// Straight lines between points (V, f), both rising from point to point, continued beyond the ends; (0, 0)
  /// lies on them. Throws base::Failure, in the name of `source`, if the points are not like that.
  static CellCurve table(std::vector<double> volts, std::vector<double> values, const std::string& source);

  bool linear() const { return kind_ == Kind::Linear; }
  /// The expression f of SPICE for the voltage between two nodes.
  std::string spice(const std::string& from, const std::string& to) const;
  double value(double volts) const;
  /// f and df/dV of many voltages.
  void evaluate(std::span<const double> volts, std::span<double> values, std::span<double> slopes) const;

 private:
  enum class Kind { Linear, Sinh, Table };
  struct Point {
    double value, slope;
  };
  size_t line_of(double volts) const;
  Point on_table(double volts) const;

  Kind kind_ = Kind::Linear;
  double steepness_ = 0;
  std::vector<double> volts_, values_, slopes_;
  double points_per_volt_ = 0;  // of a table whose points are evenly spaced
};

}  // namespace ohmweave::array
