// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ohmweave/logic/aritpim_parallel.h"
#include "ohmweave/logic/striped_float.h"

namespace ohmweave::logic {
namespace {

class Quotient : public StripedFloats {
 public:
  explicit Quotient(LogicFormat format) : StripedFloats("aritpim-parallel", format) {}
  LogicProgram build();

 private:
  void move_down(int number, const Lanes& moved, int distance);
  void divide();
  void normalize();
  void round();
  void add_exponents(int sum);

  int sticky() const { return low() - 3; }  // lanes below the quotient
  int guard() const { return low() - 1; }
  int flag_lane() const { return low() - 4; }
  Lanes division() const { return lanes_from(low() - 2); }

  std::optional<Stripe> quotient_;  // sticky, round and guard bits before it
  std::optional<Stripe> small_;     // whether it was below 1, in flag_lane()
  std::optional<Stripe> overflow_;  // of rounding, in the last lane
};

void Quotient::move_down(int number, const Lanes& moved, int distance) {
  const Stripe inverted(row, moved);
  row.set(true, inverted, moved);
  row.shift_inverted(number, inverted, moved, -distance);
  row.fresh_invert(inverted, number, moved);
}

/// Both significands go down to the first lanes; the dividend one lane further, its lowest bit on top of the
/// zeros below it. So quotients of 1 to 2 have their 1 in the last lane, and those below it a lane before.
void Quotient::divide() {
  const Stripe a(row, lanes_from(low() - 3));
  load_significand(kA, a);
  const Stripe b(row, division());
  load_significand(kB, b);
  move_down(a, lanes_from(low() - 3), 3);
  std::optional<Stripe> inverted(std::in_place, row, Lanes{last()});
  const Stripe below(row, division());
  row.set(true, below, {last()});
  row.set(true, *inverted, {last()});
  row.set(false, below, lanes(low() - 2, last()));
  row.invert(a, *inverted, {low() - 3}, {last()});
  row.invert(*inverted, below, {last()});
  inverted.reset();
  move_down(b, division(), 2);
  quotient_.emplace(row, lanes_from(sticky()));
  const Stripe remainder(row, division());
  striped_divide(row, a, below, b, *quotient_, remainder, division());
  striped_any(row, remainder, division(), {*quotient_, sticky()});
}

void Quotient::normalize() {
  small_.emplace(row, Lanes{flag_lane()});
  row.fresh_invert(*quotient_, *small_, {last()}, {flag_lane()});
  Lanes downwards = lanes_from(sticky());
  std::ranges::reverse(downwards);
  striped_shift(row, *quotient_, downwards, *small_, {flag_lane()});
}

void Quotient::round() {
  merge_round(*quotient_, sticky(), sticky() + 1);
  find_rounding(*quotient_, sticky(), guard());
  overflow_.emplace(row, Lanes{last()});
  striped_add(row, *quotient_, {}, *quotient_, significand(),
              {.one = false, .in = StripedBit{*quotient_, guard()}, .out = StripedBit{*overflow_, last()}});
  striped_or(row, *overflow_, *quotient_, *quotient_, {last()});
}

/// The bias, less one for a quotient below 1, plus the exponent of a, less that of b.
void Quotient::add_exponents(int sum) {
  row.set(true, sum, lanes(1, low()));
  row.set(false, sum, lanes(low(), above_exponent() + 1));
  row.invert(*small_, sum, {flag_lane()}, {1});
  small_.reset();
  const Lanes below = lanes(0, above_exponent() + 1);
  const Stripe copy(row, below), scratch(row, below);
  row.set(false, copy, {above_exponent()});
  copy_exponent(kA, copy, scratch);
  striped_add(row, sum, copy, sum, wide_exponent(),
              {.one = false, .in = StripedBit{*overflow_, last()}, .out = {}});
  overflow_.reset();
  copy_exponent(kB, copy, scratch);
  striped_subtract(row, sum, copy, sum, wide_exponent());
}

LogicProgram Quotient::build() {
  divide();
  normalize();
  round();
  store_mantissa(*quotient_, significand(), 1);
  const Stripe sum(row, wide_exponent());
  add_exponents(sum);
  striped_xor(row, kA, kB, kResult, sign());
  clear_underflow(*quotient_, last(), sum, sum, wide_exponent());
  quotient_.reset();
  store_exponent(sum);
  return finish();
}

}  // namespace

LogicProgram aritpim_parallel_quotient(LogicFormat format) { return Quotient(format).build(); }

}  // namespace ohmweave::logic
