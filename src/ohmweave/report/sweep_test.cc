// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/sweep.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/files.h"
#include "ohmweave/base/random.h"
#include "ohmweave/report/pareto.h"
#include "ohmweave/report/sweep_log.h"

namespace ohmweave::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string error_of(auto&& body) {
  try {
    body();
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "";
}

TEST(Grid, ReadsValuesAndRanges) {
  EXPECT_THAT(parse_axis("a.b=1,2 mW,x").values, ElementsAre("1", "2 mW", "x"));
  EXPECT_THAT(parse_axis("a=1..4").values, ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(parse_axis("a=8..30+8").values, ElementsAre("8", "16", "24"));
  EXPECT_THAT(parse_axis("a=1..64*4,100").values, ElementsAre("1", "4", "16", "64", "100"));
  EXPECT_THAT(parse_axis("a=5..5").values, ElementsAre("5"));
  EXPECT_THAT(parse_axis("a={x: 1, y: [2, 3]},\"p,q\"").values, ElementsAre("{x: 1, y: [2, 3]}", "\"p,q\""));
  EXPECT_THAT(parse_axis("a=0.5,-3").values, ElementsAre("0.5", "-3"));
}

TEST(Grid, RefusesWhatIsNoList) {
  for (const char* text : {"a=", "a=1,", "a=,1", "a=1,,2"})
    EXPECT_THAT(error_of([&] { parse_axis(text); }), HasSubstr("no value between")) << text;
  for (const char* text : {"a=4..1", "a=1..8*1", "a=0..8*2", "a=1..8+0", "a=1..x", "a=1..9223372036854775807+"})
    EXPECT_THAT(error_of([&] { parse_axis(text); }), HasSubstr("is no range")) << text;
  EXPECT_THAT(error_of([] { parse_axis("a=1..9223372036854775807"); }), HasSubstr("more than 1000000 values"));
  EXPECT_THAT(error_of([] { parse_axis("a"); }), HasSubstr("KEY=VALUE"));
  EXPECT_THAT(error_of([] { parse_axis("a=1..3,2"); }), HasSubstr("'2' twice"));
  EXPECT_THAT(error_of([] { Grid({parse_axis("a=1"), parse_axis("a=2")}); }), HasSubstr("given twice"));
  EXPECT_THAT(error_of([] {
                Grid({parse_axis("a=1..1001"), parse_axis("b=1..1000")});
              }),
              HasSubstr("more than 1000000 points"));
}

TEST(Grid, TheLastAxisChangesFirst) {
  const Grid grid({parse_axis("a=1,2"), parse_axis("b=9"), parse_axis("c=x,y,z")});
  ASSERT_EQ(grid.size(), 6);
  EXPECT_THAT(grid.values(0), ElementsAre("1", "9", "x"));
  EXPECT_THAT(grid.values(1), ElementsAre("1", "9", "y"));
  EXPECT_THAT(grid.values(5), ElementsAre("2", "9", "z"));
  EXPECT_EQ(grid.text(3), "a=2 c=x");
  EXPECT_EQ(grid.overrides(3)[1].path, "b");
}

TEST(Pareto, IsWhatItsDefinitionSays) {
  base::RandomStream random(1, base::key_of("pareto"), 0);
  for (size_t coordinates : {1U, 2U, 3U, 4U}) {
    for (uint64_t values : {2U, 5U, 1000U}) {  // few values: many points alike
      std::vector<std::vector<double>> points(200, std::vector<double>(coordinates));
      for (std::vector<double>& p : points) {
        for (double& x : p) x = static_cast<double>(random.below(values));
      }
      const std::vector<bool> front = pareto_front(points);
      for (size_t p = 0; p < points.size(); ++p) {
        bool beaten = false;
        for (const std::vector<double>& q : points) {
          bool never_larger = true, once_smaller = false;
          for (size_t k = 0; k < coordinates; ++k) {
            never_larger = never_larger && q[k] <= points[p][k];
            once_smaller = once_smaller || q[k] < points[p][k];
          }
          beaten = beaten || (never_larger && once_smaller);
        }
        EXPECT_EQ(front[p], !beaten);
      }
    }
  }
  EXPECT_TRUE(pareto_front({}).empty());
}

/// Six points with costs made up, one of them an error.
Sweep some_sweep() {
  Sweep out{"net",          "isaac", Grid({parse_axis("chips=1,2,4"), parse_axis("mapping.place={a: 1},chip")}),
            cost_aspects(), {},      {}};
  out.objectives = parse_objectives("energy,throughput", out.aspects);
  for (int k = 0; k < 6; ++k) {
    Report r;
    r.costs = Costs{};
    r.costs->latency_s = 1e-3;
    r.costs->energy_per_inference_J = 1.0 / (1 + k);  // the last is the best but one in both
    r.costs->throughput_per_s = k == 5 ? 0.125 : 1.0 / 3 + k;
    r.costs->area_m2 = 1e-6, r.costs->peak_ops_per_s = 1e12, r.costs->peak_power_W = 1;
    out.points.push_back(point_of(r, out.aspects));
  }
  out.points[2] = {true, {}, "too \"wide\", by far"};
  return out;
}

TEST(Sweep, MarksTheFront) {
  Sweep sweep = some_sweep();
  EXPECT_THAT(sweep.front(), ElementsAre(false, false, false, false, true, true));
  sweep.points[4] = {};  // not run yet
  EXPECT_THAT(sweep.front(), ElementsAre(false, false, false, true, false, true));
}

TEST(Sweep, ObjectivesAreChecked) {
  const std::vector<Aspect> aspects = cost_aspects();
  EXPECT_THAT(error_of([&] { parse_objectives("enrgy", aspects); }), HasSubstr("did you mean 'energy'?"));
  EXPECT_THAT(error_of([&] { parse_objectives("energy,energy", aspects); }), HasSubstr("twice"));
  EXPECT_THAT(error_of([&] { parse_objectives("", aspects); }), HasSubstr("known: latency"));
}

/// The fields of CSV by RFC 4180, line by line.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
  std::vector<std::vector<std::string>> out{{""}};
  bool quoted = false;
  for (size_t k = 0; k < text.size(); ++k) {
    const char c = text[k];
    if (quoted && c == '"' && k + 1 < text.size() && text[k + 1] == '"') {
      out.back().back() += text[++k];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      out.back().emplace_back();
    } else if (c == '\n' && !quoted) {
      if (k + 1 < text.size()) out.push_back({""});
    } else {
      out.back().back() += c;
    }
  }
  return out;
}

TEST(Sweep, CsvHasEveryPointInOrder) {
  const Sweep sweep = some_sweep();
  const std::vector<std::vector<std::string>> rows = read_csv(sweep_csv(sweep));
  ASSERT_EQ(rows.size(), 7U);
  for (const std::vector<std::string>& row : rows) EXPECT_EQ(row.size(), rows[0].size());
  EXPECT_EQ(rows[0][0], "chips");
  EXPECT_EQ(rows[0][2], "latency_s");
  EXPECT_EQ(rows[1][1], "{a: 1}");
  EXPECT_EQ(std::stod(rows[1][3]), 1.0 / 3);  // every digit
  EXPECT_EQ(rows[3].back(), "too \"wide\", by far");
  EXPECT_EQ(rows[3][4], "");
  EXPECT_EQ(rows[6][rows[6].size() - 2], "1");
  EXPECT_EQ(rows[1][rows[1].size() - 2], "0");
}

TEST(Sweep, CsvFieldsComeBack) {
  for (const std::string text : {"", "a", "a,b", "\"", "\"\"", "a\nb", " a ", "a\"b,c\nd\""})
    EXPECT_EQ(read_csv(csv_field(text) + ",end\n")[0], (std::vector<std::string>{text, "end"}));
}

TEST(Sweep, PeopleReadTheFrontFirstAndErrorsByReason) {
  Sweep sweep = some_sweep();
  sweep.points[0] = sweep.points[2];
  const std::string text = sweep_text(sweep, false);
  EXPECT_LT(text.find("  *"), text.find("chip  "));
  EXPECT_THAT(text, HasSubstr("2 points, first chips=1 mapping.place={a: 1}: too \"wide\", by far"));
  sweep.points[5] = {};
  EXPECT_THAT(sweep_text(sweep, false), HasSubstr("5 of 6: interrupted"));
}

class Log : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "ohmweave_sweep_log_test" +
            std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
            testing::UnitTest::GetInstance()->current_test_info()->name() + std::to_string(::getpid());
    std::remove(path_.c_str());
  }
  void TearDown() override { std::remove(path_.c_str()); }
  void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  std::string read() { return base::read_file(path_); }
  static Sweep empty() {
    Sweep out = some_sweep();
    out.points.assign(6, {});
    return out;
  }
  std::string path_;
};

