// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/costs.h"

#include <gtest/gtest.h>

#include "ohmweave/base/diagnostics.h"

namespace ohmweave::logic {
namespace {

TEST(LogicCosts, EveryFileOfTheLibraryIsRead) {
  for (const std::string& name : logic_costs_names()) EXPECT_EQ(load_logic_costs(name).name, name);
  EXPECT_GE(logic_costs_names().size(), 2U);
  EXPECT_THROW(load_logic_costs("floatpum"), base::Failure);
}

TEST(LogicCosts, ABillIsCountsTimesPrices) {
  LogicCosts costs;
  costs.cycle = units::Time::from_si(2e-9);
  costs.gate = units::Energy::from_si(1e-15);
  costs.set = units::Energy::from_si(10e-15);
  costs.reset = units::Energy::from_si(100e-15);
  costs.search = units::Energy::from_si(1e-12);
  costs.search_time = units::Time::from_si(5e-9);
  costs.search_rows = 100;
  LogicCounts counts;
  counts.cycles = 10;
  counts.of[static_cast<size_t>(Gate::Nor)] = 4;
  counts.of[static_cast<size_t>(Gate::Init1)] = 3;
  counts.of[static_cast<size_t>(Gate::Init0)] = 1;
  counts.of[static_cast<size_t>(Gate::Search)] = 2;
  LogicTally tally;
  tally.init_to_one = 50;
  tally.init_to_zero = 7;
  LogicBill paid = bill(costs, counts, tally, 150);
  EXPECT_DOUBLE_EQ(paid.latency.si(), 8 * 2e-9 + 2 * 5e-9);
  EXPECT_DOUBLE_EQ(paid.gates.si(), 150 * 4 * 1e-15);
  EXPECT_DOUBLE_EQ(paid.initialisations.si(), 50 * 10e-15 + 7 * 100e-15);
  EXPECT_DOUBLE_EQ(paid.searches.si(), 2 * 2 * 1e-12);
  costs.initialisation = ChargedInits::Every;
  EXPECT_DOUBLE_EQ(bill(costs, counts, tally, 150).initialisations.si(), 150 * (3 * 10e-15 + 100e-15));
}

}  // namespace
}  // namespace ohmweave::logic
