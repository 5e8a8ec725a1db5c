// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/striped_float.h"

namespace ohmweave::logic {

StripedFloats::StripedFloats(std::string name, LogicFormat format)
    : row(std::move(name), format.width()), exponent_bits_(format.exponent), lanes_(format.width()) {
  for (int place = kA; place <= kResult; ++place) row.take(row.all());
}

LogicProgram StripedFloats::finish() {
  for (const auto& [name, place] : {std::pair("a", kA), std::pair("b", kB)}) {
    for (const Lanes& part : {mantissa(), exponent(), sign()}) row.input(name, place, part);
  }
  for (const Lanes& part : {mantissa(), exponent(), sign()}) row.output("result", kResult, part);
  return row.finish();
}

void StripedFloats::load_significand(int operand, int number) {
  const Lanes below_hidden = lanes(low(), last());
  {
    const Stripe inverted(row, below_hidden);
    row.set(true, number, significand());
    row.set(true, inverted, below_hidden);
    row.shift_inverted(operand, inverted, significand(), -1);
    row.invert(inverted, number, below_hidden);
  }
  striped_any(row, operand, exponent(), {number, last()});
}

void StripedFloats::merge_round(int number, int sticky_lane, int round_lane) {
  const Lanes sticky{sticky_lane};
  const Stripe one(row, sticky), other(row, sticky);
  row.set(true, one, sticky);
  row.set(true, other, sticky);
  row.invert(number, one, {round_lane}, sticky);
  row.invert(one, other, sticky);
  row.fresh_nor(other, number, one, sticky);
  row.fresh_invert(one, number, sticky);
}

void StripedFloats::find_rounding(int number, int sticky_lane, int guard_lane) {
  const Lanes sticky{sticky_lane}, guard{guard_lane}, low_bits = lanes(sticky_lane, guard_lane + 1);
  const Stripe neither(row, low_bits), lowest(row, low_bits);
  row.set(true, neither, low_bits);
  row.invert(number, neither, {guard_lane + 1}, sticky);
  row.fresh_invert(neither, lowest, sticky);
  row.nor(number, lowest, neither, sticky, guard);
  row.invert(neither, number, guard);  // X-MAGIC
}

void StripedFloats::store_mantissa(int number, const Lanes& from_lanes, int distance) {
  const Stripe inverted(row, mantissa());
  row.set(true, kResult, mantissa());
  row.set(true, inverted, mantissa());
  row.shift_inverted(number, inverted, from_lanes, distance);
  row.invert(inverted, kResult, mantissa());
}

void StripedFloats::copy_exponent(int operand, int copy, int scratch) {
  row.set(true, copy, exponent());
  row.set(true, scratch, exponent());
  row.invert(operand, scratch, exponent());
  row.invert(scratch, copy, exponent());
}

void StripedFloats::store_exponent(int number) {
  const Stripe inverted(row, exponent());
  row.fresh_invert(number, inverted, exponent());
  row.fresh_invert(inverted, kResult, exponent());
}

void StripedFloats::clear_underflow(int number, int hidden_lane, int exponent, int cleared,
                                    const Lanes& exponent_lanes) {
  const Lanes above{above_exponent()};
  const Stripe zero(row, sign()), no_hidden(row, above), some(row, above);
  row.fresh_invert(number, no_hidden, {hidden_lane}, above);
  row.fresh_nor(exponent, no_hidden, some, above);
  row.fresh_invert(some, zero, above, sign());
  for (const int lane : exponent_lanes) row.invert(zero, cleared, sign(), {lane});  // X-MAGIC
  for (const int lane : mantissa()) row.invert(zero, kResult, sign(), {lane});
  row.invert(zero, kResult, sign());
}

void StripedFloats::or_into_last(int number, StripedBit bit) {
  const Lanes end{last()};
  const Stripe inverted(row, end), copy(row, end);
  row.fresh_invert(bit.place, inverted, {bit.lane}, end);
  row.fresh_invert(inverted, copy, end);
  striped_or(row, copy, number, number, end);
}

}  // namespace ohmweave::logic
