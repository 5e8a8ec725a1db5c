// SPDX-License-Identifier: Apache-2.0
// Results that are sent a sample at a time, and layers in lockstep: who sends, when, and what waits where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/mapping/phases.h"
#include "ohmweave/network/network.h"
#include "ohmweave/program/text.h"
#include "ohmweave/program/validate.h"

namespace ohmweave::mapping {
namespace {

using network::Graph;
using network::Op;
using network::ValueId;
using testing::ElementsAre;
using testing::HasSubstr;

const config::Override kSend{"mapping.pipeline.send", "{through: [chip.tile.bus]}"};
const config::Override kLockstep{"mapping.schedule", "lockstep"};
const config::Override kOneCopy{"mapping.replicate", "none"};

Mapping map(const Graph& graph, const std::vector<config::Override>& changes, int64_t samples = 4) {
  Options options;
  options.samples = samples;
  return compile(graph, machine::load("isaac", changes), options);
}

/// Convolutions of 3 x 3 over 8 x 8 with 4 channels.
struct Sketch {
  Graph graph;
  ValueId input;
  Sketch() {
    graph.name = "sketch";
    network::Value value;
    value.name = "input";
    value.shape = {1, 4, 8, 8};
    input = graph.add_value(value);
    graph.inputs = {input};
  }
  ValueId convolution(const std::string& name, ValueId from) {
    network::Value value;
    value.name = name + ".weights";
    value.shape = {4, 4, 3, 3};
    value.is_constant = true;
    const ValueId w = graph.add_value(value);
    std::vector<int64_t> pads{1, 1, 1, 1};
    return add_node(graph, Op::Conv, name, {from, w}, {{"pads", pads}});
  }
  Graph done(const std::vector<ValueId>& outputs) {
    graph.outputs = outputs;
    network::validate(graph);
    return graph;
  }
};

std::vector<std::string> names(const Mapping& m) {
  std::vector<std::string> out;
  for (const program::Stage& s : m.program.stages) out.push_back(s.name);
  return out;
}
const program::Store& store(const Mapping& m, const std::string& value_of, const std::string& suffix = "") {
  for (const network::Node& n : m.network.nodes) {
    if (n.name != value_of) continue;
    for (const program::Store& s : m.program.stores) {
      if (s.name == m.network.value(n.outputs[0]).name + suffix) return s;
    }
  }
  throw std::runtime_error("no store of " + value_of);
}
void expect_sound(const Mapping& m) {
  EXPECT_EQ(program::violations(m.program), std::vector<std::string>{});
  const std::string text = program::print(m.program);
  auto source = std::make_shared<base::Source>(base::Source{"program", text});
  EXPECT_EQ(program::print(program::parse(source)), text);
}

TEST(Send, ReadersWaitForTheWholeSample) {
  Sketch s;
  const ValueId first = s.convolution("first", s.input), second = s.convolution("second", first);
  const Mapping m = map(s.done({second}), {kSend, kOneCopy});
  expect_sound(m);
  EXPECT_THAT(names(m), ElementsAre("first", "second", "first.send", "second.send"));
  const program::Stage& send = m.program.stages[2];
  EXPECT_TRUE(std::holds_alternative<program::Move>(send.operation));
  ASSERT_EQ(send.steps.size(), 1U);
  EXPECT_EQ(send.steps[0].count, 8 * 8 * 4 * 2);  // values of 16 bits, to one tile
  EXPECT_EQ(send.firings(), 4);
  EXPECT_EQ(store(m, "first", ".sent").item.si(), 8 * 8 * 4 * 16);
  EXPECT_EQ(m.program[m.program.stages[1].reads[0].store].name, store(m, "first", ".sent").name);
  EXPECT_EQ(program::least_capacities(m.program)[m.program.stages[0].writes[0].index], 8 * 8);
}

TEST(Send, WorkOnResultsWhereTheyAreJoinsTheirMaker) {
  Sketch s;
  const ValueId conv = s.convolution("conv", s.input);
  const ValueId pool = add_node(s.graph, Op::GlobalAveragePool, "pool", {conv});
  const Mapping m = map(s.done({pool}), {kSend, kLockstep, kOneCopy});
  expect_sound(m);
  EXPECT_THAT(names(m), ElementsAre("conv", "pool", "pool.send", "beat.T0", "beat.computed", "beat.T1",
                                    "beat.odd_sent"));  // no even layer, no phase of even layers
}

TEST(Send, WhatAnOutputShowsIsSentThoughItsOnlyReaderIsNear) {
  Sketch s;
  const ValueId conv = s.convolution("conv", s.input);
  const ValueId pool = add_node(s.graph, Op::GlobalAveragePool, "pool", {conv});
  const Mapping m = map(s.done({pool, conv}), {kSend, kOneCopy});
  expect_sound(m);
  EXPECT_THAT(names(m), ElementsAre("conv", "pool", "conv.send", "pool.send"));
}

TEST(Lockstep, ResultsWaitAsManyBeatsAsTheirLastReaderIsBehind) {
  Sketch s;
  const ValueId a = s.convolution("a", s.input), b = s.convolution("b", a), c = s.convolution("c", b);
  const ValueId sum = add_node(s.graph, Op::Add, "sum", {c, a});
  const Mapping m = map(s.done({s.convolution("d", sum)}), {kSend, kLockstep, kOneCopy});
  expect_sound(m);
  EXPECT_EQ(store(m, "a", ".sent").capacity, 2);  // beat 0; the sum is made with c, in beat 2
  EXPECT_EQ(store(m, "b", ".sent").capacity, 1);
  EXPECT_EQ(store(m, "sum", ".sent").capacity, 1);
  EXPECT_EQ(store(m, "a").capacity, 64);
  for (const program::Stage& stage : m.program.stages) {
    if (stage.name.starts_with("beat.")) {
      EXPECT_EQ(stage.firings(), 4 + 4 - 1) << stage.name;
    }
  }
}

TEST(Lockstep, NamedNetworksAreSound) {
  for (const char* network : {"lenet5", "resnet20", "squeezenet-1.1", "mobilenet-v1", "lstm-language-model"}) {
    const Graph graph = network::load(network).graph;
    for (const char* schedule : {"element", "layer", "serial", "lockstep"})
      expect_sound(map(graph, {kSend, {"mapping.schedule", schedule}}, 3));
  }
}

TEST(Phases, MayPassNothing) {
  Sketch s;
  const ValueId conv = s.convolution("conv", s.input);
  const ValueId pool = add_node(s.graph, Op::GlobalAveragePool, "pool", {conv});
  const std::string pipeline =
      "{cycle: 100 ns, fetch: {through: []}, merge: {through: []}, activate: {through: []}, store: {through: "
      "[]}}";
  const Mapping m = map(s.done({pool}), {{"mapping.pipeline", pipeline}, kOneCopy});
  expect_sound(m);
  const auto& product = std::get<program::Product>(m.program.stages[0].operation);
  const array::Plan& plan = *std::get<program::Cells>(m.program[product.held].where).plan;
  EXPECT_EQ(m.program.stages[0].latency(), plan.latency);
  EXPECT_EQ(m.program.stages[0].reads[0].held, plan.latency);  // the arrays work on them until then
  ASSERT_EQ(m.program.stages[1].steps.size(), 1U);             // nothing is read, nothing is stored
  EXPECT_EQ(m.program.stages[1].steps[0].verb, circuit::Verb::Add);
}

/// A component that knows several verbs.
struct Rows : circuit::Component {
  Rows() : Component("rows", circuit::CostSpec{}) {
    for (circuit::Verb v : {circuit::Verb::Read, circuit::Verb::Add, circuit::Verb::Apply})
      add_action(v, units::Frequency::from_si(1e9), "value");
  }
};

TEST(Phases, AskForTheNaturalVerbFirst) {
  using circuit::Verb;
  const Rows rows;
  EXPECT_EQ(action_for(rows, {Verb::Apply}, false)->verb, Verb::Apply);
  EXPECT_EQ(action_for(rows, {Verb::Read}, true)->verb, Verb::Read);
  EXPECT_EQ(action_for(rows, {Verb::Compare}, false)->verb, Verb::Add);  // else what it can do at all
  EXPECT_EQ(natural_verbs(Op::MaxPool), std::vector{Verb::Compare});
  EXPECT_EQ(natural_verbs(Op::Relu), std::vector{Verb::Apply});
  EXPECT_EQ(natural_verbs(Op::Add), std::vector{Verb::Add});
}

TEST(Phases, ActionsAtOnceTakeOneTime) {
  circuit::Action add;
  add.time = units::Time::from_si(1e-9);
  add.at_once = 1024;
  EXPECT_EQ(Phases::picoseconds(add, 1, 1), 1000);
  EXPECT_EQ(Phases::picoseconds(add, 1024, 1), 1000);
  EXPECT_EQ(Phases::picoseconds(add, 1025, 1), 2000);
  EXPECT_EQ(Phases::picoseconds(add, 4096, 4), 1000);
  circuit::Action one = add;
  one.at_once = 1;
  EXPECT_EQ(Phases::picoseconds(one, 3, 2), 1500);
}

TEST(Settings, OfSendingAreChecked) {
  const Graph graph = network::load("lenet5").graph;
  const std::vector<std::pair<std::vector<config::Override>, const char*>> cases = {
      {{kLockstep}, "the design has no 'pipeline.send'"},
      {{{"mapping.pipeline.send", "{through: []}"}}, "'send' passes no component; leave it out"},
      {{{"mapping.pipeline.send", "{through: [chip.tile.buss]}"}}, "did you mean 'chip.tile.bus'"},
      {{{"mapping.pipeline.merge", "{through: [chip.tile.ima.adc]}"}}, "neither keeps, moves nor computes"}};
  for (const auto& [changes, message] : cases) {
    try {
      map(graph, changes);
      ADD_FAILURE() << message;
    } catch (const base::Failure& failure) {
      EXPECT_THAT(failure.what(), HasSubstr(message));
    }
  }
}

}  // namespace
}  // namespace ohmweave::mapping
