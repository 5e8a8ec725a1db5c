// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/striped_row.h"

namespace ohmweave::logic {

/// A full adder of 9 NOR of sum, carry and a third number in every lane, in two halves: the carry is made
/// before the cells that it comes from are needed again.
class CarrySave {
 public:
  CarrySave(StripedRow& row, const Lanes& lanes)
      : row_(row),
        lanes_(lanes),
        none_(row, lanes),
        passed_(row, lanes),
        other_(row, lanes),
        alike_(row, lanes) {}

  void prepare(int sum, int carry, int third) {
    row_.fresh_nor(sum, carry, none_, lanes_);
    row_.fresh_nor(sum, none_, passed_, lanes_);
    row_.fresh_nor(carry, none_, other_, lanes_);
    row_.fresh_nor(passed_, other_, alike_, lanes_);
    row_.fresh_nor(third, alike_, passed_, lanes_);
  }
  /// NOR of these two is the carry, until finish().
  int none() const { return none_; }
  int passed() const { return passed_; }
  /// Afterwards NOR of halves is the sum.
  void finish(int third) {
    row_.fresh_nor(passed_, alike_, none_, lanes_);
    row_.fresh_nor(third, passed_, other_, lanes_);
  }
  int one_half() const { return none_; }
  int other_half() const { return other_; }

 private:
  StripedRow& row_;
  Lanes lanes_;
  Stripe none_, passed_, other_, alike_;
};

}  // namespace ohmweave::logic
