// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/compiled.h"

#include <gtest/gtest.h>

#include "ohmweave/logic/graph.h"
#include "ohmweave/logic/registers.h"
#include "ohmweave/logic/testing/random_logic.h"

namespace ohmweave::logic {
namespace {

using Operation = LogicOperation;

TEST(CompiledLogic, LeavesTheBitsOfTheInterpreter) {
  base::RandomStream random(1, 0, 0);
  for (int trial = 0; trial < 60; ++trial) {
    const int bitlines = 2 + static_cast<int>(random.below(trial < 30 ? 12 : 120));
    const auto rows = static_cast<int64_t>(1 + random.below(4000));
    const LogicProgram program = testing::random_logic(
        {.bitlines = bitlines, .length = 1 + static_cast<int>(random.below(600)), .searches = trial % 10 == 9},
        random.next64());
    LogicArray array = testing::random_array(rows, bitlines, random.next64()), other = array;
    array.run(program);
    const CompiledLogic compiled(program);
    compiled.run(other);
    const Word all = testing::all_bitlines(bitlines);
    ASSERT_EQ(other.read(all), array.read(all)) << "trial " << trial;
  }
}

TEST(CompiledLogic, ASelectionOfRowsHolds) {
  LogicArray array(100, 2);
  const std::vector<int64_t> some = {3, 99};
  array.select(some);
  CompiledLogic({.name = "set", .bitlines = 2, .operations = {Operation::gate_of(Gate::Init1, {}, 0)}})
      .run(array);
  int64_t ones = 0;
  for (uint64_t word : array.read(Word{0})) ones += static_cast<int64_t>(word);
  EXPECT_EQ(ones, 2);
}

/// The full adder of nine NORs (sum into 5, carry into 6), each into a fresh cell.
LogicProgram full_adder() {
  LogicProgram program{.name = "full adder", .bitlines = 12};
  const auto nor = [&](Bitline a, Bitline b, Bitline out) {
    program.operations.push_back(Operation::gate_of(Gate::Init1, {}, out));
    program.operations.push_back(Operation::gate_of(Gate::Nor, {a, b}, out));
  };
  nor(0, 1, 3), nor(0, 3, 4), nor(1, 3, 7), nor(4, 7, 8);
  nor(8, 2, 9), nor(9, 8, 10), nor(9, 2, 11), nor(10, 11, 5), nor(3, 9, 6);
  for (Bitline scratch : {3, 4, 7, 8, 9, 10, 11})
    program.operations.push_back(Operation::gate_of(Gate::Init1, {}, scratch));
  return program;
}

TEST(LogicGraph, FindsTheExclusiveOrsOfAnAdder) {
  const LogicGraph graph(full_adder());
  std::vector<bool> live(graph.nodes().size());
  int exclusive = 0, ands = 0;
  for (const auto& result : graph.results()) live[result.value / 2] = true;
  for (size_t n = graph.nodes().size(); n-- > 0;) {
    const auto& node = graph.nodes()[n];
    const bool is_and = node.kind == LogicGraph::Node::Kind::And,
               is_xor = node.kind == LogicGraph::Node::Kind::Xor;
    if (!live[n] || !(is_and || is_xor)) continue;
    live[node.a / 2] = live[node.b / 2] = true;
    exclusive += is_xor;
    ands += is_and;
  }
  EXPECT_EQ(exclusive, 2);
  EXPECT_EQ(ands, 3);
}

TEST(LogicRegisters, FewRegistersCostScratchAndManyDoNot) {
  const LogicProgram program = testing::random_logic({.bitlines = 60, .length = 400, .searches = false}, 5);
  const LogicGraph graph(program);
  const VectorCode few = allocate_registers(graph, 4), many = allocate_registers(graph, 1000);
  EXPECT_GT(few.scratch, 0);
  EXPECT_EQ(many.scratch, 0);
  EXPECT_GT(few.instructions.size(), many.instructions.size());
}

}  // namespace
}  // namespace ohmweave::logic
