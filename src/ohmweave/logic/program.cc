// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/program.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "ohmweave/base/check.h"

namespace ohmweave::logic {
namespace {

constexpr std::array<GateKind, kGates> kKinds = {{
    {"INIT0", 0, 0, false, false},
    {"INIT1", 0, 0, false, true},
    {"NOT", 1, 1, true, true},
    {"NOR", 2, kMostGateInputs, true, true},
    {"NAND", 2, 2, true, true},
    {"OR", 2, 2, true, false},
    {"MIN3", 3, 3, true, true},
    {"SEARCH", 0, 0, false, false},
    {"ALL", 0, 0, false, false},
}};

void check_operation(const LogicProgram& program, const LogicOperation& operation) {
  const GateKind& kind = kind_of(operation.gate);
  OHMWEAVE_CHECK(operation.output < program.bitlines || operation.gate == Gate::All,
                 "a cell outside of the row");
  OHMWEAVE_CHECK(operation.fan_in >= kind.least_inputs && operation.fan_in <= kind.most_inputs,
                 "a gate with inputs it cannot have");
  for (Bitline input : operation.used()) {
    OHMWEAVE_CHECK(input < program.bitlines, "a cell outside of the row");
    OHMWEAVE_CHECK(input != operation.output, "a gate reads its own output");
  }
  if (operation.gate == Gate::Search)
    OHMWEAVE_CHECK(
        operation.output + operation.search_count() <= program.bitlines && operation.search_count() <= 64,
        "a search outside of the row");
}

/// Checks cycles in time that grows with their operations, however many stand in one.
class CycleChecker {
 public:
  explicit CycleChecker(const LogicProgram& program)
      : partition_(program.bitlines), written_in_(program.bitlines, -1) {
    int partition = -1;
    for (int cell = 0; cell < program.bitlines; ++cell) {
      while (partition + 1 < static_cast<int>(program.partitions.size()) &&
             program.partitions[partition + 1] <= cell)
        ++partition;
      partition_[cell] = partition;
    }
  }

  void check(std::span<const LogicOperation> cycle) {
    ++cycle_;
    spans_.clear();
    for (const LogicOperation& operation : cycle) {
      if (operation.gate == Gate::Search || operation.gate == Gate::All) continue;
      OHMWEAVE_CHECK(written_in_[operation.output] != cycle_, "two operations of a cycle write the same cell");
      written_in_[operation.output] = cycle_;
      if (kind_of(operation.gate).switches) spans_.push_back(span_of(operation));
    }
    for (const LogicOperation& operation : cycle)
      for (Bitline input : operation.used())
        OHMWEAVE_CHECK(written_in_[input] != cycle_, "a gate reads what its cycle writes");
    std::sort(spans_.begin(), spans_.end());
    for (size_t i = 1; i < spans_.size(); ++i)
      OHMWEAVE_CHECK(spans_[i - 1].second < spans_[i].first, "gates of one cycle share a partition");
  }

 private:
  /// The partitions from the first to the last that a gate's cells stand in.
  std::pair<int, int> span_of(const LogicOperation& operation) const {
    std::pair<int, int> span{partition_[operation.output], partition_[operation.output]};
    for (Bitline input : operation.used()) {
      span.first = std::min(span.first, partition_[input]);
      span.second = std::max(span.second, partition_[input]);
    }
    return span;
  }

  std::vector<int> partition_;
  std::vector<int64_t> written_in_;  // the last cycle that wrote a cell
  int64_t cycle_ = -1;
  std::vector<std::pair<int, int>> spans_;
};

}  // namespace

const GateKind& kind_of(Gate gate) { return kKinds[static_cast<size_t>(gate)]; }

LogicOperation LogicOperation::gate_of(Gate gate, std::initializer_list<Bitline> inputs, Bitline output) {
  LogicOperation operation{.gate = gate, .fan_in = static_cast<uint8_t>(inputs.size()), .output = output};
  std::copy(inputs.begin(), inputs.end(), operation.inputs);
  return operation;
}

LogicOperation LogicOperation::search(Bitline first, int count, uint64_t pattern) {
  LogicOperation operation{.gate = Gate::Search, .output = first};
  operation.inputs[0] = static_cast<Bitline>(count);
  for (int i = 0; i < 4; ++i) operation.inputs[1 + i] = static_cast<Bitline>(pattern >> 16 * i & 0xffff);
  return operation;
}

int LogicOperation::search_count() const { return inputs[0]; }

uint64_t LogicOperation::search_pattern() const {
  uint64_t pattern = 0;
  for (int i = 0; i < 4; ++i) pattern |= static_cast<uint64_t>(inputs[1 + i]) << 16 * i;
  return pattern;
}

int64_t LogicCounts::gates() const {
  int64_t sum = 0;
  for (size_t gate = 0; gate < of.size(); ++gate) sum += kKinds[gate].switches ? of[gate] : 0;
  return sum;
}

LogicCounts count(const LogicProgram& program) {
  LogicCounts counts;
  bool only_inits = false;
  for (const LogicOperation& operation : program.operations) {
    const bool init = operation.gate == Gate::Init0 || operation.gate == Gate::Init1;
    if (!operation.joins) {
      counts.init_cycles += only_inits;
      only_inits = true;
      ++counts.cycles;
    }
    only_inits &= init;
    ++counts.of[static_cast<size_t>(operation.gate)];
  }
  counts.init_cycles += only_inits;
  return counts;
}

void check(const LogicProgram& program) {
  OHMWEAVE_CHECK(program.bitlines >= 0 && program.bitlines <= 65536, "more bitlines than a row can have");
  OHMWEAVE_CHECK(std::ranges::is_sorted(program.partitions), "partitions out of order");
  const std::span<const LogicOperation> all = program.operations;
  CycleChecker checker(program);
  for (size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    for (end = begin + 1; end < all.size() && all[end].joins;) ++end;
    for (const LogicOperation& operation : all.subspan(begin, end - begin)) check_operation(program, operation);
    checker.check(all.subspan(begin, end - begin));
  }
}

std::string listing(const LogicProgram& program) {
  std::string text;
  int64_t cycle = 0;
  for (const LogicOperation& operation : program.operations) {
    if (operation.joins)
      text += "; ";
    else
      text += fmt::format("{}{:6}  ", cycle > 0 ? "\n" : "", cycle), ++cycle;
    const std::string_view name = kind_of(operation.gate).name;
    if (operation.gate == Gate::Search) {
      text += fmt::format("SEARCH(c{}..c{} == {:#x})", operation.output,
                          operation.output + operation.search_count() - 1, operation.search_pattern());
    } else if (operation.gate == Gate::All) {
      text += "ALL";
    } else {
      text += fmt::format("c{} = {}", operation.output, name);
      for (size_t i = 0; i < operation.fan_in; ++i)
        text += fmt::format("{}c{}", i == 0 ? "(" : ", ", operation.inputs[i]);
      if (operation.fan_in > 0) text += ")";
    }
  }
  return text.empty() ? text : text + "\n";
}

}  // namespace ohmweave::logic
