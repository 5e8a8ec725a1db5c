// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/array.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"
#include "ohmweave/logic/testing/random_logic.h"

namespace ohmweave::logic {
namespace {

using Operation = LogicOperation;

/// One row, by the definition of the gates.
struct Row {
  std::vector<bool> cells;
  bool selected = true;
  int64_t to_zero = 0, to_one = 0, init_to_zero = 0, init_to_one = 0;
  std::vector<int64_t> switches;

  bool result(const Operation& operation) const {
    int ones = 0;
    for (Bitline input : operation.used()) ones += cells[input];
    switch (operation.gate) {
      case Gate::Init1:
        return true;
      case Gate::Not:
      case Gate::Nor:
        return ones == 0;
      case Gate::Nand:
        return ones < 2;
      case Gate::Or:
        return ones > 0;
      case Gate::Min3:
        return ones < 2;
      default:
        return false;
    }
  }
  void run(const Operation& operation) {
    if (operation.gate == Gate::All) selected = true;
    if (operation.gate == Gate::Search) {
      selected = true;
      for (int i = 0; i < operation.search_count(); ++i)
        selected = selected && cells[operation.output + i] == (operation.search_pattern() >> i & 1);
    }
    if (!selected || operation.gate == Gate::All || operation.gate == Gate::Search) return;
    const bool old = cells[operation.output], init = !kind_of(operation.gate).switches;
    bool now = result(operation);
    if (!init) now = operation.gate == Gate::Or ? old || now : old && now;
    cells[operation.output] = now;
    if (now == old) return;
    ++switches[operation.output];
    ++(now ? to_one : to_zero);
    if (init) ++(now ? init_to_one : init_to_zero);
  }
};

/// Most gates get a fresh cell: initialised right before them, or one operation earlier.
LogicProgram with_fresh_cells(const LogicProgram& program, uint64_t seed) {
  base::RandomStream random(seed, 4, 0);
  LogicProgram out{.name = program.name, .bitlines = program.bitlines};
  for (const Operation& operation : program.operations) {
    const bool resets = kind_of(operation.gate).switches && kind_of(operation.gate).output_from;
    const uint64_t where = resets ? random.below(4) : 3;
    if (where < 2) out.operations.push_back(Operation::gate_of(Gate::Init1, {}, operation.output));
    out.operations.push_back(operation);
    if (where == 1 && out.operations.size() > 3)
      std::swap(out.operations[out.operations.size() - 3], out.operations[out.operations.size() - 2]);
  }
  return out;
}

TEST(LogicArray, DoesWhatTheGatesSayInEveryRow) {
  base::RandomStream random(7, 0, 0);
  for (int64_t rows : {1, 63, 64, 300, 512, 700, 1024, 2048, 4096, 5000}) {
    const int bitlines = 3 + static_cast<int>(random.below(40));
    const LogicProgram program = with_fresh_cells(
        testing::random_logic({.bitlines = bitlines, .length = 200, .searches = rows % 64 != 0 || rows == 64},
                              static_cast<uint64_t>(rows)),
        static_cast<uint64_t>(rows));
    check(program);
    LogicArray array(rows, bitlines);
    Word all(bitlines);
    for (int b = 0; b < bitlines; ++b) all[b] = static_cast<Bitline>(b);
    std::vector<uint64_t> words(rows);
    for (uint64_t& word : words) word = random.next64() & ((uint64_t{1} << bitlines) - 1);
    array.write(all, words);
    ASSERT_EQ(array.read(all), words);
    LogicTally tally, expected;
    LogicArray other = array;
    array.run(program, tally);
    other.run(program);
    ASSERT_EQ(array.read(all), other.read(all));
    expected.switches.resize(bitlines);
    const std::vector<uint64_t> after = array.read(all);
    for (int64_t r = 0; r < rows; ++r) {
      Row row{.cells = std::vector<bool>(bitlines), .switches = std::vector<int64_t>(bitlines)};
      for (int b = 0; b < bitlines; ++b) row.cells[b] = words[r] >> b & 1;
      for (const Operation& operation : program.operations) row.run(operation);
      for (int b = 0; b < bitlines; ++b) {
        ASSERT_EQ(row.cells[b], after[r] >> b & 1) << "row " << r << " of " << rows << " bitline " << b;
        expected.switches[b] += row.switches[b];
      }
      expected.to_zero += row.to_zero;
      expected.to_one += row.to_one;
      expected.init_to_zero += row.init_to_zero;
      expected.init_to_one += row.init_to_one;
    }
    EXPECT_EQ(tally.to_zero, expected.to_zero);
    EXPECT_EQ(tally.to_one, expected.to_one);
    EXPECT_EQ(tally.init_to_zero, expected.init_to_zero);
    EXPECT_EQ(tally.init_to_one, expected.init_to_one);
    EXPECT_EQ(tally.switches, expected.switches);
  }
}

/// Bits of a block after a program, and everything counted meanwhile.
std::vector<int64_t> counted_by(const LogicKernels& kernels, const LogicProgram& program, int words) {
  struct alignas(64) Line {
    uint64_t words[LogicCounters::kSumWords] = {};
  };
  const int bitlines = program.bitlines;
  std::vector<Line> bits(static_cast<size_t>(bitlines) * 2), sums(static_cast<size_t>(bitlines)), rows(4);
  base::RandomStream random(1, 2, 3);
  for (Line& line : bits)
    for (uint64_t& word : line.words) word = random.next64();
  for (Line& line : rows) std::fill(std::begin(line.words), std::end(line.words), ~uint64_t{0});
  std::vector<int64_t> ones(bits.size()), fresh_gates(bits.size()), switches(bits.size());
  const auto fresh = std::make_unique<bool[]>(bits.size());
  LogicBlock block{bits[0].words, rows[0].words, rows[2].words, words, true};
  LogicCounters counters{.ones = ones.data(),
                         .fresh = fresh.get(),
                         .fresh_gates = fresh_gates.data(),
                         .sums = sums[0].words,
                         .switches = switches.data()};
  kernels.start(bitlines, block, counters);
  kernels.count(program.operations.data(), static_cast<int64_t>(program.operations.size()), block, counters);
  kernels.settle(bitlines, block, counters);
  std::vector<int64_t> out{counters.to_zero, counters.to_one, counters.init_to_zero, counters.init_to_one};
  out.insert(out.end(), switches.begin(), switches.end());
  for (int k = 0; k < bitlines * words; ++k) out.push_back(static_cast<int64_t>(block.bits[k]));
  return out;
}

TEST(LogicArray, AllInstructionSetsComputeAndCountTheSame) {
  for (const bool searches : {false, true}) {
    const LogicProgram program =
        with_fresh_cells(testing::random_logic({.bitlines = 50, .length = 2000, .searches = searches}, 3), 3);
    for (const int words : {8, 16, 32}) {
      const std::vector<int64_t> portable = counted_by(*logic_kernels().back(), program, words);
      for (const LogicKernels* kernels : logic_kernels())
        EXPECT_EQ(counted_by(*kernels, program, words), portable) << kernels->name << ", " << words << " words";
    }
  }
}

TEST(LogicArray, NumbersWiderThanAWordGoThrough) {
  LogicArray array(100, 130);
  Word cells(130);
  for (int b = 0; b < 130; ++b) cells[b] = static_cast<Bitline>(129 - b);
  base::RandomStream random(5, 0, 0);
  std::vector<uint64_t> words(300);
  for (size_t i = 0; i < words.size(); ++i) words[i] = random.next64() & (i % 3 == 2 ? 3 : ~uint64_t{0});
  array.write(cells, words);
  EXPECT_EQ(array.read(cells), words);
  for (int b = 0; b < 130; ++b) EXPECT_EQ(array.bit(42, 129 - b), words[3 * 42 + b / 64] >> b % 64 & 1);
  const LogicArray turned = array.transposed();
  EXPECT_EQ(turned.rows(), 130);
  for (int64_t r = 0; r < 100; ++r)
    for (int b = 0; b < 130; ++b) ASSERT_EQ(turned.bit(b, static_cast<int>(r)), array.bit(r, b));
}

TEST(LogicArray, SelectedRowsAloneTakePart) {
  LogicArray array(3000, 2);
  const std::vector<int64_t> some = {0, 5, 511, 512, 2047, 2048, 2999};
  array.select(some);
  array.run({.name = "set", .bitlines = 2, .operations = {Operation::gate_of(Gate::Init1, {}, 1)}});
  int64_t ones = 0;
  for (int64_t r = 0; r < 3000; ++r) ones += array.bit(r, 1);
  EXPECT_EQ(ones, 7);
  for (int64_t row : some) EXPECT_TRUE(array.bit(row, 1));
}

TEST(LogicArray, SwitchingFailsAsOftenAsAsked) {
  const int64_t rows = 100000;
  const double probability = 0.01;
  LogicProgram program{.name = "not", .bitlines = 2};
  program.operations = {Operation::gate_of(Gate::Init1, {}, 1), Operation::gate_of(Gate::Not, {0}, 1)};
  LogicArray array(rows, 2);
  array.write(Word{0}, std::vector<uint64_t>(rows, 1));
  LogicTally tally;
  array.run(program, {probability, 9}, tally);
  int64_t failed = 0;
  for (uint64_t word : array.read(Word{1})) failed += word;
  EXPECT_NEAR(failed, probability * rows, 3 * std::sqrt(probability * (1 - probability) * rows));
  EXPECT_EQ(tally.to_zero, rows - failed);
  EXPECT_EQ(tally.init_to_one, rows);
}

TEST(LogicProgram, CountsCyclesOfJoinedOperationsOnce) {
  LogicProgram program{.name = "two", .bitlines = 6, .partitions = {0, 3}};
  program.operations = {Operation::gate_of(Gate::Init1, {}, 2), Operation::gate_of(Gate::Init1, {}, 5),
                        Operation::gate_of(Gate::Nor, {0, 1}, 2), Operation::gate_of(Gate::Nor, {3, 4}, 5)};
  program.operations[1].joins = program.operations[3].joins = true;
  check(program);
  const LogicCounts counts = count(program);
  EXPECT_EQ(counts.cycles, 2);
  EXPECT_EQ(counts.init_cycles, 1);
  EXPECT_EQ(counts.gates(), 2);
  EXPECT_EQ(counts.inits(), 2);
  EXPECT_EQ(listing(program), "     0  c2 = INIT1; c5 = INIT1\n     1  c2 = NOR(c0, c1); c5 = NOR(c3, c4)\n");
}

TEST(LogicProgramDeathTest, GatesOfOneCycleNeedPartitionsOfTheirOwn) {
  LogicProgram program{.name = "two", .bitlines = 6};
  program.operations = {Operation::gate_of(Gate::Nor, {0, 1}, 2), Operation::gate_of(Gate::Nor, {3, 4}, 5)};
  check(program);
  program.operations[1].joins = true;
  EXPECT_DEATH(check(program), "share a partition");
}

}  // namespace
}  // namespace ohmweave::logic
