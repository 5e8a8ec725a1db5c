// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "ohmweave/logic/row_builder.h"

namespace ohmweave::logic {

// Arithmetic in one row from NOT and NOR of two inputs, bit by bit: the procedures of AritPIM's bit-serial
// algorithms (Leitersdorf, Leitersdorf, Gal, Dahan, Ronen, Kvatinsky, IEEE TETC 2023). Cycles are those with an
// initialisation of its own for each gate; words go from the least significant bit up; a result may take the
// cells of an operand of the same length.

/// A bit and, where it is at hand, its complement.
struct Bit {
  Bitline cell;
  std::optional<Bitline> complement = {};
};

/// out = a OR b: 4 cycles.
void either(RowBuilder& row, Bitline a, Bitline b, Bitline out);
/// out = a XOR b: 6 cycles, and 2 for each complement that is not at hand. out may be a's or b's cell.
void exclusive(RowBuilder& row, Bit a, Bit b, Bitline out);
/// out = when ? yes : no: 6 cycles; `when` needs its complement. out may be yes's or no's cell.
void choose(RowBuilder& row, Bit when, Bitline yes, Bitline no, Bitline out);
/// out = a: 4 cycles.
void copy(RowBuilder& row, Bitline a, Bitline out);
/// 10 cycles.
void half_adder(RowBuilder& row, Bitline a, Bitline b, Bitline sum, Bitline carry);
/// sum = a + b + 1: 10 cycles.
void half_adder_of_one(RowBuilder& row, Bitline a, Bitline b, Bitline sum, Bitline carry);
/// 18 cycles, 4 cells: nine NORs.
void full_adder(RowBuilder& row, Bitline a, Bitline b, Bitline c, Bitline sum, Bitline carry);
/// none = NOR of all bits, by NOTs of them one after the other into one cell (X-MAGIC): 1 + N cycles.
void none_of(RowBuilder& row, std::span<const Bitline> bits, Bitline none);
/// some = OR of all bits: 3 + N cycles.
void any_of(RowBuilder& row, std::span<const Bitline> bits, Bitline some);

/// What a ripple of carries starts from.
struct Carry {
  std::optional<Bitline> cell;  // its value, or
  bool constant = false;
  static Carry zero() { return {}; }
  static Carry one() { return {{}, true}; }
  static Carry of(Bitline cell) { return {cell}; }
};

/// sum = x + y + carry: 18 N cycles, and 1 if the carry is a constant.
void add(RowBuilder& row, const Word& x, const Word& y, const Word& sum, Carry in = Carry::zero(),
         std::optional<Bitline> carry_out = {});
/// difference = x - y: 20 N + 1 cycles; the carry out is 1 where x >= y.
void subtract(RowBuilder& row, const Word& x, const Word& y, const Word& difference,
              std::optional<Bitline> carry_out = {}, Carry in = Carry::one());
/// x -= y, which is not longer and not larger: 20 cycles for a bit of y and 10 for one above, and 1.
void take_off(RowBuilder& row, const Word& x, const Word& y);
/// sum = x + bit: 10 N cycles.
void add_bit(RowBuilder& row, const Word& x, Bitline bit, const Word& sum,
             std::optional<Bitline> carry_out = {});
/// x = |x|, of two's complement: 18 N - 15 cycles.
void absolute(RowBuilder& row, const Word& x);
/// Whether gates are spent on bits that are known to be 0, as in the published procedures, or not.
enum class KnownBits { AsPublished, Trimmed };

/// product = x * y, without sign, of 2 N bits: 20 N^2 - 12 N - 1 cycles up to 20 bits, trimmed 20 N^2 - 22 N
/// (from 2 bits on); beyond by halves (Karatsuba).
void multiply(RowBuilder& row, const Word& x, const Word& y, const Word& product,
              KnownBits known = KnownBits::AsPublished);
/// dividend, of 2 N bits, = quotient * divisor + remainder, of N bits each, without sign, where the quotient
/// fits: 26 N^2 + 56 N + 7 cycles, by the rule that does not restore.
void divide(RowBuilder& row, const Word& dividend, const Word& divisor, const Word& quotient,
            const Word& remainder);

/// Shifts x in place towards its first cell by the number in `by`; zeros follow. If `sticky` is given, it
/// becomes 1 where a 1 falls off. Reverse x to shift the other way.
void shift(RowBuilder& row, const Word& x, const Word& by, std::optional<Bitline> sticky = {});
/// Shifts x in place towards its first cell until that is 1, and leaves the distance in `by` (0 if x is 0).
void normalise(RowBuilder& row, const Word& x, const Word& by);

/// up = whether rounding to nearest, ties to even, goes up: 6 cycles. `sticky`: any bit below guard.
void round_up(RowBuilder& row, Bitline lowest, Bitline guard, Bitline sticky, Bitline up);

}  // namespace ohmweave::logic
