// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/program/window.h"

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"
#include "ohmweave/program/testing/machines.h"
#include "ohmweave/program/testing/random_program.h"
#include "ohmweave/program/testing/windows.h"

namespace ohmweave::program {
namespace {

using testing::PlainWindow;

PlainWindow tabulate(const Stage& reader, const Stage& writer, const Window& window) {
  const WindowTable table(reader, writer, window);
  EXPECT_EQ(table.firings_per_trip() * table.trips(), reader.firings());
  PlainWindow out;
  for (int64_t n = 0; n < reader.firings(); ++n) {
    out.need.push_back(table.need(n));
    out.release.push_back(table.release(n));
  }
  return out;
}

/// A reader, a writer and a window of random shape: lanes of both orders, strides, paddings, lags, negative
/// steps.
struct Case {
  Stage reader, writer;
  Window window;
};
Case random_case(uint64_t seed) {
  base::RandomStream random(seed, base::key_of("window"), 0);
  auto between = [&](int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random.below(static_cast<uint64_t>(high - low + 1)));
  };
  Case c;
  for (Stage* s : {&c.reader, &c.writer}) {
    const int64_t loops = between(0, 3);
    for (uint32_t d = 0; d < loops; ++d) {
      s->loops.push_back({{d},
                          between(1, 7),
                          between(0, 2) == 0 ? between(2, 3) : 1,
                          between(0, 3) == 0 ? LaneOrder::Blocks : LaneOrder::Adjacent});
    }
  }
  for (const Loop& l : c.writer.loops) {
    const int64_t kind = between(0, 5);
    if (kind == 0 || c.reader.loops.empty()) continue;
    Axis axis = all_of();
    if (kind > 1) {
      axis = same(
          c.reader.loops[static_cast<size_t>(between(0, static_cast<int64_t>(c.reader.loops.size()) - 1))].dim);
      axis.multiply = between(0, 6) == 0 ? -1 : between(1, 2);
      axis.low = between(-4, 2);
      axis.high = axis.low + between(0, 3);
      axis.divide = between(0, 3) == 0 ? 2 : 1;
    }
    c.window.axes.emplace_back(l.dim, axis);
  }
  return c;
}

TEST(WindowTable, EqualsTheDefinitionElementByElement) {
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    const Case c = random_case(seed);
    const PlainWindow table = tabulate(c.reader, c.writer, c.window),
                      plain = testing::plain_window(c.reader, c.writer, c.window);
    ASSERT_EQ(table.need, plain.need) << "seed " << seed;
    ASSERT_EQ(table.release, plain.release) << "seed " << seed;
    EXPECT_LE(plain.need.back(), c.writer.firings());
  }
}

TEST(WindowTable, LeastCapacityIsTheLargestGapBetweenNeedAndRelease) {
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    const Case c = random_case(seed);
    const PlainWindow plain = testing::plain_window(c.reader, c.writer, c.window);
    int64_t least = 0;
    for (size_t n = 0; n < plain.need.size(); ++n)
      least = std::max(least, plain.need[n] - (n == 0 ? 0 : plain.release[n - 1]));
    ASSERT_EQ(WindowTable(c.reader, c.writer, c.window).least_capacity(), least) << "seed " << seed;
  }
}

