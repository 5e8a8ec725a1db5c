// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/aritpim_parallel.h"
#include "ohmweave/logic/striped_blocks.h"
#include "ohmweave/logic/striped_carry_save.h"

namespace ohmweave::logic {

namespace {

/// A bit in one lane to all lanes, by way of the first.
void send_to_all(StripedRow& row, StripedBit bit, int all, int complement, const Lanes& lanes) {
  row.invert(bit.place, complement, {bit.lane}, {lanes.front()});
  row.invert(complement, all, {lanes.front()});
  striped_broadcast(row, all, complement, lanes);
}

}  // namespace

void striped_multiply(StripedRow& row, int a, int b, int low, int high, const Lanes& lanes) {
  const int size = static_cast<int>(lanes.size());
  const int sum = high;
  Stripe no_a(row, lanes), carry(row, lanes);
  row.fresh_invert(a, no_a, lanes);
  row.set(false, sum, lanes);
  row.set(false, carry, lanes);
  for (int k = 0; k < size; ++k) {
    const Stripe product(row, lanes);
    {
      const Stripe complement(row, lanes);
      row.set(true, complement, lanes);
      row.set(true, product, lanes);
      send_to_all(row, {b, lanes[k]}, product, complement, lanes);
    }
    row.invert(no_a, product, lanes);  // X-MAGIC
    CarrySave adder(row, lanes);
    adder.prepare(sum, carry, product);
    row.set(true, carry, lanes);
    row.nor(adder.none(), adder.passed(), carry, lanes);
    adder.finish(product);
    row.set(true, low, {lanes[k]});
    row.set(true, sum, every(lanes, 0, -1));
    row.nor(adder.one_half(), adder.other_half(), low, {lanes[0]}, {lanes[k]});
    row.shift_nor(adder.one_half(), adder.other_half(), sum, lanes, -1);
  }
  no_a.release();
  striped_add(row, carry, sum, high, lanes);
}

LogicProgram aritpim_parallel_whole(Arithmetic operation, int bits) {
  StripedRow row("aritpim-parallel", bits);
  const Lanes lanes = row.all();
  const int numbers = operation == Arithmetic::Div ? 5 : operation == Arithmetic::Mul ? 4 : 3;
  for (int i = 0; i < numbers; ++i) row.take(lanes);
  switch (operation) {
    case Arithmetic::Div:
      row.input("a", 1, lanes);
      row.input("a", 0, lanes);
      row.input("b", 2, lanes);
      row.output("quotient", 3, lanes);
      row.output("remainder", 4, lanes);
      striped_divide(row, 0, 1, 2, 3, 4, lanes);
      return row.finish();
    case Arithmetic::Mul:
      striped_multiply(row, 0, 1, 2, 3, lanes);
      break;
    case Arithmetic::Sub:
      striped_subtract(row, 0, 1, 2, lanes);
      break;
    default:
      striped_add(row, 0, 1, 2, lanes);
  }
  row.input("a", 0, lanes);
  row.input("b", 1, lanes);
  for (int place = 2; place < numbers; ++place) row.output("result", place, lanes);
  return row.finish();
}

}  // namespace ohmweave::logic
