// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/validate.h"

#include <functional>

#include <gmock/gmock.h>

#include "ohmweave/program/testing/machines.h"
#include "ohmweave/program/testing/random_program.h"

namespace ohmweave::program {
namespace {

using circuit::Verb;
using testing::Builder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Two stages with a store between them, and a measure.
Builder sound() {
  Builder b;
  b.stage("a", {{"y", 8}, {"x", 12}}, {{"array", Verb::Read, 0, 16}, {"port", Verb::Write, 16, 1}}, {},
          {"out.a"});
  b.stage("b", {{"y", 8}, {"x", 12}}, {{"array2", Verb::Read, 0, 4, 1, 1, false, "live"}},
          {{"out.a", {{"y", testing::conv("y", 3, 1, 1)}, {"x", testing::conv("x", 3, 1, 1)}}}}, {"out.b"});
  b.measure("live", "b", 1, 3, {1, 2, 3, 1, 2, 3, 1, 2}).capacity("out.a", 27);
  return b;
}

TEST(Violations, NoneInAnyMachineNorInRandomPrograms) {
  EXPECT_THAT(violations(sound().program), IsEmpty());
  for (const auto& [name, p] : testing::all_machines()) EXPECT_THAT(violations(p), IsEmpty()) << name;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const testing::RandomOptions all{2, true, true, true, true, true, true, true, false};
    EXPECT_THAT(violations(testing::random_program(seed, all)), IsEmpty()) << "seed " << seed;
  }
}

struct Fault {
  const char* message;
  std::function<void(Program&)> make;
};

TEST(Violations, EveryRuleNamesWhatBreaksIt) {
  const Fault faults[] = {
      {"stage 'a' has loop 'y' of extent 0", [](Program& p) { p.stages[0].loops[0].extent = 0; }},
      {"stage 'a' has 0 lanes in loop 'x'", [](Program& p) { p.stages[0].loops[1].lanes = 0; }},
      {"stage 'a' has two loops 'y'", [](Program& p) { p.stages[0].loops[1].dim = p.stages[0].loops[0].dim; }},
      {"stage 'a' has a loop without a name", [](Program& p) { p.stages[0].loops[0].dim = {}; }},
      {"stage 'a' has more than",
       [](Program& p) {
         for (Loop& l : p.stages[0].loops) l.extent = INT32_MAX;
       }},
      {"stage 'b' fires more than",
       [](Program& p) {
         p.stages[1].loops[1].extent = INT32_MAX, p.stages[1].loops.push_back({p.dim("z"), 2});
       }},
      {"stage 'b' has a bite of 3 loops", [](Program& p) { p.stages[1].bite = 3; }},
      {"stage 'a' has the name of another one", [](Program& p) { p.stages[0].name = p.stages[1].name = "a"; }},
      {"has a name that is empty", [](Program& p) { p.resources[0].name = ""; }},
      {"has a name that is empty or has control", [](Program& p) { p.stores[0].name = "a\nb"; }},
      {"loop name 'y' is empty or there twice", [](Program& p) { p.dims.push_back("y"); }},
      {"resource 'array' has 0 units", [](Program& p) { p.resources[0].units = 0; }},
      {"resource 'array' stands for 0 parts", [](Program& p) { p.resources[0].parts = 0; }},
      {"store 'out.a' has capacity 0", [](Program& p) { p.stores[0].capacity = 0; }},
      {"store 'out.a' has items of -1 bit", [](Program& p) { p.stores[0].item = units::Data::from_si(-1); }},
      {"store 'out.a' has a writer that does not exist", [](Program& p) { p.stores[0].writer = StageId{7}; }},
      {"store 'out.a' is in a memory that does not exist", [](Program& p) { p.stores[0].where = Memory{{9}}; }},
      {"store 'out.a' has 0 copies",
       [](Program& p) {
         p.stores[0].where = Cells{"arrays", 0, nullptr};
       }},
      {"store 'out.b' has 'a' as its writer, which does not write it",
       [](Program& p) {
         p.stores[1].writer = StageId{0};
         p.stages[1].writes.clear();
       }},
      {"stage 'a' writes store 'out.b', which has another writer",
       [](Program& p) { p.stages[0].writes.push_back({1}); }},
      {"stage 'a' writes store 'out.a' twice", [](Program& p) { p.stages[0].writes.push_back({0}); }},
      {"stage 'a' writes a store that does not exist", [](Program& p) { p.stages[0].writes.push_back({5}); }},
      {"stage 'b' reads a store that does not exist", [](Program& p) { p.stages[1].reads[0].store = {5}; }},
      {"stage 'b' holds items of 'out.a' for -1 ps", [](Program& p) { p.stages[1].reads[0].held = -1; }},
      {"stage 'b' reads 'out.a' by a window of impossible range",
       [](Program& p) { p.stages[1].reads[0].window.axes[0].second.divide = 0; }},
      {"stage 'b' reads 'out.a' by a window of impossible range",
       [](Program& p) { p.stages[1].reads[0].window.axes[0].second.low = 5; }},
      {"stage 'b' reads 'out.a' by a loop it does not have",
       [](Program& p) { p.stages[1].reads[0].window.axes[0].second.of = p.dim("z"); }},
      {"stage 'b' reads 'out.a' by loop 'z', which its writer 'a' does not have",
       [](Program& p) { p.stages[1].reads[0].window.axes[0].first = p.dim("z"); }},
      {"stage 'b' reads 'out.a' by a window with an unnamed or repeated loop",
       [](Program& p) { p.stages[1].reads[0].window.axes[1].first = p.dim("y"); }},
      {"stage 'b' reads and frees items of 'out.a' in no time",
       [](Program& p) { p.stages[1].reads[0].held = 0; }},
      {"stage 'b' reads and frees items of 'out.a' in no time", [](Program& p) { p.stages[1].steps.clear(); }},
      {"stage 'a' uses a resource that does not exist", [](Program& p) { p.stages[0].steps[0].on = {9}; }},
      {"stage 'a' uses 'array' at -1 ps", [](Program& p) { p.stages[0].steps[0].at = -1; }},
      {"stage 'a' does -1 actions on 'array'", [](Program& p) { p.stages[0].steps[0].count = -1; }},
      {"stage 'a' uses 2 units of 'array', which has 1", [](Program& p) { p.stages[0].steps[0].units = 2; }},
      {"stage 'a' uses 2 units of 'array' at 8 ps, which has 1",
       [](Program& p) { p.stages[0].steps[1].on = {0}, p.stages[0].steps[1].at = 8; }},
      {"stage 'a' repeats a step by a measure that does not exist",
       [](Program& p) { p.stages[0].steps[0].repeat = MeasureId{3}; }},
      {"stage 'a' repeats a step by 'live', a measure of another stage",
       [](Program& p) { p.stages[0].steps[0].repeat = MeasureId{0}; }},
      {"stage 'b' repeats a step on 'array2' that another on 'array' outlasts",
       [](Program& p) { p.stages[1].steps.push_back(p.stages[0].steps[0]); }},
      {"stage 'b' repeats 'array2' until its times or counts overflow",
       [](Program& p) { p.measures[0].most = int64_t{1} << 53; }},
      {"stage 'a' would run for longer than",
       [](Program& p) {
         for (Loop& l : p.stages[0].loops) l.extent = 1 << 20;
         p.stages[0].steps[0].lasts = 1 << 30;
       }},
      {"measure 'live' is of a stage that does not exist", [](Program& p) { p.measures[0].stage = {9}; }},
      {"measure 'live' is per 4 loops of stage 'b', which has 2",
       [](Program& p) { p.measures[0].outer_loops = 4; }},
      {"measure 'live' has 8 known values for 96 trips", [](Program& p) { p.measures[0].outer_loops = 2; }},
      {"measure 'live' has a known value 7, outside 0..3", [](Program& p) { p.measures[0].known[3] = 7; }},
      {"measure 'live' may be at most -1", [](Program& p) { p.measures[0].most = -1; }},
      {"stage 'a' holds a store that does not exist",
       [](Program& p) {
         p.stages[0].operation = Product{0, {9}, {}};
       }},
      {"store 'out.a' holds 26 items; the windows of its readers need 27 at once",
       [](Program& p) { p.stores[0].capacity = 26; }},
  };
  for (const Fault& f : faults) {
    Program p = sound().program;
    f.make(p);
    EXPECT_THAT(violations(p), ::testing::Contains(HasSubstr(f.message)));
  }
}

TEST(Violations, AWindowMayBeTooLargeForATable) {
  Builder b;
  b.stage("a", {{"z", 1 << 11}, {"y", 1 << 11}, {"x", 1 << 11}}, {{"r", Verb::Read, 0, 1}}, {}, {"out"});
  b.stage("b", {{"run", 1}, {"z", 1 << 11}}, {{"s", Verb::Read, 0, 1}}, {"out"});
  EXPECT_THAT(violations(b.program), ElementsAre(HasSubstr("stage 'b' reads 'out' by a window of more than")));
}

TEST(Violations, ACycleOfReadsNeedsALag) {
  Builder b;
  b.stage("a", {{"y", 4}}).stage("b", {{"y", 4}}).stage("c", {{"y", 4}});
  b.after("b", "a").after("c", "b").after("a", "c", {{"y", testing::previous("y")}});
  EXPECT_THAT(violations(b.program), IsEmpty());
  b.after("a", "c");
  EXPECT_THAT(violations(b.program), ElementsAre("a cycle of reads without a lag: 'a' reads what 'c' writes, "
                                                 "'c' reads what 'b' writes, 'b' reads what 'a' writes"));
}

TEST(Violations, AStageMayReadItselfWithALagOnly) {
  Builder b;
  b.stage("a", {{"y", 4}}, {{"r", Verb::Read, 0, 1}}, {{"x", {{"y", testing::previous("y")}}}}, {"x"});
  EXPECT_THAT(violations(b.program), IsEmpty());
  b.program.stages[0].reads[0].window.axes[0].second = same(b.program.dim("y"));
  EXPECT_THAT(violations(b.program), ElementsAre("a cycle of reads without a lag: 'a' reads what 'a' writes"));
}

TEST(Violations,
     ALagThatRunsOutIsNone) {  // 'a' reads twice as fast as 'b' follows: from firing 2 on it waits for itself
  Builder b;
  b.stage("a", {{"y", 8}}).stage("b", {{"y", 8}});
  b.after("b", "a").after("a", "b", {{"y", {"y", 2, -3, -3}}});
  EXPECT_THAT(violations(b.program), ElementsAre(HasSubstr("without a lag")));
}

TEST(LeastCapacities, AreThoseOfTheWidestReader) {
  Builder b = sound();
  b.stage("c", {{"y", 8}, {"x", 12}}, {{"r", Verb::Read, 0, 1}},
          {{"out.a", {{"y", testing::conv("y", 3, 1, 1)}, {"x", testing::all()}}}});
  EXPECT_THAT(least_capacities(b.program), ElementsAre(36, 1));
}

}  // namespace
}  // namespace ohmweave::program
