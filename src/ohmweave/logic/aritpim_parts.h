// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ohmweave/logic/float_cells.h"

namespace ohmweave::logic::aritpim {

// What AritPIM's floating-point algorithms share.

/// How many bits shifts over `places` places take.
int shift_bits(int places);

/// A result with its operands' mantissas: each with its leading bit on top, 1 unless the exponent is 0.
struct Significands {
  Significands(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z);
  ScratchBit x_leading, y_leading, z_leading;
  Word x, y, z;
  int bits() const { return static_cast<int>(x.size()); }
};

/// The operand with the larger exponent and the one with the smaller, and by how much they differ.
struct Aligned {
  Scratch distance;          // of exponents, with one bit more than they have
  ScratchBit swapped, kept;  // whether y has the larger exponent, and the complement
  Word larger;               // in the result's cells
  Scratch smaller;
};
/// Leaves the larger exponent in the result. The distance is still signed.
Aligned swap_by_exponent(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z,
                         const Significands& significands);
/// The smaller operand becomes 0 where the distance takes more than `bits` bits.
void clear_far(RowBuilder& row, Aligned& aligned, int bits);

/// Adds `up` to the significand z; `overflow` is 1 where that made it 2, and the leading bit is then 1.
void round_significand(RowBuilder& row, const Significands& significands, Bitline up, Bitline overflow);
/// exponent += a + b, of two bits.
void raise_exponent(RowBuilder& row, const Word& exponent, Bitline a, Bitline b);

/// Clears the whole result where `exponent_sign` is 1 or `leading` is 0.
void flush_to_zero(RowBuilder& row, const FloatCells& z, Bitline leading, Bitline exponent_sign,
                   std::initializer_list<Bitline> also = {});

}  // namespace ohmweave::logic::aritpim
