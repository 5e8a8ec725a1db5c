// SPDX-License-Identifier: Apache-2.0
// The engine against a scheduler written from the definition, on the machines and on random programs.
#include "ohmweave/execution/timing/testing/reference.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ohmweave/execution/timing/timing.h"
#include "ohmweave/program/testing/machines.h"
#include "ohmweave/program/testing/random_program.h"
#include "ohmweave/program/text.h"

namespace ohmweave::execution {
namespace {

using program::Program;
using program::testing::random_program;
using program::testing::RandomOptions;

constexpr uint64_t kSeeds = 100;

Timing timed(const Program& p, bool skip) {
  TimingOptions o;
  o.keep_starts = true;
  o.skip_steady_state = skip;
  return time(p, o);
}

std::vector<std::vector<Picoseconds>> starts(const Timing& t) {
  std::vector<std::vector<Picoseconds>> out;
  for (const StageTiming& s : t.stages) out.push_back(s.starts);
  return out;
}

std::vector<int64_t> depths(const Timing& t) {
  std::vector<int64_t> out;
  for (const StoreTiming& s : t.stores) out.push_back(s.depth);
  return out;
}

/// The earliest start that differs, for people.
std::string difference(const Program& p, const std::vector<std::vector<Picoseconds>>& got,
                       const std::vector<std::vector<Picoseconds>>& want) {
  std::string out;
  Picoseconds earliest = INT64_MAX;
  for (size_t s = 0; s < want.size(); ++s) {
    if (got[s].size() != want[s].size()) out = p.stages[s].name + ": another number of firings; ";
    for (size_t n = 0; n < std::min(got[s].size(), want[s].size()); ++n) {
      if (got[s][n] == want[s][n] || std::min(got[s][n], want[s][n]) >= earliest) continue;
      earliest = std::min(got[s][n], want[s][n]);
      out = fmt::format("{} firing {} starts at {}, not {}", p.stages[s].name, n, got[s][n], want[s][n]);
    }
  }
  return out;
}

void expect_as_defined(const Program& p, const std::string& what) {
  const testing::Schedule want = testing::reference(p);
  for (bool skip : {false, true}) {
    const Timing got = timed(p, skip);
    EXPECT_EQ(difference(p, starts(got), want.starts), "") << what << ", skip " << skip;
    EXPECT_EQ(got.end, want.end) << what;
    EXPECT_EQ(got.deadlock.empty(), want.complete) << what;
    if (want.complete) {
      EXPECT_EQ(depths(got), want.depths) << what << ", skip " << skip;
    }
  }
}

/// Kinds of random programs: each turns on some of what programs may have.
struct Kind {
  const char* name;
  RandomOptions options;
};
std::vector<Kind> kinds() {
  std::vector<Kind> out;
  RandomOptions o;
  out.push_back({"plain", o});
  o.lanes = true;
  out.push_back({"lanes", o});
  o.bounded = true;
  out.push_back({"bounded", o});
  o.several = o.units = true;
  out.push_back({"several", o});
  o.shared = true;
  out.push_back({"shared", o});
  o.lags = true;
  out.push_back({"lags", o});
  o.measures = true;
  out.push_back({"measures", o});
  o.bounded = false;
  o.instant = true;
  out.push_back({"instant", o});
  return out;
}

class RandomPrograms : public ::testing::TestWithParam<Kind> {};

TEST_P(RandomPrograms, TimesAreThoseOfTheDefinition) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    expect_as_defined(random_program(seed, GetParam().options), GetParam().name + std::to_string(seed));
    if (HasFailure()) return;
  }
}

TEST_P(RandomPrograms, SkippingTheSteadyStateChangesNothing) {
  RandomOptions o = GetParam().options;
  o.images = 30;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Program p = random_program(seed, o);
    const Timing all = timed(p, false), skipped = timed(p, true);
    ASSERT_EQ(starts(all), starts(skipped)) << seed;
    ASSERT_EQ(all.end, skipped.end) << seed;
    ASSERT_EQ(depths(all), depths(skipped)) << seed;
    for (size_t s = 0; s < all.stages.size(); ++s) {
      ASSERT_EQ(all.stages[s].waited, skipped.stages[s].waited) << seed;
      ASSERT_EQ(all.stages[s].epoch_finish, skipped.stages[s].epoch_finish) << seed;
    }
  }
}

TEST_P(RandomPrograms, BreakNoRule) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Program p = random_program(seed, GetParam().options);
    const Timing t = timed(p, true);
    if (!t.deadlock.empty()) continue;
    ASSERT_EQ(testing::faults(p, starts(t)), std::vector<std::string>{}) << seed;
  }
}

/// Stores as large as they were deep delay nothing, and larger ones do not help.
TEST_P(RandomPrograms, MeasuredDepthsSuffice) {
  RandomOptions o = GetParam().options;
  if (o.instant || o.shared) return;  // see StoreTiming::depth
  o.bounded = false;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Program p = random_program(seed, o);
    for (program::Stage& s : p.stages) {
      for (program::Read& r : s.reads) r.held.reset();
    }
    const Timing unlimited = timed(p, true);
    for (int64_t more : {0, 1, 100}) {
      for (size_t k = 0; k < p.stores.size(); ++k) {
        if (unlimited.stores[k].depth > 0) p.stores[k].capacity = unlimited.stores[k].depth + more;
      }
      const Timing limited = timed(p, false);
      ASSERT_EQ(difference(p, starts(limited), starts(unlimited)), "") << seed;
      ASSERT_EQ(depths(limited), depths(unlimited)) << seed;
    }
  }
}

TEST_P(RandomPrograms, AsTextTakeTheSameTime) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Program p = random_program(seed, GetParam().options);
    const Program again =
        program::parse(std::make_shared<const base::Source>(base::Source{"random", program::print(p)}));
    ASSERT_EQ(starts(timed(p, true)), starts(timed(again, true))) << seed;
  }
}

TEST_P(RandomPrograms, WaitForWhatTheySay) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Timing t = timed(random_program(seed, GetParam().options), true);
    for (const StageTiming& s : t.stages) {
      Picoseconds sum = 0;
      for (Picoseconds w : s.waited) {
        ASSERT_GE(w, 0) << seed;
        sum += w;
      }
      ASSERT_EQ(sum, s.last_start) << seed;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, RandomPrograms, ::testing::ValuesIn(kinds()),
                         [](const auto& kind) { return std::string(kind.param.name); });

TEST(Reference, AgreesOnTheMachines) {
  for (const auto& [name, p] : program::testing::all_machines()) expect_as_defined(p, name);
}

}  // namespace
}  // namespace ohmweave::execution
