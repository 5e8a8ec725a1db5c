// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/text.h"

#include <gmock/gmock.h>

#include "ohmweave/program/testing/machines.h"
#include "ohmweave/program/testing/random_program.h"

namespace ohmweave::program {
namespace {

using circuit::Verb;
using ::testing::HasSubstr;

Program read(std::string text) {
  return parse(std::make_shared<const base::Source>(base::Source{"program.txt", std::move(text)}));
}

/// Everything the form can say.
Program full() {
  testing::Builder b;
  b.program.name = "tiny on \"isaac\"";
  b.stage("load", {{"image", 10}}, {{"bus", Verb::Move, 0, 833, 150528, 1, true}}, {}, {"image data"});
  b.stage("conv1", {{"image", 10}, {"y", 224}, {"x", 224, 16}},
          {{"conv1.array", Verb::Read, 100 * 1000, 1600 * 1000, 320},
           {"conv1.adc", Verb::Convert, 200 * 1000, 1600 * 1000, 40960, 2}},
          {{"image data", {{"image", testing::previous("image", 0)}}, 100 * 1000}, {"conv1.weights"}},
          {"out.conv1"});
  b.stage(
      "pool", {{"image", 10, 4, LaneOrder::Blocks}, {"y", 112}, {"x", 112}},
      {{"unit", Verb::Compare, 0, 1203, 4, 1, false, "live"}},
      {{"out.conv1", {{"y", testing::conv("y", 2, 2)}, {"x", {"x", 3, -1, 2, 2}}, {"image", testing::all()}}}},
      {"out"});
  b.measure("live", "pool", 1, 9, {7, 7, 7});
  b.after("load", "pool", {{"image", testing::previous("image")}});
  Program& p = b.program;
  p.resources[0].part = "chip.bus";
  p.resources[1].part = "chip.tile.ima.array";
  p.resources[1].parts = 16;
  p.resources[2].units = 8;
  p[b.store("image data")].item = units::Data::from_si(8 * 150528.0);
  p[b.store("conv1.weights")].where = Cells{"chip.tile.ima.array", 16, std::make_shared<array::Plan>()};
  p[b.store("conv1.weights")].item = units::Data::from_si(8 * 2304.0);
  p[b.store("conv1.weights")].values = {3, 4};
  p[b.store("out.conv1")].where = Memory{{0}};
  p[b.store("out.conv1")].item = units::Data::from_si(3);
  b.capacity("out.conv1", 451).capacity("out", 1);
  p[b.stage_id("conv1")].operation = Product{4, b.store("conv1.weights"), {5, 6}};
  p[b.stage_id("pool")].operation = Evaluate{{7}};
  p[b.stage_id("load")].operation = Move{};
  p[b.stage_id("pool")].bite = 2;
  return p;
}

TEST(Text, ReadsLikeThis) {
  EXPECT_EQ(print(full()), R"(program "tiny on \"isaac\""
dims image y x

resource bus = chip.bus
resource conv1.array = chip.tile.ima.array parts 16
resource conv1.adc units 8
resource unit

measure live of pool per 1 loops at most 9 known 7*3

store "image data": unlimited items of 147 KiB
store conv1.weights: unlimited items of 2.25 KiB in cells chip.tile.ima.array copies 16 values 3 4
store out.conv1: 451 items of 3 bit in memory bus
store out: 1 item of 0 B
store pool>load: unlimited items of 0 B

stage load [image 10]
  reads pool>load {image: image-1}
  does move bus at 0 ps for 833 ps x150528 shared
  writes "image data"
  moves

stage conv1 [image 10, y 224, x 224 by 16]
  reads "image data" {image: image} held 100 ns
  reads conv1.weights
  does read conv1.array at 100 ns for 1.6 us x320
  does convert conv1.adc at 200 ns for 1.6 us x40960 units 2
  writes out.conv1
  product 4 held conv1.weights after 5 6

stage pool [image 10 by 4 blocks, y 112, x 112] bite 2
  reads out.conv1 {y: 2*y..2*y+1, x: (3*x-1..3*x+2)/2, image: all}
  does compare unit at 0 ps for 1.203 ns x4 repeat live
  writes out pool>load
  evaluates 7
)");
}

TEST(Text, ParsesBackWithoutThePlans) {
  const Program p = full(), back = read(print(p));
  EXPECT_TRUE(back == p);
  EXPECT_EQ(std::get<Cells>(back.stores[1].where).plan, nullptr);
}

TEST(Text, ParsesBackEveryMachineAndRandomPrograms) {
  for (const auto& [name, p] : testing::all_machines()) EXPECT_TRUE(read(print(p)) == p) << name;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const testing::RandomOptions o{3, seed % 2 == 0, true, true, true, true, true, true, false};
    const Program p = testing::random_program(seed, o);
    EXPECT_TRUE(read(print(p)) == p) << "seed " << seed;
  }
}

TEST(Text, EqualityNoticesEveryField) {  // else parsing back would prove little
  const Program p = full();
  auto differs = [&](auto change) {
    Program q = p;
    change(q);
    return !(q == p) && print(q) != print(p);
  };
  EXPECT_TRUE(differs([](Program& q) { q.name += "x"; }));
  EXPECT_TRUE(differs([](Program& q) { q.dims[0] = "batch"; }));
  EXPECT_TRUE(differs([](Program& q) { q.resources[1].part = "elsewhere"; }));
  EXPECT_TRUE(differs([](Program& q) { ++q.resources[1].units; }));
  EXPECT_TRUE(differs([](Program& q) { ++q.resources[1].parts; }));
  EXPECT_TRUE(differs([](Program& q) { ++q.stores[2].capacity; }));
  EXPECT_TRUE(differs([](Program& q) { q.stores[2].item = q.stores[0].item; }));
  EXPECT_TRUE(differs([](Program& q) { q.stores[2].values = {1}; }));
  EXPECT_TRUE(differs([](Program& q) { q.stores[2].where = Nothing{}; }));
  EXPECT_TRUE(differs([](Program& q) { std::get<Cells>(q.stores[1].where).copies = 2; }));
  EXPECT_TRUE(differs([](Program& q) { ++q.stages[1].loops[1].extent; }));
  EXPECT_TRUE(differs([](Program& q) { ++q.stages[1].loops[1].lanes; }));
  EXPECT_TRUE(differs([](Program& q) { q.stages[2].loops[0].order = LaneOrder::Adjacent; }));
  EXPECT_TRUE(differs([](Program& q) { q.stages[1].bite = 2; }));
  EXPECT_TRUE(differs([](Program& q) { ++q.stages[1].steps[0].at; }));
  EXPECT_TRUE(differs([](Program& q) { ++q.stages[1].steps[0].lasts; }));
  EXPECT_TRUE(differs([](Program& q) { ++q.stages[1].steps[0].count; }));
  EXPECT_TRUE(differs([](Program& q) { ++q.stages[1].steps[0].units; }));
  EXPECT_TRUE(differs([](Program& q) { q.stages[1].steps[0].serves = Serves::Firing; }));
  EXPECT_TRUE(differs([](Program& q) { q.stages[1].steps[0].verb = Verb::Erase; }));
  EXPECT_TRUE(differs([](Program& q) { q.stages[2].steps[0].repeat.reset(); }));
  EXPECT_TRUE(differs([](Program& q) { ++q.stages[2].reads[0].window.axes[1].second.high; }));
  EXPECT_TRUE(differs([](Program& q) { q.stages[2].reads[0].window.axes[2].second = previous({0}); }));
  EXPECT_TRUE(differs([](Program& q) { q.stages[1].reads[0].held.reset(); }));
  EXPECT_TRUE(differs([](Program& q) { q.stages[2].operation = None{}; }));
  EXPECT_TRUE(differs([](Program& q) { q.measures[0].known = {7, 7, 8}; }));
}

TEST(Text, KnownValuesAreTakenTogether) {
  testing::Builder b;
  b.stage("s", {{"t", 12}}, {{"r", Verb::Read, 0, 1, 1, 1, false, "keys"}})
      .measure("keys", "s", 1, 20, {1, 2, 3, 4, 4, 4, 4, 9, 8, 7, 7, 20});
  EXPECT_THAT(print(b.program), HasSubstr("known 1..4 4*3 9 8 7 7 20\n"));
  EXPECT_TRUE(read(print(b.program)) == b.program);
}

TEST(Text, NamesOfAnyKindSurvive) {
  testing::Builder b;
  b.stage("/features/0/Conv", {{"all", 2}, {"12", 3}, {"a b", 4}}, {{"#1 \"x\\\"", Verb::Read, 0, 1}},
          {{"held", {{"all", testing::conv("all", 1)}, {"a b", testing::shift("a b", -1, 2)}}}},
          {"held", "a: {b}, [c] = d"});
  EXPECT_TRUE(read(print(b.program)) == b.program) << print(b.program);
}

TEST(Text, CommentsAndBlankLinesMeanNothing) {
  const Program p = read(
      "# a program\nprogram p\n\ndims y   # one loop\nresource r\r\nstage a [y 4]  # four\n\tdoes read r at 0 "
      "ps for 1.5 ns x1\n");
  EXPECT_EQ(p.stages[0].steps[0].lasts, 1500);
}

struct Wrong {
  const char* text;
  const char* message;
};

std::string failure(const std::string& text) {
  try {
    read(text);
  } catch (const base::Failure& f) {
    return f.what();
  }
  return "no error";
}

TEST(Text, ErrorsSayWhereAndWhat) {
  const std::string head = "program p\ndims y x\nresource port\nstore s: 4 items of 1 B\nstage a [y 4]\n";
  const Wrong wrongs[] = {
      {"", "program.txt:1:1: error: a program begins with 'program NAME'"},
      {"program p\nprogram q\n", "2:1: error: a second 'program'"},
      {"program p\nstag a []\n", "2:1: error: a line cannot begin with 'stag'; did you mean 'stage'?"},
      {"program p\nreads s\n", "2:1: error: 'reads' stands under no stage"},
      {"program p\ndims row\nstage a [rows 4]\n",
       "3:10: error: 'dims' does not list a loop 'rows'; did you mean 'row'?"},
      {"program p\ndims y\nstage a [y 4\n", "expected ',' before the end of the line"},
      {"program p\ndims y\nstage a [y four]\n", "3:12: error: expected a whole number, found 'four'"},
      {"program p\ndims y\nstage a [y 0]\n", "3:12: error: the number must be at least 1"},
      {"program p\ndims y\nstage a [y 4] bit 2\n",
       "3:15: error: expected nothing more on this line, found 'bit'"},
      {"program p\nstore \"s: 4 items of 1 B\n", "2:7: error: a quote without its end"},
      {"program p\nstore s: 4 items of 1 kg\n", "2:21: error: '1 kg' is no amount of data"},
      {"program p\nstore s: many items of 1 B\n", "2:10: error: expected a whole number, found 'many'"},
      {"program p\nstore s: 99999999999999999999 items of 1 B\n", "2:10: error: the number must be 1.."},
  };
  for (const Wrong& w : wrongs) EXPECT_THAT(failure(w.text), HasSubstr(w.message)) << w.text;
  const Wrong under_stage[] = {
      {"  reads t\n", "6:9: error: there is no store 't'"},
      {"  does raed port at 0 ps for 1 ns x1\n", "6:8: error: there is no verb 'raed'; did you mean 'read'?"},
      {"  does read prot at 0 ps for 1 ns x1\n",
       "6:13: error: there is no resource 'prot'; did you mean 'port'?"},
      {"  does read port at 0 for 1 ns x1\n", "6:21: error: expected a time, such as '16 ns'"},
      {"  does read port at 0 ps for 1.5 ps x1\n", "6:30: error: times are whole picoseconds"},
      {"  does read port at 0 ps for 1 ns\n", "expected 'x' before the end of the line"},
      {"  writes s s\n", "6:12: error: 's' is written by stage 'a' already"},
      {"  moves\n  moves\n", "7:3: error: the stage computes something already"},
      {"  reads s {y: y-1..x+1}\n", "6:21: error: both ends of a window must run alike"},
      {"  reads s {y: (all)/2}\n", "'all' cannot be divided"},
      {"  reads s {y: y+}\n", "expected"},
      {"  does read port at 0 ps for 1 ns x1 units 2\n",
       "5:7: error: stage 'a' uses 2 units of 'port', which has 1"},
  };
  for (const Wrong& w : under_stage) EXPECT_THAT(failure(head + w.text), HasSubstr(w.message)) << w.text;
}

TEST(Text, AllErrorsComeAtOnce) {
  const std::string said = failure(
      "program p\ndims row\nresource port units none\nstage a [rows 4]\n  does read prt at 0 ps for 1 ns x1\n");
  EXPECT_EQ(said, R"(program.txt:3:21: error: expected a whole number, found 'none'
   3 | resource port units none
     |                     ^~~~
program.txt:4:10: error: 'dims' does not list a loop 'rows'; did you mean 'row'?
   4 | stage a [rows 4]
     |          ^~~~
program.txt:5:13: error: there is no resource 'prt'; did you mean 'port'?
   5 |   does read prt at 0 ps for 1 ns x1
     |             ^~~
)");
}

}  // namespace
}  // namespace ohmweave::program
