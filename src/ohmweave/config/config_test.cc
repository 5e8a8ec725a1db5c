// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/config/fields.h"
#include "ohmweave/config/load.h"

namespace ohmweave::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Node parse(const std::string& text) {
  return parse_yaml(std::make_shared<const base::Source>(base::Source{"f.yaml", text}));
}

/// What is said about a text that cannot be read.
template <class Read>
std::string failure_of(Read read) {
  try {
    read();
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "no error";
}
std::string errors_of(const std::string& text) {
  return failure_of([&] { parse(text); });
}

TEST(Yaml, OnlyMappingsListsAndScalars) {
  EXPECT_THAT(errors_of("a: 1\nb: 2\na: 3\n"), HasSubstr("f.yaml:3:1: error: key 'a' given twice"));
  EXPECT_THAT(errors_of("a: &x 1\nb: *x\n"),
              HasSubstr("f.yaml:1:4: error: anchors are not part of this format"));
  EXPECT_THAT(errors_of("a: !!int 1\n"), HasSubstr("tags such as"));
  EXPECT_THAT(errors_of("<<: {a: 1}\n"), HasSubstr("merge keys are not part of this format"));
  EXPECT_THAT(errors_of("[1, 2]: 3\n"), HasSubstr("a list cannot be a key"));
  EXPECT_THAT(errors_of("a: 1\n---\nb: 2\n"), HasSubstr("a file holds one document"));
  EXPECT_THAT(errors_of("a: [1, 2\n"), HasSubstr("f.yaml:"));
  EXPECT_THAT(errors_of(""), HasSubstr("the file is empty"));
}

TEST(Yaml, ManyLevelsAreNoCrash) {
  EXPECT_THAT(errors_of(std::string(20000, '[')), HasSubstr("f.yaml"));
  EXPECT_THAT(errors_of(std::string(20000, '{')), HasSubstr("f.yaml"));
}

TEST(Yaml, WhatIsWrittenReadsBack) {
  const std::string text = "a: 1 GHz\nb: [x, \"1: 2\", '']\nc:\n  d: \"# no comment\"\n  e: {f: {}}\n";
  const std::string once = write_yaml(parse(text));
  EXPECT_EQ(write_yaml(parse(once)), once);
  EXPECT_EQ(parse(once).find("b")->items[1].text, "1: 2");
  EXPECT_EQ(parse(once).find("c")->find("d")->text, "# no comment");
}

struct Part {
  int64_t count = 1;
  units::Frequency rate;
  std::vector<double> shares = {0.5};
  std::optional<Interval<units::Time>> latency;
  static constexpr auto fields() {
    return std::tuple{config::defaulted("count", &Part::count, "how many").within(1, 8),
                      config::required("rate", &Part::rate, "how often").above(0),
                      config::defaulted("shares", &Part::shares, "of the whole").within(0, 1),
                      config::defaulted("latency", &Part::latency, "how long").at_least(0)};
  }
};

std::string read_errors(const std::string& text, Part& part) {
  Node node = parse(text);
  base::Diagnostics d;
  read(node, part, d);
  return d.render();
}

TEST(Fields, EverythingWrongIsToldAtOnce) {
  Part part;
  const std::string text =
      read_errors("cuont: 3\ncount: 9\nrate: 3 ns\nshares: [0.1, 2]\nlatency: 5..3 ns\n", part);
  EXPECT_THAT(text, AllOf(HasSubstr("f.yaml:1:1: error: unknown key 'cuont'; did you mean 'count'?"),
                          HasSubstr("f.yaml:2:8: error: 9 is out of range; must be 1 to 8"),
                          HasSubstr("f.yaml:3:9: error: unit 'ns' does not fit"),
                          HasSubstr("[0.1, 2] is out of range; must be 0 to 1"),
                          HasSubstr("the range ends below its beginning")));
  EXPECT_THAT(read_errors("count: 3\n", part), HasSubstr("key 'rate' is missing (quantity in Hz)"));
  EXPECT_THAT(read_errors("rate: 0 Hz\n", part), HasSubstr("0 Hz is out of range; must be above 0"));
  EXPECT_THAT(read_errors("rate: 5\n", part), HasSubstr("f.yaml:1:7: error"));
  EXPECT_THAT(read_errors("count: 99999999999999999999\nrate: 1 Hz\n", part), HasSubstr("f.yaml:1:8: error"));
}

TEST(Fields, DefaultsEndUpInTheResolvedFile) {
  Node node = parse("rate: 1.28 GSps\nlatency: 10..100 ns\nfrom: somewhere\n");
  base::Diagnostics d;
  Part part;
  ASSERT_TRUE(read(node, part, d)) << d.render();
  EXPECT_DOUBLE_EQ(part.rate.si(), 1.28e9);
  EXPECT_DOUBLE_EQ(part.latency->low->si(), 10e-9);
  EXPECT_DOUBLE_EQ(part.latency->high->si(), 100e-9);
  EXPECT_EQ(node.find("count")->text, "1");
  EXPECT_TRUE(node.find("count")->defaulted);
}

TEST(Overrides, SetWhatTheyNameAndPointIntoTheirWords) {
  Node root = parse("chip: {tile: {adc: {bits: 8}}}\n");
  apply(root, {parse_override("chip.tile.adc.bits=7"), parse_override("chip.tile.adc.rate=1 GHz")});
  EXPECT_EQ(root.find("chip")->find("tile")->find("adc")->find("bits")->text, "7");
  EXPECT_EQ(root.find("chip")->find("tile")->find("adc")->find("rate")->text, "1 GHz");
  auto set = [&](const char* text) { return failure_of([&] { apply(root, {parse_override(text)}); }); };
  EXPECT_THAT(set("chip.tlie.adc.bits=7"),
              HasSubstr("--set:1:6: error: unknown key 'tlie'; did you mean 'tile'?"));
  EXPECT_THAT(set("chip.tile.adc.bits.more=7"), HasSubstr("'bits' has no fields"));
  EXPECT_THAT(set("chip"), HasSubstr("'chip' is not of the form KEY=VALUE"));
  EXPECT_THAT(set("chip.tile=[1"), HasSubstr("--set chip.tile:1"));
}

TEST(Provenance, EveryNumberNeedsASource) {
  auto errors = [](const std::string& text) {
    base::Diagnostics d;
    check_provenance(parse("sources: {paper16: a paper}\n" + text), d);
    return d.render();
  };
  EXPECT_EQ(errors("a: {from: [paper16, Table I], b: 3 mW, c: {d: 4}}\n"), "");
  EXPECT_EQ(errors("a: {from: assumed, why: it is a guess, b: 3 mW}\n"), "");
  EXPECT_THAT(errors("a: {b: 3 mW}\n"), HasSubstr("f.yaml:2:5: error: 'b' has no source"));
  EXPECT_THAT(errors("a: {from: assumed, b: 3 mW}\n"), HasSubstr("'from: assumed' needs a 'why:'"));
  EXPECT_THAT(errors("a: {from: [paper61, Table I], b: 3 mW}\n"),
              HasSubstr("'paper61' is not listed under 'sources'; did you mean 'paper16'?"));
}

TEST(Provenance, AssumptionsAreListedWithTheirReasons) {
  const Node root = parse(
      "sources: {p: a paper}\na: {from: [p, Table I], b: 3 mW, c: {value: 4 GHz, from: assumed, why: a "
      "guess}}\n"
      "d: {from: assumed, why: nobody says, e: 1, f: 2}\n");
  const std::vector<Assumption> all = assumptions(root);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].path, "a.c");
  EXPECT_EQ(all[0].value, "4 GHz");
  EXPECT_EQ(all[0].why, "a guess");
  EXPECT_EQ(all[1].path, "d");
  EXPECT_EQ(all[1].value, "");
}

}  // namespace
}  // namespace ohmweave::config
