// SPDX-License-Identifier: Apache-2.0
// The trace-event format of https://ui.perfetto.dev: what its readers rely on.
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ohmweave/program/testing/builder.h"
#include "ohmweave/report/report.h"

namespace ohmweave::report {
namespace {

using circuit::Verb;
using nlohmann::json;

json trace_of(const mapping::Mapping& mapping, int64_t most = kMostSlices, int64_t epochs = 2) {
  execution::TimingOptions options;
  options.keep_trace_epochs = epochs;
  const execution::Timing timing = execution::time(mapping.program, options);
  std::string text;
  const std::function<void(std::string_view)> sink = [&](std::string_view part) { text += part; };
  write_trace(mapping, timing, sink, most);
  return json::parse(text);
}
mapping::Mapping mapped(const std::string& network) {
  mapping::Options options;
  options.samples = 2;
  return mapping::compile(network::load(network).graph, machine::load("isaac"), options);
}
std::vector<json> events(const json& trace, const std::string& phase) {
  std::vector<json> out;
  for (const json& e : trace["traceEvents"]) {
    if (e["ph"] == phase) out.push_back(e);
  }
  return out;
}
/// Microseconds of the format as whole picoseconds.
int64_t picoseconds(const json& microseconds) { return std::llround(microseconds.get<double>() * 1e6); }

TEST(Trace, SlicesOfAThreadDoNotOverlap) {  // nested at most: Perfetto draws nothing else
  for (const char* network : {"lenet5", "resnet20"}) {
    std::map<std::pair<int, int>, int64_t> until;
    const std::vector<json> slices = events(trace_of(mapped(network)), "X");
    ASSERT_GT(slices.size(), 100U);
    int64_t before = 0;
    for (const json& e : slices) {
      const int64_t start = picoseconds(e["ts"]), lasts = picoseconds(e["dur"]);
      EXPECT_GE(start, before);  // in order of their starts
      before = start;
      EXPECT_GT(lasts, 0);
      int64_t& end = until[{e["pid"], e["tid"]}];
      EXPECT_GE(start, end) << e;
      end = start + lasts;
    }
  }
}

TEST(Trace, EveryTrackHasANameBeforeItIsUsed) {
  const json trace = trace_of(mapped("lenet5"));
  std::set<int> processes;
  std::set<std::pair<int, int>> threads;
  for (const json& e : trace["traceEvents"]) {
    if (e["name"] == "process_name") processes.insert(e["pid"].get<int>());
    if (e["name"] == "thread_name") {
      EXPECT_TRUE(threads.insert({e["pid"].get<int>(), e["tid"].get<int>()}).second);
    }
    if (e["ph"] == "M") continue;
    EXPECT_EQ(processes.count(e["pid"]), 1U);
    EXPECT_EQ(threads.count({e["pid"], e["tid"]}), 1U);
  }
}

TEST(Trace, ArrowsStartOnceAndOnSlices) {
  const json trace = trace_of(mapped("lenet5"));
  std::set<std::tuple<int, int, int64_t>> slices;
  for (const json& e : events(trace, "X")) slices.insert({e["pid"], e["tid"], picoseconds(e["ts"])});
  std::set<int64_t> begun;
  for (const json& e : trace["traceEvents"]) {
    if (e["ph"] != "s" && e["ph"] != "t") continue;
    EXPECT_EQ(slices.count({e["pid"], e["tid"], picoseconds(e["ts"])}), 1U);
    const auto id = e["id"].get<int64_t>();
    EXPECT_EQ(begun.insert(id).second, e["ph"] == "s");
  }
}

TEST(Trace, FiringsStandWhereTheTimingPutThem) {
  program::testing::Builder b;
  b.resource("two", 2);
  b.stage("work", {{"image", 3}}, {{"one", Verb::Read, 0, 10, 1}, {"two", Verb::Add, 10, 30, 1}}, {}, {"out"});
  mapping::Mapping m;
  m.program = b.program;
  m.program.name = "hand";
  const json trace = trace_of(m, kMostSlices, 3);
  const std::vector<json> slices = events(trace, "X");
  ASSERT_EQ(slices.size(), 6U);
  std::map<std::string, std::vector<int64_t>> starts;
  std::set<int> servers;
  for (const json& e : slices) {
    starts[e["args"]["action"]].push_back(picoseconds(e["ts"]));
    if (e["args"]["action"] == "add") servers.insert(e["tid"].get<int>());
  }
  // `one` lets a firing start every 10 ps, but the two servers of `two` are held for 30: the third waits for
  // the first.
  EXPECT_EQ(starts["read"], (std::vector<int64_t>{0, 10, 30}));
  EXPECT_EQ(starts["add"], (std::vector<int64_t>{10, 20, 40}));
  EXPECT_EQ(servers.size(), 2U);
  EXPECT_EQ(trace["otherData"]["firings"], "3 of 3");
  EXPECT_EQ(trace["otherData"]["note"], "complete");
}

TEST(Trace, IsCutOffWhereItWouldGrowTooLarge) {
  const json trace = trace_of(mapped("lenet5"), 50);
  EXPECT_GE(events(trace, "X").size(), 50U);
  EXPECT_LT(events(trace, "X").size(), 80U);  // the firing in work is told to its end
  EXPECT_EQ(trace["otherData"]["note"], "cut off after 50 slices");
}

TEST(Trace, SaysThatLaterSamplesWereNotRecorded) {
  EXPECT_EQ(trace_of(mapped("lenet5"), kMostSlices, 1)["otherData"]["note"],
            "the first samples; the rest was not recorded");
}

}  // namespace
}  // namespace ohmweave::report
