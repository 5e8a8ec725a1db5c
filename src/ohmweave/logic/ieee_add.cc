// SPDX-License-Identifier: Apache-2.0
// Floating-point sums: the operand of the larger magnitude first, so that no difference is negative.
#include <bit>

#include "ohmweave/logic/ieee_float.h"
#include "ohmweave/logic/ieee_parts.h"

namespace ohmweave::logic::ieee {
namespace {

/// Operands in order of magnitude.
struct Ordered {
  FloatCells larger;         // its mantissa and exponent; the result has its sign already
  Scratch smaller;           // mantissa, then exponent
  ScratchBit differ, agree;  // signs
};

Ordered put_in_order(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& larger) {
  const Word x_word = x.magnitude(), y_word = y.magnitude(), larger_word = larger.magnitude();
  Ordered ordered{larger, Scratch(row, static_cast<int>(x_word.size())), ScratchBit(row), ScratchBit(row)};
  exclusive(row, {x.sign}, {y.sign}, ordered.differ);
  row.invert(ordered.differ, ordered.agree);
  const ScratchBit x_first(row), y_first(row);
  not_less(row, x_word, y_word, x_first);
  row.invert(x_first, y_first);
  const Bit first{x_first, y_first};
  choose(row, first, x.sign, y.sign, larger.sign);
  for (size_t i = 0; i < x_word.size(); ++i) {
    choose(row, first, x_word[i], y_word[i], larger_word[i]);
    choose(row, first, y_word[i], x_word[i], ordered.smaller.cells()[i]);
  }
  return ordered;
}

/// distance = difference of exponents, where subnormal numbers have the exponent 1.
void exponent_distance(RowBuilder& row, const Word& larger, const Word& smaller, Bitline larger_leading,
                       Bitline smaller_leading, const Word& distance) {
  const ScratchBit carry(row);  // 0, one less, where only the smaller is subnormal
  row.invert(larger_leading, carry);
  either(row, carry, smaller_leading, carry);
  subtract(row, larger, smaller, distance, {}, Carry::of(carry));
}

/// NaN in, or infinities of opposite signs: those have no distance.
void find_nan(RowBuilder& row, const Kind& larger, const Ordered& ordered, const Word& distance, Bitline nan) {
  const ScratchBit apart(row), opposite(row);
  any_of(row, distance, apart);
  row.nor(apart, ordered.agree, opposite);
  nan_where(row, larger, opposite, nan);
}

/// sum = larger + smaller or, where signs differ, larger - smaller; `below` and `sticky` are places of the
/// smaller alone. `top` is the carry.
void add_places(RowBuilder& row, const Ordered& ordered, const Word& larger, const Word& smaller,
                const Word& below, Bitline sticky, const Word& sum, Bitline top) {
  const Bit differ{ordered.differ, ordered.agree};
  const ScratchBit carry(row), flipped(row);
  row.nor(ordered.agree, sticky, carry);  // what is left of adding 1 below the sticky bit, which stays as it is
  for (Bitline bit : below) {
    exclusive(row, {bit}, differ, flipped);
    half_adder(row, flipped, carry, bit, carry);
  }
  for (size_t i = 0; i < larger.size(); ++i) {
    exclusive(row, {smaller[i]}, differ, flipped);
    full_adder(row, larger[i], flipped, carry, sum[i], i + 1 < larger.size() ? Bitline(carry) : top);
  }
  row.clear_where(ordered.differ, top);
}

/// A difference of equals is +0.
void sign_of_zero(RowBuilder& row, const Ordered& ordered, Bitline leading, const FloatCells& z) {
  const Scratch t(row, 2);
  any_of(row, join(z.mantissa, leading), t[0]);
  row.nor(t[0], ordered.agree, t[1]);
  row.clear_where(t[1], z.sign);
}

}  // namespace

void add(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z) {
  const auto bits = static_cast<int>(z.mantissa.size()), exponent_bits = static_cast<int>(z.exponent.size());
  // The sum moves up by a place for its carry: bit i of a significand is bit i - 1 of the mantissa then.
  const ScratchBit lowest(row), top(row), nan(row);
  const Word sum = join(lowest, z.mantissa);
  Ordered ordered = put_in_order(row, x, y, {z.sign, z.exponent, part(sum, 0, bits)});
  const Word smaller_mantissa = part(ordered.smaller.cells(), 0, bits);
  const ScratchBit smaller_leading(row), guard(row), round(row), sticky(row);
  const Word below{round, guard};
  row.set(join(below, sticky), false);
  {
    const Kind larger(row, ordered.larger);
    const Word smaller_exponent = part(ordered.smaller.cells(), bits);
    any_of(row, smaller_exponent, smaller_leading);
    const Scratch distance(row, exponent_bits);
    exponent_distance(row, z.exponent, smaller_exponent, larger.leading, smaller_leading, distance.cells());
    find_nan(row, larger, ordered, distance.cells(), nan);
    const int near = std::min(exponent_bits, static_cast<int>(std::bit_width(static_cast<unsigned>(bits + 2))));
    const ScratchBit far(row);
    any_of(row, join(part(distance.cells(), near), larger.special), far);
    const Word smaller = join(smaller_mantissa, smaller_leading);
    row.clear_where(far, smaller);
    shift(row, join(below, smaller), part(distance.cells(), 0, near), sticky);
    add_places(row, ordered, join(ordered.larger.mantissa, larger.leading), smaller, below, sticky, sum, top);
    // From here on the exponent says how far the sum may move up: for subnormal numbers by 1, the carry's
    // place.
    const ScratchBit subnormal(row);
    row.invert(larger.leading, subnormal);
    either(row, z.exponent[0], subnormal, z.exponent[0]);
  }
  ordered.smaller.release();

  const ScratchBit exact(row);
  row.invert(sticky, exact);
  std::vector<Place> places{{top, false}};
  for (size_t i = sum.size(); i-- > 0;) places.push_back({sum[i], false});
  for (Bitline cell : {Bitline(guard), Bitline(round)}) places.push_back({cell, false});
  {
    const Scratch distance = normalise_within(row, places, z.exponent, bits + 3, bits + 2, exact);
    take_off(row, z.exponent, distance.cells());
  }
  round_result(row, {z.exponent, top, lowest, exact}, z);
  sign_of_zero(row, ordered, top, z);
  overflow(row, z.exponent, z, {});
  make_nan(row, nan, z);
}

}  // namespace ohmweave::logic::ieee
