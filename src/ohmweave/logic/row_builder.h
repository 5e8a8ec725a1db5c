// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "ohmweave/logic/words.h"

namespace ohmweave::logic {

/// How cells are brought to the value that gates start from.
enum class Initialisation {
  EachCell,  // a cycle for each cell (AritPIM)
  Bulk,      // any cells of the row in one cycle (Talati et al., Haj-Ali et al., SIMPLER)
};

/// Writes a program for the cells of one row. A cell that is asked for is the lowest free one, so a program
/// takes as many cells as its highest one says.
class RowBuilder {
 public:
  explicit RowBuilder(std::string name, Initialisation initialisation = Initialisation::EachCell);

  Bitline take();
  Word take(int count);
  void give_back(Bitline cell);
  void give_back(std::span<const Bitline> cells);

  /// Names cells as an operand or a result, least significant bit first.
  void input(std::string name, Word cells);
  void output(std::string name, Word cells);

  void set(Bitline cell, bool value);
  void set(std::span<const Bitline> cells, bool value);
  /// The gate on what the cell holds: old AND gate (X-MAGIC).
  void onto(Gate gate, std::initializer_list<Bitline> inputs, Bitline cell);
  /// Initialises the cell, then the gate.
  void gate(Gate gate, std::initializer_list<Bitline> inputs, Bitline cell);
  void invert(Bitline a, Bitline out) { gate(Gate::Not, {a}, out); }
  void nor(Bitline a, Bitline b, Bitline out) { gate(Gate::Nor, {a, b}, out); }
  /// out AND= NOT a.
  void clear_where(Bitline a, Bitline out) { onto(Gate::Not, {a}, out); }
  void clear_where(Bitline a, std::span<const Bitline> out);
  /// Any operation, in a cycle of its own or in the cycle of the one before.
  void emit(LogicOperation operation, bool joins = false);

  /// The program; the builder is used up.
  LogicProgram finish() &&;

 private:
  LogicProgram program_;
  Initialisation initialisation_;
  std::vector<bool> taken_;
  size_t none_free_below_ = 0;
};

/// Cells for intermediate results, given back at the end of the scope or before.
class Scratch {
 public:
  Scratch() = default;
  Scratch(RowBuilder& row, int count) : row_(&row), cells_(row.take(count)) {}
  Scratch(Scratch&& other) noexcept : row_(other.row_), cells_(std::move(other.cells_)) {
    other.cells_.clear();
  }
  Scratch& operator=(Scratch&& other) noexcept;
  ~Scratch() { release(); }
  void release();

  Bitline operator[](int i) const { return cells_[static_cast<size_t>(i)]; }
  const Word& cells() const { return cells_; }

 private:
  RowBuilder* row_ = nullptr;
  Word cells_;
};

/// One cell for an intermediate result.
class ScratchBit {
 public:
  explicit ScratchBit(RowBuilder& row) : cells_(row, 1) {}
  void release() { cells_.release(); }
  operator Bitline() const { return cells_[0]; }  // it is a cell

 private:
  Scratch cells_;
};

}  // namespace ohmweave::logic
