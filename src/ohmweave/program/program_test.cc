// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/program.h"

#include <gtest/gtest.h>

#include "ohmweave/program/testing/builder.h"

namespace ohmweave::program {
namespace {

TEST(Loop, LanesServeEveryElementOnce) {
  for (LaneOrder order : {LaneOrder::Adjacent, LaneOrder::Blocks}) {
    for (int64_t extent = 1; extent <= 12; ++extent) {
      for (int64_t lanes = 1; lanes <= 14; ++lanes) {
        const Loop loop{{0}, extent, lanes, order};
        EXPECT_EQ(loop.trips(), (extent + lanes - 1) / lanes);
        int64_t served = 0;
        for (int64_t trip = 0; trip < loop.trips(); ++trip) {
          EXPECT_GE(loop.elements(trip), 1);
          EXPECT_LE(loop.elements(trip), lanes);
          served += loop.elements(trip);
        }
        EXPECT_EQ(served, extent);
      }
    }
  }
}

TEST(Stage, CountsFiringsAndElements) {
  Program p;
  Stage s;
  EXPECT_EQ(s.firings(), 1);
  EXPECT_EQ(s.firings_per_trip(), 1);
  EXPECT_EQ(s.latency(), 0);
  s.loops = {{p.dim("image"), 10, 4}, {p.dim("y"), 5}, {p.dim("x"), 7, 2, LaneOrder::Blocks}};
  EXPECT_EQ(s.trips(), 3);
  EXPECT_EQ(s.firings(), 3 * 5 * 4);
  EXPECT_EQ(s.firings_per_trip(), 5 * 4);
  EXPECT_EQ(s.elements(), 10 * 5 * 7);
}

TEST(Program, InternsLoopNamesAndFindsPartsById) {
  testing::Builder b;
  b.stage("a", {{"y", 4}}, {{"array", circuit::Verb::Read, 1, 16}, {"adc", circuit::Verb::Convert, 5, 14}}, {},
          {"out"});
  Program& p = b.program;
  EXPECT_EQ(p.dim("y"), p.dim("y"));
  EXPECT_NE(p.dim("y"), p.dim("x"));
  EXPECT_EQ(p.dims.size(), 2U);
  EXPECT_EQ(p[b.store("out")].writer, b.stage_id("a"));
  EXPECT_EQ(p[b.stage_id("a")].latency(), 19);
}

TEST(Program, OrdersByAStoreWithoutBytes) {
  testing::Builder b;
  b.stage("a", {{"y", 4}}).stage("b", {{"y", 4}});
  b.after("b", "a").after("b", "a", {{"y", testing::previous("y")}});
  const Program& p = b.program;
  ASSERT_EQ(p.stores.size(), 2U);
  EXPECT_EQ(p.stores[0].name, "a>b");
  EXPECT_EQ(p.stores[1].name, "a>b#2");
  EXPECT_EQ(p.stores[1].writer, b.stage_id("a"));
  EXPECT_EQ(p.stores[1].capacity, kUnlimited);
  EXPECT_EQ(p.stores[1].item.si(), 0);
  EXPECT_EQ(p.stages[1].reads[1].window.axes[0].second, previous(p.stages[0].loops[0].dim));
}

TEST(ProgramDeathTest, RefusesASecondWriter) {
  testing::Builder b;
  b.stage("a", {{"y", 4}}, {}, {}, {"out"});
  EXPECT_DEATH(b.stage("b", {{"y", 4}}, {}, {}, {"out"}), "store 'out' gets a second writer");
}

}  // namespace
}  // namespace ohmweave::program
