// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/aritpim_parts.h"

#include <bit>

#include "ohmweave/logic/row_arithmetic.h"

namespace ohmweave::logic::aritpim {

int shift_bits(int places) { return static_cast<int>(std::bit_width(static_cast<unsigned>(places - 1))); }

Significands::Significands(RowBuilder& row, const FloatCells& x_cells, const FloatCells& y_cells,
                           const FloatCells& z_cells)
    : x_leading(row),
      y_leading(row),
      z_leading(row),
      x(join(x_cells.mantissa, x_leading)),
      y(join(y_cells.mantissa, y_leading)),
      z(join(z_cells.mantissa, z_leading)) {
  any_of(row, x_cells.exponent, x_leading);
  any_of(row, y_cells.exponent, y_leading);
}

Aligned swap_by_exponent(RowBuilder& row, const FloatCells& x, const FloatCells& y, const FloatCells& z,
                         const Significands& significands) {
  const auto bits = static_cast<int>(x.exponent.size());
  Aligned aligned{Scratch(row, bits + 1), ScratchBit(row), ScratchBit(row), significands.z, {}};
  const Word difference = part(aligned.distance.cells(), 0, bits);
  subtract(row, x.exponent, y.exponent, difference, aligned.kept);
  row.invert(aligned.kept, aligned.distance[bits]);
  row.invert(aligned.kept, aligned.swapped);
  const Bit swapped{aligned.swapped, aligned.kept};
  const auto select = [&](const Word& where_swapped, const Word& else_, const Word& out) {
    for (size_t i = 0; i < out.size(); ++i) choose(row, swapped, where_swapped[i], else_[i], out[i]);
  };
  select(y.exponent, x.exponent, z.exponent);
  select(significands.y, significands.x, aligned.larger);
  aligned.smaller = Scratch(row, significands.bits());
  select(significands.x, significands.y, aligned.smaller.cells());
  return aligned;
}

void clear_far(RowBuilder& row, Aligned& aligned, int bits) {
  const Word& distance = aligned.distance.cells();
  if (static_cast<int>(distance.size()) - 1 <= bits) return;  // what is on top is the sign, 0 by now
  const ScratchBit far(row);
  any_of(row, part(distance, bits), far);
  row.clear_where(far, aligned.smaller.cells());
}

void round_significand(RowBuilder& row, const Significands& significands, Bitline up, Bitline overflow) {
  add_bit(row, significands.z, up, significands.z, overflow);
  either(row, significands.z_leading, overflow, significands.z_leading);
}

void raise_exponent(RowBuilder& row, const Word& exponent, Bitline a, Bitline b) {
  const ScratchBit carry(row);
  full_adder(row, a, b, exponent[0], exponent[0], carry);
  const Word above = part(exponent, 1);
  add_bit(row, above, carry, above);
}

void flush_to_zero(RowBuilder& row, const FloatCells& z, Bitline leading, Bitline exponent_sign,
                   std::initializer_list<Bitline> also) {
  const ScratchBit flushed(row);
  row.invert(leading, flushed);
  either(row, flushed, exponent_sign, flushed);
  row.clear_where(flushed, z.word());
  for (Bitline cell : also) row.clear_where(flushed, cell);
}

}  // namespace ohmweave::logic::aritpim
