// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/cycle_builder.h"
#include "ohmweave/logic/method.h"

namespace ohmweave::logic {

/// The parts of a floating-point number in a row.
struct FloatWord {
  Word all, mantissa, exponent;
  Bitline sign;

  FloatWord(CycleBuilder& row, LogicFormat format);
};

/// What FloatPIM's procedures are made of.
class FloatPimRow : public CycleBuilder {
 public:
  explicit FloatPimRow(std::string name) : CycleBuilder(std::move(name)) {}

  /// The complements of cells, in cells initialised for it.
  Word complements(const Word& cells);
  /// Copies from complements to cells that hold 1, in the selected rows.
  void copy(const Word& complements, const Word& cells);
  /// sum = a + b + carry; returns the cell of the carry that comes out, which the next addition overwrites.
  Bitline add(const Word& a, const Word& b, Bitline carry, const Word& sum);
  /// Cells that hold 0 and 1 in all rows.
  void constants();
  Bitline zero() const { return zero_; }
  Bitline one() const { return one_; }

 private:
  Word scratch_, carries_;  // 12 cells
  Bitline zero_ = 0, one_ = 0;
};

}  // namespace ohmweave::logic
