// SPDX-License-Identifier: Apache-2.0
// What the time was spent on, and why a program cannot go on.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/program/testing/machines.h"
#include "ohmweave/program/testing/random_program.h"

namespace ohmweave::execution {
namespace {

using namespace program::testing;
using program::Program;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Link {  // by names
  std::string stage;
  int64_t first, last;
  Picoseconds spent;
  Cause cause;
  bool operator==(const Link&) const = default;
  friend std::ostream& operator<<(std::ostream& o, const Link& l) {
    return o << l.stage << ' ' << l.first << ".." << l.last << " spent " << l.spent << ", cause "
             << static_cast<int>(l.cause);
  }
};
std::vector<Link> chain(const Program& p) {
  std::vector<Link> out;
  for (const ChainLink& l : time(p).critical_chain)
    out.push_back({p[l.stage].name, l.first, l.last, l.spent, l.cause});
  return out;
}

TEST(CriticalChain, RunsThroughTheSlowestStage) {
  // Filling the first bank, all images through the second, draining the third.
  EXPECT_THAT(chain(pipeline({7, 9, 4}, 10)),
              ElementsAre(Link{"bank2", 9, 9, 4, Cause::Data}, Link{"bank1", 0, 9, 90, Cause::Data},
                          Link{"bank0", 0, 0, 7, Cause::Nothing}));
}

TEST(CriticalChain, NamesRoomAndSharedResources) {
  Builder room;  // an item of x stays until c has seen what b makes of it
  room.stage("a", {{"n", 5}}, {{"a", circuit::Verb::Read, 0, 2}}, {}, {"x"}).capacity("x", 1);
  room.stage("b", {{"n", 5}}, {{"b", circuit::Verb::Read, 0, 5}}, {"x"}, {"y"});
  room.stage("c", {{"n", 5}}, {{"c", circuit::Verb::Read, 0, 3}}, {"x", "y"}, {"z"});
  EXPECT_EQ(time(room.program).end, 2 + 5 * (5 + 3));
  const std::vector<Link> links = chain(room.program);
  EXPECT_TRUE(std::any_of(links.begin(), links.end(),
                          [](const Link& l) { return l.stage == "a" && l.cause == Cause::Room; }));

  bool waits_for_link = false;
  for (const Link& l : chain(shared_link(20))) waits_for_link |= l.cause == Cause::Resource;
  EXPECT_TRUE(waits_for_link);
}

TEST(CriticalChain, AddsUpToTheWholeTime) {
  auto expect_whole = [](const Program& p, const std::string& what) {
    TimingOptions o;
    o.skip_steady_state = false;
    const Timing t = time(p, o);
    if (!t.deadlock.empty()) return;
    Picoseconds sum = 0;
    for (const ChainLink& l : t.critical_chain) sum += l.spent;
    ASSERT_FALSE(t.critical_chain.empty()) << what;
    const ChainLink& beginning = t.critical_chain.back();
    EXPECT_EQ(sum, t.end - beginning.start) << what;
    EXPECT_EQ(beginning.start, 0) << what;
    EXPECT_EQ(beginning.first, 0) << what;
  };
  for (const auto& [name, p] : all_machines()) expect_whole(p, name);
  for (uint64_t seed = 0; seed < 100; ++seed) {
    RandomOptions o;
    o.bounded = seed % 2 == 0;
    o.shared = o.units = seed % 3 == 0;
    o.lanes = o.several = seed % 5 < 2;
    o.measures = seed % 7 == 0;
    o.lags = seed % 4 == 0;
    expect_whole(random_program(seed, o), "random program " + std::to_string(seed));
  }
}

TEST(CriticalChain, ReachesBackToWhereTheSteadyStateWasSkipped) {
  const Timing t = time(pipeline({7, 9, 4}, 100000));
  ASSERT_TRUE(t.steady);
  ASSERT_FALSE(t.critical_chain.empty());
  EXPECT_EQ(t.critical_chain.back().stage.index, 1u);
  EXPECT_GT(t.critical_chain.back().first, 1000);
}

TEST(Deadlock, IsToldAsTheCycleOfWaits) {
  Builder b;  // a window of three rows does not fit a buffer of two
  add(b, {"a", 1, 8, 4});
  add(b, {"b", 1, 8, 4, "out.a", 1, 3, 1, true});
  b.capacity("out.a", 8);
  EXPECT_THAT(
      time(b.program).deadlock,
      ElementsAre(
          "stage 'a' (firing 9 of 32) waits for room in store 'out.a' of 8 items, which firing 8 of 'b' will "
          "free",
          "stage 'b' (firing 5 of 32) waits for item 12 of store 'out.a', which 'a' has yet to make"));
}

TEST(Deadlock, OfPathsThatRejoinNamesTheSkipStore) {
  const std::vector<std::string> cycle = time(residual(9, 12)).deadlock;
  ASSERT_FALSE(cycle.empty());
  EXPECT_THAT(cycle, ::testing::Contains(HasSubstr("room in store 'out.a' of 12 items")));
}

TEST(Timing, OfNothingIsNothing) {
  const Timing t = time(Program{});
  EXPECT_EQ(t.end, 0);
  EXPECT_TRUE(t.deadlock.empty());
  Builder b;  // a stage without loops fires once; without steps it takes no time
  b.stage("one", {}, {{"r", circuit::Verb::Read, 0, 5}}, {}, {"x"});
  b.stage("none", {}, {}, {"x"});
  EXPECT_EQ(time(b.program).end, 5);
}

TEST(Timing, BusyTimesAreWhatStepsAskFor) {
  const Program p = pipeline({7, 9, 4}, 1000);
  const Timing t = time(p);
  EXPECT_EQ(t.resources[0].busy, 7000);
  EXPECT_EQ(t.resources[1].busy, 9000);
  EXPECT_EQ(t.resources[2].busy, 4000);
}

TEST(Timing, MeasuredValuesReplaceTheBound) {
  Program p = recom(4, 1, {5, 5, 5, 5}, true);
  p.measures[0].known.clear();
  EXPECT_EQ(time(p).end, 1 + 4 * 5);  // an upper bound
  const program::Measured measured = {{1, 2, 3, 1}};
  TimingOptions o;
  o.measured = &measured;
  EXPECT_EQ(time(p, o).end, 1 + 1 + 2 + 3 + 1);
}

}  // namespace
}  // namespace ohmweave::execution
