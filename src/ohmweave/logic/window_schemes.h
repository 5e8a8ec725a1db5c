// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/binarized_window.h"
#include "ohmweave/logic/row_work.h"

namespace ohmweave::logic {

/// How sums are added up.
enum class WindowAdder {
  Stacked,  // by halves in a stack of three layers (stacked_adder.h)
  Ripple,   // bit after bit in one layer
};
/// How an input meets its weight.
enum class WindowProduct {
  Add,       // it is added or subtracted, by a bit
  Multiply,  // it is multiplied with the weight, a number as wide as the input
};
struct WindowScheme {
  WindowAdder adder = WindowAdder::Stacked;
  WindowProduct product = WindowProduct::Add;

  int layers() const { return adder == WindowAdder::Stacked ? 3 : 1; }
  /// Products stand in one layer.
  bool possible() const { return adder == WindowAdder::Ripple || product == WindowProduct::Add; }
};
/// Bits of the numbers that the scheme multiplies for inputs like these: two's complement.
int factor_bits(const BinarizedWindow& window);

/// The sum over a window by a possible scheme: `result` = c + sum over taps of x * w, with the operands c, x
/// and w, tap after tap. A weight is the bit 1 for +1 and 0 for -1; where it is multiplied, it and x are
/// numbers of factor_bits().
/// - Stacked, Add: binarized_window().
/// - Ripple, Add: the same in one layer: four NOR for a bit of x and nine for a bit of the sum, with one
/// scratch:
///   5 N + 10 M + 2 cycles for a tap of N bits, into M bits of which M - N repeat the sign.
/// - Ripple, Multiply: the original digital processing in memory, Haj-Ali's product and an adder of twelve
/// gates a bit
///   (original_accumulate()), whose sum is as wide as it needs to be: 13 N^2 - 14 N + 7 + 12 M cycles. Of a
///   product it keeps N bits, so the least number (-2^(N-1)) times -1 stays what it is.
LogicProgram window_program(const WindowScheme& scheme, const BinarizedWindow& window);

/// What a window takes of a row, and where: `fixed`, and `tap` as often as it has taps. `columns` are those of
/// the layer with most cells, `cells` those of all layers.
struct WindowWork {
  RowWork fixed, tap;
  int64_t columns_fixed = 0, columns_per_tap = 0, cells_fixed = 0, cells_per_tap = 0;
  int64_t taps_side_by_side = 1;  // on the same ground, in different layers

  RowWork of(int64_t taps) const { return fixed + taps * tap; }
};
/// Of windows of inputs and sums as in `window`, whose number of taps does not matter. Known after the first
/// time.
WindowWork window_work(const WindowScheme& scheme, const BinarizedWindow& window, const LogicCosts& costs);

/// The sum and the difference of two numbers by an adder, a + b and a - b.
LogicProgram sum_program(WindowAdder adder, int bits);
LogicProgram difference_program(WindowAdder adder, int bits);
/// `result` = s ? b : a, by a NOT and three NOR a bit: with the sign of a - b for s, the larger of two numbers.
LogicProgram select_program(int bits);
/// `result` = a where a is not negative, else 0: NOT and NOR with its sign for each bit.
LogicProgram rectify_program(int bits);

}  // namespace ohmweave::logic

template <>
struct ohmweave::config::Words<ohmweave::logic::WindowAdder> {
  using enum ohmweave::logic::WindowAdder;
  static constexpr std::pair<std::string_view, ohmweave::logic::WindowAdder> values[] = {{"stacked", Stacked},
                                                                                         {"ripple", Ripple}};
};
template <>
struct ohmweave::config::Words<ohmweave::logic::WindowProduct> {
  using enum ohmweave::logic::WindowProduct;
  static constexpr std::pair<std::string_view, ohmweave::logic::WindowProduct> values[] = {
      {"add", Add}, {"multiply", Multiply}};
};
