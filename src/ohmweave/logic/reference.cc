// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/reference.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace ohmweave::logic {
namespace {

__extension__ using Wide = unsigned __int128;

int bit_width(Wide x) {
  const auto high = static_cast<uint64_t>(x >> 64);
  return high != 0 ? 64 + std::bit_width(high) : std::bit_width(static_cast<uint64_t>(x));
}
Wide low_bits(Wide x, int bits) { return bits >= 128 ? x : x & ((Wide{1} << bits) - 1); }
Wide shifted_right(Wide x, int bits) { return bits >= 128 ? 0 : x >> bits; }

/// A finite number: significand * 2^scale.
struct Finite {
  bool negative;
  Wide significand;
  int scale;
};

int bias(LogicFormat format) { return (1 << (format.exponent - 1)) - 1; }
/// The power of two of the last place of subnormal numbers.
int least_scale(LogicFormat format) { return 1 - bias(format) - format.bits; }

Finite finite(const FloatPattern& x) {
  const auto exponent = static_cast<int>(x.magnitude() >> x.format.bits);
  const uint64_t fraction = x.magnitude() & (x.smallest_normal() - 1);
  return {x.negative(), exponent == 0 ? fraction : fraction | x.smallest_normal(),
          least_scale(x.format) + std::max(exponent, 1) - 1};
}

/// The pattern nearest to (x.significand + something in (0, 1) if `sticky`) * 2^x.scale. A sticky number has
/// more bits than the format keeps.
uint64_t rounded(LogicFormat format, const Finite& x, bool sticky) {
  const FloatPattern pattern{format};
  const uint64_t sign = x.negative ? pattern.sign_bit() : 0;
  if (x.significand == 0) return sign;
  const int least = least_scale(format);
  const int drop = std::max(bit_width(x.significand) - (format.bits + 1), least - x.scale);
  Wide kept = 0;
  if (drop <= 0) {
    kept = x.significand << -drop;
  } else {
    kept = shifted_right(x.significand, drop);
    const bool half = (shifted_right(x.significand, drop - 1) & 1) != 0;
    const bool more = sticky || low_bits(x.significand, drop - 1) != 0;
    if (half && (more || (kept & 1) != 0)) ++kept;
  }
  // The leading 1 counts into the exponent; so does a carry out of rounding.
  const Wide magnitude = (static_cast<Wide>(x.scale + drop - least) << format.bits) + kept;
  return sign | static_cast<uint64_t>(std::min(magnitude, static_cast<Wide>(pattern.infinity())));
}

/// The significand with its leading 1 at the format's place, where it has one.
Finite normalised(LogicFormat format, Finite x) {
  const int up = x.significand == 0 ? 0 : format.bits + 1 - bit_width(x.significand);
  return {x.negative, x.significand << up, x.scale - up};
}

constexpr int kGuard = 64;  // places kept below a sum's larger operand: more than any format's significand has

uint64_t sum_of_finite(LogicFormat format, Finite a, Finite b) {
  if (a.scale < b.scale || (a.scale == b.scale && a.significand < b.significand)) std::swap(a, b);
  const int distance = kGuard - (a.scale - b.scale);
  const Wide larger = a.significand << kGuard;
  Wide smaller = 0;
  bool sticky = false;
  if (distance >= 0) {
    smaller = b.significand << distance;
  } else {
    smaller = shifted_right(b.significand, -distance);
    sticky = low_bits(b.significand, -distance) != 0;
  }
  if (a.negative == b.negative)
    return rounded(format, {a.negative, larger + smaller, a.scale - kGuard}, sticky);
  if (larger == smaller && !sticky) return 0;
  if (smaller > larger) return rounded(format, {b.negative, smaller - larger, a.scale - kGuard}, sticky);
  return rounded(format, {a.negative, larger - smaller - (sticky ? 1 : 0), a.scale - kGuard}, sticky);
}

}  // namespace

uint64_t float_sum(LogicFormat format, uint64_t a_bits, uint64_t b_bits) {
  const FloatPattern a{format, a_bits}, b{format, b_bits};
  if (a.nan() || b.nan()) return a.quiet_nan();
  if (a.infinite() && b.infinite() && a.negative() != b.negative()) return a.quiet_nan();
  if (a.infinite()) return a_bits;
  if (b.infinite()) return b_bits;
  if (a.zero() && b.zero()) return a_bits & b_bits;
  return sum_of_finite(format, finite(a), finite(b));
}

