// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/method.h"
#include "ohmweave/logic/row_builder.h"

namespace ohmweave::logic {

/// The cells of a floating-point number.
struct FloatCells {
  Bitline sign = 0;
  Word exponent, mantissa;  // least significant bit first; the leading 1 of the mantissa is not stored

  /// The lowest free cells: sign, exponent, mantissa.
  static FloatCells take(RowBuilder& row, LogicFormat format) {
    FloatCells cells;
    cells.sign = row.take();
    cells.exponent = row.take(format.exponent);
    cells.mantissa = row.take(format.bits);
    return cells;
  }
  /// In the order of the word's bits.
  Word word() const { return join(join(mantissa, exponent), sign); }
  Word magnitude() const { return join(mantissa, exponent); }
};

}  // namespace ohmweave::logic
