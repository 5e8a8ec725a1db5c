// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ohmweave/logic/striped_blocks.h"

namespace ohmweave::logic {

/// Which lanes of a sum pass a carry on and, inverted, which make one. Joining a lane with a lower one makes it
/// stand for both.
class CarryPrefix {
 public:
  CarryPrefix(StripedRow& row, const Lanes& lanes);

  /// The carries of a + b, or of a + a bit.
  void prepare(int a, std::optional<int> b);
  /// A carry that comes in. `no_carry_in` gets its complement, unless it is the constant one.
  void take_in(const StripedCarry& carry, std::optional<Stripe>& no_carry_in);
  /// Joins every lane with all below it, or only the last one.
  void scan();
  void reduce();

  /// 0 where a carry goes out of a lane.
  Stripe& no_carry() { return no_carry_; }
  void release_rest();

 private:
  void join(const Lanes& lower, const Lanes& upper);

  StripedRow& row_;
  Lanes lanes_;
  Stripe pass_, no_pass_, no_carry_;
};

}  // namespace ohmweave::logic
