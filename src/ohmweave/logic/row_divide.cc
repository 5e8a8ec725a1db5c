// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/row_divide.h"

#include <algorithm>
#include <utility>

#include "ohmweave/base/check.h"

namespace ohmweave::logic {

Division::Division(RowBuilder& row, const Word& divisor, Word remainder)
    : row_(row),
      divisor_(divisor),
      complement_(row, static_cast<int>(divisor.size())),
      remainder_(std::move(remainder)) {
  OHMWEAVE_CHECK(remainder_.size() == divisor.size() + 1,
                 "a partial remainder has one bit more than the divisor");
  for (size_t j = 0; j < divisor.size(); ++j) row.invert(divisor[j], complement_.cells()[j]);
}

void Division::begin(const Word& value, Bitline quotient) {
  const ScratchBit zero(row_);
  row_.set(zero, false);
  subtract(row_, value, join(divisor_, zero), remainder_);
  row_.invert(remainder_.back(), quotient);
}

void Division::step(Bitline before, std::optional<Bitline> next, Bitline quotient) {
  const ScratchBit adding(row_), carry(row_), flipped(row_);
  const Bit subtracting{before, adding};
  row_.invert(before, adding);
  std::rotate(remainder_.begin(), remainder_.end() - 1, remainder_.end());
  if (next) {
    exclusive(row_, {divisor_[0], complement_[0]}, subtracting, flipped);
    full_adder(row_, *next, flipped, before, remainder_[0], carry);
  } else {  // with nothing to add to, it is the divisor's bit either way
    row_.invert(complement_[0], remainder_[0]);
    row_.nor(divisor_[0], adding, carry);
  }
  for (size_t j = 1; j < divisor_.size(); ++j) {
    exclusive(row_, {divisor_[j], complement_.cells()[j]}, subtracting, flipped);
    full_adder(row_, remainder_[j], flipped, carry, remainder_[j], carry);
  }
  full_adder(row_, remainder_.back(), before, carry, remainder_.back(), carry);
  row_.invert(remainder_.back(), quotient);
}

template <class Use>
void Division::add_where_negative(Use use) {
  const ScratchBit positive(row_), carry(row_), addend(row_);
  row_.invert(remainder_.back(), positive);
  row_.set(carry, false);
  for (size_t j = 0; j < divisor_.size(); ++j) {
    row_.nor(complement_.cells()[j], positive, addend);
    use(remainder_[j], addend, carry);
  }
}

void Division::correct() {
  add_where_negative(
      [this](Bitline bit, Bitline addend, Bitline carry) { full_adder(row_, bit, addend, carry, bit, carry); });
}

void Division::test(Bitline exact) {
  const ScratchBit sum(row_);
  add_where_negative([&](Bitline bit, Bitline addend, Bitline carry) {
    full_adder(row_, bit, addend, carry, sum, carry);
    row_.clear_where(sum, exact);
  });
}

void divide_trimmed(RowBuilder& row, const Word& dividend, const Word& divisor, const Word& quotient,
                    const Word& remainder) {
  const auto n = static_cast<int>(divisor.size());
  const ScratchBit sign(row);
  // After N - 1 turns the remainder has to stand in its cells.
  Word turning = join(remainder, sign);
  std::rotate(turning.begin(), turning.begin() + (n - 1) % (n + 1), turning.end());
  Division division(row, divisor, turning);
  division.begin(part(dividend, n - 1, n + 1), quotient.back());
  for (size_t i = quotient.size() - 1; i-- > 0;) division.step(quotient[i + 1], dividend[i], quotient[i]);
  division.correct();
  OHMWEAVE_CHECK(division.remainder().back() == sign, "the remainder is not where it was to come");
}

}  // namespace ohmweave::logic
