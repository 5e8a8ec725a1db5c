// SPDX-License-Identifier: Apache-2.0
// AritPIM's floating-point additions: align, add, normalise, round.
#include "ohmweave/logic/aritpim_float.h"
#include "ohmweave/logic/aritpim_parts.h"
#include "ohmweave/logic/row_arithmetic.h"

namespace ohmweave::logic::aritpim {

void add_unsigned(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z) {
  const Significands significands(row, x, y, z);
  const int places = significands.bits() + 1;  // and a guard bit
  Aligned aligned = swap_by_exponent(row, x, y, z, significands);
  aligned.swapped.release();
  aligned.kept.release();
  absolute(row, aligned.distance.cells());
  clear_far(row, aligned, shift_bits(places));
  const ScratchBit sticky(row), guard(row);
  row.set(sticky, false);
  row.set(guard, false);
  shift(row, join(guard, aligned.smaller.cells()), part(aligned.distance.cells(), 0, shift_bits(places)),
        sticky);
  aligned.distance.release();

  const ScratchBit carry(row);
  add(row, aligned.larger, aligned.smaller.cells(), significands.z, Carry::zero(), carry);
  aligned.smaller.release();
  shift(row, join(guard, significands.z), {carry}, sticky);

  const ScratchBit up(row), overflow(row);
  round_up(row, significands.z[0], guard, sticky, up);
  round_significand(row, significands, up, overflow);
  raise_exponent(row, z.exponent, carry, overflow);
}

namespace {

/// Of the operands' signs.
struct Signs {
  ScratchBit differ, agree;
  Signs(RowBuilder& row, Bitline x, Bitline y) : differ(row), agree(row) {
    exclusive(row, {x}, {y}, differ);
    row.invert(differ, agree);
  }
};

/// z = smaller + (agree ? larger : -larger).
void add_significands(RowBuilder& row, const Aligned& aligned, const Signs& signs, const Word& z,
                      Bitline carry) {
  const ScratchBit between(row);
  for (size_t j = 0; j < z.size(); ++j) {
    const ScratchBit flipped(row);
    exclusive(row, {aligned.larger[j]}, {signs.differ, signs.agree}, flipped);
    full_adder(row, aligned.smaller.cells()[j], flipped, j > 0 ? between : signs.differ, z[j],
               j + 1 < z.size() ? Bitline(between) : carry);
  }
}

/// Of the sum: whether the larger operand, taken from the smaller, was larger after all.
struct Sense {
  ScratchBit negative, positive;
  Sense(RowBuilder& row, const Signs& signs, Bitline carry) : negative(row), positive(row) {
    row.nor(signs.agree, carry, negative);
    row.invert(negative, positive);
  }
};

void absolute_sum(RowBuilder& row, const Sense& sense, const Word& places) {
  const ScratchBit sign(row);
  row.invert(sense.positive, sign);
  absolute(row, join(places, sign));
}

Word reversed(const Word& word) { return Word(word.rbegin(), word.rend()); }

/// One place to the right where there was a carry, else to the left until the leading bit is 1.
void normalise_sum(RowBuilder& row, Bitline carry, const Word& exponent, const Word& places, Bitline sticky) {
  {
    const ScratchBit top(row);
    copy(row, carry, top);
    shift(row, join(places, top), {carry}, sticky);
  }
  const Scratch distance(row, static_cast<int>(exponent.size()));
  const int bits = shift_bits(static_cast<int>(places.size()));
  normalise(row, reversed(places), part(distance.cells(), 0, bits));
  row.set(part(distance.cells(), bits), false);
  subtract(row, exponent, distance.cells(), exponent);
}

/// Where signs differ, that of the operand that was larger.
void choose_sign(RowBuilder& row, Bitline x_sign, Bitline y_sign, const Aligned& aligned, const Signs& signs,
                 const Sense& sense, Bitline out) {
  const ScratchBit other(row);
  {
    const ScratchBit x_positive(row);
    row.invert(x_sign, x_positive);
    row.nor(y_sign, x_positive, other);
  }
  exclusive(row, {other}, {aligned.swapped, aligned.kept}, other);
  exclusive(row, {other}, {sense.positive, sense.negative}, other);
  choose(row, {signs.agree, signs.differ}, x_sign, other, out);
}

}  // namespace

void add_signed(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z) {
  const Significands significands(row, x, y, z);
  const int bits = shift_bits(significands.bits() + 2);  // and guard and round bits
  const ScratchBit zero(row), exponent_sign(row);
  row.set(zero, false);
  Aligned aligned = swap_by_exponent(row, x, y, z, significands);
  const Word exponent = join(z.exponent, exponent_sign);
  row.set(exponent_sign, false);
  absolute(row, aligned.distance.cells());
  clear_far(row, aligned, bits);
  const ScratchBit guard(row), round(row), sticky(row);
  row.set(Word{sticky, guard, round}, false);
  const Word below = {round, guard};
  shift(row, join(below, aligned.smaller.cells()), part(aligned.distance.cells(), 0, bits), sticky);
  aligned.distance.release();

  const Signs signs(row, x.sign, y.sign);
  const ScratchBit carry(row);
  add_significands(row, aligned, signs, significands.z, carry);
  aligned.smaller.release();
  const Sense sense(row, signs, carry);
  absolute_sum(row, sense, join(join(sticky, below), significands.z));
  row.clear_where(signs.differ, carry);
  normalise_sum(row, carry, exponent, join(below, significands.z), sticky);

  either(row, round, sticky, sticky);
  const ScratchBit up(row), overflow(row);
  round_up(row, significands.z[0], guard, sticky, up);
  round_significand(row, significands, up, overflow);
  raise_exponent(row, exponent, carry, overflow);
  choose_sign(row, x.sign, y.sign, aligned, signs, sense, z.sign);
  flush_to_zero(row, z, significands.z_leading, exponent_sign, {exponent_sign, significands.z_leading});
}

}  // namespace ohmweave::logic::aritpim
