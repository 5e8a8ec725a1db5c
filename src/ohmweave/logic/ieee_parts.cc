// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/ieee_parts.h"

#include <algorithm>
#include <bit>

namespace ohmweave::logic::ieee {

void all_of(RowBuilder& row, std::span<const Bitline> bits, Bitline all) {
  const ScratchBit off(row);
  row.set(all, true);
  for (Bitline bit : bits) {
    row.invert(bit, off);
    row.clear_where(off, all);
  }
}

void not_less(RowBuilder& row, const Word& x, const Word& y, Bitline out) {
  const Scratch t(row, 3);
  row.set(out, true);
  for (size_t i = 0; i < x.size(); ++i) {
    row.nor(x[i], y[i], t[0]);
    row.nor(y[i], t[0], t[1]);  // x has it, y has not
    row.nor(x[i], t[0], t[2]);  // y has it, x has not
    row.nor(t[1], out, t[0]);
    row.nor(t[2], t[0], out);
  }
}

void add_constant(RowBuilder& row, const Word& x, int64_t constant, Bitline carry, const Word& sum) {
  const ScratchBit between(row);
  for (size_t i = 0; i < x.size(); ++i) {
    const bool one = (static_cast<uint64_t>(constant) >> std::min<size_t>(i, 63) & 1) != 0;
    (one ? half_adder_of_one : half_adder)(row, x[i], i == 0 ? carry : Bitline(between), sum[i], between);
  }
}

Kind::Kind(RowBuilder& row, const FloatCells& x) : leading(row), special(row), fraction(row) {
  any_of(row, x.exponent, leading);
  all_of(row, x.exponent, special);
  any_of(row, x.mantissa, fraction);
}

void nan_where(RowBuilder& row, const Kind& x, Bitline condition, Bitline nan) {
  const Scratch t(row, 2);
  row.nor(x.fraction, condition, t[0]);
  row.invert(x.special, t[1]);
  row.nor(t[0], t[1], nan);
}

namespace {

/// Cells of places [first, last) that may be 1.
Word occupied(const std::vector<Place>& places, size_t first, size_t last) {
  Word cells;
  for (size_t i = first; i < std::min(last, places.size()); ++i)
    if (!places[i].zero) cells.push_back(places[i].cell);
  return cells;
}

/// Whether steps may be taken (see normalise_within).
class Room {
 public:
  Room(RowBuilder& row, const Word& bits, int steps) : row_(row), bits_(bits), free_(row) {
    if (static_cast<int>(bits.size()) > steps)
      any_of(row, part(bits, steps), free_);
    else
      row.set(free_, false);
  }
  /// taken = the step's `none` of the bits at the top, where there is room for it; stays is its complement.
  void decide(int step, Bitline none, Bitline taken, Bitline stays) {
    const Scratch t(row_, 2);
    const Bitline bit = bits_[static_cast<size_t>(step)];
    row_.nor(free_, bit, t[0]);
    row_.invert(none, t[1]);
    row_.nor(t[0], t[1], taken);
    row_.invert(taken, stays);
    if (step == 0) return;
    row_.invert(bit, t[0]);
    row_.nor(t[0], none, t[1]);
    row_.nor(free_, t[1], t[0]);
    row_.invert(t[0], free_);
  }

 private:
  RowBuilder& row_;
  const Word& bits_;
  ScratchBit free_;
};

/// Clears `exact` where a 1 comes to stand at place `kept` or below, once the step is done.
void drop(RowBuilder& row, const std::vector<Place>& places, size_t kept, size_t distance, Bitline taken,
          Bitline exact) {
  for (Bitline cell : occupied(places, kept + distance, places.size())) row.clear_where(cell, exact);
  const Word unless_taken = occupied(places, kept, kept + distance);
  if (unless_taken.empty()) return;
  const Scratch t(row, 2);
  none_of(row, unless_taken, t[0]);
  row.nor(t[0], taken, t[1]);
  row.clear_where(t[1], exact);
}

/// place = taken ? from : place.
void move_up(RowBuilder& row, Place& place, const Place* from, Bit taken) {
  const bool comes = from != nullptr && !from->zero;
  if (comes && !place.zero) {
    choose(row, taken, from->cell, place.cell, place.cell);
  } else if (comes) {
    const ScratchBit t(row);
    row.invert(from->cell, t);
    row.nor(t, *taken.complement, place.cell);
    place.zero = false;
  } else if (!place.zero) {
    row.clear_where(taken.cell, place.cell);
  }
}

}  // namespace

Scratch normalise_within(RowBuilder& row, std::vector<Place>& places, const Word& room, int farthest, int kept,
                         Bitline exact) {
  const int steps = std::min(static_cast<int>(std::bit_width(static_cast<unsigned>(farthest))),
                             static_cast<int>(room.size()));
  Scratch distance(row, steps);
  Room limit(row, room, steps);
  for (int step = steps - 1; step >= 0; --step) {
    const size_t reach = size_t{1} << step;
    const ScratchBit stays(row);
    {
      const ScratchBit none(row);
      none_of(row, occupied(places, 0, reach), none);
      limit.decide(step, none, distance[step], stays);
    }
    // What the later steps, of reach - 1 together, can still bring up stays.
    const size_t needed = std::min(static_cast<size_t>(kept) + reach - 1, places.size());
    drop(row, places, needed, reach, distance[step], exact);
    for (size_t i = 0; i < needed; ++i)
      move_up(row, places[i], i + reach < places.size() ? &places[i + reach] : nullptr,
              {distance[step], stays});
    places.resize(needed);
  }
  for (Place& place : places)
    if (place.zero) row.set(place.cell, false);
  return distance;
}

void round_result(RowBuilder& row, const Unrounded& number, const FloatCells& z) {
  const ScratchBit carry(row);
  {
    const ScratchBit small(row), up(row);
    row.invert(number.leading, small);
    row.clear_where(small, number.exponent);
    const ScratchBit sticky(row);
    row.invert(number.exact, sticky);
    round_up(row, z.mantissa[0], number.guard, sticky, up);
    add_bit(row, z.mantissa, up, z.mantissa, carry);
  }
  const ScratchBit between(row);
  full_adder(row, number.leading, carry, number.exponent[0], number.exponent[0], between);
  const Word above = part(number.exponent, 1);
  add_bit(row, above, between, above);
}

void overflow(RowBuilder& row, const Word& exponent, const FloatCells& z, std::optional<Bitline> infinite) {
  const ScratchBit over(row);
  all_of(row, z.exponent, over);
  const Word higher = part(exponent, static_cast<int>(z.exponent.size()));
  if (infinite || !higher.empty()) {
    Word reasons = join(higher, over);
    if (infinite) reasons.push_back(*infinite);
    any_of(row, reasons, over);
    const ScratchBit off(row);
    for (Bitline bit : z.exponent) {  // OR of each bit and `over`
      row.nor(bit, over, off);
      row.invert(off, bit);
    }
  }
  row.clear_where(over, z.mantissa);
}

void make_nan(RowBuilder& row, Bitline nan, const FloatCells& z) {
  either(row, z.mantissa.back(), nan, z.mantissa.back());
  row.clear_where(nan, z.sign);
}

std::vector<Place> places_of_result(Bitline leading, const FloatCells& z, Bitline guard, const Word& below) {
  std::vector<Place> places{{leading, true}};
  for (size_t i = z.mantissa.size(); i-- > 0;) places.push_back({z.mantissa[i], true});
  places.push_back({guard, true});
  for (Bitline cell : below) places.push_back({cell, false});
  return places;
}

}  // namespace ohmweave::logic::ieee
