// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/initialisation.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/base/random.h"
#include "ohmweave/logic/methods.h"
#include "ohmweave/logic/row_builder.h"
#include "ohmweave/logic/testing/checks.h"
#include "ohmweave/logic/verification.h"

namespace ohmweave::logic {
namespace {

constexpr int kInputs = 8, kCells = 24;

/// Gates at random, on fresh cells and onto old values; all other cells are results.
LogicProgram random_program(uint64_t seed) {
  base::RandomStream random(seed, 0, 0);
  RowBuilder row("random");
  row.input("a", row.take(kInputs));
  const Word results = row.take(kCells - kInputs);
  for (Bitline cell : results) row.set(cell, random.below(4) > 0);
  for (int i = 0; i < 300; ++i) {
    const auto output = static_cast<Bitline>(kInputs + random.below(kCells - kInputs));
    Bitline inputs[2];
    for (Bitline& input : inputs) {
      input = static_cast<Bitline>(random.below(kCells - 1));
      input = static_cast<Bitline>(input + (input >= output));
    }
    switch (random.below(8)) {
      case 0:
        row.set(output, random.below(2) > 0);
        break;
      case 1:
        row.onto(Gate::Nor, {inputs[0], inputs[1]}, output);
        break;
      case 2:
        row.clear_where(inputs[0], output);
        break;
      case 3:
        row.gate(Gate::Nand, {inputs[0], inputs[1]}, output);
        break;
      default:
        row.nor(inputs[0], inputs[1], output);
    }
  }
  row.output("result", results);
  return std::move(row).finish();
}

TEST(InitialisationTest, BulkProgramsComputeTheSame) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const LogicProgram program = random_program(seed);
    LogicValues operands(1);
    for (uint64_t a = 0; a < 1 << kInputs; ++a) operands[0].push_back(a);
    for (int more : {0, 1, 10, 400}) {
      const LogicProgram bulk = initialised_in_bulk(program, kCells + more);
      check(bulk);
      EXPECT_LE(bulk.bitlines, kCells + more);
      EXPECT_EQ(count(bulk).gates(), count(program).gates());
      ASSERT_EQ(run_rows(bulk, operands), run_rows(program, operands)) << seed << " " << more;
    }
  }
}

TEST(InitialisationTest, TakesFewCyclesEvenInTheSameCells) {
  for (Arithmetic operation : {Arithmetic::Fadd, Arithmetic::Fmul, Arithmetic::Fdiv}) {
    const LogicProgram each = kOhmweave.build(operation, {8, 23});
    const LogicCounts same = count(initialised_in_bulk(each, each.bitlines)),
                      more = count(initialised_in_bulk(each, 1024));
    EXPECT_LT(same.cycles, 1.03 * static_cast<double>(same.gates()));
    EXPECT_LT(more.cycles, same.cycles);
    EXPECT_EQ(same.cycles, same.gates() + same.init_cycles);
  }
}

const LogicMethod& bulk() {
  static const LogicMethod method = [] {
    LogicMethod m = kOhmweave;
    m.name = "ohmweave in bulk";
    m.build = [](Arithmetic operation, LogicFormat format) {
      return logic::build(kOhmweave, operation, format, CellInitialisation::Bulk);
    };
    return m;
  }();
  return method;
}

TEST(InitialisationTest, ValuesInBulkAreRight) {
  for (Arithmetic operation : {Arithmetic::Add, Arithmetic::Mul, Arithmetic::Div, Arithmetic::Mac})
    for (int n : {3, 24, 64}) testing::expect_values(bulk(), operation, {0, n}, 1024);
  for (LogicFormat format : {LogicFormat{8, 23}, LogicFormat{5, 10}, LogicFormat{2, 9}}) {
    for (Arithmetic operation :
         {Arithmetic::Fadd, Arithmetic::Fsub, Arithmetic::Fmul, Arithmetic::Fdiv, Arithmetic::Mac})
      testing::expect_values(bulk(), operation, format, 4096);
  }
}

TEST(InitialisationTest, MethodsThatInitialiseInTheirOwnWayAreRefused) {
  const LogicFormat whole{0, 8}, bf16{8, 7};
  EXPECT_EQ(refuse_bulk(kAritpim.build(Arithmetic::Fadd, bf16)), "");
  EXPECT_EQ(refuse_bulk(kAritpim.build(Arithmetic::Mul, whole)), "");
  EXPECT_NE(refuse_bulk(kMultpim.build(Arithmetic::Mul, whole)), "");
  EXPECT_NE(refuse_bulk(kFloatpim.build(Arithmetic::Fadd, bf16)), "");
  EXPECT_THROW(build(kMultpim, Arithmetic::Mul, whole, CellInitialisation::Bulk), base::Failure);
}

}  // namespace
}  // namespace ohmweave::logic
