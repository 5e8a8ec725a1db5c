// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/counts.h"

#include <gtest/gtest.h>

#include "ohmweave/program/testing/machines.h"
#include "ohmweave/program/testing/random_program.h"

namespace ohmweave::program {
namespace {

using circuit::Verb;
using testing::Builder;

/// Firing by firing and element by element, as the definition says.
std::map<std::pair<uint32_t, Verb>, int64_t> count_one_by_one(const Program& p) {
  std::map<std::pair<uint32_t, Verb>, int64_t> out;
  for (const Stage& s : p.stages) {
    for (int64_t n = 0; n < s.firings(); ++n) {
      int64_t elements = 1, rest = n, inner_trips = 1, outermost = 1;
      for (size_t k = s.loops.size(); k-- > 0;) {
        outermost = s.loops[k].elements(rest % s.loops[k].trips());
        elements *= outermost;
        rest /= s.loops[k].trips();
      }
      for (const Step& t : s.steps) {
        int64_t times = t.serves == Serves::Firing ? 1 : t.serves == Serves::Outer ? outermost : elements;
        if (t.repeat) {
          const Measure& m = p[*t.repeat];
          inner_trips = 1;
          for (size_t k = static_cast<size_t>(m.outer_loops); k < s.loops.size(); ++k)
            inner_trips *= s.loops[k].trips();
          times *= m.known.empty() ? m.most : m.known[static_cast<size_t>(n / inner_trips)];
        }
        out[{t.on.index, t.verb}] += t.count * times;
      }
    }
  }
  return out;
}

TEST(Counts, EqualCountingFiringByFiring) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Program p = testing::random_program(
        seed, {.images = 3, .shared = true, .lanes = true, .measures = true, .instant = true});
    for (Stage& s : p.stages) {
      for (size_t k = 0; k < s.steps.size(); k += 2) s.steps[k].serves = Serves::Outer;
    }
    EXPECT_EQ(count_actions(p).actions, count_one_by_one(p)) << "seed " << seed;
  }
  for (const auto& [name, p] : testing::all_machines())
    EXPECT_EQ(count_actions(p).actions, count_one_by_one(p)) << name;
}

TEST(Counts, SharedStepsCountPerFiringOthersPerElement) {
  Builder b;
  b.stage("s", {{"image", 65, 64}},
          {{"cells", Verb::Read, 0, 1, 8}, {"weights", Verb::Move, 0, 1, 1, 1, true}});
  const Counts c = count_actions(b.program);
  EXPECT_EQ(c.at(b.resource_id("cells"), Verb::Read), 65 * 8);  // the second firing serves one image
  EXPECT_EQ(c.at(b.resource_id("weights"), Verb::Move), 2);
  EXPECT_EQ(c.at(b.resource_id("weights"), Verb::Read), 0);
}

TEST(Counts, MeasuredValuesReplaceKnownOnesAndTheMost) {
  Builder b;
  b.stage("s", {{"v", 3}, {"x", 5, 2}}, {{"array", Verb::Read, 0, 1, 10, 1, false, "live"}})
      .measure("live", "s", 1, 9);
  const ResourceId array = b.resource_id("array");
  EXPECT_EQ(count_actions(b.program).at(array, Verb::Read), 3 * 5 * 10 * 9);
  b.measure("live", "s", 1, 9, {1, 0, 2});
  EXPECT_EQ(count_actions(b.program).at(array, Verb::Read), (1 + 0 + 2) * 5 * 10);
  const Measured measured = {{4, 4, 4}}, nothing = {{}};
  EXPECT_EQ(count_actions(b.program, &measured).at(array, Verb::Read), 3 * 4 * 5 * 10);
  EXPECT_EQ(count_actions(b.program, &nothing).at(array, Verb::Read), (1 + 0 + 2) * 5 * 10);
}

TEST(CountsDeathTest, MeasuredValuesMustSuitTheLoops) {
  Builder b;
  b.stage("s", {{"v", 3}}, {{"array", Verb::Read, 0, 1, 10, 1, false, "live"}}).measure("live", "s", 1, 9);
  const Measured few = {{1, 2}}, large = {{1, 2, 10}};
  EXPECT_DEATH(count_actions(b.program, &few), "does not suit its loops");
  EXPECT_DEATH(count_actions(b.program, &large), "outside 0..9");
}

TEST(Counts, OneConversionPerMultiplyAccumulate) {  // ISAAC: 256 inputs x 32 outputs on four arrays
  Builder b;
  b.stage("conv", {{"image", 3}, {"y", 8}, {"x", 8, 4}}, {{"adc", Verb::Convert, 2, 16, 4 * 128 * 16}});
  EXPECT_EQ(count_actions(b.program).at(b.resource_id("adc"), Verb::Convert), int64_t{3} * 64 * 256 * 32);
}

TEST(Counts, CopiesDoNotChangeTheWork) {
  Program one = testing::isaac_toy(6, false), many = testing::isaac_toy(6, true);
  EXPECT_EQ(count_actions(one).actions, count_actions(many).actions);
}

TEST(Counts,
     PlanesShareTheStreamOfWeights) {  // INCA: cell reads per image unchanged, weight streams fall by 64
  const std::vector<testing::Inca::Layer> layers = {{4, 16}, {8, 16}, {8, 4}};
  const Program planes = testing::inca({64, 64, 1, layers}), one_by_one = testing::inca({64, 1, 1, layers});
  auto at = [](const Program& p, const std::string& resource, Verb verb) {
    for (uint32_t r = 0; r < p.resources.size(); ++r) {
      if (p.resources[r].name == resource) return count_actions(p).at({r}, verb);
    }
    return int64_t{-1};
  };
  EXPECT_EQ(at(planes, "macro1", Verb::Read), at(one_by_one, "macro1", Verb::Read));
  EXPECT_EQ(at(planes, "weights1", Verb::Move) * 64, at(one_by_one, "weights1", Verb::Move));
}

TEST(Counts, SkippedReadsAreNotCounted) {  // ReCom
  std::vector<int64_t> live;
  for (int k = 0; k < 8; ++k) live.insert(live.end(), {0, 4, 0, 5, 2});
  const Program p = testing::recom(40, 3, live, true);
  EXPECT_EQ(count_actions(p).at({1}, Verb::Read), 8 * 11);
}

}  // namespace
}  // namespace ohmweave::program
