// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/component.h"

#include <set>

#include <gmock/gmock.h>

#include "ohmweave/circuit/activation.h"
#include "ohmweave/circuit/buffer.h"
#include "ohmweave/circuit/router.h"

namespace ohmweave::circuit {
namespace {

using testing::HasSubstr;

struct Made {
  std::shared_ptr<Component> component;
  config::Node node;
  base::Diagnostics diagnostics;
};
Made make(const std::string& yaml) {
  Made made;
  made.node = config::parse_yaml(std::make_shared<base::Source>(base::Source{"part.yaml", yaml}));
  made.component = find_kind(made.node.find("kind")->text)->make(made.node, made.diagnostics);
  return made;
}
std::string errors_of(const std::string& yaml) {
  Made made = make(yaml);
  EXPECT_EQ(made.component, nullptr);
  return made.diagnostics.render();
}

TEST(Component, TotalsAreSplitOverTheCount) {
  Made m = make("{kind: sample_hold, rate: 10 MHz, count: 1024, total_power: 10 uW, total_area: 0.00004 mm^2}");
  ASSERT_NE(m.component, nullptr) << m.diagnostics.render();
  EXPECT_DOUBLE_EQ(m.component->peak_power().si(), 10e-6 / 1024);
  EXPECT_DOUBLE_EQ(m.component->area().si(), 40e-12 / 1024);
  const Action* sample = m.component->action(Verb::Sample);
  ASSERT_NE(sample, nullptr);
  EXPECT_DOUBLE_EQ(sample->energy.si(), 10e-6 / 1024 / 10e6);
  EXPECT_DOUBLE_EQ(sample->time.si(), 100e-9);
  EXPECT_EQ(m.component->action(Verb::Read), nullptr);
}

TEST(Component, StaticPowerIsNotCountedTwice) {
  Made m = make("{kind: link, bandwidth: 1 GB/s, power: 3 W, static_power: 1 W}");
  EXPECT_DOUBLE_EQ(m.component->action(Verb::Move)->energy.si(), 2e-9);
  m = make("{kind: link, bandwidth: 1 GB/s, power: 3 W, energy: 5 pJ}");
  EXPECT_DOUBLE_EQ(m.component->action(Verb::Move)->energy.si(), 5e-12);
}

TEST(Component, RouterSwitchesAllPortsAtOnce) {
  Made m = make("{kind: router, ports: 8, flit: 32 bit, bandwidth: 4 GB/s, power: 42 mW}");
  EXPECT_DOUBLE_EQ(m.component->action(Verb::Move)->energy.si(), 42e-3 / 32e9);
}

TEST(Component, ActivationKnowsItsFunctions) {
  Made m = make("{kind: activation, rate: 1 GHz, functions: [sigmoid, relu]}");
  const auto& unit = dynamic_cast<const Activation&>(*m.component);
  EXPECT_TRUE(unit.computes("relu"));
  EXPECT_FALSE(unit.computes("tanh"));
  EXPECT_THAT(errors_of("{kind: activation, rate: 1 GHz, functions: [sigmod]}"),
              HasSubstr("did you mean 'sigmoid'?"));
}

TEST(Component, AllErrorsAtOnceWithTheirPlaces) {
  std::string errors = errors_of(
      "kind: buffer\n"
      "memory: flash\n"
      "capcity: 64 KiB\n"
      "width: 256 s\n"
      "bandwidth: 0 GB/s\n"
      "power: 1 mW\n"
      "total_power: 2 mW\n");
  EXPECT_THAT(errors, HasSubstr("part.yaml:2:9: error: unknown choice 'flash'"));
  EXPECT_THAT(errors, HasSubstr("part.yaml:3:1: error: unknown key 'capcity'; did you mean 'capacity'?"));
  EXPECT_THAT(errors, HasSubstr("error: key 'capacity' is missing"));
  EXPECT_THAT(errors, HasSubstr("part.yaml:4:12: error: unit 's' does not fit"));
  EXPECT_THAT(errors, HasSubstr("part.yaml:5:12: error: 0 GB/s is out of range; must be above 0"));
  EXPECT_THAT(errors, HasSubstr("part.yaml:7:14: error: 'power' and 'total_power' are both given"));
}

TEST(Component, CostsThatCannotBe) {
  EXPECT_THAT(errors_of("{kind: link, bandwidth: 1 GB/s, power: 1 W, static_power: 2 W}"),
              HasSubstr("the static power is part of the power, which is 1 W"));
  EXPECT_THAT(errors_of("{kind: link, bandwidth: 1 GB/s, area: 1 mm^2, total_area: 2 mm^2}"),
              HasSubstr("'area' and 'total_area' are both given"));
  EXPECT_THAT(errors_of("{kind: adc, bits: 8, rate: 1 GHz, model: survey}"), HasSubstr("needs 'technology'"));
  EXPECT_THAT(errors_of("{kind: adc, bits: 3, rate: 1 GHz, model: survey, technology: 32 nm}"),
              HasSubstr("covers 4 bits and more"));
}

TEST(Component, ResolvedNodeHoldsTheDefaults) {
  Made m = make("{kind: adc, bits: 6, rate: 1 GHz}");
  EXPECT_EQ(m.node.find("range")->text, "clip");
  EXPECT_TRUE(m.node.find("range")->defaulted);
  EXPECT_EQ(m.node.find("power"), nullptr);  // not given and no default
}

TEST(Kinds, WordsAreUniqueAndEveryFieldIsDocumented) {
  std::set<std::string_view> words;
  for (const Kind& k : kinds()) {
    EXPECT_TRUE(words.insert(k.word).second) << k.word;
    EXPECT_EQ(find_kind(k.word), &k);
    EXPECT_FALSE(k.doc.empty());
    for (const config::FieldInfo& f : k.describe()) EXPECT_FALSE(f.doc.empty()) << k.word << '.' << f.name;
  }
  EXPECT_EQ(find_kind("crossbar"), nullptr);  // arrays are kinds of a layer above
}

}  // namespace
}  // namespace ohmweave::circuit
