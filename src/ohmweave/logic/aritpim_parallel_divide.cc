// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/check.h"
#include "ohmweave/logic/aritpim_parallel.h"
#include "ohmweave/logic/striped_blocks.h"
#include "ohmweave/logic/striped_carry_save.h"
#include "ohmweave/logic/striped_prefix.h"

namespace ohmweave::logic {
namespace {

/// What a division works with. The remainder is sum + carry and a bit above them, in the last lane of `top`.
class Division {
 public:
  Division(StripedRow& row, int low, int divisor, int quotient, int remainder, const Lanes& lanes)
      : row_(row),
        lanes_(lanes),
        size_(static_cast<int>(lanes.size())),
        first_{lanes.front()},
        last_{lanes.back()},
        low_(low),
        divisor_(divisor),
        quotient_(quotient),
        remainder_(remainder),
        carry_(remainder) {}
  void run(int high);

 private:
  void load(int high);
  void step(int i, int top);
  void get_last_bit(int i, int bit, int complement);
  void add(int addend, int top_carry);
  void find_bit(int i, int top, int last_bit, Stripe& no_carry, Stripe& top_carry);
  void move_on(int i);
  void correct();

  StripedRow& row_;
  Lanes lanes_;
  int size_;
  Lanes first_, last_;
  int low_, divisor_, quotient_, remainder_, carry_;
  std::optional<Stripe> sum_;
};

void Division::run(int high) {
  load(high);
  {
    // The two lanes before the last help to XOR three pairs at once.
    const Stripe top(row_, every(lanes_, -3, size_));
    {
      const Stripe inverted(row_, last_);
      row_.set(true, top, last_);
      row_.set(true, inverted, last_);
      row_.invert(high, inverted, last_);
      row_.invert(inverted, top, last_);
    }
    row_.set(true, quotient_, lanes_);
    for (int i = 0; i < size_; ++i) {
      step(i, top);
      if (i + 1 < size_) move_on(i);
    }
  }
  correct();
}

/// The dividend without its lowest bits, a lane further.
void Division::load(int high) {
  const Stripe inverted(row_, lanes_);
  sum_.emplace(row_, lanes_);
  row_.set(true, inverted, lanes_);
  row_.set(true, *sum_, lanes_);
  row_.invert(low_, inverted, last_, first_);
  row_.shift_inverted(high, inverted, lanes_, 1);
  row_.invert(inverted, *sum_, lanes_);
  row_.set(false, carry_, from(lanes_, 1));
}

void Division::step(int i, int top) {
  const Stripe last_bit(row_, lanes_);
  Stripe addend(row_,
                lanes_);  // the divisor, or its complement if the last bit is 1; that bit's complement before
  get_last_bit(i, last_bit, addend);
  striped_xor(row_, last_bit, divisor_, addend, lanes_, addend);
  Stripe top_carry(row_, last_);
  add(addend, top_carry);
  addend.release();
  CarryPrefix prefix(row_, lanes_);
  prefix.prepare(*sum_, carry_);
  prefix.reduce();
  prefix.release_rest();
  find_bit(i, top, last_bit, prefix.no_carry(), top_carry);
}

/// The bit of the quotient found last, in all lanes and as a carry that comes in; 1 before the first.
void Division::get_last_bit(int i, int bit, int complement) {
  row_.set(true, bit, lanes_);
  row_.set(i > 0, complement, lanes_);
  if (i == 0) {
    row_.set(true, carry_, first_);
    return;
  }
  row_.invert(quotient_, complement, {lanes_[size_ - i]}, first_);
  row_.invert(complement, bit, first_);
  row_.invert(complement, carry_, first_);
  striped_broadcast(row_, bit, complement, lanes_);
}

/// sum + carry += addend, carries a lane further; the highest stays beside.
void Division::add(int addend, int top_carry) {
  CarrySave adder(row_, lanes_);
  adder.prepare(*sum_, carry_, addend);
  row_.set(true, carry_, from(lanes_, 1));
  row_.set(false, carry_, first_);
  row_.set(true, top_carry, last_);
  row_.nor(adder.none(), adder.passed(), top_carry, last_);
  row_.shift_nor(adder.none(), adder.passed(), carry_, lanes_, 1);
  adder.finish(addend);
  row_.fresh_nor(adder.one_half(), adder.other_half(), *sum_, lanes_);
}

/// The sign of the remainder is the XOR of the carry that the reduction found, the carry and the bit above the
/// last lane, and whether the divisor was subtracted; the XOR of the last lane is the bit above it for the next
/// step.
void Division::find_bit(int i, int top, int last_bit, Stripe& no_carry, Stripe& top_carry) {
  const Lanes third{lanes_[size_ - 3]}, second{lanes_[size_ - 2]}, both = every(lanes_, -3, -1);
  const int one = top, other = last_bit;
  row_.set(true, one, both);
  row_.invert(no_carry, one, last_, third);
  row_.set(true, other, both);
  row_.invert(top_carry, other, last_, third);
  no_carry.release();
  top_carry.release();
  row_.invert(*sum_, one, last_, second);
  row_.invert(carry_, other, last_, second);
  striped_xnor(row_, one, other, other, every(lanes_, -3, size_));
  row_.fresh_invert(other, one, third, last_);
  {
    const Stripe none(row_, last_), only_other(row_, last_), only_one(row_, last_);
    row_.fresh_nor(one, other, none, last_);
    row_.fresh_nor(one, none, only_other, last_);
    row_.fresh_nor(other, none, only_one, last_);
    row_.nor(only_other, only_one, quotient_, last_, {lanes_[size_ - 1 - i]});
  }
  row_.fresh_invert(other, top, second, last_);
}

/// Both numbers a lane further, with the next bit of the dividend in the first lane.
void Division::move_on(int i) {
  const Stripe inverted(row_, lanes_);
  row_.set(true, inverted, lanes_);
  row_.shift_inverted(carry_, inverted, lanes_, 1);
  row_.set(true, carry_, lanes_);
  row_.invert(inverted, carry_, from(lanes_, 1));
  row_.set(true, inverted, lanes_);
  row_.shift_inverted(*sum_, inverted, lanes_, 1);
  row_.invert(low_, inverted, {lanes_[size_ - 2 - i]}, first_);
  row_.fresh_invert(inverted, *sum_, lanes_);
}

/// A remainder below zero gets the divisor back: the last bit of the quotient is 0.
void Division::correct() {
  striped_add(row_, *sum_, carry_, remainder_, lanes_);
  {
    const Stripe complement(row_, lanes_);
    row_.set(true, *sum_, lanes_);
    row_.set(true, complement, lanes_);
    row_.invert(quotient_, *sum_, first_);
    striped_broadcast(row_, *sum_, complement, lanes_);
    row_.fresh_invert(divisor_, complement, lanes_);
    row_.invert(complement, *sum_, lanes_);  // X-MAGIC
  }
  striped_add(row_, *sum_, remainder_, remainder_, lanes_);
}

}  // namespace

void striped_divide(StripedRow& row, int high, int low, int divisor, int quotient, int remainder,
                    const Lanes& lanes) {
  OHMWEAVE_CHECK(lanes.size() >= 3, "a division needs three partitions");
  Division(row, low, divisor, quotient, remainder, lanes).run(high);
}

}  // namespace ohmweave::logic
