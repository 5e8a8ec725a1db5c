// SPDX-License-Identifier: Apache-2.0
// Products and quotients of whole numbers in one row.
#include <algorithm>

#include "ohmweave/base/check.h"
#include "ohmweave/logic/row_arithmetic.h"

namespace ohmweave::logic {
namespace {

/// Where two halves with three products begin to take fewer cycles than one shift-and-add (AritPIM, section
/// V-A).
constexpr int kMostByShifts = 20;

/// sum += partial products of one bit of y; `out` is one place above.
void add_partial_products(RowBuilder& row, const Scratch& not_x, Bitline not_y, const Word& sum, Bitline out) {
  const ScratchBit partial(row), carry(row);
  row.set(carry, false);
  for (size_t j = 0; j < sum.size(); ++j) {
    row.nor(not_x.cells()[j], not_y, partial);
    full_adder(row, sum[j], partial, carry, sum[j], j + 1 < sum.size() ? Bitline(carry) : out);
  }
}

/// The same without a carry into the lowest place; the highest place of the sum is still empty if it is the
/// second row of partial products, `second`.
void add_partial_products_trimmed(RowBuilder& row, const Scratch& not_x, Bitline not_y, const Word& sum,
                                  Bitline out, bool second) {
  const ScratchBit partial(row), carry(row);
  for (size_t j = 0; j < sum.size(); ++j) {
    const bool last = j + 1 == sum.size();
    row.nor(not_x.cells()[j], not_y, partial);
    if (j == 0)
      half_adder(row, sum[j], partial, sum[j], carry);
    else if (last && second)
      half_adder(row, partial, carry, sum[j], out);
    else
      full_adder(row, sum[j], partial, carry, sum[j], last ? out : Bitline(carry));
  }
}

void multiply_by_shifts(RowBuilder& row, const Word& x, const Word& y, const Word& product, KnownBits known) {
  const auto n = static_cast<int>(x.size());
  const bool trimmed = known == KnownBits::Trimmed && n > 1;
  const Scratch not_x(row, n);
  const ScratchBit not_y(row);
  for (int j = 0; j < n; ++j) row.invert(x[j], not_x[j]);
  for (int i = 0; i < n; ++i) {
    row.invert(y[i], not_y);
    const Word sum = part(product, i, n);
    if (i == 0) {
      for (int j = 0; j < n; ++j) row.nor(not_x[j], not_y, sum[j]);
      if (!trimmed) row.set(part(product, n), false);
    } else if (trimmed) {
      add_partial_products_trimmed(row, not_x, not_y, sum, product[i + n], i == 1);
    } else {
      add_partial_products(row, not_x, not_y, sum, product[i + n]);
    }
  }
}

/// x = x1 2^l + x0, y alike; x y = x1 y1 4^l + ((x0 + x1)(y0 + y1) - x0 y0 - x1 y1) 2^l + x0 y0.
void multiply_by_halves(RowBuilder& row, const Word& x, const Word& y, const Word& product, KnownBits known) {
  const auto n = static_cast<int>(x.size());
  const int low = n / 2, high = n - low;
  const Word product_low = part(product, 0, 2 * low), product_high = part(product, 2 * low);
  Scratch middle;
  {
    const ScratchBit zero(row);
    row.set(zero, false);
    // The product's own cells hold the sums of halves until they are used.
    const Word x_sum = part(product, 0, high + 1), y_sum = part(product, n, high + 1);
    for (const auto& [word, sum] : {std::pair(&x, &x_sum), std::pair(&y, &y_sum)}) {
      add(row, extended(part(*word, 0, low), zero, high), part(*word, low), part(*sum, 0, high), Carry::zero(),
          sum->back());
    }
    const int width = 2 * (high + 1);
    middle = Scratch(row, width);
    multiply(row, x_sum, y_sum, middle.cells(), known);
    multiply(row, part(x, 0, low), part(y, 0, low), product_low, known);
    multiply(row, part(x, low), part(y, low), product_high, known);
    for (const Word* outer : {&product_low, &product_high}) {
      if (known == KnownBits::Trimmed)
        take_off(row, middle.cells(), *outer);
      else
        subtract(row, middle.cells(), extended(*outer, zero, width), middle.cells());
    }
  }
  const ScratchBit carry(row);
  const auto width = static_cast<int>(middle.cells().size());
  const Word target = part(product, low, width), above = part(product, low + width);
  add(row, middle.cells(), target, target, Carry::zero(), carry);
  middle.release();
  add_bit(row, above, carry, above);
}

}  // namespace

void multiply(RowBuilder& row, const Word& x, const Word& y, const Word& product, KnownBits known) {
  OHMWEAVE_CHECK(x.size() == y.size() && product.size() == 2 * x.size(), "a product has both factors' bits");
  const bool whole = static_cast<int>(x.size()) <= kMostByShifts;
  (whole ? multiply_by_shifts : multiply_by_halves)(row, x, y, product, known);
}

namespace {

/// The partial remainder of a division: N + 2 cells in two's complement that turn by one with each step, which
/// is how it is doubled without moving a bit.
struct PartialRemainder {
  Word cells;
  Word doubled(Bitline next) const { return join(next, part(cells, 0, static_cast<int>(cells.size()) - 1)); }
  void turn() { std::rotate(cells.begin(), cells.end() - 1, cells.end()); }
  Bitline negative() const { return cells.back(); }
};

/// remainder = doubled + (subtracting ? -divisor : divisor), where `subtracting` is the quotient's bit above.
void add_or_subtract(RowBuilder& row, const Word& doubled, const Word& divisor, Bitline subtracting,
                     const Word& result) {
  const ScratchBit adding(row), carry(row);
  row.invert(subtracting, adding);
  for (size_t j = 0; j < doubled.size(); ++j) {
    const Bitline in = j == 0 ? subtracting : Bitline(carry);
    if (j >= divisor.size()) {
      full_adder(row, doubled[j], subtracting, in, result[j], carry);
      continue;
    }
    ScratchBit flipped(row);
    exclusive(row, {divisor[j]}, {subtracting, adding}, flipped);
    full_adder(row, doubled[j], flipped, in, result[j], carry);
  }
}

/// A remainder below 0 is one divisor too small.
void correct_remainder(RowBuilder& row, const PartialRemainder& partial, const Word& divisor,
                       const Word& remainder) {
  const ScratchBit positive(row), carry(row);
  row.invert(partial.negative(), positive);
  row.set(carry, false);
  for (size_t j = 0; j < divisor.size(); ++j) {
    Scratch t(row, 2);
    row.invert(divisor[j], t[0]);
    row.nor(positive, t[0], t[1]);
    full_adder(row, partial.cells[j], t[1], carry, remainder[j], carry);
  }
}

}  // namespace

void divide(RowBuilder& row, const Word& dividend, const Word& divisor, const Word& quotient,
            const Word& remainder) {
  const auto n = static_cast<int>(divisor.size());
  OHMWEAVE_CHECK(dividend.size() == 2 * divisor.size(), "a dividend has twice the divisor's bits");
  ScratchBit zero(row);
  row.set(zero, false);
  const Scratch above(row, 2);
  PartialRemainder partial{join(remainder, above.cells())};
  partial.turn();
  subtract(row, extended(part(dividend, n - 1), zero, n + 2), extended(divisor, zero, n + 2), partial.cells);
  row.invert(partial.negative(), quotient[n - 1]);
  zero.release();
  for (int i = n - 2; i >= 0; --i) {
    const Word doubled = partial.doubled(dividend[i]);
    partial.turn();
    add_or_subtract(row, doubled, divisor, quotient[i + 1], partial.cells);
    row.invert(partial.negative(), quotient[i]);
  }
  correct_remainder(row, partial, divisor, remainder);
}

}  // namespace ohmweave::logic
