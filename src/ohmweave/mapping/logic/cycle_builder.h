// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>

#include "ohmweave/mapping/logic/words.h"

namespace ohmweave::mapping {

/// Writes a program cycle by cycle: operations go into the open cycle, and cycle() opens the next one.
class CycleBuilder {
 public:
  explicit CycleBuilder(std::string name) { program_.name = std::move(name); }

  /// Cells that nothing uses yet, side by side.
  array::Word take(int count);
  array::Bitline take() { return take(1)[0]; }
  /// The next cell taken begins a partition.
  void begin_partition();
  void input(std::string name, const array::Word& cells) {
    program_.inputs.push_back({std::move(name), cells});
  }
  void output(std::string name, const array::Word& cells) {
    program_.outputs.push_back({std::move(name), cells});
  }

  void cycle() { joins_ = false; }
  void init(bool value, array::Bitline cell);
  void init(bool value, const array::Word& cells);
  void gate(array::Gate gate, std::initializer_list<array::Bitline> inputs, array::Bitline output);
  /// The same as cycles of their own.
  void init_cycle(bool value, const array::Word& cells);
  void gate_cycle(array::Gate gate, std::initializer_list<array::Bitline> inputs, array::Bitline output);
  /// Selects the rows whose cells hold `pattern`, bit i in cell i; the cells stand side by side.
  void search_cycle(const array::Word& cells, uint64_t pattern);
  void select_all_cycle();

  array::LogicProgram finish();

 private:
  void add(array::LogicOperation operation);

  array::LogicProgram program_;
  bool joins_ = false;
};

}  // namespace ohmweave::mapping
