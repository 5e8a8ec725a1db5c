// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/striped_prefix.h"

namespace ohmweave::logic {
void striped_add(StripedRow& row, int a, std::optional<int> b, int sum, const Lanes& lanes,
                 const StripedCarry& carry) {
  CarryPrefix prefix(row, lanes);
  prefix.prepare(a, b);
  std::optional<Stripe> no_carry_in;
  prefix.take_in(carry, no_carry_in);
  prefix.scan();
  prefix.release_rest();

  const Stripe carries(row, lanes);  // into each lane
  const Lanes first{lanes.front()};
  row.set(true, carries, lanes);
  if (no_carry_in) {
    row.invert(*no_carry_in, carries, first);
    no_carry_in->release();
  } else {
    row.set(carry.one, carries, first);
  }
  row.shift_inverted(prefix.no_carry(), carries, lanes, 1);
  if (carry.out) row.fresh_invert(prefix.no_carry(), carry.out->place, {lanes.back()}, {carry.out->lane});
  prefix.no_carry().release();
  if (b) {
    striped_xnor(row, a, *b, sum, lanes);
    striped_xnor(row, sum, carries, sum, lanes);
  } else {
    striped_xor(row, a, carries, sum, lanes);
  }
}

void striped_subtract(StripedRow& row, int a, int b, int difference, const Lanes& lanes,
                      std::optional<StripedBit> carry_out) {
  const Stripe no_b(row, lanes);
  row.fresh_invert(b, no_b, lanes);
  striped_add(row, a, no_b, difference, lanes, {.one = true, .in = {}, .out = carry_out});
}

void striped_magnitude(StripedRow& row, int a, int result, const Lanes& lanes) {
  const Stripe sign(row, lanes);
  {
    const Stripe no_sign(row, lanes);
    row.set(true, sign, lanes);
    row.set(true, no_sign, lanes);
    row.invert(a, no_sign, {lanes.back()}, {lanes.front()});
    row.invert(no_sign, sign, {lanes.front()});
    striped_broadcast(row, sign, no_sign, lanes);
    striped_xor(row, sign, a, result, lanes, no_sign);
  }
  striped_add(row, result, {}, result, lanes, {.one = false, .in = StripedBit{sign, lanes.back()}, .out = {}});
}

}  // namespace ohmweave::logic
