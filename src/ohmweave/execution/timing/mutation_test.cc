// SPDX-License-Identifier: Apache-2.0
// Would the checks notice? Every rule of the engine is broken in turn, and the comparison with the definition
// has to see it. What must change no time is changed as well, and must not be seen.
#include <memory>

#include <gtest/gtest.h>

#include "ohmweave/execution/timing/engine.h"
#include "ohmweave/execution/timing/testing/reference.h"
#include "ohmweave/program/testing/machines.h"
#include "ohmweave/program/testing/random_program.h"

namespace ohmweave::execution {
namespace {

using program::Program;
using program::testing::random_program;
using program::testing::RandomOptions;

// Programs in which something irregular is on its way while everything looks regular: stage `which` is held up
// once, when it comes to image 200, and what it did then is felt by others 300 later.
using program::testing::Axes;
using program::testing::Builder;
using program::testing::StepBy;
constexpr auto kVerb = circuit::Verb::Read;
const Axes kAtImage200 = {{"once", program::testing::shift("image", -200, -200)}};
constexpr int64_t kImages = 400;

std::vector<StepBy> every_10(const std::string& name, const std::string& late, Picoseconds at) {
  return {{name, kVerb, 0, 10}, {late, kVerb, at, 5}};
}

/// The reader sees the writer's delay when the items of that time come out.
Program items_on_their_way() {
  Builder b;
  b.stage("load", {{"once", 1}}, {{"loader", kVerb, 0, 2103}}, {}, {"l"});
  b.stage("writer", {{"image", kImages}}, every_10("w", "end of w", 300), {{"l", kAtImage200}}, {"x"});
  b.stage("reader", {{"image", kImages}}, every_10("r", "end of r", 600), {"x"}, {"y"});
  return b.program;
}
/// The writer sees the reader's delay when the slots of that time are free.
Program room_on_its_way() {
  Builder b;
  b.stage("load", {{"once", 1}}, {{"loader", kVerb, 0, 2103}}, {}, {"l"});
  b.stage("writer", {{"image", kImages}}, {{"w", kVerb, 0, 10}}, {}, {"x"});
  b.stage("reader", {{"image", kImages}}, every_10("r", "end of r", 300), {"x", {"l", kAtImage200}}, {"y"});
  return b.capacity("x", 35).program;
}
/// A stage meets what another reserved on the bus.
Program reservations_on_their_way() {
  Builder b;
  b.stage("load", {{"once", 1}}, {{"loader", kVerb, 0, 2103}}, {}, {"l"});
  b.stage("early", {{"image", kImages}}, every_10("e", "bus", 300), {{"l", kAtImage200}}, {"x"});
  b.stage("late", {{"image", kImages}}, {{"b", kVerb, 0, 10}, {"bus", kVerb, 0, 5}}, {}, {"y"});
  return b.program;
}
/// Long firings end after shorter ones that began later.
Program overtaking() {
  Builder b;
  b.resource("servers", 3);
  b.stage("writer", {{"image", 12}}, {{"servers", kVerb, 0, 5, 1, 1, false, "length"}}, {}, {"x"});
  b.stage("reader", {{"image", 12, 3}}, {{"r", kVerb, 0, 1}}, {"x"}, {"y"});
  return b.measure("length", "writer", 1, 9, {9, 1, 1, 7, 2, 1, 1, 9, 9, 3, 2, 1}).program;
}

struct Case {
  std::string name;
  Program program;
  testing::Schedule want;
};

/// Short programs of every kind; a few long enough for a steady state; the machines.
const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> out;
    auto add = [&](const std::string& name, Program p) {
      testing::Schedule want = testing::reference(p);
      out.push_back({name, std::move(p), std::move(want)});
    };
    for (uint64_t seed = 0; seed < 120; ++seed) {
      RandomOptions o;
      o.bounded = seed % 2 == 0;
      o.shared = seed % 3 == 0;
      o.units = o.several = seed % 4 < 2;
      o.lanes = seed % 5 < 2;
      o.lags = seed % 5 < 3;
      o.measures = seed % 7 == 0;
      o.images = seed % 4 == 1 ? 16 : 2;
      add("random program " + std::to_string(seed), random_program(seed, o));
    }
    for (auto& [name, p] : program::testing::all_machines()) add(name, p);
    add("items on their way", items_on_their_way());
    add("room on its way", room_on_its_way());
    add("reservations on their way", reservations_on_their_way());
    add("overtaking", overtaking());
    return out;
  }();
  return all;
}