TEST_F(Log, PointsComeBackExactly) {
  const Sweep all = some_sweep();
  Sweep sweep = empty();
  {
    SweepLog log(path_, "f", sweep);
    for (int64_t k : {4, 2, 0}) log.add(k, all.points[static_cast<size_t>(k)]);
  }
  Sweep again = empty();
  SweepLog log(path_, "f", again);
  EXPECT_EQ(again.done(), 3);
  EXPECT_THAT(again.points[4].figures,
              testing::Pointwise(testing::NanSensitiveDoubleEq(), all.points[4].figures));
  EXPECT_EQ(again.points[2].error, all.points[2].error);
  EXPECT_FALSE(again.points[1].done);
  log.remove();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Log, GoesOnAfterAnyCut) {
  const Sweep all = some_sweep();
  {
    Sweep sweep = empty();
    SweepLog log(path_, "f", sweep);
    for (size_t k = 0; k < 6; ++k) log.add(static_cast<int64_t>(k), all.points[k]);
  }
  const std::string whole = read();
  for (size_t length = 0; length <= whole.size(); ++length) {
    write(whole.substr(0, length));
    const std::string kept = whole.substr(0, length);
    const auto lines = std::count(kept.begin(), kept.end(), '\n');
    Sweep sweep = empty();
    {
      SweepLog log(path_, "f", sweep);
      ASSERT_EQ(sweep.done(), std::max<int64_t>(lines - 1, 0)) << length;
      for (size_t k = 0; k < 6; ++k) {
        if (!sweep.points[k].done) log.add(static_cast<int64_t>(k), all.points[k]);
      }
    }
    ASSERT_EQ(read(), whole) << length;
  }
}

