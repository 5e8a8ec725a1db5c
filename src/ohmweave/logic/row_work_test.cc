// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/row_work.h"

#include <gtest/gtest.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/logic/methods.h"

namespace ohmweave::logic {
namespace {

constexpr LogicFormat kBf16{8, 7}, kFp32{8, 23};

TEST(RowWork, FormulasOfFloatPimGiveItsTimesAndEnergies) {
  const LogicCosts costs = load_logic_costs("floatpim");
  const auto of = [](Arithmetic operation, LogicFormat format) {
    return operation_work(kFloatpim, operation, format, CountedBy::Publication, ChargedInits::Every);
  };
  EXPECT_NEAR(of(Arithmetic::Fmul, kBf16).time(costs).si(), 396e-9, 1e-15);
  EXPECT_NEAR(of(Arithmetic::Fadd, kBf16).time(costs).si(), 366.8e-9, 1e-15);
  EXPECT_NEAR(of(Arithmetic::Fmul, kFp32).time(costs).si(), 3696e-9, 1e-14);
  EXPECT_NEAR(of(Arithmetic::Fadd, kFp32).time(costs).si(), 1277.2e-9, 1e-14);
  EXPECT_NEAR(of(Arithmetic::Fmul, kBf16).energy(costs).si(), 360 * 0.29e-15, 1e-20);
  // E_Add without its searches, which are of an array: 12 (Ne + Nm) NOR, Nm resets, and as many sets and resets
  // as its bracket has.
  const double bracket = 2 * 15 + 49 / 2.0 + 3.5 + 1;
  const double searches = of(Arithmetic::Fadd, kBf16).searches * 5.34e-12 / 1024;
  EXPECT_NEAR(of(Arithmetic::Fadd, kBf16).energy(costs).si() - searches,
              12 * 15 * 0.29e-15 + 7 * 0.32e-15 + bracket * (23.8e-15 + 0.32e-15), 1e-20);
}

TEST(RowWork, ProgramsCostWhatTheyCount) {
  const LogicProgram program = kAritpim.build(Arithmetic::Fadd, kFp32);
  const RowWork every =
      operation_work(kAritpim, Arithmetic::Fadd, kFp32, CountedBy::Program, ChargedInits::Every);
  EXPECT_EQ(every.cycles, 3997);
  EXPECT_EQ(every.gates + every.sets + every.resets, 3997) << "each cell is initialised in a cycle of its own";
  EXPECT_EQ(every.bitlines, program.bitlines);
  const RowWork switched =
      operation_work(kAritpim, Arithmetic::Fadd, kFp32, CountedBy::Program, ChargedInits::Switched);
  EXPECT_LT(switched.sets, every.sets);
  EXPECT_GT(switched.sets, every.sets / 10);
  EXPECT_GT(every.switches, every.hottest_switches);
  EXPECT_GE(every.hottest_switches, every.switches / program.bitlines);
}

TEST(RowWork, WhatAMethodDoesNotHaveIsAnError) {
  EXPECT_THROW(operation_work(kMultpim, Arithmetic::Fadd, kBf16, CountedBy::Program, ChargedInits::Every),
               base::Failure);
  EXPECT_THROW(operation_work(kAritpim, Arithmetic::Fadd, kBf16, CountedBy::Publication, ChargedInits::Every),
               base::Failure);
}

}  // namespace
}  // namespace ohmweave::logic
