// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/stacked_adder.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "ohmweave/base/check.h"
#include "ohmweave/logic/nor_adders.h"

namespace ohmweave::logic {

namespace {

using Layers = std::initializer_list<const StackLayer*>;

/// The full adder by the term p = a xor b, on which both results depend: sum = p xor c, carry = p ? c : a. Nine
/// NORs: a row is the two inputs and the output of one, as places in FullAdderCells.
enum Place : uint8_t { kA, kB, kC, kNone, kOnlyB, kOnlyA, kNotP, kPNotC, kPC, kNeither, kSum, kCarry, kPlaces };
constexpr std::array<std::array<Place, 3>, 9> kFullAdder = {{{kA, kB, kNone},
                                                             {kA, kNone, kOnlyB},
                                                             {kB, kNone, kOnlyA},
                                                             {kOnlyB, kOnlyA, kNotP},
                                                             {kNotP, kC, kPNotC},
                                                             {kPNotC, kNotP, kPC},
                                                             {kPNotC, kC, kNeither},
                                                             {kPC, kNeither, kSum},
                                                             {kNone, kPNotC, kCarry}}};
using FullAdderCells = std::array<Bitline, kPlaces>;

FullAdderCells cells_of(const StackLayer& layer, size_t bit) {
  FullAdderCells cells{};
  cells[kA] = layer.running[bit];
  cells[kB] = layer.addend[bit];
  cells[kC] = bit == 0 ? layer.carry_in : layer.carries[(bit - 1) % 2];
  std::copy(layer.scratch.begin(), layer.scratch.end(), cells.begin() + kNone);
  cells[kSum] = layer.sum[bit];
  cells[kCarry] = layer.carries[bit % 2];
  return cells;
}

/// One bit in all layers that have it, in the same cycles.
void full_adders(CycleBuilder& row, Layers layers, size_t bit) {
  std::vector<FullAdderCells> cells;
  row.cycle();
  for (const StackLayer* layer : layers) {
    if (bit >= layer->sum.size()) continue;
    cells.push_back(cells_of(*layer, bit));
    row.init(true, layer->scratch);
    row.init(true, cells.back()[kCarry]);
  }
  for (const auto& [x, y, out] : kFullAdder) {
    row.cycle();
    for (const FullAdderCells& at : cells) row.gate(Gate::Nor, {at[x], at[y]}, at[out]);
  }
}

/// The last layer gets the complements of the high half's operands.
void complement_operands(CycleBuilder& row, const AdderStack& stack) {
  const auto invert = [&row](const Word& from, const Word& to) {
    for (size_t i = 0; i < from.size(); ++i) row.gate_cycle(Gate::Not, {from[i]}, to[i]);
  };
  invert(stack.high.running, stack.high_carried.running);
  invert(distinct(stack.high.addend), distinct(stack.high_carried.addend));
}

/// high.running = carry ? NOT high_carried.sum : high.sum, which is
/// NOR(NOR(high.sum, carry), carry AND high_carried.sum); the AND is a NOT onto the sum itself (X-MAGIC).
void select(CycleBuilder& row, const AdderStack& stack) {
  const StackLayer &none = stack.high, &one = stack.high_carried;
  const Bitline carry = stack.low.carries[(stack.low.sum.size() - 1) % 2], no_carry = one.scratch[0];
  for (size_t bit = 0; bit < none.sum.size(); ++bit) {
    const size_t turn = bit % none.scratch.size();  // without carry: as many bits as there is scratch for
    if (turn == 0) row.init_cycle(true, none.scratch);
    if (bit == 0) {
      row.init(true, none.running);
      row.init(true, no_carry);
      row.gate_cycle(Gate::Not, {carry}, no_carry);
    }
    row.cycle();
    row.gate(Gate::Nor, {none.sum[bit], carry}, none.scratch[turn]);
    row.gate(Gate::Not, {no_carry}, one.sum[bit]);
    row.gate_cycle(Gate::Nor, {none.scratch[turn], one.sum[bit]}, none.running[bit]);
  }
}

/// A new layer with operands of `bits`.
StackLayer take_layer(CycleBuilder& row, int bits) {
  row.begin_partition();
  StackLayer layer;
  layer.running = row.take(bits);
  layer.addend = row.take(bits);
  take_adder(row, bits, layer);
  return layer;
}

/// b where it is not the addend itself.
Word take_subtrahend(CycleBuilder& row, bool difference, const StackLayer& layer) {
  return difference ? row.take(static_cast<int>(layer.addend.size())) : layer.addend;
}

/// NOT b in both halves at once.
void complement_subtrahend(CycleBuilder& row, const AdderStack& stack, const Word& low, const Word& high) {
  for (size_t bit = 0; bit < high.size(); ++bit) {
    row.gate_cycle(Gate::Not, {high[bit]}, stack.high.addend[bit]);
    if (bit < low.size()) row.gate(Gate::Not, {low[bit]}, stack.low.addend[bit]);
  }
}

LogicProgram sum_or_difference(std::string name, int bits, bool difference) {
  OHMWEAVE_CHECK(bits >= 2, "a stacked adder splits its operands");
  CycleBuilder row(std::move(name));
  AdderStack stack;
  stack.low = take_layer(row, bits / 2);
  const Word low = take_subtrahend(row, difference, stack.low);
  stack.high = take_layer(row, bits - bits / 2);
  const Word high = take_subtrahend(row, difference, stack.high);
  stack.high_carried = take_layer(row, bits - bits / 2);
  row.input("a", joined({stack.low.running, stack.high.running}));
  row.input("b", joined({low, high}));
  row.output("result", joined({stack.low.sum, stack.high.running}));

  row.init_cycle(false, {stack.high.carry_in, stack.high_carried.carry_in});
  if (!difference) row.init(false, stack.low.carry_in);
  row.cycle();
  open_adder(row, stack);
  if (difference) {
    row.init(true, joined({stack.low.addend, stack.high.addend, {stack.low.carry_in}}));
    complement_subtrahend(row, stack, low, high);
  }
  add_stacked(row, stack);
  return row.finish();
}

}  // namespace

void take_adder(CycleBuilder& row, int bits, StackLayer& layer) {
  layer.sum = row.take(bits);
  layer.scratch = row.take(kNor9Scratch);
  layer.carries = {row.take(), row.take()};
  layer.carry_in = row.take();
}

Word distinct(const Word& word) {
  Word once = word;
  once.erase(std::unique(once.begin(), once.end()), once.end());
  return once;
}

void open_adder(CycleBuilder& row, const AdderStack& stack) {
  for (const StackLayer* layer : {&stack.low, &stack.high, &stack.high_carried}) row.init(true, layer->sum);
  row.init(true, joined({stack.high_carried.running, distinct(stack.high_carried.addend)}));
}

void add_stacked(CycleBuilder& row, const AdderStack& stack) {
  complement_operands(row, stack);
  const size_t bits = std::max(stack.low.sum.size(), stack.high.sum.size());
  for (size_t bit = 0; bit < bits; ++bit) full_adders(row, {&stack.low, &stack.high, &stack.high_carried}, bit);
  select(row, stack);
}

LogicProgram stacked_sum(int bits) { return sum_or_difference("stacked sum", bits, false); }
LogicProgram stacked_difference(int bits) { return sum_or_difference("stacked difference", bits, true); }

int footprint(const LogicProgram& program) {
  int most = program.partitions.empty() ? program.bitlines : program.partitions[0];
  for (size_t layer = 0; layer < program.partitions.size(); ++layer) {
    const int end = layer + 1 < program.partitions.size() ? program.partitions[layer + 1] : program.bitlines;
    most = std::max(most, end - program.partitions[layer]);
  }
  return most;
}

}  // namespace ohmweave::logic
