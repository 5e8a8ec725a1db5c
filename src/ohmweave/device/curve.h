// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ohmweave/config/fields.h"

namespace ohmweave::device {

/// A part of a function of a relative conductance g = G / of: polynomial + logarithm * ln g + factor * g^power
/// + saturation * (1 - exp(-g / scale)), kept within bounds, for g below `below` and above the piece before.
struct CurvePiece {
  std::optional<double> below;
  std::vector<double> polynomial;  // constant first
  double logarithm = 0, factor = 0, power = 0, saturation = 0, scale = 1;
  std::optional<config::Interval<double>> within;

  static constexpr auto fields() {
    using P = CurvePiece;
    return std::tuple{
        config::defaulted("below", &P::below, "relative conductance where the next piece begins").above(0),
        config::defaulted("polynomial", &P::polynomial, "coefficients, the constant first"),
        config::defaulted("logarithm", &P::logarithm, "what ln g is multiplied with"),
        config::defaulted("factor", &P::factor, "what g^power is multiplied with"),
        config::defaulted("power", &P::power, "the power of g"),
        config::defaulted("saturation", &P::saturation, "what 1 - exp(-g / scale) is multiplied with"),
        config::defaulted("scale", &P::scale, "the scale of g there").above(0),
        config::defaulted("within", &P::within, "bounds that the value is kept within")};
  }
};

/// A function of the conductance in pieces: a number, one piece, or a list of them in order.
struct Curve {
  std::vector<CurvePiece> pieces;

  bool empty() const { return pieces.empty(); }
  static Curve constant(double value);
  /// At a relative conductance; below 1e-7 as at 1e-7. 0 for a curve without pieces.
  double at(double g) const;
  bool operator==(double value) const;
};

}  // namespace ohmweave::device

template <>
struct ohmweave::config::Value<ohmweave::device::Curve> {
  static bool decode(const Node& n, ohmweave::device::Curve& v, base::Diagnostics& d);
  static Node encode(const ohmweave::device::Curve& v);
  static std::string type() { return "number, or pieces of a function of the conductance"; }
};
