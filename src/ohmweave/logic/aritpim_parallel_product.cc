// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/aritpim_parallel.h"
#include "ohmweave/logic/striped_float.h"

namespace ohmweave::logic {
namespace {

class Product : public StripedFloats {
 public:
  explicit Product(LogicFormat format) : StripedFloats("aritpim-parallel", format) {}
  LogicProgram build();

 private:
  void multiply();
  void take_lower_bits();

  std::optional<Stripe> low_half_, number_, carry_;
};

/// The product's upper half in `number_`, with guard and sticky bits before it, and the rest in `low_half_`.
void Product::multiply() {
  const Stripe a(row, significand());
  load_significand(kA, a);
  const Stripe b(row, significand());
  load_significand(kB, b);
  low_half_.emplace(row, significand());
  number_.emplace(row, lanes_from(low() - 3));
  striped_multiply(row, a, b, *low_half_, *number_, significand());
}

/// Two bits of the lower half go before the upper one, the rest is the sticky bit; a carry is a product of 2 or
/// more.
void Product::take_lower_bits() {
  {
    const Stripe inverted(row, all());
    row.set(true, inverted, all());
    carry_.emplace(row, sign());
    row.invert(*number_, inverted, {last()}, sign());
    row.fresh_invert(inverted, *carry_, sign());
    row.invert(*low_half_, inverted, {last()}, {low() - 1});
    row.set(true, *number_, lanes(low() - 2, low()));
    row.invert(inverted, *number_, {low() - 1});
    row.invert(*low_half_, inverted, {last() - 1}, {low() - 2});
    row.invert(inverted, *number_, {low() - 2});
  }
  striped_any(row, *low_half_, lanes(low(), last() - 1), {*number_, low() - 3});
  low_half_.reset();
}

LogicProgram Product::build() {
  multiply();
  take_lower_bits();
  const int sticky = low() - 3, guard = low() - 2, hidden = last() - 1;  // after the shift
  striped_shift(row, *number_, lanes_from(guard), *carry_, {0}, StripedBit{*number_, sticky});
  find_rounding(*number_, sticky, guard);
  std::optional<Stripe> overflow(std::in_place, row, Lanes{hidden});
  striped_add(row, *number_, {}, *number_, lanes(low() - 1, last()),
              {.one = false, .in = StripedBit{*number_, guard}, .out = StripedBit{*overflow, hidden}});
  striped_or(row, *overflow, *number_, *number_, {hidden});
  store_mantissa(*number_, lanes_from(low() - 1), 2);

  const Stripe sum(row, wide_exponent());  // from minus the bias
  row.set(false, sum, wide_exponent());
  for (const int lane : {1, low(), above_exponent()}) row.set(true, sum, {lane});
  {
    const Lanes below = lanes(0, above_exponent() + 1);
    const Stripe exponent_copy(row, below), scratch(row, below);
    row.set(false, exponent_copy, {above_exponent()});
    copy_exponent(kA, exponent_copy, scratch);
    striped_add(row, sum, exponent_copy, sum, wide_exponent(),
                {.one = false, .in = StripedBit{*carry_, 0}, .out = {}});
    copy_exponent(kB, exponent_copy, scratch);
    striped_add(row, sum, exponent_copy, sum, wide_exponent(),
                {.one = false, .in = StripedBit{*overflow, hidden}, .out = {}});
  }
  overflow.reset();
  carry_.reset();
  striped_xor(row, kA, kB, kResult, sign());
  clear_underflow(*number_, hidden, sum, sum, wide_exponent());
  number_.reset();
  store_exponent(sum);
  return finish();
}

}  // namespace

LogicProgram aritpim_parallel_product(LogicFormat format) { return Product(format).build(); }

}  // namespace ohmweave::logic
