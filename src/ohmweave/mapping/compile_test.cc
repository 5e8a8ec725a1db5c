// SPDX-License-Identifier: Apache-2.0
// Networks mapped onto machines: what every mapping keeps, and ISAAC's own figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/network/network.h"
#include "ohmweave/program/text.h"
#include "ohmweave/program/validate.h"

namespace ohmweave::mapping {
namespace {

using network::Graph;
using network::Op;
using network::ValueId;
using testing::HasSubstr;

Mapping map(const Graph& network, const std::string& design, int64_t samples = 1) {
  Options options;
  options.samples = samples;
  return compile(network, machine::load(design), options);
}
Mapping map(const std::string& network, const std::string& design, int64_t samples = 1) {
  return map(network::load(network).graph, design, samples);
}

/// A network under construction, of shapes only.
struct Sketch {
  Graph graph;
  ValueId last;

  explicit Sketch(tensor::Shape input) {
    graph.name = "sketch";
    network::Value value;
    value.name = "input";
    value.shape = std::move(input);
    last = graph.add_value(value);
    graph.inputs = {last};
  }
  ValueId weights(const std::string& name, tensor::Shape shape) {
    network::Value value;
    value.name = name + ".weights";
    value.shape = std::move(shape);
    value.is_constant = true;
    return graph.add_value(value);
  }
  Sketch& convolution(int64_t channels, int64_t kernel, int64_t stride = 1, int64_t pad = 0) {
    const std::string name = "conv" + std::to_string(graph.nodes.size());
    const ValueId w = weights(name, {channels, graph.value(last).shape[1], kernel, kernel});
    std::vector<int64_t> strides{stride, stride}, pads{pad, pad, pad, pad};
    last = add_node(graph, Op::Conv, name, {last, w}, {{"strides", strides}, {"pads", pads}});
    return *this;
  }
  Sketch& then(Op op) {
    last = add_node(graph, op, network::name_of(op) + std::to_string(graph.nodes.size()), {last});
    return *this;
  }
  Graph done() {
    graph.outputs = {last};
    network::validate(graph);
    return graph;
  }
};

int64_t multiply_accumulates(const program::Stage& stage, const program::Program& p) {
  const auto* product = std::get_if<program::Product>(&stage.operation);
  if (product == nullptr) return 0;
  const array::ProductShape& shape = std::get<program::Cells>(p[product->held].where).plan->shape;
  return shape.rows * shape.outputs * shape.groups * stage.elements();
}

class EveryNetwork : public testing::TestWithParam<std::string> {};

TEST_P(EveryNetwork, KeepsItsWorkAndItsProgramIsSound) {
  const Mapping m = map(GetParam(), "isaac", 2);
  if (!m.fits) {
    EXPECT_THAT(m.misfit, testing::HasSubstr("chips"));
    EXPECT_GT(network::parameter_count(m.network), 1'000'000'000);
    return;
  }
  int64_t held = 0, all = 0, stages = 0;
  bool multiplies_zeros = false;  // joined private kernels, and inputs with zeros put in between
  for (const Layer& l : m.layers) {
    all += l.multiply_accumulates;
    held += l.where == Where::Crossbar ? l.multiply_accumulates : 0;
    const Op op = m.network.nodes[l.node].op;
    multiplies_zeros |= op == Op::LocalConv || op == Op::ConvTranspose;
  }
  for (const program::Stage& s : m.program.stages) stages += multiply_accumulates(s, m.program);
  EXPECT_EQ(all, network::multiply_accumulates(m.network));
  EXPECT_GT(held, 0);
  if (multiplies_zeros)
    EXPECT_GT(stages, 2 * held);
  else
    EXPECT_EQ(stages, 2 * held);
  EXPECT_EQ(program::violations(m.program), std::vector<std::string>{});
  EXPECT_LE(m.arrays_used, m.arrays_available);
  EXPECT_GT(m.utilization, 0);
  EXPECT_LE(m.utilization, 1);
  const std::string text = program::print(m.program);
  auto source = std::make_shared<base::Source>(base::Source{"program", text});
  EXPECT_EQ(program::print(program::parse(source)), text);
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const network::NamedNetwork& n : network::named_networks()) out.push_back(n.name);
  return out;
}
INSTANTIATE_TEST_SUITE_P(Named, EveryNetwork, testing::ValuesIn(names()), [](const auto& network) {
  std::string name = network.param;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

const program::Stage& stage(const Mapping& m, const std::string& name) {
  for (const program::Stage& s : m.program.stages) {
    if (s.name == name) return s;
  }
  throw std::runtime_error("no stage " + name);
}

TEST(Isaac, OneOperationTakes22Cycles) {  // Figure 4b: eDRAM read, 16 reads of the arrays ... eDRAM write
  const Mapping m =
      map(Sketch({1, 128, 8, 8}).convolution(32, 1).then(Op::Sigmoid).done(), "isaac:mapping.replicate=none");
  EXPECT_EQ(stage(m, "conv0").latency(), 22 * 100'000);
  int64_t conversions = 0;
  for (const program::Step& s : stage(m, "conv0").steps) {
    if (s.verb == circuit::Verb::Convert && m.program[s.on].part == "chip.tile.ima.adc") conversions += s.count;
  }
  // 16 bits in 8 cells of 2, 16 cycles: one conversion per 128 products of 1 bit by 2 bits; plus the unit
  // column's.
  EXPECT_EQ(conversions, 16 * (32 * 8 + 2));
}

TEST(Isaac, BuffersHoldWhatTheClosedFormSays) {  // section III-B: ((Nx (Ky - 1)) + Kx) values of every map
  for (int64_t kernel : {2, 3, 5, 7}) {
    for (int64_t width : {12, 28}) {
      Sketch s({1, 3, width, width});
      s.convolution(16, 1).convolution(8, kernel);
      const Mapping m = map(s.done(), "isaac:mapping.replicate=none");
      EXPECT_EQ(m.layers[1].buffer_items, width * (kernel - 1) + kernel) << kernel << " of " << width;
      EXPECT_EQ(m.layers[1].buffer.si(), static_cast<double>((width * (kernel - 1) + kernel) * 16 * 16));
    }
  }
}

TEST(Isaac, RowsAreAnotherWindowRule) {
  Sketch s({1, 3, 12, 12});
  s.convolution(16, 1).convolution(8, 3);
  const Mapping m = map(s.done(), "isaac:mapping.replicate=none:mapping.window=rows");
  EXPECT_EQ(m.layers[1].buffer_items, 12 * 3);
}

TEST(Chips, AreTheLeastPowerOfTwoThatHoldsTheNetwork) {
  const Mapping one = map("lenet5", "isaac"), vgg = map("vgg-d", "isaac"), local = map("isaac-dnn", "isaac");
  EXPECT_EQ(one.chips, 1);
  // 138 M weights of 8 cells; a chip has 16,128 arrays of 128 x 128 cells.
  EXPECT_EQ(vgg.chips, 8);
  EXPECT_EQ(local.chips, 32);  // section VII
  const Mapping half = map("vgg-d", "isaac:chips=4");
  EXPECT_EQ(half.chips, 4);
  EXPECT_FALSE(half.fits);
  EXPECT_THAT(half.misfit, HasSubstr("8 chips would hold it"));
}

TEST(Replication, BalancesFiringsWithinTheRoom) {
  const Mapping m = map("vgg-a", "isaac"), single = map("vgg-a", "isaac:mapping.replicate=none");
  int64_t most = 0, most_single = 0;
  for (size_t k = 0; k < m.layers.size(); ++k) {
    if (m.layers[k].where != Where::Crossbar) continue;
    most = std::max(most, m.layers[k].firings);
    most_single = std::max(most_single, single.layers[k].firings);
    EXPECT_EQ(single.layers[k].copies, 1);
    EXPECT_LE(m.layers[k].firings, single.layers[k].firings);
  }
  EXPECT_EQ(most_single, 224 * 224);
  EXPECT_LT(most, most_single / 4);
  EXPECT_GT(m.arrays_used, single.arrays_used);
  EXPECT_LE(m.arrays_used, m.arrays_available);
}

TEST(Traps, AreNamed) {
  const Mapping narrow = map("lenet5", "isaac:chip.tile.ima.adc.bits=7");
  EXPECT_THAT(narrow.warnings, testing::Contains(HasSubstr("ADC")));
  const auto& first = narrow.layers[0];
  EXPECT_FALSE(first.lossless && narrow.layers[3].lossless);
  const Mapping few = map(Sketch({1, 1, 28, 28}).convolution(6, 3).done(), "isaac");
  EXPECT_EQ(few.layers[0].rows_used, 9);
  EXPECT_THAT(few.warnings, testing::Contains(HasSubstr("9 of 128 rows")));
}

TEST(Layers, SayWhereTheyWent) {
  Sketch s({1, 3, 8, 8});
  s.convolution(4, 3).then(Op::Relu).then(Op::GlobalAveragePool).then(Op::Softplus);
  const Mapping m = map(s.done(), "isaac");
  EXPECT_EQ(m.layers[0].where, Where::Crossbar);
  EXPECT_EQ(m.layers[1].where, Where::Free);  // the activation of the product before it
  EXPECT_EQ(m.layers[2].where, Where::DigitalUnit);
  EXPECT_EQ(m.layers[2].unit, "chip.tile.shift_add");
  EXPECT_EQ(m.layers[3].where, Where::NotModelled);
  EXPECT_THAT(m.not_modelled, testing::ElementsAre(HasSubstr("Softplus")));
}

TEST(Layers, ApplyTheirActivationOnTheWay) {
  Sketch s({1, 3, 8, 8});
  s.convolution(4, 1).then(Op::Sigmoid);
  const ValueId left = s.last;
  s.convolution(4, 3, 1, 1);
  s.last = add_node(s.graph, Op::Add, "sum", {left, s.last});
  s.then(Op::Relu);
  const Mapping m = map(s.done(), "isaac");
  EXPECT_EQ(m.program.stages.size(), 3U);
  EXPECT_EQ(m.layers[3].where, Where::DigitalUnit);
  EXPECT_EQ(m.layers[4].where, Where::Free);
  EXPECT_EQ(std::get<program::Evaluate>(stage(m, "sum").operation).nodes, (std::vector<network::NodeId>{3, 4}));
}

TEST(Windows, AreTheConvolutions) {
  Sketch s({1, 3, 12, 12});
  s.convolution(4, 3, 1, 1).convolution(4, 5, 2, 2);
  Mapping m = map(s.done(), "isaac:mapping.replicate=none");
  const program::Window& w = stage(m, "conv1").reads[0].window;
  const program::Dim y = m.program.dim("y"), x = m.program.dim("x");
  EXPECT_THAT(w.axes, testing::UnorderedElementsAre(testing::Pair(y, program::sliding(y, 5, 2, 2)),
                                                    testing::Pair(x, program::sliding(x, 5, 2, 2))));
}

TEST(Settings, AreCheckedAgainstTheMachine) {
  for (const auto& [change, message] : {
           std::pair("mapping.place=chip.nowhere", "nowhere"),
           std::pair("mapping.digital.max_pool=chip.tile.edram", "computes nothing"),
           std::pair("mapping.schedule=eager", "eager"),
           std::pair("mapping.pipeline.cycle=0 ns", "out of range"),
       }) {
    try {
      map("lenet5", std::string("isaac:") + change);
      ADD_FAILURE() << change << " was taken";
    } catch (const base::Failure& failure) {
      EXPECT_THAT(failure.what(), HasSubstr(message));
    }
  }
}

}  // namespace
}  // namespace ohmweave::mapping
