// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/cycle_builder.h"
#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// Adders of NOT and NOR in one row. Cells they write are initialised to 1 before.

/// How many cells of scratch they take.
constexpr int kFelixScratch = 10, kHalfScratch = 5, kNor9Scratch = 7;

/// The full adder of 12 NOT and NOR of up to 3 inputs (Gupta et al., FELIX, ICCAD 2018; FloatPIM eq. 1).
void felix_full_adder(CycleBuilder& row, Bitline a, Bitline b, Bitline c, const Word& scratch, Bitline carry,
                      Bitline sum);
/// What is left of it without a carry that comes in: 7 cycles.
void felix_half_adder(CycleBuilder& row, Bitline a, Bitline b, const Word& scratch, Bitline carry, Bitline sum);
/// The full adder of 9 NOR of 2 inputs.
void nor9_full_adder(CycleBuilder& row, Bitline a, Bitline b, Bitline c, const Word& scratch, Bitline carry,
                     Bitline sum);

/// sum = a + b with one bulk initialisation, in 11 N + 1 cells besides: 12 N + 1 cycles.
void felix_ripple(CycleBuilder& row, const Word& a, const Word& b, const Word& sum, const Word& cells);

/// N-bit adders with one bulk initialisation: 12 N + 1 cycles (Talati et al., TNANO 2016) and 14 N + 1 cells;
LogicProgram felix_sum(int bits);
/// 9 N + 2 cycles and 11 N + 1 cells.
LogicProgram nor9_sum(int bits);

}  // namespace ohmweave::logic