uint64_t float_product(LogicFormat format, uint64_t a_bits, uint64_t b_bits) {
  const FloatPattern a{format, a_bits}, b{format, b_bits};
  const uint64_t sign = (a_bits ^ b_bits) & a.sign_bit();
  if (a.nan() || b.nan() || (a.infinite() && b.zero()) || (a.zero() && b.infinite())) return a.quiet_nan();
  if (a.infinite() || b.infinite()) return sign | a.infinity();
  const Finite x = finite(a), y = finite(b);
  return rounded(format, {sign != 0, x.significand * y.significand, x.scale + y.scale}, false);
}

uint64_t float_quotient(LogicFormat format, uint64_t a_bits, uint64_t b_bits) {
  const FloatPattern a{format, a_bits}, b{format, b_bits};
  const uint64_t sign = (a_bits ^ b_bits) & a.sign_bit();
  if (a.nan() || b.nan() || (a.infinite() && b.infinite()) || (a.zero() && b.zero())) return a.quiet_nan();
  if (a.infinite() || b.zero()) return sign | a.infinity();
  if (b.infinite() || a.zero()) return sign;
  const Finite x = normalised(format, finite(a)), y = normalised(format, finite(b));
  const int more = format.bits + 3;  // quotients then have two bits to spare
  const Wide dividend = x.significand << more;
  return rounded(format, {sign != 0, dividend / y.significand, x.scale - y.scale - more},
                 dividend % y.significand != 0);
}

uint64_t float_pattern(LogicFormat format, double value) {
  const FloatPattern pattern{format};
  if (std::isnan(value)) return pattern.quiet_nan();
  const uint64_t sign = std::signbit(value) ? pattern.sign_bit() : 0;
  if (std::isinf(value)) return sign | pattern.infinity();
  int exponent = 0;
  const double significand = std::frexp(std::fabs(value), &exponent);
  return rounded(format, {sign != 0, static_cast<uint64_t>(std::ldexp(significand, 53)), exponent - 53}, false);
}

double float_value(LogicFormat format, uint64_t bits) {
  const FloatPattern pattern{format, bits};
  const double sign = pattern.negative() ? -1 : 1;
  if (pattern.nan()) return std::numeric_limits<double>::quiet_NaN();
  if (pattern.infinite()) return sign * std::numeric_limits<double>::infinity();
  const Finite x = finite(pattern);
  return sign * std::ldexp(static_cast<double>(static_cast<uint64_t>(x.significand)), x.scale);
}

namespace {

Wide wide(std::span<const uint64_t> words) {
  Wide value = 0;
  for (size_t i = words.size(); i-- > 0;) value = value << 64 | words[i];
  return value;
}
std::vector<uint64_t> words_of(Wide value, int bits) {
  std::vector<uint64_t> words{static_cast<uint64_t>(low_bits(value, bits))};
  if (bits > 64) words.push_back(static_cast<uint64_t>(low_bits(value, bits) >> 64));
  return words;
}

std::vector<uint64_t> whole_result(Arithmetic operation, int bits, Wide a, Wide b, Wide c) {
  switch (operation) {
    case Arithmetic::Add:
      return words_of(a + b, bits);
    case Arithmetic::Sub:
      return words_of(a - b, bits);
    case Arithmetic::Mul:
      return words_of(a * b, 2 * bits);
    case Arithmetic::Mac:
      return words_of(a * b + c, 2 * bits);
    default:
      if (b == 0 || a / b >> bits != 0) return {};
      return {static_cast<uint64_t>(a / b), static_cast<uint64_t>(a % b)};
  }
}

}  // namespace

uint64_t expected_float(Arithmetic operation, LogicFormat format, uint64_t a, uint64_t b, uint64_t c) {
  switch (operation) {
    case Arithmetic::Fadd:
      return float_sum(format, a, b);
    case Arithmetic::Fsub:
      return float_sum(format, a, b ^ FloatPattern{format}.sign_bit());
    case Arithmetic::Fmul:
      return float_product(format, a, b);
    case Arithmetic::Fdiv:
      return float_quotient(format, a, b);
    default:
      return float_sum(format, float_product(format, a, b), c);
  }
}

std::vector<uint64_t> expected_result(Arithmetic operation, LogicFormat format, std::span<const uint64_t> a,
                                      std::span<const uint64_t> b, std::span<const uint64_t> c) {
  if (!format.floating()) return whole_result(operation, format.bits, wide(a), wide(b), wide(c));
  return {expected_float(operation, format, a[0], b[0], c.empty() ? 0 : c[0])};
}

}  // namespace ohmweave::logic
