// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "ohmweave/array/crossbar.h"
#include "ohmweave/machine/machine.h"

namespace ohmweave::machine {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSmall = R"(format: ohmweave-design/1
name: small
title: A small machine
technology: 32 nm
precision: {weight: 8, input: 8}
chips: auto
chip:
  link: {kind: link, bandwidth: 1 GB/s, power: 2 W, static_power: 1 W, area: 3 mm^2}
  tile:
    count: 4
    switch: {kind: router, shared_by: 4, ports: 4, flit: 32 bit, bandwidth: 1 GB/s, power: 8 mW, area: 4 mm^2}
    in: {kind: register, role: input, capacity: 1 KiB, bandwidth: 1 GB/s, power: 1 mW}
    out: {kind: register, role: output, capacity: 1 KiB, bandwidth: 1 GB/s}
    adc: {kind: adc, bits: 8, rate: 1 GSps, power: 1 mW, area: 1 mm^2}
    add: {kind: shift_add, rate: 1 GHz}
    unit:
      count: 2
      dac: {kind: dac, count: 64, bits: 1, rate: 10 MHz}
      hold: {kind: sample_hold, count: 64, rate: 10 MHz}
      array:
        kind: crossbar
        rows: 64
        columns: 64
        cell: {bits: 2}
        read_pulse: 100 ns
        encoding: biased
        unit_column: true
        area: 0.5 mm^2
)";

