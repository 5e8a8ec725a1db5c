// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/table.h"

#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ohmweave/report/numbers.h"

namespace ohmweave::report {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

TEST(Width, CountsWhatATerminalShows) {
  EXPECT_EQ(width(""), 0);
  EXPECT_EQ(width("abc"), 3);
  EXPECT_EQ(width("µΩ²"), 3);
  EXPECT_EQ(width("e\u0301"), 1);       // an accent on its own takes no column
  EXPECT_EQ(width("\u6f22\u5b57"), 4);  // East Asian characters take two
  EXPECT_EQ(width("\033[1mab\033[0m"), 2);
  EXPECT_EQ(width("\xff\xfe"), 2);  // no UTF-8: a byte each
}

TEST(Shorten, CutsAtCharacters) {
  EXPECT_EQ(shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(shorten("abcdef", 4), "abc…");
  EXPECT_EQ(shorten("\u6f22\u5b57\u6f22", 4), "\u6f22…");  // half of a wide one does not fit
  const std::string cut = shorten("\033[31mabcdef\033[0m", 3);
  EXPECT_EQ(width(cut), 3);
  EXPECT_TRUE(cut.ends_with("\033[0m"));  // colour does not run on
}

TEST(Table, AlignsWhateverStandsInTheCells) {
  Table t({{"name", Align::Left}, {"value"}, {"unit", Align::Left}});
  t.add({"a", "1.5", "µW"});
  t.add({"\033[32mlonger\033[0m", "12345", "W"});
  t.add({"\u6f22\u5b57"});  // a row may be shorter
  const std::vector<std::string> lines = lines_of(t.text(Style{}, 2));
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0], "  name    value  unit");
  EXPECT_EQ(lines[1], "  a         1.5  µW");
  EXPECT_EQ(lines[2], "  \033[32mlonger\033[0m  12345  W");
  EXPECT_EQ(lines[3], "  \u6f22\u5b57");
}

TEST(Table, ShrinksOnlyWhatMay) {
  Table t({{"fixed", Align::Left}, {"text", Align::Left, true}, {"n"}});
  t.add({std::string(30, 'f'), std::string(80, 't'), "123"});
  for (const std::string& line : lines_of(t.text(Style{}, 2, 60))) EXPECT_LE(width(line), 60) << line;
  EXPECT_NE(t.text(Style{}, 2, 60).find(std::string(30, 'f')), std::string::npos);
  EXPECT_NE(t.text(Style{}, 2, 60).find("…"), std::string::npos);
  EXPECT_NE(t.text(Style{}, 2, 200).find(std::string(80, 't')), std::string::npos);
}

TEST(Table, NeedsNoHeads) {
  Table t({{""}, {""}});
  t.add({"1", "2"});
  EXPECT_EQ(t.text(Style{}, 0), "1  2\n");
}

TEST(Numbers, KeepTheirDigitsHoweverSmall) {
  EXPECT_EQ(in_unit(0.00024e-6, "mm^2"), "0.00024 mm^2");
  EXPECT_EQ(in_unit(65.8149, "W"), "65.81 W");
  EXPECT_EQ(in_unit(1.024e20, "GOPS/mm^2"), "102400 GOPS/mm^2");
  EXPECT_EQ(in_unit(0, "W"), "0 W");
  EXPECT_EQ(in_unit(-0.5, ""), "-0.5");
  EXPECT_EQ(percent(0.123456), "12.3 %");
  EXPECT_EQ(percent(1), "100 %");
  EXPECT_EQ(percent(0), "0 %");
  EXPECT_EQ(percent(1e-7), "< 0.01 %");
}

TEST(Numbers, JsonHasNoInfinities) {
  EXPECT_TRUE(number(1.0 / 0.0).is_null());
  EXPECT_TRUE(number(0.0 / 0.0).is_null());
  EXPECT_EQ(number(2.5), 2.5);
}

TEST(Numbers, ConfigurationsKeepTheirTypes) {
  const config::Node node = config::parse_yaml(std::make_shared<base::Source>(
      base::Source{"x", "a: 3\nb: 2.5\nc: true\nd: 16 mW\ne: \"3\"\nf: [1, x]\ng: {h: 1e3}\n"}));
  EXPECT_EQ(config_json(node).dump(),
            R"({"a":3,"b":2.5,"c":true,"d":"16 mW","e":"3","f":[1,"x"],"g":{"h":1000.0}})");
}

}  // namespace
}  // namespace ohmweave::report
