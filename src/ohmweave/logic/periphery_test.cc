// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/periphery.h"

#include <gtest/gtest.h>

namespace ohmweave::logic {
namespace {

/// Four partitions of four cells, and one cycle of gates {gate, inputs, output}.
LogicProgram one_cycle(std::initializer_list<LogicOperation> operations) {
  LogicProgram program{.name = "cycle", .bitlines = 16, .partitions = {0, 4, 8, 12}, .operations = operations};
  for (size_t i = 1; i < program.operations.size(); ++i) program.operations[i].joins = true;
  check(program);
  return program;
}

LogicOperation gate(Gate which, std::initializer_list<Bitline> inputs, Bitline output) {
  return LogicOperation::gate_of(which, inputs, output);
}

TEST(LogicPeriphery, MinimalRunsEqualGatesAtEvenSteps) {
  const LogicProgram even = one_cycle({gate(Gate::Not, {1}, 6), gate(Gate::Not, {9}, 14)});
  EXPECT_EQ(least_periphery(even), Periphery::Minimal);
  const LogicProgram local =
      one_cycle({gate(Gate::Nor, {0, 1}, 2), gate(Gate::Nor, {4, 5}, 6), gate(Gate::Nor, {8, 9}, 10)});
  EXPECT_EQ(least_periphery(local), Periphery::Minimal);
  const LogicProgram inits = one_cycle({gate(Gate::Init1, {}, 1), gate(Gate::Init1, {}, 7)});
  EXPECT_EQ(least_periphery(inits), Periphery::Minimal);
}

TEST(LogicPeriphery, StandardAllowsAnyDistancesOneWay) {
  const LogicProgram uneven = one_cycle({gate(Gate::Not, {1}, 6), gate(Gate::Not, {9}, 10)});
  EXPECT_EQ(violation(uneven, Periphery::Standard), "cycle 0: gates in both directions");
  const LogicProgram steps =
      one_cycle({gate(Gate::Not, {0}, 1), gate(Gate::Not, {4}, 5), gate(Gate::Not, {12}, 13)});
  EXPECT_EQ(least_periphery(steps), Periphery::Standard);
  EXPECT_EQ(violation(steps, Periphery::Minimal), "cycle 0: gates at uneven steps");
}

TEST(LogicPeriphery, OnlyUnlimitedMixes) {
  for (const auto& [program, what] : std::initializer_list<std::pair<LogicProgram, std::string>>{
           {one_cycle({gate(Gate::Nor, {0, 5}, 6)}), "a gate with inputs in several partitions"},
           {one_cycle({gate(Gate::Nor, {0, 1}, 2), gate(Gate::Not, {4}, 6)}), "gates of several kinds"},
           {one_cycle({gate(Gate::Not, {0}, 1), gate(Gate::Not, {4}, 6)}),
            "gates at several places of their partitions"},
           {one_cycle({gate(Gate::Not, {1}, 6), gate(Gate::Not, {13}, 10)}), "gates in both directions"},
           {one_cycle({gate(Gate::Not, {0}, 1), gate(Gate::Init0, {}, 6)}),
            "gates together with initialisations"}}) {
    EXPECT_EQ(violation(program, Periphery::Standard), "cycle 0: " + what);
    EXPECT_EQ(least_periphery(program), Periphery::Unlimited);
  }
}

}  // namespace
}  // namespace ohmweave::logic