Machine build_text(const std::string& text) {
  return build(config::parse_yaml(std::make_shared<base::Source>(base::Source{"d.yaml", text})), "small");
}
/// The small design with a stretch of it replaced; an `old` that ends in "..." goes on to the end of the line,
/// in "....." to the end of the design.
std::string small(std::string old, const std::string& replacement, std::string text = kSmall) {
  bool to_end = old.ends_with("....."), line = !to_end && old.ends_with("...");
  old.resize(old.size() - (to_end ? 5 : line ? 3 : 0));
  const size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << "'" << old << "' is not in the design";
  const size_t end = to_end ? text.size() : line ? text.find('\n', at) : at + old.size();
  return text.replace(at, end - at, replacement);
}
std::string errors_of(const std::string& text) {
  try {
    build_text(text);
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "no error";
}
int count(const std::string& text, const std::string& word) {
  int n = 0;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

TEST(Build, SumsOverTheTree) {
  Machine m = build_text(kSmall);
  EXPECT_DOUBLE_EQ(m.find("chip.tile")->area().si() * 1e6, 4.0 / 4 + 1 + 2 * 0.5);
  EXPECT_DOUBLE_EQ(m.root->area().si() * 1e6, 3 + 4 * 3);
  EXPECT_DOUBLE_EQ(m.root->peak_power().si() * 1e3, 2000 + 4 * (2 + 1 + 1));
  EXPECT_DOUBLE_EQ(m.root->static_power().si(), 1);
  EXPECT_EQ(m.arrays().instances, 8);
  EXPECT_EQ(m.find("switch")->instances, 1);
  EXPECT_EQ(m.formats.weight.bits, 8);
  EXPECT_DOUBLE_EQ(m.technology.si(), 32e-9);
}

TEST(Build, ArraysFindPeripheralsInTheirGroupAndAbove) {
  Machine m = build_text(kSmall);
  const auto& x = dynamic_cast<const array::Crossbar&>(*m.arrays().array);
  EXPECT_EQ(m.node_of(x.periphery().adc.component.get())->path, "chip.tile.adc");
  EXPECT_EQ(x.periphery().adc.per_array, 0.5);
  EXPECT_EQ(x.periphery().dac.per_array, 64);
  EXPECT_EQ(m.node_of(x.periphery().input_register.component.get())->name, "in");
  EXPECT_EQ(m.node_of(x.periphery().output_register.component.get())->name, "out");
  EXPECT_EQ(x.cycle(), 128'000);  // 64 columns by half a converter of 1 GSps
}

TEST(Build, Find) {
  Machine m = build_text(kSmall);
  const Node* array = m.find("chip.tile.unit.array");
  ASSERT_NE(array, nullptr);
  for (const char* path : {"tile.unit.array", "unit.array", "tile.array", "array", "chip.array"})
    EXPECT_EQ(m.find(path), array) << path;
  EXPECT_EQ(m.find("chip"), m.root.get());
  for (const char* path : {"", ".", "arra", "unit", "unit.adc", "array.unit", "chip.chip"}) {
    const Node* n = m.find(path);
    EXPECT_TRUE(n == nullptr || n->path == "chip.tile.unit") << path;
  }
  // The same name in two groups: the shorter path below the root wins, a bare name is not unique.
  Machine twice = build_text(small("dac: ", "link: {kind: link, bandwidth: 1 GB/s}\n      dac: "));
  EXPECT_EQ(twice.find("link")->path, "chip.link");
  EXPECT_EQ(twice.find("unit.link")->path, "chip.tile.unit.link");
  Machine unclear = build_text(small("    add: ", "    link: {kind: link, bandwidth: 1 GB/s}\n    add: "));
  EXPECT_EQ(unclear.find("tile.link")->path, "chip.tile.link");
}

TEST(Build, NodesParentsFirst) {
  Machine m = build_text(kSmall);
  std::vector<const Node*> seen;
  for (const Node* n : m.nodes()) {
    if (n->parent != nullptr) {
      EXPECT_THAT(seen, testing::Contains(n->parent)) << n->path;
    }
    seen.push_back(n);
  }
  EXPECT_EQ(seen.size(), 12U);
}

TEST(Build, Chips) {
  EXPECT_EQ(build_text(kSmall).chips.fixed, 0);
  EXPECT_EQ(build_text(kSmall).chips.most, 64);
  EXPECT_EQ(build_text(small("chips: auto", "chips: 3")).chips.fixed, 3);
  EXPECT_EQ(build_text(small("chips: auto", "chips: {most: 16}")).chips.most, 16);
  EXPECT_EQ(build_text(small("chips: auto\n", "")).design.find("chips")->text, "auto");
  EXPECT_THAT(errors_of(small("chips: auto", "chips: 0")), HasSubstr("d.yaml:6:8: error: 0 is out of range"));
  EXPECT_THAT(errors_of(small("chips: auto", "chips: many")), HasSubstr("'many' is not a whole number"));
  EXPECT_THAT(errors_of(small("chips: auto", "chips: [1, 2]")),
              HasSubstr("expected auto, a number of chips or {most: NUMBER}, found a list"));
}

TEST(Build, AnnotatedValues) {
  Machine m = build_text(small("rate: 1 GSps", "rate: {value: 2 GSps, from: assumed, why: faster}"));
  EXPECT_DOUBLE_EQ(dynamic_cast<const circuit::Adc&>(*m.find("adc")->component).rate().si(), 2e9);
  EXPECT_EQ(config::provenance_of(m.design, "chip.tile.adc.rate"), "assumed");
  EXPECT_THAT(errors_of(small("rate: 1 GSps", "rate: {value: 2 GSps, form: assumed}")),
              HasSubstr("found a mapping"));
  EXPECT_THAT(errors_of(small("rate: 1 GSps", "rate: {value: 2 GJ, from: assumed}")),
              HasSubstr("unit 'GJ' does not fit"));
}

TEST(Build, DefaultsAreFilledIn) {
  Machine m = build_text(kSmall);
  const config::Node* adc = m.design.find("chip")->find("tile")->find("adc");
  EXPECT_EQ(adc->find("range")->text, "clip");
  EXPECT_TRUE(adc->find("range")->defaulted);
  EXPECT_EQ(m.design.find("chip")->find("count")->text, "1");
}

TEST(Build, APrecisionIsOfWholeOrOfFloatingPointNumbers) {
  const auto errors = [](const std::string& precision) {
    return errors_of(small("precision: {weight: 8, input: 8}", "precision: " + precision));
  };
  EXPECT_THAT(errors("{weight: 8}"), HasSubstr("d.yaml:5:12: error: key 'input' is missing"));
  EXPECT_THAT(errors("{input: 8}"), HasSubstr("d.yaml:5:12: error: key 'weight' is missing"));
  EXPECT_THAT(errors("{scales: free}"),
              HasSubstr("d.yaml:5:12: error: give 'weight' and 'input', bits of whole "
                        "numbers, or 'floating', such as bf16"));
  EXPECT_THAT(errors("{weight: 8, input: 8, floating: bf16}"),
              AllOf(HasSubstr("d.yaml:5:21: error: 'weight' is of machines of whole numbers"),
                    HasSubstr("d.yaml:5:31: error: 'input' is of machines of whole numbers")));
  EXPECT_THAT(errors("{floating: fp16, unsigned_inputs: true, scales: power_of_two}"),
              AllOf(HasSubstr("'unsigned_inputs' is of machines"), HasSubstr("'scales' is of machines")));
  EXPECT_THAT(
      errors("{floating: bf61}"),
      HasSubstr("d.yaml:5:23: error: expected bf16, fp16, fp32 or float:E:M with 2 to 8 bits of exponent "
                "and 1 to 23 of mantissa, found 'bf61'; did you mean 'bf16'?"));
  EXPECT_THAT(errors("{floating: float:9:3}"), HasSubstr("found 'float:9:3'"));
  EXPECT_THAT(
      errors("{floating: float:5:10}"),
      HasSubstr("d.yaml:5:23: error: a crossbar computes with whole numbers; give 'weight' and 'input'"));
}

TEST(Build, AllErrorsAtOnceInTheOrderOfTheFile) {
  std::string errors = errors_of(R"(format: ohmweave-design/2
name: bad
titel: typo
technology: 32 J
precision: {weight: 17, input: 8}
chip:
  "my tile":
    count: 0
    adc: {kind: adcc, bits: 8, rate: 1 GSps}
    link: {kind: link, bandwidth: 1 GB/s, power: 1 W, total_power: 1 W, colour: red}
    array: {kind: crossbar, rows: 64, columns: 64, cell: {bits: 9}, read_pulse: 100 ns, encoding: fliped}
    empty: {cnt: 3}
    knd: {knd: adc, bits: 3}
    colour: red
)");
  for (const char* expected : {
           "d.yaml:1:9: error: the format of a design is ohmweave-design/1",
           "d.yaml:1:1: error: key 'title' is missing",
           "d.yaml:3:1: error: unknown key 'titel'; did you mean 'title'?",
           "d.yaml:4:16: error: unit 'J' does not fit; expected a quantity measured in m",
           "d.yaml:5:21: error: 17 is out of range; must be 1 to 16",
           "d.yaml:7:3: error: 'my tile' is no name",
           "d.yaml:8:12: error: 0 is out of range; must be 1 to 1000000000",
           "d.yaml:9:17: error: unknown kind 'adcc'; did you mean 'adc'?",
           "d.yaml:10:68: error: 'power' and 'total_power' are both given",
           "d.yaml:10:73: error: unknown key 'colour'; known: kind, bandwidth, count",
           "d.yaml:11:65: error: 9 is out of range; must be 1 to 8",
           "d.yaml:11:99: error: unknown choice 'fliped'; did you mean 'flipped'?",
           "d.yaml:12:5: error: 'empty' has no 'kind' and no parts",
           "d.yaml:13:5: error: 'knd' has no 'kind' and no parts; did you mean 'kind' instead of 'knd'?",
           "d.yaml:14:5: error: unknown key 'colour'",
       }) {
    EXPECT_THAT(errors, HasSubstr(expected));
  }
}

TEST(Build, MissingAndDoublePeripherals) {
  std::string errors = errors_of(small("    adc: ...", "", small("      dac: ...", "")));
  EXPECT_THAT(errors, AllOf(HasSubstr("'chip.tile.unit.array' needs a adc in its group or one above"),
                            HasSubstr("'chip.tile.unit.array' needs a dac in its group or one above")));
  EXPECT_EQ(count(errors, "error:"), 2);
  errors = errors_of(small("role: input", "role: output"));
  EXPECT_THAT(errors, HasSubstr("needs a register with role input"));
  EXPECT_THAT(errors,
              HasSubstr("needs one register with role output; 'chip.tile.in' and 'chip.tile.out' both are"));
  // A peripheral that is there but wrong is told once, not called missing.
  errors = errors_of(small("kind: adc, bits: 8", "kind: adc, bits: 88"));
  EXPECT_EQ(count(errors, "error:"), 1);
  EXPECT_THAT(errors, HasSubstr("88 is out of range"));
}

TEST(Build, PeripheralsThatDoNotFitTheArray) {
  EXPECT_THAT(errors_of(small("dac, count: 64", "dac, count: 32")),
              HasSubstr("each array needs 64 of these, one per row; this machine has 32 for each"));
  EXPECT_THAT(errors_of(small("sample_hold, count: 64", "sample_hold, count: 63")),
              HasSubstr("each array needs 64 of these, one per column"));
  EXPECT_THAT(errors_of(small("rate: 1 GSps", "rate: 1 Sps")),
              HasSubstr("these take 128 s to convert the columns of an array"));
  EXPECT_THAT(errors_of(small("columns: 64", "columns: 3")),
              HasSubstr("a weight of 8 bits takes 4 columns of 2-bit cells"));
  EXPECT_THAT(errors_of(small("encoding: biased", "encoding: differential")),
              HasSubstr("differential pairs need no sum of the inputs"));
}

TEST(Build, ADesignIsOneMachineWithOneKindOfArrays) {
  EXPECT_THAT(errors_of(small("chips: auto", "chips: auto\nboard: {fan: {kind: link, bandwidth: 1 GB/s}}")),
              HasSubstr("'chip' would be a second machine beside 'board'; a design has one"));
  EXPECT_THAT(errors_of(small("kind: crossbar.....", "kind: link\n        bandwidth: 1 GB/s\n")),
              HasSubstr("'chip' has no arrays to hold weights (kind: crossbar, composed_crossbar, logic_rows, stacked_rows)"));
  EXPECT_THAT(errors_of(small("chip:.....", "")), HasSubstr("the design has no machine"));
  EXPECT_THAT(errors_of(small("      array:",
                              "      second: {kind: crossbar, rows: 64, columns: 64, cell: {bits: 2}, "
                              "read_pulse: 100 ns, encoding: biased}\n      array:")),
              HasSubstr("'chip.tile.unit.array' is a second kind of arrays beside 'chip.tile.unit.second'"));
  EXPECT_THAT(errors_of(small("precision:", "precison:")),
              AllOf(HasSubstr("did you mean 'precision'?"), Not(HasSubstr("second machine"))));
  EXPECT_THAT(errors_of("[1, 2]"), HasSubstr("expected a mapping, found a list"));
}

TEST(Build, CountsThatAreNoMachine) {
  EXPECT_THAT(errors_of(small("count: 4\n", "count: 1000000000\n", small("count: 2\n", "count: 1000000000\n"))),
              HasSubstr("instances of 'chip.tile.unit' are more than a machine can have"));
}

TEST(Load, UnknownDesignsAndOverrides) {
  auto errors = [](const std::string& configuration) {
    try {
      load(configuration);
    } catch (const base::Failure& failure) {
      return std::string(failure.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(errors("isac"), HasSubstr("--design: error: there is no design 'isac'; did you mean 'isaac'?"));
  EXPECT_THAT(errors("no/such.yaml"), HasSubstr("no/such.yaml"));
  EXPECT_THAT(errors("isaac:chips"), HasSubstr("'chips' is not of the form KEY=VALUE"));
  EXPECT_THAT(errors("isaac:chip.tile.ima.adc.bitz=7"), HasSubstr("unknown key 'bitz'; did you mean 'bits'?"));
  EXPECT_THAT(errors("isaac:chip.tile.ima.adc.bits=70"), HasSubstr("70 is out of range; must be 1 to 16"));
  EXPECT_THAT(errors("isaac:chip.tile.ima.adc.rate=7 J"), HasSubstr("unit 'J' does not fit"));
}

TEST(Describe, EveryKindWithItsFields) {
  std::vector<KindInfo> kinds = describe_kinds();
  auto crossbar =
      std::find_if(kinds.begin(), kinds.end(), [](const KindInfo& k) { return k.word == "crossbar"; });
  ASSERT_NE(crossbar, kinds.end());
  EXPECT_TRUE(crossbar->is_array);
  EXPECT_EQ(kinds.size(), 17U);
  for (const KindInfo& k : kinds) {
    EXPECT_GE(k.fields.size(), 8U) << k.word;
    for (const config::FieldInfo& f : k.fields)
      EXPECT_FALSE(f.doc.empty() || f.type.empty()) << k.word << '.' << f.name;
  }
  EXPECT_EQ(describe_group().size(), 2U);
  EXPECT_EQ(describe_design().front().name, "format");
}

}  // namespace
}  // namespace ohmweave::machine
