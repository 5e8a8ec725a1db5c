// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/floatpim.h"

#include <algorithm>
#include <cstdlib>

#include "ohmweave/logic/floatpim_cells.h"
#include "ohmweave/logic/hajali.h"

namespace ohmweave::logic {

namespace {

/// The sum of magnitudes (figure 10): a search by the difference of the exponents shifts the smaller mantissa
/// in all rows that need the same shift.
class FloatPimSum {
 public:
  explicit FloatPimSum(LogicFormat format)
      : format_(format), row_("floatpim"), a_(row_, format), b_(row_, format), result_(row_, format) {}

  LogicProgram build();

 private:
  void compare();
  void choose_greater();
  void align();
  void shift_by(int difference);
  void add_and_normalize();

  LogicFormat format_;
  FloatPimRow row_;
  FloatWord a_, b_, result_;
  Word no_a_exponent_, no_a_mantissa_, no_b_exponent_, no_b_mantissa_;
  Word difference_;      // of the exponents, a - b, and its sign
  Word exponent_;        // the greater one
  Word first_, second_;  // mantissas to add
};

LogicProgram FloatPimSum::build() {
  row_.input("a", a_.all);
  row_.input("b", b_.all);
  row_.output("result", result_.all);
  row_.constants();
  compare();
  choose_greater();
  align();
  add_and_normalize();
  const Word no_sign = row_.complements({a_.sign});
  row_.init_cycle(true, {result_.sign});
  row_.copy(no_sign, {result_.sign});
  return row_.finish();
}

void FloatPimSum::compare() {
  no_a_exponent_ = row_.complements(a_.exponent);
  no_a_mantissa_ = row_.complements(a_.mantissa);
  no_b_exponent_ = row_.complements(b_.exponent);
  no_b_mantissa_ = row_.complements(b_.mantissa);
  difference_ = row_.take(format_.exponent + 1);
  const Word low = part(difference_, 0, format_.exponent);
  const Bitline carry = row_.add(a_.exponent, no_b_exponent_, row_.one(), low);
  row_.init_cycle(true, {difference_.back()});
  row_.gate_cycle(Gate::Not, {carry}, difference_.back());
}

void FloatPimSum::choose_greater() {
  exponent_ = row_.take(format_.exponent);
  first_ = row_.take(format_.bits);
  row_.init_cycle(true, joined({exponent_, first_}));
  row_.search_cycle({difference_.back()}, 0);
  row_.copy(no_a_exponent_, exponent_);
  row_.copy(no_a_mantissa_, first_);
  row_.search_cycle({difference_.back()}, 1);
  row_.copy(no_b_exponent_, exponent_);
  row_.copy(no_b_mantissa_, first_);
  row_.select_all_cycle();
}

/// All shifts from -Nm to Nm, whatever the rows hold; further ones leave 0.
void FloatPimSum::align() {
  second_ = row_.take(format_.bits);
  row_.init_cycle(false, second_);
  const int furthest = std::min(format_.bits, (1 << std::min(format_.exponent, 20)) - 1);
  for (int difference = -furthest; difference <= furthest; ++difference) shift_by(difference);
  row_.select_all_cycle();
}

void FloatPimSum::shift_by(int difference) {
  const int shift = std::abs(difference), kept = format_.bits - shift;
  const Word& smaller = difference < 0 ? no_a_mantissa_ : no_b_mantissa_;
  const uint64_t mask = (uint64_t{1} << difference_.size()) - 1;
  row_.search_cycle(difference_, static_cast<uint64_t>(static_cast<int64_t>(difference)) & mask);
  row_.init_cycle(true,
                  part(second_, 0, std::min(kept + 1, format_.bits)));  // with the hidden bit, if shifted in
  row_.copy(part(smaller, shift, kept), part(second_, 0, kept));
}

/// Two hidden bits, or one and a carry, make 2 or more: the mantissa goes down by a bit and the exponent up
/// by 1.
void FloatPimSum::add_and_normalize() {
  const Word sum = row_.take(format_.bits);
  const Bitline carry = row_.add(first_, second_, row_.zero(), sum);
  const Word no_sum = row_.complements(joined({sum, {carry}}));
  const Bitline no_carry = no_sum.back(), shifts = row_.take();
  row_.init_cycle(true, joined({{shifts}, result_.mantissa}));
  row_.gate_cycle(Gate::Not, {no_carry}, shifts);
  row_.search_cycle(difference_, 0);
  row_.init_cycle(true, {shifts});
  const int kept = format_.bits - 1;
  row_.search_cycle({shifts}, 1);
  row_.copy(part(no_sum, 1, kept), part(result_.mantissa, 0, kept));
  row_.init_cycle(false, {result_.mantissa.back()});
  row_.search_cycle({shifts}, 0);
  row_.copy(no_sum, result_.mantissa);
  row_.search_cycle(difference_, 0);
  row_.init_cycle(true, {result_.mantissa.back()});
  row_.copy({no_carry}, {result_.mantissa.back()});
  row_.select_all_cycle();
  row_.add(exponent_, Word(format_.exponent, row_.zero()), shifts, result_.exponent);
}

void write_sign_of_product(FloatPimRow& row, Bitline a, Bitline b, Bitline sign) {
  const Word at = row.take(4);
  row.init_cycle(true, joined({at, {sign}}));
  row.gate_cycle(Gate::Nor, {a, b}, at[0]);
  row.gate_cycle(Gate::Not, {a}, at[1]);
  row.gate_cycle(Gate::Not, {b}, at[2]);
  row.gate_cycle(Gate::Nor, {at[1], at[2]}, at[3]);
  row.gate_cycle(Gate::Nor, {at[0], at[3]}, sign);
}

/// The upper half of the product of two significands; returns the cell that says whether it is 2 or more.
Bitline multiply_mantissas(FloatPimRow& row, const FloatWord& a, const FloatWord& b, const Word& mantissa) {
  const int bits = static_cast<int>(mantissa.size());
  const Word product = row.take(2 * bits + 2);
  multiply_rows(row, joined({a.mantissa, {row.one()}}), joined({b.mantissa, {row.one()}}), product);
  const Word upper = row.complements(part(product, bits, bits + 1));
  row.init_cycle(true, mantissa);
  row.search_cycle({product.back()}, 1);
  row.copy(part(upper, 1, bits), mantissa);
  row.search_cycle({product.back()}, 0);
  row.copy(part(upper, 0, bits), mantissa);
  row.select_all_cycle();
  return product.back();
}

/// Unsigned numbers wide enough for the bits of a product.
__extension__ using Wide = unsigned __int128;

struct Parts {
  int64_t exponent;
  uint64_t significand;
  bool negative, normal;
};

Parts parts_of(LogicFormat format, uint64_t word) {
  const uint64_t last = (uint64_t{1} << format.exponent) - 1, hidden = uint64_t{1} << format.bits;
  const uint64_t exponent = word >> format.bits & last;
  return {static_cast<int64_t>(exponent), (word & (hidden - 1)) | hidden,
          (word >> (format.bits + format.exponent) & 1) != 0, exponent != 0 && exponent != last};
}

/// Whether dropping the low bits of a significand gives a normal number of the format, and the nearest one.
bool nearest_without(LogicFormat format, Wide significand, int64_t exponent, int dropped) {
  if (significand >> (format.bits + 1 + dropped) != 0) {
    ++dropped;
    ++exponent;
  }
  if (exponent < 1 || exponent > (int64_t{1} << format.exponent) - 2) return false;
  const Wide rest = dropped == 0 ? 0 : significand & ((Wide{1} << dropped) - 1);
  const Wide half = dropped == 0 ? 1 : Wide{1} << (dropped - 1);
  return rest < half || (rest == half && (significand >> dropped & 1) == 0);
}

}  // namespace

LogicProgram floatpim_sum(LogicFormat format) { return FloatPimSum(format).build(); }

LogicProgram floatpim_product(LogicFormat format) {
  FloatPimRow row("floatpim");
  const FloatWord a(row, format), b(row, format), result(row, format);
  row.input("a", a.all);
  row.input("b", b.all);
  row.output("result", result.all);
  row.constants();
  write_sign_of_product(row, a.sign, b.sign, result.sign);
  const Bitline two_or_more = multiply_mantissas(row, a, b, result.mantissa);
  const Word sum = row.take(format.exponent);
  row.add(a.exponent, b.exponent, two_or_more, sum);
  Word less_bias(format.exponent, row.zero());  // -(2^(Ne - 1) - 1) modulo 2^Ne
  less_bias.front() = less_bias.back() = row.one();
  row.add(sum, less_bias, row.zero(), result.exponent);
  return row.finish();
}

LogicProgram floatpim_whole_sum(int bits) {
  FloatPimRow row("floatpim");
  const Word a = row.take(bits), b = row.take(bits), sum = row.take(bits);
  const Bitline zero = row.take();
  row.input("a", a);
  row.input("b", b);
  row.output("result", sum);
  row.init_cycle(false, {zero});
  row.add(a, b, zero, sum);
  return row.finish();
}

bool floatpim_accepts(Arithmetic operation, LogicFormat format, uint64_t a, uint64_t b) {
  if (!format.floating()) return true;
  Parts one = parts_of(format, a), other = parts_of(format, b);
  if (!one.normal || !other.normal) return false;
  if (operation == Arithmetic::Fmul) {
    const int64_t bias = (int64_t{1} << (format.exponent - 1)) - 1;
    return nearest_without(format, static_cast<Wide>(one.significand) * other.significand,
                           one.exponent + other.exponent - bias, format.bits);
  }
  if (one.negative != other.negative) return false;
  if (one.exponent < other.exponent) std::swap(one, other);
  const int64_t shift = one.exponent - other.exponent;
  if (shift > format.bits + 2) return true;  // less than a quarter of the last bit
  return nearest_without(format, (static_cast<Wide>(one.significand) << shift) + other.significand,
                         one.exponent, static_cast<int>(shift));
}

FloatPimFormula floatpim_formula(Arithmetic operation, LogicFormat format) {
  const int64_t e = format.exponent, m = format.bits;
  if (operation == Arithmetic::Fmul) {
    const int64_t nor = 12 * e + hajali_low_formula(format.bits);
    return {.nor_cycles = nor, .nor_energies = nor};
  }
  return {.nor_cycles = 3 + 16 * e + 19 * m + m * m,
          .search_cycles = 2 * m + 1,
          .nor_energies = 12 * (e + m),
          .search_energies = 2 * (m + 1),
          .resets = m,
          .set_resets = 2 * (e + m) + (m * m + m) / 2 + 1};
}

}  // namespace ohmweave::logic
