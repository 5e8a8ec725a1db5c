// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>

namespace ohmweave::units {

/// A physical quantity with the dimension metre^M kilogram^K second^S ampere^A kelvin^T bit^B, held in SI units
/// (data in bits). Adding unlike quantities does not compile; a product of quantities has the product of their
/// dimensions, and a dimensionless result is a double. Numbers enter by si() or units::parse, and leave by
/// .si() or units::print.
template <int M, int K, int S, int A = 0, int T = 0, int B = 0>
class Quantity {
 public:
  constexpr Quantity() = default;
  static constexpr Quantity from_si(double value) { return Quantity(value); }
  constexpr double si() const { return si_; }

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity operator-() const { return Quantity(-si_); }
  constexpr Quantity& operator+=(Quantity o) { return si_ += o.si_, *this; }
  constexpr Quantity& operator-=(Quantity o) { return si_ -= o.si_, *this; }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.si_ + b.si_); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.si_ - b.si_); }
  friend constexpr Quantity operator*(Quantity a, double b) { return Quantity(a.si_ * b); }
  friend constexpr Quantity operator*(double a, Quantity b) { return Quantity(a * b.si_); }
  friend constexpr Quantity operator/(Quantity a, double b) { return Quantity(a.si_ / b); }

 private:
  constexpr explicit Quantity(double value) : si_(value) {}
  double si_ = 0;
};

template <int M, int K, int S, int A, int T, int B>
constexpr auto make(double si) {
  if constexpr (M == 0 && K == 0 && S == 0 && A == 0 && T == 0 && B == 0) {
    return si;
  } else {
    return Quantity<M, K, S, A, T, B>::from_si(si);
  }
}

template <int... P, int... Q>
requires(sizeof...(P) == sizeof...(Q)) constexpr auto operator*(Quantity<P...> a, Quantity<Q...> b) {
  return make<(P + Q)...>(a.si() * b.si());
}
template <int... P, int... Q>
requires(sizeof...(P) == sizeof...(Q)) constexpr auto operator/(Quantity<P...> a, Quantity<Q...> b) {
  return make<(P - Q)...>(a.si() / b.si());
}
template <int... P>
constexpr auto operator/(double a, Quantity<P...> b) {
  return make<(-P)...>(a / b.si());
}

using Length = Quantity<1, 0, 0>;
using Area = Quantity<2, 0, 0>;
using Time = Quantity<0, 0, 1>;
using Frequency = Quantity<0, 0, -1>;
using Energy = Quantity<2, 1, -2>;
using Power = Quantity<2, 1, -3>;
using Current = Quantity<0, 0, 0, 1>;
using Charge = Quantity<0, 0, 1, 1>;
using Voltage = Quantity<2, 1, -3, -1>;
using Resistance = Quantity<2, 1, -3, -2>;
using Conductance = Quantity<-2, -1, 3, 2>;
using Capacitance = Quantity<-2, -1, 4, 2>;
using Temperature = Quantity<0, 0, 0, 0, 1>;
using Data = Quantity<0, 0, 0, 0, 0, 1>;
using DataRate = Quantity<0, 0, -1, 0, 0, 1>;
using EnergyPerData = Quantity<2, 1, -2, 0, 0, -1>;

/// An area in squares of the half pitch F of a technology, as memory cells are quoted.
class CellArea {
 public:
  constexpr CellArea() = default;
  static constexpr CellArea from_squares(double f2) { return CellArea(f2); }
  constexpr double squares() const { return f2_; }
  constexpr Area at(Length half_pitch) const { return f2_ * (half_pitch * half_pitch); }
  constexpr auto operator<=>(const CellArea&) const = default;

 private:
  constexpr explicit CellArea(double f2) : f2_(f2) {}
  double f2_ = 0;
};

/// Event time of the timing engine: a whole number of picoseconds, so that runs repeat exactly.
using Picoseconds = int64_t;
constexpr double kPicosecond = 1e-12;
constexpr Time to_time(Picoseconds t) { return Time::from_si(static_cast<double>(t) * kPicosecond); }
/// Rounded up: what takes a fraction of a picosecond more is not finished before. A hair of 1e-9 ps absorbs the
/// representation error of decimal literals such as 100 ns.
inline Picoseconds to_picoseconds(Time t) {
  return static_cast<Picoseconds>(std::ceil(t.si() / kPicosecond - 1e-6));
}

}  // namespace ohmweave::units
