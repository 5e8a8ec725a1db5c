// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/stacked_rows.h"

#include <gtest/gtest.h>

#include "ohmweave/array/testing/row_gates.h"
#include "ohmweave/base/random.h"

namespace ohmweave::array {
namespace {

using circuit::Verb;
using logic::WindowAdder;
using logic::WindowProduct;

constexpr logic::WindowScheme kSchemes[] = {{WindowAdder::Stacked, WindowProduct::Add},
                                            {WindowAdder::Ripple, WindowProduct::Add},
                                            {WindowAdder::Ripple, WindowProduct::Multiply}};

StackedRowsSpec spec(const logic::WindowScheme& scheme, int64_t rows, int64_t columns) {
  StackedRowsSpec s;
  s.rows = rows;
  s.columns = columns;
  s.layers = scheme.layers();
  s.technology.cycle = units::Time::from_si(1e-9);
  s.technology.gate = units::Energy::from_si(1e-15);
  s.technology.set = units::Energy::from_si(2e-15);
  s.technology.reset = units::Energy::from_si(3e-15);
  s.technology.initialisation = logic::ChargedInits::Every;
  s.adder = scheme.adder;
  s.product = scheme.product;
  return s;
}

int64_t count(const Plan& plan, Verb verb) {
  int64_t n = 0;
  for (const Use& use : plan.uses) n += use.verb == verb ? use.count : 0;
  return n;
}

TEST(StackedRows, SumsAreThoseOfTheGates) {
  base::RandomStream random(1, 0, base::key_of("stacked rows"));
  const auto below = [&](uint64_t n) { return static_cast<int64_t>(random.below(n)); };
  for (int round = 0; round < 60; ++round) {
    const StackedRows array(spec(kSchemes[round % 3], 128, 256));
    const ProductFormats formats{{2 + static_cast<int>(below(7)), below(2) == 0}, {2, true}};
    const ProductShape shape{1 + below(150), 1 + below(12), 1 + below(2)};
    const auto plan = std::dynamic_pointer_cast<const StackedRowsPlan>(array.plan(shape, formats));
    const int64_t vectors = 3, sums = shape.outputs * shape.groups;
    std::vector<int32_t> weights, inputs;
    for (int64_t k = 0; k < sums * shape.rows; ++k) weights.push_back(below(2) == 0 ? -1 : 1);
    const int32_t least = formats.input.least(), most = formats.input.most();
    for (int64_t k = 0; k < vectors * shape.groups * shape.rows;
         ++k)  // the least and the largest code are frequent
      inputs.push_back(below(4) == 0 ? least
                       : below(4) == 0
                           ? most
                           : least + static_cast<int32_t>(below(static_cast<uint64_t>(most - least) + 1)));
    std::vector<int64_t> got(static_cast<size_t>(vectors * sums));
    Tally tally;
    array.program(plan, weights, 1, 1)->multiply(inputs, vectors, got, tally);
    EXPECT_EQ(got, testing::sums_of_gates(array, *plan, inputs, weights, vectors));
    for (const auto verb : {Verb::Nor, Verb::Initialize, Verb::Erase, Verb::Write, Verb::Read})
      if (count(*plan, verb) > 0) {
        EXPECT_EQ((tally[{&array, verb}]), vectors * count(*plan, verb));
      }
  }
}

TEST(StackedRows, WorkOfAProductIsThatOfItsProgram) {
  for (const auto& scheme : {kSchemes[0], kSchemes[1]}) {
    const StackedRows array(spec(scheme, 1024, 1024));
    const ProductFormats formats{{8, true}, {2, true}};
    const auto plan = array.plan({27, 16, 1}, formats);
    const logic::LogicCounts work =
        count(window_program(scheme, {27, 8, true, logic::exact_sum_bits(27, 8, true), true}));
    EXPECT_EQ(count(*plan, Verb::Nor), 16 * work.gates());
    EXPECT_EQ(count(*plan, Verb::Initialize), 16 * work[logic::Gate::Init1]);
    EXPECT_EQ(count(*plan, Verb::Erase), 16 * work[logic::Gate::Init0]);
    const int written = 27 * 8 + logic::exact_sum_bits(27, 8, true);
    EXPECT_EQ(count(*plan, Verb::Write), 16 * written);
    EXPECT_EQ(plan->interval, (work.cycles + 2 * written) * 1000);
    EXPECT_EQ(plan->copies_per_array, 64);
    EXPECT_TRUE(plan->lossless);
  }
}

TEST(StackedRows, UsesFollowOneAnother) {
  const StackedRows array(spec(kSchemes[0], 256, 256));
  const auto plan = array.plan({1000, 20, 1}, {{8, false}, {2, true}});
  EXPECT_GT(plan->rows_used, 20);  // parts beside each other
  EXPECT_GT(count(*plan, Verb::Read), 0);
  Picoseconds end = 0;
  for (const Use& use : plan->uses) {
    EXPECT_EQ(use.at, end);
    EXPECT_GT(use.lasts, 0);
    end += use.lasts;
  }
  EXPECT_EQ(end, plan->latency);
}

TEST(StackedRows, RefusesOtherWeightsThanOneAndMinusOne) {
  const StackedRows array(spec(kSchemes[0], 256, 256));
  const auto plan = array.plan({4, 1, 1}, {{8, true}, {2, true}});
  EXPECT_NE(array.program(plan, std::vector<int32_t>{1, -1, -1, 1}, 1, 1), nullptr);
  try {
    array.program(plan, std::vector<int32_t>{1, -1, 0, 1}, 1, 1);
    FAIL();
  } catch (const base::Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find("1 of 4 weights"), std::string::npos);
  }
}

}  // namespace
}  // namespace ohmweave::array
