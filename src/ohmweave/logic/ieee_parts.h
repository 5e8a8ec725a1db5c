// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/logic/float_cells.h"
#include "ohmweave/logic/row_arithmetic.h"

namespace ohmweave::logic::ieee {

// What the operations of ieee_float.h share.

/// all = AND of all bits: 3 N + 1 cycles.
void all_of(RowBuilder& row, std::span<const Bitline> bits, Bitline all);
/// out = x >= y, without sign: 10 N + 1 cycles.
void not_less(RowBuilder& row, const Word& x, const Word& y, Bitline out);
/// sum = x + constant + carry, modulo 2^N: 10 N cycles.
void add_constant(RowBuilder& row, const Word& x, int64_t constant, Bitline carry, const Word& sum);
/// What an operand is.
struct Kind {
  ScratchBit leading;   // 1 unless the exponent is 0: zeros and subnormal numbers
  ScratchBit special;   // the exponent is all ones: infinities and NaN
  ScratchBit fraction;  // the mantissa is not 0
  Kind(RowBuilder& row, const FloatCells& x);
};
/// nan = x is special and (x is NaN or `condition`).
void nan_where(RowBuilder& row, const Kind& x, Bitline condition, Bitline nan);

/// A place of a number that is to be normalised.
struct Place {
  Bitline cell = 0;
  bool zero = false;  // known to be 0 from the beginning; the cell is then set when something comes there
};

/// Places from the highest down. Moves them up until the first is 1, but by no more than `room`; at most by
/// `farthest`, beyond which leading zeros cannot matter. In the end the first `kept` places count; whatever was
/// 1 below clears `exact`. Returns the distance. A subnormal result is just one whose room has run out.
///
/// Steps go from the longest distance down. A step is taken where the places it would drop at the top are 0 and
/// the room allows it. Two things make "allows" a single bit of `room`: as long as every step was limited by
/// the room, what is left of it are its lower bits; and from the first step on that a 1 at the top forbade
/// although the room would have had it, there is room for all steps that may follow.
Scratch normalise_within(RowBuilder& row, std::vector<Place>& places, const Word& room, int farthest, int kept,
                         Bitline exact);

/// A number before it is rounded: its exponent, lower by one than the one to be stored if the leading bit is 1
/// (else whatever), and what counts as infinite or NaN whatever else is there.
struct Unrounded {
  Word exponent;  // the result's cells first, then higher ones
  Bitline leading, guard, exact;
};
/// Rounds z and stores the exponent: leading bit and carries count into it.
void round_result(RowBuilder& row, const Unrounded& number, const FloatCells& z);
/// Where the exponent has grown to all ones or beyond or `infinite`: infinity.
void overflow(RowBuilder& row, const Word& exponent, const FloatCells& z, std::optional<Bitline> infinite);
/// Where `nan`: NaN, provided that z is infinite.
void make_nan(RowBuilder& row, Bitline nan, const FloatCells& z);

/// The places of a result: a leading bit, z's mantissa and a guard bit, all still 0, and `below` after them.
std::vector<Place> places_of_result(Bitline leading, const FloatCells& z, Bitline guard, const Word& below);

}  // namespace ohmweave::logic::ieee
