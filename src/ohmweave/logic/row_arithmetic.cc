// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/row_arithmetic.h"

#include <algorithm>

#include "ohmweave/base/check.h"

namespace ohmweave::logic {

void either(RowBuilder& row, Bitline a, Bitline b, Bitline out) {
  ScratchBit neither(row);
  row.nor(a, b, neither);
  row.invert(neither, out);
}

void exclusive(RowBuilder& row, Bit a, Bit b, Bitline out) {
  Scratch complements(row, (a.complement ? 0 : 1) + (b.complement ? 0 : 1));
  int used = 0;
  for (Bit* bit : {&a, &b}) {
    if (bit->complement) continue;
    bit->complement = complements[used++];
    row.invert(bit->cell, *bit->complement);
  }
  Scratch t(row, 2);
  row.nor(a.cell, b.cell, t[0]);
  row.nor(*a.complement, *b.complement, t[1]);
  row.nor(t[0], t[1], out);
}

void choose(RowBuilder& row, Bit when, Bitline yes, Bitline no, Bitline out) {
  Scratch t(row, 2);
  row.nor(yes, *when.complement, t[0]);
  row.nor(no, when.cell, t[1]);
  row.nor(t[0], t[1], out);
}

void copy(RowBuilder& row, Bitline a, Bitline out) {
  ScratchBit complement(row);
  row.invert(a, complement);
  row.invert(complement, out);
}

void half_adder(RowBuilder& row, Bitline a, Bitline b, Bitline sum, Bitline carry) {
  Scratch t(row, 3);
  row.nor(a, b, t[0]);
  row.invert(a, t[1]);
  row.invert(b, t[2]);
  row.nor(t[1], t[2], carry);
  row.nor(t[0], carry, sum);
}

void half_adder_of_one(RowBuilder& row, Bitline a, Bitline b, Bitline sum, Bitline carry) {
  const Scratch t(row, 3);
  row.nor(a, b, t[0]);
  row.nor(a, t[0], t[1]);
  row.nor(b, t[0], t[2]);
  row.nor(t[1], t[2], sum);
  row.invert(t[0], carry);
}

void full_adder(RowBuilder& row, Bitline a, Bitline b, Bitline c, Bitline sum, Bitline carry) {
  Scratch t(row, 4);
  const Bitline neither = t[0], equal = t[3], both_off = t[1];
  row.nor(a, b, neither);
  row.nor(a, neither, t[1]);
  row.nor(b, neither, t[2]);
  row.nor(t[1], t[2], equal);
  row.nor(equal, c, both_off);  // from here on the same again, of `equal` and c
  row.nor(both_off, equal, t[2]);
  row.nor(both_off, c, t[3]);
  row.nor(t[3], t[2], sum);
  row.nor(neither, both_off, carry);
}

void none_of(RowBuilder& row, std::span<const Bitline> bits, Bitline none) {
  row.set(none, true);
  for (Bitline bit : bits) row.clear_where(bit, none);
}
void any_of(RowBuilder& row, std::span<const Bitline> bits, Bitline some) {
  ScratchBit none(row);
  none_of(row, bits, none);
  row.invert(none, some);
}

namespace {

/// The cells that carries of a ripple go through: from `in` by one cell to `out`.
class Ripple {
 public:
  Ripple(RowBuilder& row, Carry in, std::optional<Bitline> out, size_t bits)
      : between_(row), in_(in.cell.value_or(between_)), out_(out.value_or(between_)), bits_(bits) {
    if (!in.cell) row.set(between_, in.constant);
  }
  Bitline into(size_t bit) const { return bit == 0 ? in_ : Bitline(between_); }
  Bitline from(size_t bit) const { return bit + 1 == bits_ ? out_ : Bitline(between_); }