TEST(WindowTable, TheOracleTellsWindowsApart) {  // else agreeing with it would prove little
  const Dim image{0}, y{1}, x{2};
  const std::vector<Loop> map = {{image, 2}, {y, 6}, {x, 6}};
  Stage reader, writer;
  reader.loops = writer.loops = map;
  const Window conv{{{y, sliding(y, 3, 1, 1)}, {x, sliding(x, 3, 1, 1)}}};
  auto differs = [&](const Stage& r, const Stage& w, const Window& window) {
    const PlainWindow a = tabulate(reader, writer, conv), b = testing::plain_window(r, w, window);
    return a.need != b.need || a.release != b.release;
  };
  EXPECT_FALSE(differs(reader, writer, conv));
  EXPECT_TRUE(differs(reader, writer, {{{y, sliding(y, 2, 1, 1)}, {x, sliding(x, 3, 1, 1)}}}));
  EXPECT_TRUE(differs(reader, writer, {{{y, sliding(y, 3, 1, 0)}, {x, sliding(x, 3, 1, 1)}}}));
  EXPECT_TRUE(differs(reader, writer, {{{y, sliding(y, 3, 2, 1)}, {x, sliding(x, 3, 1, 1)}}}));
  EXPECT_TRUE(differs(reader, writer, {{{y, sliding(y, 3, 1, 1, 2)}, {x, sliding(x, 3, 1, 1)}}}));
  EXPECT_TRUE(differs(reader, writer, {{{y, sliding(y, 3, 1, 1)}}}));
  EXPECT_TRUE(differs(reader, writer,
                      {{{image, previous(image)}, {y, sliding(y, 3, 1, 1)}, {x, sliding(x, 3, 1, 1)}}}));
  Stage lanes = writer;
  lanes.loops[2].lanes = 2;
  const PlainWindow adjacent = testing::plain_window(reader, lanes, conv);
  EXPECT_NE(adjacent.need, tabulate(reader, writer, conv).need);
  lanes.loops[2].order = LaneOrder::Blocks;
  EXPECT_NE(adjacent.need, testing::plain_window(reader, lanes, conv).need);
}

TEST(WindowTable, NeedsTheLastItemOfAWindow) {  // ISAAC, Section IV: Nx(Ky-1)+Kx items; whole rows: Nx*Ky
  Stage a, b;
  const Dim y{0}, x{1};
  a.loops = b.loops = {{y, 8}, {x, 12}};
  const Window window{{{y, sliding(y, 3, 1, 1)}, {x, sliding(x, 3, 1, 1)}}};
  EXPECT_EQ(WindowTable(b, a, window).need(0), 12 + 2);
  EXPECT_EQ(WindowTable(b, a, window).least_capacity(), 12 * 2 + 3);
  EXPECT_EQ(WindowTable(b, a, {{{y, sliding(y, 3, 1, 1)}, {x, all_of()}}}).least_capacity(), 12 * 3);
}

TEST(WindowTable, WaitsForNothingBeforeTheBeginning) {
  Stage s;
  const Dim input{0}, iteration{1};
  s.loops = {{input, 3}, {iteration, 4}};
  const WindowTable table(s, s, {{{iteration, previous(iteration)}}});
  EXPECT_EQ(table.need(0), 0);
  EXPECT_EQ(table.need(1), 1);
  EXPECT_EQ(table.need(4),
            3);  // the first iteration of the next input needs no other: what firings before it needed
  EXPECT_EQ(table.need(5), 5);
}

TEST(WindowTable, KeepsOneTripWhateverTheNumberOfTrips) {
  const Program p = testing::vgg16(10000, false);
  const WindowTables tables(p);
  const WindowTable& conv2 = *tables.of({1}, 0);
  EXPECT_EQ(conv2.firings_per_trip(), 224 * 224);
  EXPECT_EQ(conv2.trips(), 10000);
  EXPECT_LT(conv2.bytes(), 224U * 224 * 8 + 10000 * 32 + 1);
  EXPECT_EQ(conv2.need(9999 * int64_t{224} * 224), 9999 * int64_t{224} * 224 + 224 + 2);
  EXPECT_EQ(conv2.least_capacity(), 224 * 2 + 3);
  EXPECT_EQ(conv2.uniform_until(0, 1, 224 * 224), 9999);
  EXPECT_EQ(conv2.uniform_until(0, 1, 224), 0);
}

TEST(WindowTable, IsUniformOnlyWhereTripsAreWhole) {  // 70 images on 64 lanes, loaded one by one
  Stage load, net;
  const Dim image{0};
  load.loops = {{image, 70}};
  net.loops = {{image, 70, 32}};
  const WindowTable table(net, load, {});
  EXPECT_EQ(table.need(0), 32);
  EXPECT_EQ(table.need(2), 70);
  EXPECT_EQ(table.uniform_until(0, 1, 32), 1);
}

TEST(WindowTables, ReadsOfOneShapeShareATable) {
  const Program p = testing::vgg16(1, false);
  const WindowTables tables(p);
  EXPECT_EQ(tables.of({8}, 0), tables.of({7}, 0));  // 3x3 on 56x56, twice
  EXPECT_NE(tables.of({8}, 0), tables.of({9}, 0));
}

}  // namespace
}  // namespace ohmweave::program
