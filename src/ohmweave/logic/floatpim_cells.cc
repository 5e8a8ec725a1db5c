// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/floatpim_cells.h"

#include "ohmweave/logic/nor_adders.h"

namespace ohmweave::logic {

FloatWord::FloatWord(CycleBuilder& row, LogicFormat format)
    : all(row.take(format.width())),
      mantissa(part(all, 0, format.bits)),
      exponent(part(all, format.bits, format.exponent)),
      sign(all.back()) {}

Word FloatPimRow::complements(const Word& cells) {
  const Word inverted = take(static_cast<int>(cells.size()));
  init_cycle(true, inverted);
  copy(cells, inverted);
  return inverted;
}

void FloatPimRow::copy(const Word& complements, const Word& cells) {
  for (size_t i = 0; i < cells.size(); ++i) gate_cycle(Gate::Not, {complements[i]}, cells[i]);
}

Bitline FloatPimRow::add(const Word& a, const Word& b, Bitline carry, const Word& sum) {
  if (scratch_.empty()) {
    scratch_ = take(kFelixScratch);
    carries_ = take(2);
  }
  for (size_t i = 0; i < a.size(); ++i) {
    const Bitline next = carries_[i % 2];
    init_cycle(true, joined({scratch_, {next, sum[i]}}));
    felix_full_adder(*this, a[i], b[i], carry, scratch_, next, sum[i]);
    carry = next;
  }
  return carry;
}

void FloatPimRow::constants() {
  zero_ = take();
  one_ = take();
  init_cycle(false, {zero_});
  init_cycle(true, {one_});
}

}  // namespace ohmweave::logic
