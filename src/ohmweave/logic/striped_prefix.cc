// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/striped_prefix.h"

#include <bit>

namespace ohmweave::logic {

CarryPrefix::CarryPrefix(StripedRow& row, const Lanes& lanes)
    : row_(row), lanes_(lanes), pass_(row, lanes), no_pass_(row, lanes), no_carry_(row, lanes) {}

void CarryPrefix::release_rest() {
  pass_.release();
  no_pass_.release();
}

void CarryPrefix::prepare(int a, std::optional<int> b) {
  if (!b) {  // nothing makes a carry
    row_.fresh_invert(a, no_pass_, lanes_);
    row_.fresh_invert(no_pass_, pass_, lanes_);
    row_.set(true, no_carry_, lanes_);
    return;
  }
  striped_or(row_, a, *b, pass_, lanes_, no_pass_);
  const Stripe not_b(row_, lanes_), both(row_, lanes_);
  row_.fresh_invert(a, no_carry_, lanes_);
  row_.fresh_invert(*b, not_b, lanes_);
  row_.fresh_nor(no_carry_, not_b, both, lanes_);
  row_.fresh_invert(both, no_carry_, lanes_);
}

/// A carry that comes in is made by the first lane if it passes carries on.
void CarryPrefix::take_in(const StripedCarry& carry, std::optional<Stripe>& no_carry_in) {
  const Lanes first{lanes_.front()};
  if (carry.one) row_.invert(pass_, no_carry_, first);
  if (!carry.in) return;
  const Stripe made(row_, first);
  no_carry_in.emplace(row_, first);
  row_.fresh_invert(carry.in->place, *no_carry_in, {carry.in->lane}, first);
  row_.fresh_nor(no_pass_, *no_carry_in, made, first);
  row_.invert(made, no_carry_, first);
}

void CarryPrefix::join(const Lanes& lower, const Lanes& upper) {
  row_.invert(no_carry_, pass_, lower, upper);  // a carry from below that is passed on
  row_.invert(pass_, no_carry_, upper);
  row_.fresh_invert(no_pass_, pass_, upper);
  row_.invert(no_pass_, pass_, lower, upper);
  row_.fresh_invert(pass_, no_pass_, upper);
}

void CarryPrefix::scan() {
  const int size = static_cast<int>(lanes_.size()), steps = std::bit_width(lanes_.size() - 1);
  for (int step = 0; step + 1 < steps; ++step) {
    const int reach = 1 << step;
    join(every(lanes_, reach, size - reach, 2 * reach), every(lanes_, 2 * reach, size, 2 * reach));
  }
  for (int step = steps - 1; step >= 0; --step) {
    const int reach = 1 << step;
    join(every(lanes_, 0, size - reach, 2 * reach), every(lanes_, reach, size, 2 * reach));
  }
}

void CarryPrefix::reduce() {
  const int size = static_cast<int>(lanes_.size()), steps = std::bit_width(lanes_.size() - 1);
  for (int step = 0; step < steps; ++step) {
    const int reach = 1 << step, period = 2 * reach, first = (size - 1 - reach) % period;
    join(every(lanes_, first, size - reach, period), every(lanes_, first + reach, size, period));
  }
}

}  // namespace ohmweave::logic
