// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ohmweave/logic/method.h"

namespace ohmweave::logic {

/// What arithmetic inside rows has to give, in plain integer arithmetic: the results of a program in the order
/// of its outputs, each of as many 64-bit words as it takes, low word first. `c` is asked of Mac only; its
/// words are as many as its bits take. A division by zero or with a quotient that does not fit gives no words.
std::vector<uint64_t> expected_result(Arithmetic operation, LogicFormat format, std::span<const uint64_t> a,
                                      std::span<const uint64_t> b, std::span<const uint64_t> c = {});

/// The same of floating-point numbers.
uint64_t expected_float(Arithmetic operation, LogicFormat format, uint64_t a, uint64_t b, uint64_t c = 0);

/// IEEE 754 (2019) in any format of up to 64 bits: round to nearest, ties to even, subnormal numbers in and
/// out. NaN is always the positive quiet one without payload.
uint64_t float_sum(LogicFormat format, uint64_t a, uint64_t b);
uint64_t float_product(LogicFormat format, uint64_t a, uint64_t b);
uint64_t float_quotient(LogicFormat format, uint64_t a, uint64_t b);

/// The pattern nearest to a number, ties to even; and the number of a pattern, exactly if a double can hold it.
uint64_t float_pattern(LogicFormat format, double value);
double float_value(LogicFormat format, uint64_t bits);
/// Whether a double holds every number of the format.
inline bool fits_double(LogicFormat format) { return format.exponent <= 11 && format.bits <= 52; }

/// Parts of a floating-point pattern.
struct FloatPattern {
  LogicFormat format;
  uint64_t bits = 0;

  uint64_t sign_bit() const { return uint64_t{1} << (format.width() - 1); }
  uint64_t infinity() const { return ((uint64_t{1} << format.exponent) - 1) << format.bits; }
  uint64_t smallest_normal() const { return uint64_t{1} << format.bits; }
  uint64_t quiet_nan() const { return infinity() | uint64_t{1} << (format.bits - 1); }
  uint64_t magnitude() const { return bits & (sign_bit() - 1); }
  bool negative() const { return (bits & sign_bit()) != 0; }
  bool zero() const { return magnitude() == 0; }
  bool normal() const { return magnitude() >= smallest_normal() && magnitude() < infinity(); }
  bool infinite() const { return magnitude() == infinity(); }
  bool nan() const { return magnitude() > infinity(); }
};

}  // namespace ohmweave::logic
