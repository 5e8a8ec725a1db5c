// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/machine/scaling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ohmweave::machine {
namespace {

using testing::HasSubstr;

units::Length nm(double n) { return units::Length::from_si(n * 1e-9); }

// The example of section 4.2.1 as the authors' corrigendum prints it.
TEST(Scaling, EnergyOfThePapersExample) {
  EXPECT_NEAR(relative_energy(32, 0.9), 0.4571, 0.00005);
  EXPECT_NEAR(relative_energy(65, 1.3), 2.604, 0.0005);
  EXPECT_NEAR(relative_energy(32, 0.9) / relative_energy(65, 1.3), 0.1755, 0.0001);  // printed cut off
}

// The paper's table of area factors, row to column: printed to two digits, so quotients of ours, which are a
// column of it, may be off by the rounding of three numbers.
TEST(Scaling, AreaIsThePapersTable) {
  constexpr double kNodes[] = {180, 130, 90, 65, 45, 32, 20, 16, 14, 10, 7};
  constexpr double kTable[11][11] = {{1, 0.34, 0.15, 0.08, 0.053, 0.025, 0.011, 0.01, 0.0093, 0.0055, 0.0032},
                                     {2.9, 1, 0.44, 0.23, 0.16, 0.072, 0.033, 0.03, 0.027, 0.016, 0.0092},
                                     {6.6, 2.3, 1, 0.53, 0.35, 0.16, 0.075, 0.067, 0.061, 0.036, 0.021},
                                     {12, 4.3, 1.9, 1, 0.66, 0.31, 0.14, 0.13, 0.12, 0.068, 0.039},
                                     {19, 6.4, 2.8, 1.5, 1, 0.46, 0.21, 0.19, 0.17, 0.1, 0.059},
                                     {40, 14, 6.1, 3.3, 2.2, 1, 0.46, 0.41, 0.38, 0.22, 0.13},
                                     {88, 30, 13, 7.1, 4.7, 2.2, 1, 0.89, 0.82, 0.48, 0.28},
                                     {99, 34, 15, 7.9, 5.3, 2.4, 1.1, 1, 0.91, 0.54, 0.31},
                                     {110, 37, 16, 8.7, 5.8, 2.7, 1.2, 1.1, 1, 0.59, 0.34},
                                     {180, 63, 28, 15, 9.8, 4.5, 2.1, 1.9, 1.7, 1, 0.58},
                                     {320, 110, 48, 25, 17, 7.8, 3.6, 3.2, 2.9, 1.7, 1}};
  for (size_t from = 0; from < 11; ++from) {
    for (size_t to = 0; to < 11; ++to) {
      const double ours = scaling_factors(nm(kNodes[from]), nm(kNodes[to])).area;
      EXPECT_NEAR(ours / kTable[from][to], 1, 0.09) << kNodes[from] << " to " << kNodes[to];
    }
  }
}

TEST(Scaling, SmallerNodesAreSmallerFasterAndMoreFrugal) {
  for (double n = 180; n > 8; n -= 0.7) {
    const ScalingFactors f = scaling_factors(nm(n), nm(n - 0.7));
    EXPECT_LE(f.area, 1) << n;
    EXPECT_LE(f.energy, 1) << n;
  }
  const ScalingFactors there = scaling_factors(nm(65), nm(28)), back = scaling_factors(nm(28), nm(65));
  EXPECT_NEAR(there.area * back.area, 1, 1e-12);
  EXPECT_NEAR(there.energy * back.energy, 1, 1e-12);
  EXPECT_NEAR(there.delay * back.delay, 1, 1e-12);
  EXPECT_LT(scaling_factors(nm(65), nm(32)).delay, 1);
  const ScalingFactors same = scaling_factors(nm(32), nm(32));
  EXPECT_EQ(same.area, 1);
  EXPECT_EQ(same.energy, 1);
}

TEST(Scaling, NodesBetweenAreBetween) {
  const double whole = scaling_factors(nm(32), nm(20)).area, half = scaling_factors(nm(32), nm(25.2982)).area;
  EXPECT_NEAR(half * half, whole, 1e-4);  // the geometric middle
}

TEST(Scaling, RefusesWhatTheTablesDoNotHave) {
  for (double node : {250.0, 5.0}) {
    try {
      scaling_factors(nm(32), nm(node));
      ADD_FAILURE() << node;
    } catch (const base::Failure& failure) {
      EXPECT_THAT(failure.what(), HasSubstr("180 nm to 7 nm"));
    }
  }
}

TEST(Scaling, ArraysAndLinksStay) {
  const Machine before = load("isaac"), after = scaled_to(before, nm(16));
  const ScalingFactors f = scaling_factors(before.technology, nm(16));
  EXPECT_EQ(after.technology, nm(16));
  for (const Node* n : before.nodes()) {
    if (!n->component) continue;
    const Node& m = *after.find(n->path);
    const bool stays = n->array || n->component->kind() == "link";
    const double area = stays ? 1 : f.area, energy = stays ? 1 : f.energy;
    EXPECT_NEAR(m.area().si(), n->area().si() * area, 1e-9 * n->area().si()) << n->path;
    EXPECT_NEAR(m.peak_power().si(), n->peak_power().si() * energy, 1e-9 * n->peak_power().si()) << n->path;
    EXPECT_NEAR(m.static_power().si(), n->static_power().si() * energy, 1e-9 * n->static_power().si() + 1e-30);
    ASSERT_EQ(m.component->actions().size(), n->component->actions().size());
    for (size_t k = 0; k < m.component->actions().size(); ++k) {
      const circuit::Action &a = m.component->actions()[k], &b = n->component->actions()[k];
      EXPECT_NEAR(a.energy.si(), b.energy.si() * energy, 1e-9 * b.energy.si()) << n->path;
      EXPECT_EQ(a.time, b.time);
    }
    EXPECT_EQ(m.source.ends_with("scaled from 32 nm"), !stays) << n->path << ": " << m.source;
  }
  EXPECT_EQ(after.peak_operations_per_second(), before.peak_operations_per_second());
}

TEST(Scaling, MemoriesOfOtherCellsStay) {
  for (const char* memory : {"reram", "dram"}) {
    const Machine before = load(std::string("isaac:chip.tile.edram.memory=") + memory);
    EXPECT_EQ(scaled_to(before, nm(16)).find("edram")->area(), before.find("edram")->area()) << memory;
  }
}

TEST(Scaling, ThereAndBackIsTheSameMachine) {
  const Machine there = scaled_to(load("isaac"), nm(65)), same = scaled_to(load("isaac"), nm(32));
  EXPECT_GT(there.root->area().si(), same.root->area().si());
  EXPECT_EQ(same.root->area(), load("isaac").root->area());
}

}  // namespace
}  // namespace ohmweave::machine
