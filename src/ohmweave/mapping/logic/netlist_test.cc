// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/mapping/logic/netlist.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "ohmweave/base/paths.h"
#include "ohmweave/mapping/logic/testing/netlists.h"

namespace ohmweave::mapping {
namespace {

using testing::HasSubstr;

using Reader = Netlist (*)(std::shared_ptr<const base::Source>);

std::string errors_of(Reader reader, std::string_view text) {
  try {
    reader(netlist_source(text));
  } catch (const base::Failure& failure) {
    return failure.diagnostics().render();
  }
  return "";
}

TEST(Netlist, EveryGateComputesWhatItsNameSays) {
  const Netlist n = read_netlist_text(netlist_source(
      "input s a b\noutput o0 o1 o2 o3 o4 o5 o6 o7 o8 o9 o10\no0 = zero\no1 = one\no2 = buf a\no3 = not a\n"
      "o4 = and s a b\no5 = nand s a b\no6 = or s a b\no7 = nor s a b\no8 = xor s a b\no9 = xnor s a b\n"
      "o10 = mux s a b"));
  for (unsigned k = 0; k < 8; ++k) {
    const bool s = (k & 1) != 0, a = (k & 2) != 0, b = (k & 4) != 0;
    const auto out = evaluate(n, std::vector<uint64_t>{s, a, b});
    const bool expected[] = {false,         true,           a,           !a,
                             s && a && b,   !(s && a && b), s || a || b, !(s || a || b),
                             s != (a != b), s == (a != b),  s ? a : b};
    for (size_t o = 0; o < out.size(); ++o)
      EXPECT_EQ(out[o] & 1, expected[o] ? 1U : 0U) << "o" << o << " of " << k;
  }
}

TEST(Netlist, OrderOfLinesDoesNotMatterAndPortsAreNumbers) {
  const Netlist n = read_netlist_text(
      netlist_source("output y # later\ny = and t a[1]\nt = or a[0] \\\n  x[1]\ninput a[1:0] x[1] b"));
  EXPECT_EQ(evaluate(n, std::vector<uint64_t>{1, 1, 0, 0}), (std::vector<uint64_t>{1}));
  const auto in = ports(n, n.inputs);
  ASSERT_EQ(in.size(), 3U);
  EXPECT_EQ(in[0].name, "a");
  EXPECT_EQ(in[0].places, (std::vector<int>{0, 1}));
  EXPECT_EQ(in[1].name, "x[1]") << "no number: bit 0 is missing";
  EXPECT_EQ(in[2].name, "b");
}

TEST(Netlist, ErrorsOfTextPointAtWhatIsWrong) {
  const auto errors = [](std::string_view text) { return errors_of(read_netlist_text, text); };
  EXPECT_THAT(errors("input a b\noutput s\ns = nro a b"),
              HasSubstr("t.netlist:3:5: error: unknown gate 'nro'; did you mean 'nor'?"));
  EXPECT_THAT(errors("input a b\noutput s\ns = nor a bb"), HasSubstr(":3:11: error: nothing drives net 'bb'"));
  EXPECT_THAT(errors("input a\noutput s\ns = not a\ns = buf a"),
              HasSubstr(":4:1: error: net 's' has two drivers"));
  EXPECT_THAT(errors("input a\noutput a\na = one"), HasSubstr("note: it is an input"));
  EXPECT_THAT(errors("input a a\noutput a"), HasSubstr(":1:9: error: 'a' is an input already"));
  EXPECT_THAT(errors("input a\noutput s\nt = nor a v\ns = not t\nu = not s\nv = not u"),
              HasSubstr("a loop: 's' -> 'u' -> 'v' -> 't' -> 's'"));
  EXPECT_THAT(errors("input a\noutput s\ns = nor a s"), HasSubstr(":3:1: error: a loop: 's' -> 's'"));
  EXPECT_THAT(errors("input a\noutput s\ns = mux a"), HasSubstr("'mux' takes 3 inputs, not 1"));
  EXPECT_THAT(errors("input a\noutput s\ns = and"), HasSubstr("'and' takes at least 1 input, not 0"));
  EXPECT_THAT(errors("inptu a"), HasSubstr("did you mean 'input'?"));
  EXPECT_THAT(errors("input a[3:x]\noutput s"), HasSubstr("'a[3:x]' is no range of bits"));
  EXPECT_THAT(errors("input a[99999:0]\noutput s"), HasSubstr("more than 4096 bits"));
  EXPECT_THAT(errors("input a"), HasSubstr("there is no line 'output NET ...'"));
  EXPECT_THAT(errors("input a\noutput s t\ns = nor a x\nt = nor a y"),
              testing::AllOf(HasSubstr("'x'"), HasSubstr("'y'")))
      << "all errors at once";
}

TEST(Netlist, BlifCoversWithDontCaresAndCells) {
  const Netlist n = read_blif(netlist_source(
      ".model top\n.inputs a b \\\n c\n.outputs f g h k\n.names a b c f\n1-0 1\n01- 1\n.names a b g\n11 0\n"
      ".names h\n1\n.gate nor2 a=f b=c O=x # a cell\n.gate inv1 a=x O=k\n.default_input_arrival 0 "
      "0\n.end\nafter"));
  EXPECT_EQ(n.name, "top");
  for (unsigned v = 0; v < 8; ++v) {
    const bool a = (v & 1) != 0, b = (v & 2) != 0, c = (v & 4) != 0;
    const auto out = evaluate(n, std::vector<uint64_t>{a, b, c});
    const bool f = (a && !c) || (!a && b);
    const bool expected[] = {f, !(a && b), true, f || c};
    for (size_t o = 0; o < 4; ++o) EXPECT_EQ(out[o] & 1, expected[o] ? 1U : 0U);
  }
}

TEST(Netlist, ErrorsOfBlif) {
  const auto errors = [](std::string_view text) { return errors_of(read_blif, text); };
  const std::string head = ".model m\n.inputs a b\n.outputs f\n";
  EXPECT_THAT(errors(head + ".latch a f re clk 0"),
              HasSubstr(":4:1: error: '.latch' is of a circuit with state"));
  EXPECT_THAT(errors(head + ".subckt sub x=a"), HasSubstr("flatten the hierarchy first"));
  EXPECT_THAT(errors(head + ".nams a f\n1 1"), HasSubstr("unknown command '.nams'; did you mean '.names'?"));
  EXPECT_THAT(errors(head + ".names a b f\n1 1"), HasSubstr(":5:1: error: 1 values for 2 inputs"));
  EXPECT_THAT(errors(head + ".names a b f\n1x 1"), HasSubstr("'1x' is not made of 0, 1 and -"));
  EXPECT_THAT(errors(head + ".names a b f\n11 1\n00 0"),
              HasSubstr(":6:4: error: a cover lists where its output is 1"));
  EXPECT_THAT(errors(head + ".names a b f\n11 2"), HasSubstr("expected the output value 0 or 1, found '2'"));
  EXPECT_THAT(errors(head + ".gate foo2 a=a b=b O=f"), HasSubstr("unknown cell 'foo2' of 2 inputs"));
  EXPECT_THAT(errors(head + ".gate nor2 a=a b=b"), HasSubstr("a cell has one output pin"));
  EXPECT_THAT(errors(head + ".names f b f\n11 1"), HasSubstr("a loop: 'f' -> 'f'"));
  EXPECT_THAT(errors(".inputs a\n.outputs a"), HasSubstr("there is no .model in it"));
  EXPECT_THAT(errors(head + ".model n"), HasSubstr("a second model"));
}

TEST(Netlist, C17) {
  const Netlist n = load_netlist(base::data_folder() + "/examples/logic/c17.blif");
  for (unsigned v = 0; v < 32; ++v) {
    bool x[5];
    for (unsigned k = 0; k < 5; ++k) x[k] = (v >> k & 1) != 0;  // 1, 2, 3, 6, 7
    const auto nand = [](bool a, bool b) { return !(a && b); };
    const bool n10 = nand(x[0], x[2]), n11 = nand(x[2], x[3]), n16 = nand(x[1], n11), n19 = nand(n11, x[4]);
    const auto out = evaluate(n, std::vector<uint64_t>{x[0], x[1], x[2], x[3], x[4]});
    EXPECT_EQ(out[0] & 1, nand(n10, n16) ? 1U : 0U);
    EXPECT_EQ(out[1] & 1, nand(n16, n19) ? 1U : 0U);
  }
}

}  // namespace
}  // namespace ohmweave::mapping
