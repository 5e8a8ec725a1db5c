// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// Sums over a kernel window with weights of one bit, in all rows at once: rows are positions of the output.
struct BinarizedWindow {
  int taps = 1;                 // inputs of a sum
  int bits = 8;                 // of an input
  bool negative_inputs = true;  // two's complement; else whole numbers without sign
  int sum_bits = 0;             // 2 to 64, not fewer than bits
  bool spread = false;          // taps stand in the layers by turns, else their bits where they are added
};
/// The fewest bits of a sum that hold every sum of the window, and a sum that it starts from of one bit less.
int exact_sum_bits(int taps, int bits, bool negative_inputs);

/// `result` = c + sum over taps of (w ? x : -x), modulo 2^sum_bits, by adders in a stack of three layers
/// (stacked_adder.h). Inputs: `c`, where the sum starts; `x`, tap after tap, `bits` each; `w`, a bit for each
/// tap, 1 for the weight +1 and 0 for -1. A weight of -1 adds the complement with carry 1. Taps that are spread
/// take a third of the ground: weights act on them in their own layer, bit by bit, and what comes of it crosses
/// to where it is added.
LogicProgram binarized_window(const BinarizedWindow& window);

/// What such a window is compared with, a multiplication and a ripple-carry addition in one row: Haj-Ali's
/// multiplier and, in the multiplier's scratch, the adder of 12 NOT and NOR (hajali.h, nor_adders.h).
/// `result` = a * b + c, modulo 2^bits: 13 N^2 - 2 N + 7 cycles, 22 N - 5 cells.
LogicProgram original_accumulate(int bits);

/// What one weight of one bit saves against the original, at the same bits of an input.
struct BinarizedSaving {
  int64_t original_cycles = 0, cycles = 0;
  int original_cells = 0, cells = 0, footprint = 0;  // cells of all layers, and what they cover

  double time_saving() const;
  double area_saving() const;  // by what the stack covers
  double cell_saving() const;  // by its cells
};
/// Of one tap of a window of `taps`, of inputs with sign: the sum is as wide as the window's.
BinarizedSaving binarized_saving(int bits, int taps);
/// Of the addition alone, where the controller knows that the weight is +1 and sums have `bits`.
BinarizedSaving stacked_addition_saving(int bits);

}  // namespace ohmweave::logic