TEST_F(Log, RefusesWhatIsNotItsOwn) {
  Sweep sweep = empty();
  { SweepLog log(path_, "f", sweep); }
  EXPECT_THAT(error_of([&] { SweepLog(path_, "g", sweep); }), HasSubstr("of another sweep"));
  const std::string head = read();
  for (const char* line :
       {"{}", "nonsense", "[1]", "{\"point\":6,\"error\":\"x\"}", "{\"point\":-1,\"error\":\"x\"}",
        "{\"point\":1.5,\"error\":\"x\"}", "{\"point\":1}", ""}) {
    write(head + line + "\n");
    EXPECT_THAT(error_of([&] { SweepLog(path_, "f", sweep); }), HasSubstr("line 2 is damaged")) << line;
  }
  write("something that a user needs\n");
  EXPECT_THAT(error_of([&] { SweepLog(path_, "f", sweep); }), HasSubstr("another --csv"));
  EXPECT_EQ(read(), "something that a user needs\n");
  EXPECT_THAT(error_of([&] { SweepLog("/nonexistent/folder/x", "f", sweep); }), HasSubstr("cannot write"));
}

TEST_F(Log, BelongsToOneSweepAtATime) {
  Sweep sweep = empty();
  const SweepLog log(path_, "f", sweep);
  EXPECT_THAT(error_of([&] { SweepLog(path_, "f", sweep); }), HasSubstr("another sweep is writing"));
}

TEST(Sweep, PictureHasEveryPointWithCosts) {
  const Sweep sweep = some_sweep();
  const std::string text = sweep_picture(sweep);
  const auto count = [&](const std::string& what) {
    size_t n = 0;
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
    return n;
  };
  EXPECT_EQ(count("<rect class=\"point\""), 3U);
  EXPECT_EQ(count("<rect class=\"marked\""), 2U);
  EXPECT_EQ(count("<path class=\"front\""), 1U);
  EXPECT_THAT(text, HasSubstr("1  chips=4 mapping.place={a: 1}"));
}

}  // namespace
}  // namespace ohmweave::report
