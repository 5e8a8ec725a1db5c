// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "ohmweave/logic/aritpim_parallel.h"
#include "ohmweave/logic/striped_float.h"

namespace ohmweave::logic {
namespace {

/// The signed sum of AritPIM: the smaller number is shifted, inverted if signs differ, added, made positive and
/// normalised to either side, and rounded.
class SignedSum : public StripedFloats {
 public:
  explicit SignedSum(LogicFormat format) : StripedFloats("aritpim-parallel", format), bits_(format.bits) {}
  LogicProgram build(bool subtract);

 private:
  using Held = std::optional<Stripe>;

  void flip_sign_of_b();
  void load();
  void compare();
  void align();
  void spread_difference_of_signs();
  void add();
  void make_positive();
  void normalize();
  void round();
  void write_sign();

  int sticky() const { return low() - 3; }  // lanes below the significand
  int guard() const { return low() - 1; }
  Lanes extended() const { return lanes_from(sticky()); }

  int bits_;
  Held first_, second_;                       // significands, the greater exponent's first
  Held distance_;                             // of exponents
  Held swaps_, no_swaps_;                     // whether b has the greater exponent, in all lanes
  Held differ_all_, no_differ_all_, differ_;  // whether signs differ, in all lanes and in lane 0
  Held carry_;                                // of the sum, in lane 1
  Held negative_;                             // whether the sum was, in lane 0
  Held exponent_;
};

LogicProgram SignedSum::build(bool subtract) {
  if (subtract) flip_sign_of_b();
  load();
  compare();
  align();
  spread_difference_of_signs();
  add();
  make_positive();
  normalize();
  round();
  // One lane before the significand, as the authors' program: its gates are in their counts.
  store_mantissa(*first_, lanes_from(low() - 1), 1);
  store_exponent(*exponent_);
  write_sign();
  clear_underflow(*first_, last(), *exponent_, kResult, exponent());
  if (subtract) flip_sign_of_b();
  return finish();
}

void SignedSum::flip_sign_of_b() {
  const Stripe flipped(row, sign()), kept(row, sign());
  row.fresh_invert(kB, flipped, sign());
  row.fresh_invert(flipped, kept, sign());
  row.fresh_invert(kept, kB, sign());
}

void SignedSum::load() {
  first_.emplace(row, extended());
  load_significand(kA, *first_);
  second_.emplace(row, extended());
  load_significand(kB, *second_);
}

/// The exponents' difference, the greater one as the result's, and significands in their order.
void SignedSum::compare() {
  const Lanes above{above_exponent()};
  distance_.emplace(row, wide_exponent());
  swaps_.emplace(row, all());
  {
    const Stripe no_borrow(row, sign());
    striped_subtract(row, kA, kB, *distance_, exponent(), StripedBit{no_borrow, 0});
    row.fresh_invert(no_borrow, *swaps_, sign(), above);
    row.fresh_invert(no_borrow, *distance_, sign(), above);
  }
  no_swaps_.emplace(row, all());
  row.set(true, *no_swaps_, all());
  row.invert(*swaps_, *no_swaps_, above, sign());
  row.set(true, *swaps_, all());
  row.invert(*no_swaps_, *swaps_, sign());
  striped_broadcast(row, *swaps_, *no_swaps_, all());
  striped_choose(row, *swaps_, kB, kA, kResult, exponent(), *no_swaps_);
  striped_swap(row, *swaps_, *no_swaps_, *first_, *second_, significand());
  striped_magnitude(row, *distance_, *distance_, wide_exponent());
}

void SignedSum::align() {
  const int places = std::bit_width(static_cast<unsigned>(bits_ + 2));  // ceil(log2(bits + 3))
  const int used = std::min(places, static_cast<int>(exponent().size()));
  if (used < static_cast<int>(exponent().size())) {  // further than all of it
    const Lanes rest = from(exponent(), used);
    striped_any(row, *distance_, rest, {*distance_, rest[0]});
    for (const int lane : significand()) row.invert(*distance_, *second_, {rest[0]}, {lane});  // X-MAGIC
  }
  row.set(false, *second_, lanes(sticky(), low()));
  striped_shift(row, *second_, lanes_from(sticky() + 1), *distance_, every(exponent(), 0, used),
                StripedBit{*second_, sticky()});
  distance_.reset();
}

void SignedSum::spread_difference_of_signs() {
  differ_all_.emplace(row, all());
  row.set(true, *differ_all_, all());
  no_differ_all_.emplace(row, all());
  row.set(true, *no_differ_all_, all());
  striped_xor(row, kA, kB, *differ_all_, sign(), {}, {}, *no_differ_all_);
  striped_broadcast(row, *differ_all_, *no_differ_all_, all());
}

void SignedSum::add() {
  row.set(false, *first_, lanes(sticky(), low()));
  carry_.emplace(row, Lanes{1});
  striped_xor(row, *second_, *differ_all_, *second_, extended());
  striped_add(row, *first_, *second_, *first_, extended(),
              {.one = false, .in = StripedBit{*differ_all_, last()}, .out = StripedBit{*carry_, 1}});
  differ_all_.reset();
  differ_.emplace(row, sign());
  row.fresh_invert(*no_differ_all_, *differ_, sign());
  second_.reset();
}

/// Signs that differ and no carry: the difference is negative.
void SignedSum::make_positive() {
  Held negative_all, no_negative_all;
  negative_all.emplace(row, all());
  no_negative_all.emplace(row, all());
  row.set(true, *negative_all, all());
  row.nor(*no_differ_all_, *carry_, *negative_all, {1}, sign());
  no_differ_all_.reset();
  row.set(true, *no_negative_all, all());
  row.invert(*negative_all, *no_negative_all, sign());
  striped_broadcast(row, *negative_all, *no_negative_all, all());
  striped_xor(row, *first_, *negative_all, *first_, extended());
  striped_add(row, *first_, {}, *first_, extended(),
              {.one = false, .in = StripedBit{*negative_all, last()}, .out = {}});
  negative_all.reset();
  negative_.emplace(row, sign());
  row.fresh_invert(*no_negative_all, *negative_, sign());
}

/// By one to the right after a carry, or to the left.
void SignedSum::normalize() {
  row.invert(*differ_, *carry_, sign(), {1});  // X-MAGIC: no carry of a difference
  striped_shift(row, *first_, lanes_from(sticky() + 1), *carry_, {1}, StripedBit{*first_, sticky()});
  or_into_last(*first_, {*carry_, 1});
  exponent_.emplace(row, wide_exponent());
  {
    const Stripe inverted(row, wide_exponent());
    row.set(true, inverted, wide_exponent());
    row.invert(kResult, inverted, exponent());
    row.fresh_invert(inverted, *exponent_, wide_exponent());
  }
  const Stripe distance(row, wide_exponent());
  row.set(false, distance, wide_exponent());
  Lanes downwards = lanes_from(sticky() + 1);
  std::ranges::reverse(downwards);
  const int places = std::bit_width(static_cast<unsigned>(bits_ + 1));  // ceil(log2(bits + 2))
  striped_normalize(row, *first_, downwards, distance, lanes(1, 1 + places));
  striped_subtract(row, *exponent_, distance, *exponent_, wide_exponent());
}

void SignedSum::round() {
  merge_round(*first_, sticky(), sticky() + 1);
  find_rounding(*first_, sticky(), guard());
  const Stripe overflow(row, {1});
  striped_add(row, *first_, {}, *first_, significand(),
              {.one = false, .in = StripedBit{*first_, guard()}, .out = StripedBit{overflow, 1}});
  or_into_last(*first_, {overflow, 1});
  const Stripe carry(row, {1});
  striped_full_adder(row, *carry_, overflow, *exponent_, *exponent_, carry, 1);
  striped_add(row, *exponent_, {}, *exponent_, from(wide_exponent(), 1),
              {.one = false, .in = StripedBit{carry, 1}, .out = {}});
  carry_.reset();
}

/// That of a if signs agree, else of the greater magnitude.
void SignedSum::write_sign() {
  const Stripe greater(row, sign());
  {
    const Stripe no_b(row, sign());
    row.fresh_invert(kB, no_b, sign());
    row.fresh_nor(kA, no_b, greater, sign());
  }
  striped_xor(row, greater, *swaps_, greater, sign(), {}, *no_swaps_);
  striped_xnor(row, greater, *negative_, greater, sign());
  striped_choose(row, *differ_, greater, kA, kResult, sign());
  swaps_.reset();
  no_swaps_.reset();
  differ_.reset();
  negative_.reset();
}

}  // namespace

LogicProgram aritpim_parallel_sum(LogicFormat format, bool subtract) {
  return SignedSum(format).build(subtract);
}

}  // namespace ohmweave::logic
