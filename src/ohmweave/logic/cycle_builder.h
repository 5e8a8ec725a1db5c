// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>

#include "ohmweave/logic/words.h"

namespace ohmweave::logic {

/// Writes a program cycle by cycle: operations go into the open cycle, and cycle() opens the next one.
class CycleBuilder {
 public:
  explicit CycleBuilder(std::string name) { program_.name = std::move(name); }

  /// Cells that nothing uses yet, side by side.
  Word take(int count);
  Bitline take() { return take(1)[0]; }
  /// The next cell taken begins a partition.
  void begin_partition();
  void input(std::string name, const Word& cells) { program_.inputs.push_back({std::move(name), cells}); }
  void output(std::string name, const Word& cells) { program_.outputs.push_back({std::move(name), cells}); }

  void cycle() { joins_ = false; }
  void init(bool value, Bitline cell);
  void init(bool value, const Word& cells);
  void gate(Gate gate, std::initializer_list<Bitline> inputs, Bitline output);
  /// The same as cycles of their own.
  void init_cycle(bool value, const Word& cells);
  void gate_cycle(Gate gate, std::initializer_list<Bitline> inputs, Bitline output);
  /// Selects the rows whose cells hold `pattern`, bit i in cell i; the cells stand side by side.
  void search_cycle(const Word& cells, uint64_t pattern);
  void select_all_cycle();

  LogicProgram finish();

 private:
  void add(LogicOperation operation);

  LogicProgram program_;
  bool joins_ = false;
};

}  // namespace ohmweave::logic