 private:
  ScratchBit between_;
  Bitline in_, out_;
  size_t bits_;
};

}  // namespace

void add(RowBuilder& row, const Word& x, const Word& y, const Word& sum, Carry in,
         std::optional<Bitline> carry_out) {
  OHMWEAVE_CHECK(x.size() == y.size() && x.size() == sum.size(), "sums are of words of one length");
  const Ripple carry(row, in, carry_out, x.size());
  for (size_t i = 0; i < x.size(); ++i) full_adder(row, x[i], y[i], carry.into(i), sum[i], carry.from(i));
}

void subtract(RowBuilder& row, const Word& x, const Word& y, const Word& difference,
              std::optional<Bitline> carry_out, Carry in) {
  OHMWEAVE_CHECK(x.size() == y.size() && x.size() == difference.size(),
                 "differences are of words of one length");
  const Ripple carry(row, in, carry_out, x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    ScratchBit complement(row);
    row.invert(y[i], complement);
    full_adder(row, x[i], complement, carry.into(i), difference[i], carry.from(i));
  }
}

void take_off(RowBuilder& row, const Word& x, const Word& y) {
  const ScratchBit carry(row);
  const auto common = static_cast<int>(y.size());
  const Word low = part(x, 0, common);
  subtract(row, low, y, low, carry);
  for (Bitline bit : part(x, common)) half_adder_of_one(row, bit, carry, bit, carry);
}

void add_bit(RowBuilder& row, const Word& x, Bitline bit, const Word& sum, std::optional<Bitline> carry_out) {
  const Ripple carry(row, Carry::of(bit), carry_out, x.size());
  for (size_t i = 0; i < x.size(); ++i) half_adder(row, x[i], carry.into(i), sum[i], carry.from(i));
}

void absolute(RowBuilder& row, const Word& x) {
  const Bitline sign = x.back();
  const ScratchBit positive(row);
  row.invert(sign, positive);
  const Ripple carry(row, Carry::of(sign), {}, x.size());
  for (size_t i = 0; i + 1 < x.size(); ++i) {
    ScratchBit flipped(row);
    exclusive(row, {x[i]}, {sign, positive}, flipped);
    half_adder(row, flipped, carry.into(i), x[i], carry.from(i));
  }
  row.set(sign, false);
}

namespace {

/// Where a shift by 2^step puts its bits: each takes the one `distance` further on, where there is one.
void shift_once(RowBuilder& row, const Word& x, Bit when, size_t distance) {
  const size_t kept = x.size() - std::min(distance, x.size());
  for (size_t i = 0; i < kept; ++i) choose(row, when, x[i + distance], x[i], x[i]);
  row.clear_where(when.cell, part(x, static_cast<int>(kept)));
}

/// The bits that a shift by `distance` drops.
Word dropped(const Word& x, size_t distance) {
  return part(x, 0, static_cast<int>(std::min(distance, x.size())));
}

}  // namespace

void shift(RowBuilder& row, const Word& x, const Word& by, std::optional<Bitline> sticky) {
  for (size_t step = 0; step < by.size(); ++step) {
    const size_t distance = size_t{1} << step;
    const ScratchBit stays(row);
    row.invert(by[step], stays);
    if (sticky) {
      ScratchBit lost(row);
      any_of(row, dropped(x, distance), lost);
      row.clear_where(stays, lost);
      either(row, *sticky, lost, *sticky);
    }
    shift_once(row, x, {by[step], stays}, distance);
  }
}

void normalise(RowBuilder& row, const Word& x, const Word& by) {
  for (size_t step = by.size(); step-- > 0;) {
    const size_t distance = size_t{1} << step;
    const ScratchBit stays(row);
    none_of(row, dropped(x, distance), by[step]);
    row.invert(by[step], stays);
    shift_once(row, x, {by[step], stays}, distance);
  }
  const ScratchBit empty(row);
  row.invert(x.front(), empty);
  row.clear_where(empty, by);
}

void round_up(RowBuilder& row, Bitline lowest, Bitline guard, Bitline sticky, Bitline up) {
  Scratch t(row, 2);
  row.nor(sticky, lowest, t[0]);
  row.invert(guard, t[1]);
  row.nor(t[0], t[1], up);
}

}  // namespace ohmweave::logic
