// SPDX-License-Identifier: Apache-2.0
// Floating-point quotients.
#include <algorithm>
#include <bit>

#include "ohmweave/logic/ieee_float.h"
#include "ohmweave/logic/ieee_parts.h"
#include "ohmweave/logic/row_divide.h"

namespace ohmweave::logic::ieee {
namespace {

/// A significand moved up until its leading bit is 1, and how far.
struct Normalised {
  Scratch significand;  // one cell more, unused
  Scratch distance;
};

/// out = taken ? from : 0.
void gate_through(RowBuilder& row, Bitline from, Bitline not_taken, Bitline out) {
  const ScratchBit t(row);
  row.invert(from, t);
  row.nor(t, not_taken, out);
}

Normalised normalise_significand(RowBuilder& row, const FloatCells& x, Bitline leading) {
  const Word source = join(x.mantissa, leading);
  const auto bits = static_cast<int>(source.size());
  const int steps = static_cast<int>(std::bit_width(static_cast<unsigned>(bits - 1)));
  Normalised normalised{Scratch(row, bits), Scratch(row, steps)};
  const Word& cells = normalised.significand.cells();
  for (int step = steps - 1; step >= 0; --step) {
    const Word& from = step == steps - 1 ? source : cells;
    const int reach = 1 << step;
    const Bitline taken = normalised.distance[step];
    const ScratchBit stays(row);
    none_of(row, part(from, bits - reach), taken);
    row.invert(taken, stays);
    for (int i = bits - 1; i >= 0; --i) {
      const Bitline to = cells[static_cast<size_t>(i)], here = from[static_cast<size_t>(i)];
      if (i >= reach)
        choose(row, {taken, stays}, from[static_cast<size_t>(i - reach)], here, to);
      else if (to != here)
        gate_through(row, here, taken, to);
      else
        row.clear_where(taken, to);
    }
  }
  return normalised;
}

/// out = 0 / 0, infinity / infinity, or one is NaN. `y_zero`: y is 0.
void find_nan(RowBuilder& row, const Kind& x, const Kind& y, Bitline y_zero, Bitline out) {
  const Scratch nan(row, 2);
  const ScratchBit x_zero(row), none(row);
  nan_where(row, x, y.special, nan[0]);
  row.nor(x.leading, x.fraction, x_zero);
  const Scratch t(row, 2);
  row.invert(x_zero, t[0]);
  row.invert(y_zero, t[1]);
  row.nor(t[0], t[1], nan[1]);
  either(row, nan[0], nan[1], out);
  nan_where(row, y, x.special, nan[0]);
  either(row, nan[0], out, out);
}

/// room = exponent of x - exponent of y + constant, or 0 where that is less, of normalised operands.
Scratch room_of_quotient(RowBuilder& row, const FloatCells& x, const FloatCells& y, Bitline x_leading,
                         Bitline y_leading, const Word& x_distance, const Word& y_distance, int constant) {
  const int64_t far = (int64_t{1} << x.exponent.size()) + (int64_t{1} << x_distance.size());
  const int bits = static_cast<int>(std::bit_width(static_cast<uint64_t>(far + std::abs(constant))));
  Scratch room(row, bits);
  const ScratchBit negative(row), zero(row), one(row), subnormal(row);
  row.set(zero, false);
  const Scratch taken_off(row, bits + 1);
  const Word all = join(room.cells(), negative);
  const auto sum = [&](const Word& exponent, const Word& distance, Bitline leading, const Word& out) {
    row.invert(leading, subnormal);
    add(row, extended(exponent, zero, bits + 1), extended(distance, zero, bits + 1), out, Carry::of(subnormal));
  };
  sum(x.exponent, y_distance, x_leading, all);
  sum(y.exponent, x_distance, y_leading, taken_off.cells());
  subtract(row, all, taken_off.cells(), all);
  add_constant(row, all, constant, zero, all);
  row.clear_where(negative, room.cells());
  return room;
}

/// quotient = x 2^(N + 1) / y of N + 2 bits, rounded down, in x's cells and one more.
void divide_significands(RowBuilder& row, const Word& x, const Word& y, const Word& quotient, Bitline exact) {
  const ScratchBit sign(row), zero(row);
  row.set(zero, false);
  Division division(row, y, join(x, sign));
  division.begin(join(x, zero), quotient.back());
  for (size_t i = quotient.size() - 1; i-- > 0;) division.step(quotient[i + 1], {}, quotient[i]);
  division.test(exact);
}

}  // namespace

void divide(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z) {
  const auto bits = static_cast<int>(z.mantissa.size()) + 1,
             exponent_bits = static_cast<int>(z.exponent.size());
  const int bias = (1 << (exponent_bits - 1)) - 1, above = bits + 1;  // as in a product
  const ScratchBit nan(row), infinite(row), leading(row), guard(row), exact(row);
  exclusive(row, {x.sign}, {y.sign}, z.sign);
  row.set(exact, true);
  Scratch room, quotient(row, bits + 2);
  {
    const Kind x_kind(row, x), y_kind(row, y);
    {
      const ScratchBit y_zero(row);
      row.nor(y_kind.leading, y_kind.fraction, y_zero);
      find_nan(row, x_kind, y_kind, y_zero, nan);
      any_of(row, Word{x_kind.special, y_zero, nan}, infinite);
    }
    const Normalised dividend = normalise_significand(row, x, x_kind.leading),
                     divisor = normalise_significand(row, y, y_kind.leading);
    row.clear_where(y_kind.special, dividend.significand.cells());
    room = room_of_quotient(row, x, y, x_kind.leading, y_kind.leading, dividend.distance.cells(),
                            divisor.distance.cells(), bias + above - 1);
    divide_significands(row, dividend.significand.cells(), divisor.significand.cells(), quotient.cells(),
                        exact);
  }
  std::vector<Place> places =
      places_of_result(leading, z, guard, Word(quotient.cells().rbegin(), quotient.cells().rend()));
  const Scratch distance = normalise_within(row, places, room.cells(), above + 1, bits + 1, exact);
  quotient.release();
  take_off(row, room.cells(), distance.cells());
  for (int i = 0; i < exponent_bits; ++i) copy(row, room[i], z.exponent[static_cast<size_t>(i)]);
  const Word exponent = join(z.exponent, part(room.cells(), exponent_bits));
  round_result(row, {exponent, leading, guard, exact}, z);
  overflow(row, exponent, z, infinite);
  make_nan(row, nan, z);
}

}  // namespace ohmweave::logic::ieee
