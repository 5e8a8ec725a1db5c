// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "ohmweave/units/quantity.h"

namespace ohmweave::units {

/// Exponents of metre, kilogram, second, ampere, kelvin, bit.
using Dimension = std::array<int, 6>;

template <class Q>
struct DimensionOf;
template <int M, int K, int S, int A, int T, int B>
struct DimensionOf<Quantity<M, K, S, A, T, B>> {
  static constexpr Dimension value = {M, K, S, A, T, B};
};

/// A unit expression such as "GHz", "mm^2", "pJ/bit" or "GOPS/W". `factor` turns a number in it into SI.
struct Unit {
  Dimension dimension{};
  double factor = 1;
};

/// Reads a unit expression: symbols with SI prefixes (and Ki, Mi, Gi before B and bit), powers with ^, products
/// with *, parentheses, quotients with /. Dimensionless: "", "%", "OP". "OPS" is 1/s. Nothing if it is no unit.
std::optional<Unit> parse_unit(std::string_view text);

/// A number followed by its unit, "1.28 GHz"; the number may be followed by nothing if it is dimensionless.
struct Measure {
  double si = 0;
  Dimension dimension{};
  size_t unit_at = 0;  // where the unit begins in the text
};

/// What is wrong with a text that should have been a quantity.
struct ParseError {
  size_t offset = 0;  // in the text
  size_t length = 0;
  std::string message;
};

/// Reads "NUMBER UNIT". On failure `error` (if given) tells what and where.
std::optional<Measure> parse_measure(std::string_view text, ParseError* error = nullptr);

/// Reads a quantity of type Q; a missing or misfitting unit is an error.
template <class Q>
std::optional<Q> parse(std::string_view text, ParseError* error = nullptr) {
  std::optional<Measure> m = parse_measure(text, error);
  if (!m) return std::nullopt;
  if (m->dimension != DimensionOf<Q>::value) {
    if (error) *error = {m->unit_at, text.size() - m->unit_at, "the unit does not fit"};
    return std::nullopt;
  }
  return Q::from_si(m->si);
}

/// "F^2" is a unit of its own: a cell area needs a technology to become an area.
std::optional<CellArea> parse_cell_area(std::string_view text, ParseError* error = nullptr);

/// The unit people use for a dimension, without prefix: "s", "Hz", "J", "W", "m^2", "V", "B" ...
std::string unit_name(const Dimension& dimension);

/// For tables: three or four significant digits and an SI prefix, "1.28 GHz", "41.3 mm^2", "64 KiB".
std::string print(double si, const Dimension& dimension, int digits = 4);
template <int... P>
std::string print(Quantity<P...> q, int digits = 4) {
  return print(q.si(), {P...}, digits);
}
std::string print(CellArea a, int digits = 4);
/// A dimensionless number with a prefix letter, "1.54 G".
std::string print_count(double n, int digits = 4);

/// For configurations: the shortest text that parse() turns back into exactly this quantity.
std::string write(double si, const Dimension& dimension);
template <int... P>
std::string write(Quantity<P...> q) {
  return write(q.si(), {P...});
}

}  // namespace ohmweave::units