/// The first case in which an engine with these rules differs from the definition; empty if none.
template <class R>
std::string noticed(const std::vector<Case>& in = cases()) {
  for (const Case& c : in) {
    for (bool skip : {false, true}) {
      TimingOptions o;
      o.keep_starts = true;
      o.skip_steady_state = skip;
      o.find_critical_chain = false;
      const Timing got = Engine<R>(c.program, o).run();
      bool same = got.deadlock.empty() == c.want.complete;
      for (size_t s = 0; s < c.want.starts.size(); ++s) same &= got.stages[s].starts == c.want.starts[s];
      for (size_t k = 0; k < c.want.depths.size() && c.want.complete; ++k)
        same &= got.stores[k].depth == c.want.depths[k];
      if (!same) return c.name;
    }
  }
  return "";
}

/// The rules with one of them broken.
enum class Fault {
  None,
  // waiting
  ReadsOneItemTooEarly,
  ReadsItemsWhenBegun,
  ForgetsOrder,
  RetiresOutOfOrder,
  IgnoresMeasures,
  // room
  HasOneSlotMore,
  HasOneSlotLess,
  HoldsUntilFinish,
  FreesWhenBegun,
  TakesTheSlotAtTheStart,
  AsksOneReaderOnly,
  NeedsRoomBefore,
  // resources
  ForgetsItsOwnUse,
  ForgetsGaps,  // knows the interval, not the forbidden distances beyond
  HasOneUnitMore,
  HasOneUnit,
  GrantsThePast,
  FillsNoGaps,  // uses a resource in the order of decisions
  IgnoresAge,
  PrefersTheYoung,
  PrefersTheLast,
  // steady state
  SkipsWithoutStarts,
  SkipsWithoutItems,
  SkipsWithoutRoom,
  SkipsWithoutCalendars,
  Count
};

struct Broken : Rules {
  static inline Fault fault = Fault::None;
  static bool is(Fault f) { return f == fault; }

  static int64_t items_awaited(int64_t need) {
    return is(Fault::ReadsOneItemTooEarly) ? std::max<int64_t>(need - 1, 0) : Rules::items_awaited(need);
  }
  static Picoseconds readable(Picoseconds start, Picoseconds finish) {
    return is(Fault::ReadsItemsWhenBegun) ? start : Rules::readable(start, finish);
  }
  static Picoseconds after_previous(Picoseconds previous_start) {
    return is(Fault::ForgetsOrder) ? 0 : Rules::after_previous(previous_start);
  }
  static Picoseconds retired(Picoseconds end, Picoseconds previous_finish) {
    return is(Fault::RetiresOutOfOrder) ? end : Rules::retired(end, previous_finish);
  }
  static int64_t repeats(int64_t value, int64_t most) {
    return is(Fault::IgnoresMeasures) ? most : Rules::repeats(value, most);
  }

  static int64_t item_replaced(int64_t n, int64_t capacity) {
    if (is(Fault::HasOneSlotMore)) return n - capacity - 1;
    return Rules::item_replaced(n, is(Fault::HasOneSlotLess) ? std::max<int64_t>(capacity - 1, 1) : capacity);
  }
  static Picoseconds freed(Picoseconds start, Picoseconds finish, Picoseconds held) {
    if (is(Fault::HoldsUntilFinish)) return finish;
    return is(Fault::FreesWhenBegun) ? start : Rules::freed(start, finish, held);
  }
  static Picoseconds start_to_write_at(Picoseconds slot_free, Picoseconds latency) {
    return is(Fault::TakesTheSlotAtTheStart) ? slot_free : Rules::start_to_write_at(slot_free, latency);
  }
  static bool must_free(size_t reader) { return !is(Fault::AsksOneReaderOnly) || reader == 0; }
  static bool makes_room(Picoseconds freed, Picoseconds written) {
    return is(Fault::NeedsRoomBefore) ? freed < written : Rules::makes_room(freed, written);
  }

