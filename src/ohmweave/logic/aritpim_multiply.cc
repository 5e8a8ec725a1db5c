// SPDX-License-Identifier: Apache-2.0
// AritPIM's floating-point product and quotient.
#include "ohmweave/logic/aritpim_float.h"
#include "ohmweave/logic/aritpim_parts.h"
#include "ohmweave/logic/row_arithmetic.h"

namespace ohmweave::logic::aritpim {

void multiply_float(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z) {
  const Significands significands(row, x, y, z);
  const ScratchBit zero(row), exponent_sign(row);
  row.set(zero, false);
  const Word exponent = join(z.exponent, exponent_sign);
  const auto exponent_bits = static_cast<int>(exponent.size());

  const ScratchBit carry(row);
  Scratch low(row, significands.bits() - 2);
  const ScratchBit guard(row);
  multiply(row, significands.x, significands.y, join(join(join(low.cells(), guard), significands.z), carry));
  const ScratchBit sticky(row);
  any_of(row, low.cells(), sticky);
  low.release();

  // The exponent starts from the bias' negative, -2^(Ne - 1) + 1 in Ne + 1 bits.
  row.set(exponent[0], true);
  row.set(part(exponent, exponent_bits - 2), true);
  row.set(part(exponent, 1, exponent_bits - 3), false);
  {
    const ScratchBit top(row);
    copy(row, carry, top);
    shift(row, join(join(guard, significands.z), top), {carry}, sticky);
  }
  const ScratchBit up(row), overflow(row);
  round_up(row, significands.z[0], guard, sticky, up);
  round_significand(row, significands, up, overflow);
  add(row, join(x.exponent, zero), exponent, exponent, Carry::of(overflow));
  add(row, join(y.exponent, zero), exponent, exponent, Carry::of(carry));
  exclusive(row, {x.sign}, {y.sign}, z.sign);
  flush_to_zero(row, z, significands.z_leading, exponent_sign, {exponent_sign, significands.z_leading});
}

void divide_float(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z) {
  const Significands significands(row, x, y, z);
  const int bits = significands.bits();
  const ScratchBit zero(row), exponent_sign(row);
  row.set(zero, false);
  const Word exponent = join(z.exponent, exponent_sign);
  const auto exponent_bits = static_cast<int>(z.exponent.size());

  const ScratchBit guard(row), round(row);
  const Word quotient = join(Word{round, guard}, significands.z);
  Scratch remainder(row, bits + 2);
  divide(row, extended(join(Word(static_cast<size_t>(bits) + 1, zero), significands.x), zero, 2 * (bits + 2)),
         extended(significands.y, zero, bits + 2), quotient, remainder.cells());
  const ScratchBit sticky(row);
  any_of(row, remainder.cells(), sticky);
  remainder.release();

  row.set(part(exponent, 0, exponent_bits - 1), true);  // the bias
  row.set(part(exponent, exponent_bits - 1), false);
  {
    const ScratchBit below_one(row);  // a quotient below 1 moves up a place, and the exponent down by one
    row.invert(significands.z.back(), below_one);
    row.invert(below_one, exponent[0]);
    const Word places = join(sticky, quotient);
    shift(row, Word(places.rbegin(), places.rend()), {below_one});
  }
  either(row, round, sticky, sticky);
  const ScratchBit up(row), overflow(row);
  round_up(row, significands.z[0], guard, sticky, up);
  round_significand(row, significands, up, overflow);
  add(row, exponent, join(x.exponent, zero), exponent, Carry::of(overflow));
  subtract(row, exponent, join(y.exponent, zero), exponent);
  exclusive(row, {x.sign}, {y.sign}, z.sign);
  flush_to_zero(row, z, significands.x_leading, exponent_sign, {significands.z_leading});
}

}  // namespace ohmweave::logic::aritpim
