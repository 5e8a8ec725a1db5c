// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/curve.h"

#include <algorithm>
#include <cmath>

namespace ohmweave::device {
namespace {

constexpr double kLeast = 1e-7;

double value_of(const CurvePiece& piece, double g) {
  double value = 0;
  for (size_t k = piece.polynomial.size(); k-- > 0;) value = value * g + piece.polynomial[k];
  if (piece.logarithm != 0) value += piece.logarithm * std::log(g);
  if (piece.factor != 0) value += piece.factor * std::pow(g, piece.power);
  if (piece.saturation != 0) value -= piece.saturation * std::expm1(-g / piece.scale);
  if (piece.within && piece.within->low) value = std::max(value, *piece.within->low);
  if (piece.within && piece.within->high) value = std::min(value, *piece.within->high);
  return value;
}

bool is_constant(const CurvePiece& p) {
  return !p.below && p.polynomial.size() == 1 && p.logarithm == 0 && p.factor == 0 && p.saturation == 0 &&
         !p.within;
}

}  // namespace

Curve Curve::constant(double value) {
  Curve curve;
  curve.pieces.emplace_back().polynomial = {value};
  return curve;
}

double Curve::at(double g) const {
  g = std::max(g, kLeast);
  for (const CurvePiece& piece : pieces) {
    if (!piece.below || g < *piece.below) return value_of(piece, g);
  }
  return pieces.empty() ? 0 : value_of(pieces.back(), g);
}

bool Curve::operator==(double value) const {
  return pieces.empty() ? value == 0
                        : pieces.size() == 1 && is_constant(pieces[0]) && pieces[0].polynomial[0] == value;
}

}  // namespace ohmweave::device

namespace ohmweave::config {

using device::Curve;
using device::CurvePiece;

bool Value<Curve>::decode(const Node& n, Curve& v, base::Diagnostics& d) {
  v.pieces.clear();
  if (n.kind == Node::Kind::Scalar) {
    double constant = 0;
    if (!decode_number(n, constant, d)) return false;
    v = Curve::constant(constant);
    return true;
  }
  if (n.kind == Node::Kind::Mapping) return Value<CurvePiece>::decode(n, v.pieces.emplace_back(), d);
  bool good = true;
  for (size_t k = 0; k < n.items.size(); ++k) {
    CurvePiece& piece = v.pieces.emplace_back();
    good &= Value<CurvePiece>::decode(n.items[k], piece, d);
    if (good && !piece.below && k + 1 < n.items.size()) {
      d.error(n.items[k].span, "a piece that is not the last needs a 'below'");
      good = false;
    }
    if (good && k > 0 && piece.below && *piece.below <= *v.pieces[k - 1].below) {
      d.error(n.items[k].find("below")->span, "pieces stand in order of their 'below'");
      good = false;
    }
  }
  return good;
}

Node Value<Curve>::encode(const Curve& v) {
  if (v.pieces.empty()) return scalar("");
  if (v.pieces.size() == 1 && device::is_constant(v.pieces[0]))
    return Value<double>::encode(v.pieces[0].polynomial[0]);
  if (v.pieces.size() == 1) return Value<CurvePiece>::encode(v.pieces[0]);
  return Value<std::vector<CurvePiece>>::encode(v.pieces);
}

}  // namespace ohmweave::config
