// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/cli/arguments.h"

#include <gmock/gmock.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/cli/documents.h"

namespace ohmweave::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Arguments parse(const std::vector<std::string>& words) { return Arguments::parse(*find_command("run"), words); }

std::string error_of(const std::vector<std::string>& words) {
  try {
    parse(words);
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "no error";
}

TEST(Arguments, OptionsStandAnywhereAndTakeTheirValueBothWays) {
  const Arguments a =
      parse({"--design=isaac", "net", "--samples", "12", "--set", "a.b=c=d", "--set=e=f", "--bgr"});
  EXPECT_THAT(a.operands(), ElementsAre("net"));
  EXPECT_EQ(a.text("--design"), "isaac");
  EXPECT_EQ(a.integer("--samples", 0, 1), 12);
  EXPECT_TRUE(a.given("--bgr"));
  EXPECT_FALSE(a.given("--transpose-hw"));
  const std::vector<config::Override> changes = a.overrides();
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].path, "a.b");
  EXPECT_EQ(changes[0].value, "c=d");
  EXPECT_EQ(changes[1].value, "f");
}

TEST(Arguments, NumbersMayBeNegativeAndLists) {
  const Arguments a = parse({"net", "--mean", "-0.5,1e-3,.25", "--div", "-2", "--shape", "1,3,8,8"});
  EXPECT_THAT(a.reals("--mean", 0), ElementsAre(-0.5, 1e-3, 0.25));
  EXPECT_EQ(a.real("--div", 1), -2);
  EXPECT_THAT(a.reals("--std", 1), ElementsAre(1));
  EXPECT_THAT(a.shape("--shape"), ElementsAre(1, 3, 8, 8));
}

TEST(Arguments, AliasesAndWordsInAnyCase) {
  const Arguments a = parse({"net", "--transposeHW", "--layout", "NHWC", "-h"});
  EXPECT_TRUE(a.given("--transpose-hw"));
  EXPECT_EQ(a.text("--layout"), "NHWC");
  EXPECT_TRUE(a.wants_help());
}

TEST(Arguments, OddFileNames) {
  EXPECT_THAT(parse({"--", "--net"}).operands(), ElementsAre("--net"));
  EXPECT_EQ(parse({"net", "--json", "-"}).text("--json"), "-");
  EXPECT_EQ(parse({"net", "--json=--x"}).text("--json"), "--x");
  EXPECT_EQ(parse({"net", "--json", "a b,c"}).text("--json"), "a b,c");
  EXPECT_EQ(parse({"net", "--json", "[x]"}).text("--json"), "[x]");
}

TEST(Arguments, Errors) {
  EXPECT_THAT(error_of({}), HasSubstr("NETWORK is missing"));
  EXPECT_THAT(error_of({"a", "b"}), HasSubstr("'b' is one word too many"));
  EXPECT_THAT(error_of({"a", "--smaples", "3"}), HasSubstr("did you mean '--samples'?"));
  EXPECT_THAT(error_of({"a", "--xyzzy=3"}), HasSubstr("there is no option '--xyzzy'"));
  EXPECT_THAT(error_of({"a", "--json"}), HasSubstr("needs a value"));
  EXPECT_THAT(error_of({"a", "--seed", "1", "--seed", "2"}), HasSubstr("more than once"));
  EXPECT_THAT(error_of({"a", "--bgr=maybe"}), HasSubstr("error"));
  EXPECT_THROW(parse({"a", "--samples", "0"}).integer("--samples", 1, 1), base::Failure);
  EXPECT_THROW(parse({"a", "--samples", "1.5"}).integer("--samples", 1, 1), base::Failure);
  EXPECT_THROW(parse({"a", "--samples", "99999999999999999999"}).integer("--samples", 1, 1), base::Failure);
  EXPECT_THROW(parse({"a", "--seed", "-1"}).seed(), base::Failure);
  EXPECT_THROW(parse({"a", "--div", "nan"}).real("--div", 1), base::Failure);
  EXPECT_THROW(parse({"a", "--mean", "1,,2"}).reals("--mean", 1), base::Failure);
  EXPECT_THROW(parse({"a", "--shape", "1,0"}).shape("--shape"), base::Failure);
  EXPECT_THROW(parse({"a"}).required("--design"), base::Failure);
}

TEST(Documents, TellEveryCommandAndOption) {
  const std::string all = help_text(), page = markdown(), man = manual();
  for (const Command& c : commands()) {
    EXPECT_THAT(all, HasSubstr(std::string(c.name)));
    EXPECT_THAT(page, HasSubstr(synopsis(c)));
    const std::string help = help_text(c);
    for (const Group& g : c.groups) {
      for (const Option& o : g.options) {
        EXPECT_THAT(help, HasSubstr(std::string(o.name)));
        EXPECT_THAT(page, HasSubstr("`" + std::string(o.name)));
        for (const char* shell : {"bash", "zsh", "fish"})
          EXPECT_THAT(completion_script(shell), HasSubstr(std::string(o.name.substr(2))));
      }
    }
  }
  EXPECT_THAT(man, HasSubstr("\\-\\-design"));
}

TEST(Documents, HelpFitsOnATerminal) {
  for (const Command& c : commands()) {
    std::string line;
    for (char ch : help_text(c)) {
      if (ch != '\n') {
        line += ch;
        continue;
      }
      EXPECT_LE(line.size(), 100U) << line;
      EXPECT_FALSE(line.ends_with(' ')) << '"' << line << '"';
      line.clear();
    }
  }
}

}  // namespace
}  // namespace ohmweave::cli
