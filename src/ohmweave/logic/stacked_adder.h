// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "ohmweave/logic/cycle_builder.h"
#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

// A carry-select adder in a stack of layers, after what is public of 3D-BNN (Kim, Hanson, Li, IEEE Trans.
// Circuits and Systems II 68(5), 2021): the high half of an addition stands in two layers, one for each carry
// that the low half may give, and the true one selects. Only the abstract and a survey's description are
// public, so the cells and cycles here are a reconstruction.
//
// A layer is a plane of memristive rows; a row of the stack is a row of each. In a program the layers are
// partitions: gates in different layers share a cycle, a gate with cells in two layers takes both.

/// The cells of one layer.
struct StackLayer {
  Word running, addend;  // operands, the low or the high half of them
  Word sum;
  Word scratch;                    // of one full adder
  std::array<Bitline, 2> carries;  // of this bit and the one before, in turns
  Bitline carry_in;                // what the lowest bit takes
};

/// Layers for the low half; for the high half where no carry comes in; for the high half where one does. The
/// last layer computes with complements: NOT a + NOT b = NOT (a + b + 1), so all layers start from the same 0.
struct AdderStack {
  StackLayer low, high, high_carried;
};

/// Scratch, carries and sum of a layer of `bits`; operands are the caller's.
void take_adder(CycleBuilder& row, int bits, StackLayer& layer);
/// The cells of a word, each once; equal ones stand side by side.
Word distinct(const Word& word);

/// Initialises what add_stacked() writes, in the open cycle: in the last layer operands as well.
void open_adder(CycleBuilder& row, const AdderStack& stack);
/// low.sum and high.running become running + addend + low.carry_in, after open_adder(). The carries that the
/// high layers take are 0. Cycles, of h bits in the high half with d different cells of an addend: (h + d) for
/// complements, 10 h for full adders, 1 + 2 h + ceil(h / 7) to select.
void add_stacked(CycleBuilder& row, const AdderStack& stack);

/// Sum and difference of numbers of 2 bits or more.
LogicProgram stacked_sum(int bits);
LogicProgram stacked_difference(int bits);

/// The most cells that a layer (a partition) has: what the stack covers.
int footprint(const LogicProgram& program);

}  // namespace ohmweave::logic
