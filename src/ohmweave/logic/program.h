// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ohmweave::logic {

/// Where a cell stands in its row.
using Bitline = uint16_t;
/// The cells of a number in a row, least significant bit first.
using Word = std::vector<Bitline>;

/// What one operation does to its output cell in every selected row. Logic 1 is the low resistance. A gate can
/// move its output in one direction only: without a fresh initialisation it leaves old AND gate (X-MAGIC), or
/// old OR gate for Or, whose output starts from 0.
enum class Gate : uint8_t {
  Init0,   // writes 0
  Init1,   // writes 1
  Not,     // NOT a
  Nor,     // NOT (a OR b OR ...), of 2 to 5 inputs (Kvatinsky et al., MAGIC, TCAS-II 2014)
  Nand,    // NOT (a AND b), Or: a OR b, Min3: NOT (majority of a, b, c): one cycle each (Gupta et al., FELIX,
  Or,      // ICCAD 2018)
  Min3,    //
  Search,  // selects the rows that hold `pattern` in `count` cells from `output` on, and no others
  All,     // selects all rows again
};
constexpr int kGates = 9;
constexpr int kMostGateInputs = 5;

struct GateKind {
  std::string_view name;
  int least_inputs, most_inputs;
  bool switches;     // it moves an output by the inputs: neither an initialisation nor a selection
  bool output_from;  // what the output is initialised to
};
const GateKind& kind_of(Gate gate);

struct LogicOperation {
  Gate gate = Gate::Nor;
  uint8_t fan_in = 0;
  bool joins = false;  // the same cycle as the operation before it
  Bitline output = 0;
  Bitline inputs[kMostGateInputs] = {};  // Search: count, then the pattern, 16 bits each

  std::span<const Bitline> used() const { return {inputs, fan_in}; }
  static LogicOperation gate_of(Gate gate, std::initializer_list<Bitline> inputs, Bitline output);
  /// `pattern`: bit i is asked of cell first + i; count at most 64.
  static LogicOperation search(Bitline first, int count, uint64_t pattern);
  int search_count() const;
  uint64_t search_pattern() const;
};

/// A number that a program takes or leaves.
struct LogicOperand {
  std::string name;
  Word cells;
};

/// What is to happen in the cells of a row, cycle by cycle; every selected row does the same at once.
/// Operations of one cycle happen together: none reads what another of them writes, and gates (not
/// initialisations) of one cycle stand in separate runs of partitions, whose borders are transistors that cut
/// the rows.
struct LogicProgram {
  std::string name;
  int bitlines = 0;                      // cells of a row that it uses
  std::vector<Bitline> partitions = {};  // the first bitline of each partition; empty: rows are whole
  std::vector<LogicOperation> operations = {};
  std::vector<LogicOperand> inputs = {}, outputs = {};

  int partition_count() const { return partitions.empty() ? 1 : static_cast<int>(partitions.size()); }
};

/// How much of everything a program does to one row.
struct LogicCounts {
  int64_t cycles = 0;
  std::array<int64_t, kGates> of{};  // operations by Gate: of an initialisation, its cells
  int64_t init_cycles = 0;           // cycles of initialisations alone

  int64_t operator[](Gate gate) const { return of[static_cast<size_t>(gate)]; }
  int64_t inits() const { return (*this)[Gate::Init0] + (*this)[Gate::Init1]; }
  /// Gates that switch by their inputs.
  int64_t gates() const;
};
LogicCounts count(const LogicProgram& program);

/// Aborts if a program breaks its rules: bitlines out of range, a gate that reads its own output, gates of one
/// cycle that share a partition. Programs come from our compilers; what a user can get wrong they tell.
void check(const LogicProgram& program);

/// One line per cycle: "   12  r7 = NOR(r3, r5)", operations of a cycle joined by "; ".
std::string listing(const LogicProgram& program);

}  // namespace ohmweave::logic
