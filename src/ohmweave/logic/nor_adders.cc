// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/nor_adders.h"

namespace ohmweave::logic {

namespace {

/// All of the full adder but the complement of the carry that comes in.
void felix_rest(CycleBuilder& row, Bitline a, Bitline b, Bitline c, const Word& at, Bitline carry,
                Bitline sum) {
  row.gate_cycle(Gate::Nor, {a, b}, at[1]);
  row.gate_cycle(Gate::Nor, {b, c}, at[2]);
  row.gate_cycle(Gate::Nor, {c, a}, at[3]);
  row.gate_cycle(Gate::Nor, {at[1], at[2], at[3]}, carry);
  row.gate_cycle(Gate::Not, {a}, at[4]);
  row.gate_cycle(Gate::Not, {b}, at[5]);
  row.gate_cycle(Gate::Nor, {at[4], at[5], at[0]}, at[6]);
  row.gate_cycle(Gate::Nor, {a, b, c}, at[7]);
  row.gate_cycle(Gate::Nor, {at[7], carry}, at[8]);
  row.gate_cycle(Gate::Nor, {at[6], at[8]}, at[9]);
  row.gate_cycle(Gate::Not, {at[9]}, sum);
}

}  // namespace

void felix_full_adder(CycleBuilder& row, Bitline a, Bitline b, Bitline c, const Word& scratch, Bitline carry,
                      Bitline sum) {
  row.gate_cycle(Gate::Not, {c}, scratch[0]);
  felix_rest(row, a, b, c, scratch, carry, sum);
}

void felix_half_adder(CycleBuilder& row, Bitline a, Bitline b, const Word& scratch, Bitline carry,
                      Bitline sum) {
  row.gate_cycle(Gate::Not, {a}, scratch[0]);
  row.gate_cycle(Gate::Not, {b}, scratch[1]);
  row.gate_cycle(Gate::Nor, {scratch[0], scratch[1]}, carry);
  row.gate_cycle(Gate::Nor, {a, b}, scratch[2]);
  row.gate_cycle(Gate::Nor, {scratch[2], carry}, scratch[3]);
  row.gate_cycle(Gate::Not, {scratch[3]}, scratch[4]);
  row.gate_cycle(Gate::Not, {scratch[4]}, sum);
}

void nor9_full_adder(CycleBuilder& row, Bitline a, Bitline b, Bitline c, const Word& scratch, Bitline carry,
                     Bitline sum) {
  const Word& at = scratch;
  row.gate_cycle(Gate::Nor, {a, b}, at[0]);
  row.gate_cycle(Gate::Nor, {a, at[0]}, at[1]);
  row.gate_cycle(Gate::Nor, {b, at[0]}, at[2]);
  row.gate_cycle(Gate::Nor, {at[1], at[2]}, at[3]);
  row.gate_cycle(Gate::Nor, {at[3], c}, at[4]);
  row.gate_cycle(Gate::Nor, {at[4], at[3]}, at[5]);
  row.gate_cycle(Gate::Nor, {at[4], c}, at[6]);
  row.gate_cycle(Gate::Nor, {at[5], at[6]}, sum);
  row.gate_cycle(Gate::Nor, {at[0], at[4]}, carry);
}

void felix_ripple(CycleBuilder& row, const Word& a, const Word& b, const Word& sum, const Word& cells) {
  const int bits = static_cast<int>(a.size());
  const Bitline zero = cells[0];
  const Word carry = part(cells, 1, bits), scratch = part(cells, 1 + bits, kFelixScratch * bits);
  row.init_cycle(true, joined({sum, carry, scratch}));
  row.init_cycle(false, {zero});
  for (int i = 0; i < bits; ++i) {
    const Word at = part(scratch, kFelixScratch * i, kFelixScratch);
    if (i == 0) {  // the complement of no carry is the 1 that its cell was initialised to
      felix_rest(row, a[i], b[i], zero, at, carry[i], sum[i]);
    } else {
      felix_full_adder(row, a[i], b[i], carry[i - 1], at, carry[i], sum[i]);
    }
  }
}

LogicProgram felix_sum(int bits) {
  CycleBuilder row("felix");
  const Word a = row.take(bits), b = row.take(bits), sum = row.take(bits);
  row.input("a", a);
  row.input("b", b);
  row.output("result", sum);
  felix_ripple(row, a, b, sum, row.take(1 + (1 + kFelixScratch) * bits));
  return row.finish();
}

LogicProgram nor9_sum(int bits) {
  CycleBuilder row("nor9");
  const Word a = row.take(bits), b = row.take(bits), sum = row.take(bits), carry = row.take(bits + 1);
  const Word scratch = row.take(kNor9Scratch * bits);
  row.input("a", a);
  row.input("b", b);
  row.output("result", sum);

  row.init_cycle(true, joined({sum, part(carry, 1, bits), scratch}));
  row.init_cycle(false, {carry[0]});
  for (int i = 0; i < bits; ++i) {
    nor9_full_adder(row, a[i], b[i], carry[i], part(scratch, kNor9Scratch * i, kNor9Scratch), carry[i + 1],
                    sum[i]);
  }
  return row.finish();
}

}  // namespace ohmweave::logic
