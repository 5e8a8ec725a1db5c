// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/diagnostics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ohmweave::base {
namespace {

std::shared_ptr<const Source> source(std::string text, std::string name = "a.yaml") {
  return std::make_shared<const Source>(Source{std::move(name), std::move(text)});
}

std::string rendered(const std::string& text, Span span, bool colour = false) {
  span.source = source(text);
  Diagnostics d;
  d.error(span, "wrong");
  return d.render(colour);
}

TEST(Diagnostics, ShowsTheLineAndACaretUnderTheSpan) {
  EXPECT_EQ(rendered("one\ntwo: three\n", {nullptr, 2, 6, 5}),
            "a.yaml:2:6: error: wrong\n"
            "   2 | two: three\n"
            "     |      ^~~~~\n");
}

TEST(Diagnostics, WithoutALineOnlyTheNameIsSaid) {
  EXPECT_EQ(rendered("text", {nullptr, 0, 0, 0}), "a.yaml: error: wrong\n");
  Diagnostics d;
  d.error({}, "wrong");
  EXPECT_EQ(d.render(), "error: wrong\n");
}

TEST(Diagnostics, TabsStayTabsSoThatTheCaretStandsRight) {
  EXPECT_EQ(rendered("\ta:\tb", {nullptr, 1, 5, 1}),
            "a.yaml:1:5: error: wrong\n"
            "   1 | \ta:\tb\n"
            "     | \t  \t^\n");
}

TEST(Diagnostics, SpansAreClippedToTheirLine) {
  EXPECT_EQ(rendered("ab\ncd", {nullptr, 1, 2, 100}), "a.yaml:1:2: error: wrong\n   1 | ab\n     |  ^\n");
  EXPECT_EQ(rendered("ab", {nullptr, 1, 90, 3}), "a.yaml:1:90: error: wrong\n   1 | ab\n     |   ^\n");
  EXPECT_EQ(rendered("ab", {nullptr, 7, 1, 1}), "a.yaml:7:1: error: wrong\n");
}

TEST(Diagnostics, WindowsLineEndsAndControlCharactersDoNoHarm) {
  EXPECT_EQ(rendered("a: b\r\nc", {nullptr, 1, 4, 1}), "a.yaml:1:4: error: wrong\n   1 | a: b\n     |    ^\n");
  EXPECT_EQ(rendered("a\x1b[2Jb", {nullptr, 1, 1, 1}), "a.yaml:1:1: error: wrong\n   1 | a?[2Jb\n     | ^\n");
}

TEST(Diagnostics, CharactersOfSeveralBytesTakeOneColumn) {
  EXPECT_EQ(rendered("5 \xc2\xb5s \xce\xa9", {nullptr, 1, 7, 2}),
            "a.yaml:1:7: error: wrong\n"
            "   1 | 5 \xc2\xb5s \xce\xa9\n"
            "     |      ^\n");
}

TEST(Diagnostics, VeryLongLinesAreCutAroundTheSpan) {
  std::string line(10000, 'x');
  line.replace(5000, 5, "WRONG");
  const std::string text = rendered(line, {nullptr, 1, 5001, 5});
  const size_t second = text.find('\n') + 1, third = text.find('\n', second) + 1;
  const std::string shown = text.substr(second, third - second), marks = text.substr(third);
  EXPECT_LT(shown.size(), 140U);
  EXPECT_EQ(shown.find("WRONG"), marks.find('^'));
  EXPECT_THAT(marks, testing::HasSubstr("^~~~~\n"));
  EXPECT_THAT(shown, testing::StartsWith("   1 | ...xxx"));
  EXPECT_THAT(shown, testing::EndsWith("xxx...\n"));
}

TEST(Diagnostics, ColourIsOnlyThereOnRequest) {
  EXPECT_EQ(rendered("ab", {nullptr, 1, 1, 2}, true),
            "a.yaml:1:1: \033[1;31merror:\033[0m wrong\n   1 | ab\n     | \033[1;31m^~\033[0m\n");
}

TEST(Diagnostics, AreSortedByPositionAndNotesStayWithWhatTheyExplain) {
  auto file = source("1\n2\n3\n");
  Diagnostics d;
  d.error({file, 3, 1, 1}, "third");
  d.note({file, 1, 1, 1}, "because");
  d.warning({file, 2, 1, 1}, "second");
  d.error({file, 1, 1, 1}, "first");
  const std::string text = d.render();
  EXPECT_LT(text.find("first"), text.find("second"));
  EXPECT_LT(text.find("second"), text.find("third"));
  EXPECT_LT(text.find("third"), text.find("because"));
  EXPECT_THAT(text, testing::HasSubstr("warning: second"));
  EXPECT_THAT(text, testing::HasSubstr("note: because"));
}

TEST(Diagnostics, OnlyErrorsStopAPhase) {
  Diagnostics d;
  d.warning({}, "careful");
  EXPECT_NO_THROW(d.stop_if_errors());
  EXPECT_FALSE(d.has_errors());
  Diagnostics more;
  more.error({}, "one");
  more.error({}, "two");
  d.append(more);
  try {
    d.stop_if_errors();
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.diagnostics().all().size(), 3U);
    EXPECT_STREQ(failure.what(), "warning: careful\nerror: one\nerror: two\n");
  }
}

TEST(Closest, FindsMisspellings) {
  const std::vector<std::string> words = {"energy", "area", "rate", "bits"};
  EXPECT_EQ(closest("enregy", words), "energy");
  EXPECT_EQ(closest("ENERGY", words), "energy");
  EXPECT_EQ(closest("rates", words), "rate");
  EXPECT_EQ(closest("bist", words), "bits");
  EXPECT_EQ(closest("zzz", words), "");
  EXPECT_EQ(closest("", words), "");
  EXPECT_EQ(closest("x", {"y"}), "");
  EXPECT_EQ(closest("X", {"x"}), "x");
  EXPECT_EQ(did_you_mean("aera", words), "; did you mean 'area'?");
  EXPECT_EQ(did_you_mean("completely", words), "");
}

}  // namespace
}  // namespace ohmweave::base