  static OwnUse own(OwnUse use) {
    if (is(Fault::ForgetsItsOwnUse)) return {};
    if (is(Fault::ForgetsGaps)) use.forbidden.clear();
    return use;
  }
  static int64_t units(int64_t units) {
    return is(Fault::HasOneUnit) ? 1 : units + (is(Fault::HasOneUnitMore) ? 1 : 0);
  }
  static Picoseconds granted(Picoseconds ready, Picoseconds decided_last) {
    return is(Fault::GrantsThePast) ? ready : Rules::granted(ready, decided_last);
  }
  static bool goes_first(const Offer& a, const Offer& b) {
    if (is(Fault::IgnoresAge)) return std::tuple(a.at, a.shared, a.stage) < std::tuple(b.at, b.shared, b.stage);
    if (is(Fault::PrefersTheYoung))
      return std::tuple(a.at, a.shared, b.since, a.stage) < std::tuple(b.at, b.shared, a.since, b.stage);
    if (is(Fault::PrefersTheLast))
      return std::tuple(a.at, a.shared, a.since, b.stage) < std::tuple(b.at, b.shared, b.since, a.stage);
    return Rules::goes_first(a, b);
  }
  class Calendar : public execution::Calendar {
   public:
    using execution::Calendar::Calendar;
    Picoseconds fit(Picoseconds t, Picoseconds lasts, int64_t units) const {
      const bool in_order = is(Fault::FillsNoGaps) && lasts > 0;
      return execution::Calendar::fit(in_order ? std::max(t, last_) : t, lasts, units);
    }
    void book(Picoseconds t, Picoseconds lasts, int64_t units) {
      if (lasts > 0) last_ = std::max(last_, t);
      execution::Calendar::book(t, lasts, units);
    }

   private:
    Picoseconds last_ = 0;
  };

  static bool must_repeat_starts() { return !is(Fault::SkipsWithoutStarts); }
  static bool must_repeat_items() { return !is(Fault::SkipsWithoutItems); }
  static bool must_repeat_room() { return !is(Fault::SkipsWithoutRoom); }
  static bool must_repeat_calendars() { return !is(Fault::SkipsWithoutCalendars); }
};

TEST(Mutation, EveryBrokenRuleIsNoticed) {
  EXPECT_EQ(noticed<Broken>(), "");
  for (int k = 1; k < static_cast<int>(Fault::Count); ++k) {
    Broken::fault = static_cast<Fault>(k);
    EXPECT_NE(noticed<Broken>(), "") << "fault " << k;
  }
  Broken::fault = Fault::None;
}

struct SkipsTooFar : Rules {  // once, into trips whose windows are others
  static inline bool done = false;
  static int64_t periods_skipped(int64_t periods) {
    if (periods <= 0 || done) return periods;
    done = true;
    return periods + 3;
  }
};
TEST(Mutation, SkippingTooFarIsNoticed) {
  const Program p = room_on_its_way();
  const std::vector<Case> in = {{"room on its way", p, testing::reference(p)}};
  EXPECT_EQ(noticed<Rules>(in), "");
  EXPECT_FALSE(noticed<SkipsTooFar>(in).empty());
}

struct RunsAheadByOne : Rules {
  static constexpr int64_t kBurst = 1;
};
struct RunsAheadFar : Rules {
  static constexpr int64_t kBurst = 100000;
};
struct SkipsOnePeriodLess : Rules {
  static int64_t periods_skipped(int64_t periods) { return periods - 1; }
};
TEST(Mutation, WhatMustChangeNothingIsNotNoticed) {
  EXPECT_EQ(noticed<RunsAheadByOne>(), "");
  EXPECT_EQ(noticed<RunsAheadFar>(), "");
  EXPECT_EQ(noticed<SkipsOnePeriodLess>(), "");
}

}  // namespace
}  // namespace ohmweave::execution
