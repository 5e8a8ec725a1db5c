// SPDX-License-Identifier: Apache-2.0
// Floating-point products.
#include <algorithm>
#include <bit>

#include "ohmweave/logic/ieee_float.h"
#include "ohmweave/logic/ieee_parts.h"

namespace ohmweave::logic::ieee {
namespace {

/// out = 0 is one operand, infinity the other, or one is NaN.
void find_nan(RowBuilder& row, const Kind& x, const Kind& y, Bitline out) {
  const Scratch nan(row, 2);
  const ScratchBit zero(row);
  row.nor(y.leading, y.fraction, zero);
  nan_where(row, x, zero, nan[0]);
  row.nor(x.leading, x.fraction, zero);
  nan_where(row, y, zero, nan[1]);
  either(row, nan[0], nan[1], out);
}

/// room = exponent of x + exponent of y + constant, or 0 where that is less, where subnormal numbers have the
/// exponent 1.
Scratch room_of_product(RowBuilder& row, const FloatCells& x, const FloatCells& y, const Kind& x_kind,
                        const Kind& y_kind, int constant) {
  const auto exponent_bits = static_cast<int>(x.exponent.size());
  const int64_t most = 2 * ((int64_t{1} << exponent_bits) - 1) + std::max(constant, 0);
  const int bits = static_cast<int>(std::bit_width(static_cast<uint64_t>(most)));
  Scratch room(row, bits);
  const ScratchBit negative(row), zero(row), subnormal(row);
  row.set(zero, false);
  const Word sum = part(room.cells(), 0, exponent_bits), carry = part(room.cells(), exponent_bits, 1);
  row.invert(x_kind.leading, subnormal);
  add(row, x.exponent, y.exponent, sum, Carry::of(subnormal), carry[0]);
  row.invert(y_kind.leading, subnormal);
  const Word all = join(room.cells(), negative);
  add_constant(row, extended(join(sum, carry), zero, bits + 1), constant, subnormal, all);
  row.clear_where(negative, room.cells());
  return room;
}

}  // namespace

void multiply(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z) {
  const auto bits = static_cast<int>(z.mantissa.size()) + 1,
             exponent_bits = static_cast<int>(z.exponent.size());
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const ScratchBit nan(row), infinite(row), leading(row), guard(row), exact(row);
  exclusive(row, {x.sign}, {y.sign}, z.sign);
  // The product stands bits + 1 places below the result's leading bit. Where there is no room at all, it is
  // less than half of the smallest subnormal number, and so it is where room had to be below 0.
  const int above = bits + 1;
  Scratch room, product(row, 2 * bits);
  {
    const Kind x_kind(row, x), y_kind(row, y);
    find_nan(row, x_kind, y_kind, nan);
    either(row, x_kind.special, y_kind.special, infinite);
    multiply(row, join(x.mantissa, x_kind.leading), join(y.mantissa, y_kind.leading), product.cells(),
             KnownBits::Trimmed);
    room = room_of_product(row, x, y, x_kind, y_kind, above - bias);
  }
  row.set(exact, true);
  std::vector<Place> places =
      places_of_result(leading, z, guard, Word(product.cells().rbegin(), product.cells().rend()));
  // One operand may be subnormal; if both are, the room ends before.
  const Scratch distance = normalise_within(row, places, room.cells(), above + bits, bits + 1, exact);
  product.release();
  take_off(row, room.cells(), distance.cells());
  for (int i = 0; i < exponent_bits; ++i) copy(row, room[i], z.exponent[static_cast<size_t>(i)]);
  const Word exponent = join(z.exponent, part(room.cells(), exponent_bits));
  round_result(row, {exponent, leading, guard, exact}, z);
  overflow(row, exponent, z, infinite);
  make_nan(row, nan, z);
}

}  // namespace ohmweave::logic::ieee
