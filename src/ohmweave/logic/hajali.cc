// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/hajali.h"

#include "ohmweave/base/check.h"
#include "ohmweave/logic/nor_adders.h"

namespace ohmweave::logic {

namespace {

/// Row k of the product: a times bit k of b is added to what rows before left of the sum.
class RowMultiplier {
 public:
  RowMultiplier(CycleBuilder& row, const Word& a, const Word& b, const Word& result);
  void run();

 private:
  int width(int k) const { return whole_ ? bits_ : bits_ - k; }
  const Word& rest(int k) const { return k == bits_ - 1 ? result_tail_ : sums_[k % 2]; }
  void first_row();
  void next_row(int k);

  CycleBuilder& row_;
  int bits_;
  bool whole_;
  Word a_, b_, result_;
  Word no_a_, no_b_;           // complements
  Word products_;              // of one row
  std::array<Word, 2> sums_;   // without their lowest bit, which is part of the result; they take turns
  Word result_tail_;           // the last sum
  Bitline zero_ = 0;           // what the sum lacks in the second row
  std::vector<Word> scratch_;  // of each adder
  Word carries_;
};

RowMultiplier::RowMultiplier(CycleBuilder& row, const Word& a, const Word& b, const Word& result)
    : row_(row),
      bits_(static_cast<int>(a.size())),
      whole_(result.size() != a.size()),
      a_(a),
      b_(b),
      result_(result) {
  OHMWEAVE_CHECK(bits_ >= 2 && b.size() == a.size() && (!whole_ || result.size() == 2 * a.size()),
                 "operands that rows of products do not fit");
  no_a_ = row.take(bits_);
  no_b_ = row.take(bits_);
  const int adders = width(1);
  products_ = row.take(adders);
  for (Word& sum : sums_) sum = row.take(adders);
  if (whole_) zero_ = row.take();
  for (int i = 0; i < adders; ++i) scratch_.push_back(row.take(i == 0 ? kHalfScratch : kFelixScratch));
  carries_ = row.take(whole_ ? adders - 1 : adders);
  result_tail_ = Word(result.begin() + bits_, result.end());
}

void RowMultiplier::run() {
  row_.init_cycle(true, joined({no_a_, no_b_, result_, sums_[0]}));
  if (whole_) row_.init_cycle(false, {zero_});
  for (int i = 0; i < bits_; ++i) row_.gate_cycle(Gate::Not, {a_[i]}, no_a_[i]);
  for (int i = 0; i < bits_; ++i) row_.gate_cycle(Gate::Not, {b_[i]}, no_b_[i]);
  first_row();
  for (int k = 1; k < bits_; ++k) next_row(k);
}

void RowMultiplier::first_row() {
  for (int i = 0; i < bits_; ++i) {
    row_.gate_cycle(Gate::Nor, {no_a_[i], no_b_[0]}, i == 0 ? result_[0] : sums_[0][i - 1]);
  }
}

void RowMultiplier::next_row(int k) {
  const Word& before = sums_[(k - 1) % 2];
  const Word& after = rest(k);
  const bool last = k == bits_ - 1;
  row_.init_cycle(true, joined({products_, carries_}));
  for (const Word& scratch : scratch_) row_.init(true, scratch);
  if (!last) row_.init(true, after);
  for (int i = 0; i < width(k); ++i) row_.gate_cycle(Gate::Nor, {no_a_[i], no_b_[k]}, products_[i]);
  for (int i = 0; i < width(k); ++i) {
    const bool top = whole_ && i == bits_ - 1;
    const auto addend = top && k == 1 ? zero_ : before[i];
    const auto carry = top ? after[i] : carries_[i];
    const auto sum = i == 0 ? result_[k] : after[i - 1];
    if (i == 0) {
      felix_half_adder(row_, addend, products_[i], scratch_[i], carry, sum);
    } else {
      felix_full_adder(row_, addend, products_[i], carries_[i - 1], scratch_[i], carry, sum);
    }
  }
}

LogicProgram product(int bits, int result_bits) {
  CycleBuilder row("hajali");
  const Word a = row.take(bits), b = row.take(bits), result = row.take(result_bits);
  row.input("a", a);
  row.input("b", b);
  row.output("result", result);
  multiply_rows(row, a, b, result);
  return row.finish();
}

}  // namespace

void multiply_rows(CycleBuilder& row, const Word& a, const Word& b, const Word& result) {
  RowMultiplier(row, a, b, result).run();
}

LogicProgram hajali_product(int bits) { return product(bits, 2 * bits); }
LogicProgram hajali_low_product(int bits) { return product(bits, bits); }

int64_t hajali_low_formula(int bits) {
  const int64_t n = bits;
  return (13 * n * n - 15 * n) / 2 - 2;
}

}  // namespace ohmweave::logic
