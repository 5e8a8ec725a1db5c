// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/netlist.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "ohmweave/base/paths.h"
#include "ohmweave/logic/testing/netlists.h"

namespace ohmweave::logic {
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

TEST(Netlist, VerilogOfSynthesis) {
  const Netlist n = read_verilog(netlist_source(
      "// comment\n/* another\n one */\n(* top = 1 *)\nmodule \\dir/full_adder ( A, B, \\c[in] , S, Cout );\n"
      "  input  A, B, \\c[in] ;\n  output S, Cout;\n  wire n6, n7, n8, n9, n10, n11, n12, n13, n14, n16;\n"
      "  inv1 g00(.a(\\c[in] ), .O(n6));\n  inv1 g01(.a(A), .O(n7));\n  inv1 g02(.a(B), .O(n8));\n"
      "  nor2 g03(.a(n8), .b(n7), .O(n9));\n  nor2 g04(.a(B), .b(A), .O(n10));\n  nor2 g05(.a(n10), .b(n9), "
      ".O(n11));\n"
      "  inv1 g06(.a(n11), .O(n12));\n  nor2 g07(.a(n12), .b(n6), .O(n13));\n  nor2 g08(.a(n11), .b(\\c[in] ), "
      ".O(n14));\n"
      "  nor2 g09(.a(n14), .b(n13), .O(S));\n  nor2 g10(.a(n13), .b(n9), .O(n16));\n  inv1 g11(.a(n16), "
      ".O(Cout));\n"
      "endmodule\n"));
  EXPECT_EQ(n.name, "dir/full_adder");
  for (unsigned v = 0; v < 8; ++v) {
    const uint64_t a = v & 1, b = v >> 1 & 1, c = v >> 2;
    const auto out = evaluate(n, std::vector<uint64_t>{a, b, c});
    EXPECT_EQ((out[0] & 1) + 2 * (out[1] & 1), a + b + c);
  }
}

TEST(Netlist, VerilogExpressionsAndVectors) {
  const Netlist n = read_verilog(netlist_source(
      "module m (input [3:0] a, b, input s, output [3:0] w, output [0:1] x, output y, z, output [7:0] u);\n"
      "  wire [3:0] t = ~(a & b) ^ {s, 3'b0_11};\n"
      "  assign w = s ? t : a | b ^ 4'hf & a, {x[0], x[1]} = a[2:1];\n"
      "  xor (y, a[0], b[3], s), g2 (z, ^b, !a);\n"
      "  assign u = ~a ~^ b;\nendmodule"));
  const auto in = ports(n, n.inputs), out = ports(n, n.outputs);
  base::RandomStream random(1, 1, 1);
  std::vector<uint64_t> inputs(9);
  for (uint64_t& word : inputs) word = random.next64();
  const auto outputs = evaluate(n, inputs);
  for (size_t r = 0; r < 64; ++r) {
    const uint64_t a = number_of(in[0], inputs, r), b = number_of(in[1], inputs, r),
                   s = number_of(in[2], inputs, r);
    const uint64_t t = (~(a & b) ^ (s << 3 | 3)) & 15;
    EXPECT_EQ(number_of(out[0], outputs, r), s != 0 ? t : a | (b ^ (15 & a)));
    EXPECT_EQ(number_of(out[1], outputs, r), (a >> 2 & 1) | (a & 2)) << "x[0] is the first of [0:1]";
    EXPECT_EQ(number_of(out[2], outputs, r), (a ^ b >> 3 ^ s) & 1);
    EXPECT_EQ(number_of(out[3], outputs, r),
              (static_cast<uint64_t>(__builtin_popcountll(b)) ^ (a == 0 ? 1U : 0U)) & 1);
    EXPECT_EQ(number_of(out[4], outputs, r), ~(~a ^ b) & 255)
        << "operands are widened before they are inverted";
  }
}

TEST(Netlist, ErrorsOfVerilog) {
  const auto errors = [](std::string_view text) { return errors_of(read_verilog, text); };
  const auto inside = [&](std::string_view text) {
    return errors(fmt::format("module m (input a, b, input [3:0] v, output y);\n{}\nendmodule", text));
  };
  EXPECT_THAT(inside("nro (y, a, b);"),
              HasSubstr(":2:1: error: unknown gate 'nro' of 2 inputs; did you mean 'nor'?"));
  EXPECT_THAT(inside("assign y = a | c;"), HasSubstr(":2:16: error: nothing drives net 'c'"));
  EXPECT_THAT(inside("assign y = a; buf (y, b);"), HasSubstr("net 'y' has two drivers"));
  EXPECT_THAT(inside("wire t; nor (t, a, y); not (y, t);"), HasSubstr("a loop: 'y' -> 't' -> 'y'"));
  EXPECT_THAT(inside("assign y = v[4];"), HasSubstr(":2:14: error: 'v' has no bit 4; it has [3:0]"));
  EXPECT_THAT(inside("assign y = a[0];"), HasSubstr("'a' is declared without a range"));
  EXPECT_THAT(inside("nor (y, v, a);"), HasSubstr("a gate's pin takes one bit, not 4"));
  EXPECT_THAT(inside("always @(posedge a) y = b;"), HasSubstr("'always' is of behavioural Verilog"));
  EXPECT_THAT(inside("assign y = a + b;"), HasSubstr(":2:14: error: expected ';', found '+'"));
  EXPECT_THAT(inside("assign y = 1'bx;"), HasSubstr("'x' is no digit of '1'bx'"));
  EXPECT_THAT(inside("assign y = 0'b1;"), HasSubstr("has no bits"));
  EXPECT_THAT(inside("assign y = a ? ~b : b | 2'b11;"), HasSubstr("write both sides of '?'"));
  EXPECT_THAT(inside("assign = a;\nnor (y);"),
              testing::AllOf(HasSubstr(":2:8: error: expected a net"), HasSubstr(":3:1: ")))
      << "goes on behind a statement that is wrong";
  EXPECT_THAT(errors("module m (a; endmodule"), HasSubstr("expected ',' or ')', found ';'"));
  EXPECT_THAT(
      errors(fmt::format("module m (output y);\nassign y = {}1'b1;\nendmodule", std::string(3000, '~'))),
      HasSubstr("an expression as deep as this"));
  EXPECT_THAT(errors("modul"), HasSubstr(":1:1: error: expected 'module', found 'modul'"));
  EXPECT_THAT(errors("module m (input a, output y); assign y = a;"), HasSubstr("found the end of the file"));
  EXPECT_THAT(errors("module m (input a, output y); assign y = a; endmodule\nmodule n; endmodule"),
              HasSubstr(":2:1: error: a second module"));
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
}  // namespace ohmweave::logic
