// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/method.h"
#include "ohmweave/logic/striped_blocks.h"

namespace ohmweave::logic {

/// Two floating-point operands and a result across a row: the sign in lane 0, the exponent from lane 1 on,
/// lowest bit first, then the mantissa. A significand, the mantissa with its hidden bit, stands a lane before
/// the mantissa, so that its hidden bit is in the last lane; bits below it (sticky, round, guard) go before it.
class StripedFloats {
 public:
  StripedFloats(std::string name, LogicFormat format);

  static constexpr int kA = 0, kB = 1, kResult = 2;  // places
  int low() const { return exponent_bits_; }         // first lane of significands
  int last() const { return lanes_ - 1; }
  int above_exponent() const { return exponent_bits_ + 1; }
  Lanes all() const { return row.all(); }
  Lanes lanes(int first, int end) const { return every(all(), first, end); }
  Lanes lanes_from(int first) const { return lanes(first, lanes_); }
  Lanes sign() const { return {0}; }
  Lanes exponent() const { return lanes(1, exponent_bits_ + 1); }
  Lanes wide_exponent() const { return lanes(1, exponent_bits_ + 2); }  // with room for a sign
  Lanes mantissa() const { return lanes_from(exponent_bits_ + 1); }
  Lanes significand() const { return lanes_from(low()); }

  /// The significand of an operand; its hidden bit is 1 where the exponent is not 0.
  void load_significand(int operand, int significand);
  /// sticky OR= round
  void merge_round(int number, int sticky_lane, int round_lane);
  /// guard AND= sticky OR the lowest bit kept: what to add when rounding to nearest, ties to even.
  void find_rounding(int number, int sticky_lane, int guard_lane);
  /// Stores lanes of `number` as the mantissa, `distance` further.
  void store_mantissa(int number, const Lanes& lanes, int distance);
  /// Copies the exponent of an operand, by way of its complement.
  void copy_exponent(int operand, int copy, int scratch);
  /// Stores an exponent.
  void store_exponent(int number);
  /// Where the hidden bit, in `hidden_lane` of `number`, is 0 or the exponent is negative, the result is 0:
  /// clears the exponent in its lanes
  /// of the place `cleared`, the mantissa and the sign.
  void clear_underflow(int number, int hidden_lane, int exponent, int cleared, const Lanes& exponent_lanes);
  /// result OR= a bit of another lane, in the last lane.
  void or_into_last(int number, StripedBit bit);

  LogicProgram finish();

  StripedRow row;

 private:
  int exponent_bits_, lanes_;
};

}  // namespace ohmweave::logic
