// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/row_arithmetic.h"

namespace ohmweave::logic {

/// A division that does not restore, with what AritPIM's spends on known bits left out: partial remainders lie
/// within plus and minus the divisor of N bits, so N + 1 bits in two's complement hold them and one place less
/// is added; and the divisor's complement is kept, in N cells, which makes adding or subtracting it cheaper.
class Division {
 public:
  /// `remainder`: N + 1 cells for partial remainders, which turn by one cell with each step.
  Division(RowBuilder& row, const Word& divisor, Word remainder);

  /// remainder = value - divisor; quotient = whether that is not negative.
  void begin(const Word& value, Bitline quotient);
  /// remainder = 2 remainder + next, minus divisor where the quotient's bit before is 1, else plus it. 24 N +
  /// 22 cycles; 20 less if `next` is not there and 0.
  void step(Bitline before, std::optional<Bitline> next, Bitline quotient);
  /// Adds the divisor where the remainder is negative: 20 N + 3 cycles. Its first N cells are then the
  /// remainder.
  void correct();
  /// Clears `exact` where the remainder, once corrected, would not be 0: 21 N + 3 cycles.
  void test(Bitline exact);

  const Word& remainder() const { return remainder_; }

 private:
  template <class Use>
  void add_where_negative(Use use);

  RowBuilder& row_;
  const Word& divisor_;
  Scratch complement_;
  Word remainder_;
};

/// divide() of row_arithmetic.h with this division.
void divide_trimmed(RowBuilder& row, const Word& dividend, const Word& divisor, const Word& quotient,
                    const Word& remainder);

}  // namespace ohmweave::logic
