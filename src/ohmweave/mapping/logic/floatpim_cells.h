// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/mapping/logic/cycle_builder.h"
#include "ohmweave/mapping/logic/method.h"

namespace ohmweave::mapping {

/// The parts of a floating-point number in a row.
struct FloatWord {
  array::Word all, mantissa, exponent;
  array::Bitline sign;

  FloatWord(CycleBuilder& row, LogicFormat format);
};

/// What FloatPIM's procedures are made of.
class FloatPimRow : public CycleBuilder {
 public:
  explicit FloatPimRow(std::string name) : CycleBuilder(std::move(name)) {}

  /// The complements of cells, in cells initialised for it.
  array::Word complements(const array::Word& cells);
  /// Copies from complements to cells that hold 1, in the selected rows.
  void copy(const array::Word& complements, const array::Word& cells);
  /// sum = a + b + carry; returns the cell of the carry that comes out, which the next addition overwrites.
  array::Bitline add(const array::Word& a, const array::Word& b, array::Bitline carry, const array::Word& sum);
  /// Cells that hold 0 and 1 in all rows.
  void constants();
  array::Bitline zero() const { return zero_; }
  array::Bitline one() const { return one_; }

 private:
  array::Word scratch_, carries_;  // 12 cells
  array::Bitline zero_ = 0, one_ = 0;
};

}  // namespace ohmweave::mapping
