// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/cycle_builder.h"

#include "ohmweave/base/check.h"

namespace ohmweave::logic {

Word CycleBuilder::take(int count) {
  Word cells;
  for (int i = 0; i < count; ++i) cells.push_back(static_cast<Bitline>(program_.bitlines++));
  return cells;
}

void CycleBuilder::begin_partition() { program_.partitions.push_back(static_cast<Bitline>(program_.bitlines)); }

void CycleBuilder::add(LogicOperation operation) {
  operation.joins = joins_;
  joins_ = true;
  program_.operations.push_back(operation);
}

void CycleBuilder::init(bool value, Bitline cell) {
  add(LogicOperation::gate_of(value ? Gate::Init1 : Gate::Init0, {}, cell));
}

void CycleBuilder::init(bool value, const Word& cells) {
  for (const Bitline cell : cells) init(value, cell);
}

void CycleBuilder::gate(Gate gate, std::initializer_list<Bitline> inputs, Bitline output) {
  add(LogicOperation::gate_of(gate, inputs, output));
}

void CycleBuilder::init_cycle(bool value, const Word& cells) {
  cycle();
  init(value, cells);
}

void CycleBuilder::gate_cycle(Gate which, std::initializer_list<Bitline> inputs, Bitline output) {
  cycle();
  gate(which, inputs, output);
}

void CycleBuilder::search_cycle(const Word& cells, uint64_t pattern) {
  OHMWEAVE_CHECK(cells.back() - cells.front() + 1 == static_cast<int>(cells.size()),
                 "searched cells have gaps");
  cycle();
  add(LogicOperation::search(cells.front(), static_cast<int>(cells.size()), pattern));
}

void CycleBuilder::select_all_cycle() {
  cycle();
  add(LogicOperation::gate_of(Gate::All, {}, 0));
}

LogicProgram CycleBuilder::finish() {
  check(program_);
  return std::move(program_);
}

}  // namespace ohmweave::logic
