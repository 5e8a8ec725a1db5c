// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/text.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/base/files.h"
#include "ohmweave/base/paths.h"
#include "ohmweave/network/network.h"
#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/text_layers.h"

namespace ohmweave::network {
namespace {

using tensor::Shape;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Graph read(const std::string& text) {
  return read_text(std::make_shared<const base::Source>(base::Source{"net.yaml", text}));
}
/// A network of layers that read 3 x 8 x 8.
Graph read_layers(const std::string& layers) { return read("name: net\ninput: [3, 8, 8]\nlayers:\n" + layers); }
std::string message(const std::string& text) {
  return message_of([&] { read(text); });
}
std::string layers_message(const std::string& layers) {
  return message_of([&] { read_layers(layers); });
}
const Shape& output(const Graph& g) { return g.value(g.outputs[0]).shape; }
std::vector<std::string> names(const Graph& g) {
  std::vector<std::string> out;
  for (const Node& n : g.nodes) out.push_back(n.name);
  return out;
}

TEST(Text, ReadsLayersOneAfterTheOther) {
  Graph g = read_layers(R"(
  - conv: {channels: 4, kernel: 3, pad: same}
  - relu
  - max_pool: 2
  - conv:
      channels: 6
      kernel: [3, 1]
      groups: 2
      bias: false
  - batch_norm
  - flatten
  - dense: 10
)");
  validate(g);
  EXPECT_EQ(g.name, "net");
  EXPECT_THAT(names(g),
              ElementsAre("conv1", "relu1", "max_pool1", "conv2", "batch_norm1", "flatten1", "dense1"));
  EXPECT_EQ(g.value(g.inputs[0]).shape, (Shape{1, 3, 8, 8}));
  EXPECT_EQ(output(g), (Shape{1, 10}));
  EXPECT_EQ(parameter_count(g), (4 * 27 + 4) + (6 * 2 * 3) + 12 + (48 * 10 + 10));
  EXPECT_EQ(multiply_accumulates(g), 64 * 4 * 27 + 8 * 6 * 6 + 480);
  for (const Value& v : g.values) EXPECT_FALSE(v.constant);
}

TEST(Text, BranchesByName) {
  Graph g = read_layers(R"(
  - conv: {channels: 3, kernel: 1, name: a}
  - conv: {channels: 3, kernel: 3, pad: 1, from: input}
  - add: [a, input]
  - concat: {with: a, name: both}
  - global_average_pool
  - conv: {channels: 6, kernel: 1}
  - sigmoid
  - multiply: both
)");
  EXPECT_THAT(names(g), ElementsAre("a", "conv1", "add1.1", "add1", "both", "global_average_pool1", "conv2",
                                    "sigmoid1", "multiply1"));
  EXPECT_EQ(output(g), (Shape{1, 6, 8, 8}));
  EXPECT_EQ(g.nodes[1].inputs[0], g.inputs[0]);
  EXPECT_EQ(g.nodes[2].inputs[1], g.nodes[0].outputs[0]);
  EXPECT_EQ(g.nodes[3].inputs[1], g.inputs[0]);
}

TEST(Text, BlocksSeeWhatTheyReadAsInput) {
  Graph g = read_layers(R"(
  - relu
  - repeat:
      times: 3
      layers:
        - conv: {channels: 3, kernel: 3, pad: 1, name: inner}
        - add: input
  - block:
      - conv: {channels: 5, kernel: 1, name: inner}
      - conv: {channels: 5, kernel: 1, from: input}
      - add: inner
)");
  EXPECT_THAT(names(g), ElementsAre("relu1", "inner", "add1", "inner.2", "add2", "inner.3", "add3", "inner.4",
                                    "conv1", "add4"));
  EXPECT_EQ(g.nodes[2].inputs[1], g.nodes[0].outputs[0]);
  EXPECT_EQ(g.nodes[4].inputs[1], g.nodes[2].outputs[0]);
  EXPECT_EQ(g.nodes[8].inputs[0], g.nodes[6].outputs[0]);
}

TEST(Text, PadsAsSaid) {
  auto size = [](const std::string& pad) {
    return output(read_layers("  - conv: {channels: 1, kernel: 4, stride: 2, pad: " + pad + "}\n"));
  };
  EXPECT_EQ(size("valid"), (Shape{1, 1, 3, 3}));
  EXPECT_EQ(size("same"), (Shape{1, 1, 4, 4}));
  EXPECT_EQ(size("1"), (Shape{1, 1, 4, 4}));
  EXPECT_EQ(size("[0, 2]"), (Shape{1, 1, 3, 5}));
  EXPECT_EQ(size("[0, 1, 0, 3]"), (Shape{1, 1, 3, 5}));
  Graph g = read_layers(
      "  - max_pool: {kernel: 3, stride: 2, ceil: true}\n  - max_pool: {kernel: 2, stride: 1, pad: same}\n");
  EXPECT_THAT(g.nodes[1].integers("pads"), ElementsAre(0, 0, 1, 1));  // the odd one at the end
  EXPECT_EQ(output(g), (Shape{1, 3, 4, 4}));
}

TEST(Text, LocalConvolutionsHaveWeightsForEachPosition) {
  Graph g = read_layers("  - local_conv: {channels: 4, kernel: 3, stride: 2, pad: 1}\n");
  EXPECT_EQ(output(g), (Shape{1, 4, 4, 4}));
  EXPECT_EQ(parameter_count(g), 16 * 4 * 27 + 4 * 16);
  EXPECT_EQ(multiply_accumulates(g), 16 * 4 * 27);
}

TEST(Text, LowersSpatialPyramids) {
  Graph g =
      read_layers("  - conv: {channels: 5, kernel: 1}\n  - spatial_pyramid_pool: [4, 2, 1]\n  - dense: 7\n");
  EXPECT_EQ(g.nodes.size(), 9U);
  EXPECT_EQ(output(g), (Shape{1, 7}));
  EXPECT_EQ(g.value(g.nodes[7].outputs[0]).shape, (Shape{1, 5 * 21}));
  EXPECT_THAT(layers_message("  - spatial_pyramid_pool: [9]\n"),
              HasSubstr("level 9 is finer than the input of 1x3x8x8"));
  EXPECT_THAT(layers_message("  - spatial_pyramid_pool: [5]\n"),
              HasSubstr("cannot be cut into 5 windows of 2 at steps of 1"));
}

TEST(Text, ReadsLinesAndVolumes) {
  EXPECT_EQ(
      output(read("name: x\ninput: [2, 100]\nlayers:\n  - conv: {channels: 4, kernel: 5, dilation: 2}\n")),
      (Shape{1, 4, 92}));
  EXPECT_EQ(output(read("name: x\ninput: [2, 4, 6, 8]\nlayers:\n  - max_pool: [2, 3, 4]\n")),
            (Shape{1, 2, 2, 2, 2}));
  EXPECT_EQ(output(read("name: x\ninput: [784]\nlayers:\n  - dense: 10\n  - softmax\n")), (Shape{1, 10}));
}

TEST(Text, PlacesBlocksWithParameters) {
  Graph g = read(R"(
name: net
input: [3, 8, 8]
blocks:
  unit:
    parameters: [channels, {kernel: 1}, {pad: 0}]
    layers:
      - conv: {channels: $channels, kernel: $kernel, pad: $pad}
      - relu
  residual:
    parameters: [channels]
    layers:
      - unit: {channels: $channels, kernel: 3, pad: 1}
      - unit: $channels
      - add: input
  twice:
    - relu
    - relu
layers:
  - unit: 4
  - residual: {channels: 4, name: first}
  - unit: {channels: 5, name: other, from: first}
  - twice
  - concat: first
)");
  validate(g);
  EXPECT_THAT(names(g), ElementsAre("unit1.conv1", "unit1.relu1", "first.unit1.conv1", "first.unit1.relu1",
                                    "first.unit2.conv1", "first.unit2.relu1", "first.add1", "other.conv1",
                                    "other.relu1", "twice1.relu1", "twice1.relu2", "concat1"));
  EXPECT_EQ(g.nodes[6].inputs[1], g.nodes[1].outputs[0]);
  EXPECT_EQ(g.nodes[7].inputs[0], g.nodes[6].outputs[0]);
  EXPECT_EQ(output(g), (Shape{1, 9, 8, 8}));
}

TEST(Text, SaysWhatIsWrongWithBlocks) {
  auto blocks = [](const std::string& definitions, const std::string& layers) {
    return message("name: net\ninput: [3, 8, 8]\nblocks:\n" + definitions + "layers:\n" + layers);
  };
  const std::string unit =
      "  unit: {parameters: [channels, {kernel: 1}], layers: [{conv: {channels: $channels, kernel: "
      "$kernel}}]}\n";
  EXPECT_THAT(blocks(unit, "  - unit: {chanels: 4}\n"),
              AllOf(HasSubstr("net.yaml:6:12: error: unknown key 'chanels'; did you mean 'channels'?"),
                    HasSubstr("block 'unit' needs 'channels'")));
  EXPECT_THAT(blocks(unit, "  - units: 4\n"), HasSubstr("unknown layer 'units'; did you mean 'unit'?"));
  EXPECT_THAT(blocks(unit, "  - relu\n"), HasSubstr("net.yaml:4:3: error: block 'unit' stands nowhere"));
  EXPECT_THAT(blocks(unit, "  - unit: {channels: 0}\n"), HasSubstr("net.yaml:6:22: error: 0 is out of range"));
  EXPECT_THAT(blocks(unit, "  - unit: {channels: 4, kernel: 9}\n"),
              AllOf(HasSubstr("net.yaml:4:57: error: "), HasSubstr("larger than the padded input"),
                    HasSubstr("net.yaml:6:5: note: in block 'unit', which stands here")));
  EXPECT_THAT(blocks("  a: [{dense: $units}]\n", "  - a\n"),
              HasSubstr("'units' is no parameter of this block"));
  EXPECT_THAT(blocks("  a: [relu]\n", "  - a: 3\n"), HasSubstr("block 'a' has no parameters"));
  EXPECT_THAT(blocks("  a: [a]\n", "  - a\n"), HasSubstr("unknown layer 'a'"));
  EXPECT_THAT(blocks("  relu: [tanh]\n", "  - relu\n"), HasSubstr("'relu' is the word of a layer"));
  EXPECT_THAT(blocks("  a: {parameters: [b, b, name, []], layer: [relu]}\n", "  - a\n"),
              AllOf(HasSubstr("two parameters are called 'b'"), HasSubstr("every block has 'name'"),
                    HasSubstr("expected a parameter such as"), HasSubstr("did you mean 'layers'?"),
                    HasSubstr("key 'layers' is missing")));
  EXPECT_THAT(blocks("  a: relu\n", "  - a\n"), HasSubstr("expected the layers of block 'a', found 'relu'"));
  EXPECT_THAT(message("name: x\ninput: [1]\nblocks: [a]\nlayers: [relu]\n"),
              HasSubstr("expected blocks by name, found a list"));
}

TEST(Text, BlocksInBlocksStayWithinBounds) {
  std::string text = "name: x\ninput: [1]\nblocks:\n  b0: [relu]\n";
  for (int k = 1; k < 15; ++k) {
    text += fmt::format("  b{}: [", k);
    for (int n = 0; n < 10; ++n) text += fmt::format("{}b{}", n == 0 ? "" : ", ", k - 1);
    text += "]\n";
  }
  EXPECT_THAT(message(text + "layers: [b14]\n"), HasSubstr("more than 10000 layers"));
}

TEST(Text, ReadsSeveralInputs) {
  Graph g = read(R"(
name: net
inputs:
  left: {tokens: 5}
  right: left
  picture: [3, 4, 4]
layers:
  - embedding: {entries: 7, features: 2, name: words}
  - same_embedding: {of: words, from: right}
  - add: words
)");
  ASSERT_EQ(g.inputs.size(), 3U);
  EXPECT_EQ(g.value(g.inputs[1]).shape, (Shape{1, 5}));
  EXPECT_EQ(g.value(g.inputs[1]).element, tensor::Element::Int64);
  EXPECT_EQ(g.value(g.inputs[2]).shape, (Shape{1, 3, 4, 4}));
  EXPECT_EQ(output(g), (Shape{1, 5, 2}));
  EXPECT_EQ(parameter_count(g), 14);
  EXPECT_THAT(message("name: x\ninput: [1]\ninputs: {a: [1]}\nlayers: [relu]\n"),
              HasSubstr("either 'input' or 'inputs'"));
  EXPECT_THAT(message("name: x\ninputs: {left: [1], b: lift}\nlayers: [relu]\n"),
              HasSubstr("no input before this one is called 'lift'; did you mean 'left'?"));
  EXPECT_THAT(message("name: x\ninputs: {a: {token: 4}, b: [], input: [1]}\nlayers: [relu]\n"),
              AllOf(HasSubstr("expected extents such as [3, 224, 224], or {tokens: 128}")));
  EXPECT_THAT(message("name: x\ninput: {tokens: [4]}\nlayers: [relu]\n"), HasSubstr("expected a whole number"));
  EXPECT_THAT(message("name: x\ninput: {tokens: 0}\nlayers: [relu]\n"), HasSubstr("out of range"));
}

TEST(Text, TakesOtherExtents) {
  const std::string path = base::data_folder() + "/networks/bert-base.yaml";
  Graph g = read_text(path, {7});
  EXPECT_EQ(g.value(g.inputs[0]).shape, (Shape{1, 7}));
  EXPECT_EQ(g.value(g.inputs[1]).shape, (Shape{1, 7}));
  EXPECT_EQ(parameter_count(g), 109482240);
  LoadOptions options;
  options.input_shape = {2, 16};
  EXPECT_EQ(output(load("bert-base", options).graph), (Shape{2, 768}));
  options.input_shape = {1, 513};
  EXPECT_THAT(message_of([&] { load("bert-base", options); }),
              HasSubstr("512 rows are too few for 513 tokens"));
  options.input_shape = {1, 1, 28, 28, 28};
  EXPECT_THAT(message_of([&] { load("lenet5", options); }),
              HasSubstr("the input is 1x1x28x28, not 1x1x28x28x28"));
}

TEST(Text, SaysAllThatIsWrongAtOnce) {
  std::string text = layers_message(R"(
  - conv: {chanels: 64, kernel: 3}
  - rellu
  - max_pool: {kernel: big}
  - add: nowhere
  - conv: {channels: 4, kernel: 3, from: inputs}
  - dense: {units: 0}
)");
  EXPECT_THAT(
      text,
      AllOf(
          HasSubstr("net.yaml:5:12: error: unknown key 'chanels'; did you mean 'channels'?"),
          HasSubstr("net.yaml:5:11: error: key 'channels' is missing"),
          HasSubstr("net.yaml:6:5: error: unknown layer 'rellu'; did you mean 'relu'?"),
          HasSubstr("net.yaml:7:24: error: 'big' is not a whole number"),
          HasSubstr("net.yaml:8:10: error: no layer before this one is called 'nowhere'"),
          HasSubstr("net.yaml:9:42: error: no layer before this one is called 'inputs'; did you mean 'input'?"),
          HasSubstr("net.yaml:10:20: error: 0 is out of range")));
}

TEST(Text, SaysWhereALayerDoesNotFit) {
  EXPECT_THAT(layers_message("  - relu\n  - conv: {channels: 4, kernel: 9}\n"),
              AllOf(HasSubstr("net.yaml:5:5: error: "),
                    HasSubstr("the window of 9 is larger than the padded input of 8")));
  EXPECT_THAT(layers_message("  - dense: 4\n"),
              HasSubstr("'dense1' does not fit: takes a list of values, the layer before gives 1x3x8x8; write "
                        "'- flatten' before it"));
  EXPECT_THAT(layers_message("  - flatten\n  - conv: {channels: 4, kernel: 3}\n"),
              HasSubstr("takes channels of lines, pictures or volumes"));
  EXPECT_THAT(layers_message("  - conv: {channels: 4, kernel: 3, groups: 2}\n"),
              HasSubstr("2 groups do not divide 3 input and 4 output channels"));
  EXPECT_THAT(layers_message("  - conv: {channels: 4, kernel: [3, 3, 3]}\n"),
              HasSubstr("3 numbers given for 2 axes"));
  EXPECT_THAT(layers_message("  - conv: {channels: 4, kernel: 3}\n  - add: input\n"),
              HasSubstr("net.yaml:5:5: error: "));
  EXPECT_THAT(layers_message("  - conv: {channels: 4, kernel: 3, name: input}\n"),
              HasSubstr("choose another name"));
  EXPECT_THAT(layers_message("  - relu: {name: a}\n  - relu: {name: a}\n"),
              HasSubstr("two layers of this list are called 'a'"));
}

TEST(Text, SaysWhatIsNoNetwork) {
  EXPECT_THAT(message("layers: []\n"),
              AllOf(HasSubstr("key 'name' is missing"), HasSubstr("key 'input' is missing"),
                    HasSubstr("expected a list of layers, found none")));
  EXPECT_THAT(message("name: x\ninput: [1]\n"), HasSubstr("key 'layers' is missing"));
  EXPECT_THAT(message("- relu\n"), HasSubstr("expected a mapping"));
  EXPECT_THAT(message("name: x\ninput: []\nlayers: [relu]\n"), HasSubstr("at least one extent"));
  EXPECT_THAT(message("name: x\ninput: [1]\nlayers: relu\n"),
              HasSubstr("expected a list of layers, found 'relu'"));
  EXPECT_THAT(layers_message("  - conv: {channels: 1, kernel: 1}\n    name: x\n"),
              AllOf(HasSubstr("expected a layer"), HasSubstr("indented below it")));
  EXPECT_THAT(layers_message("  - repeat: 3\n"), HasSubstr("expected a mapping, found '3'"));
  EXPECT_THAT(layers_message("  - repeat: {times: 3}\n"), HasSubstr("key 'layers' is missing"));
}

TEST(Text, StaysWithinBounds) {
  EXPECT_THAT(layers_message("  - repeat: {times: 1000, layers: [{repeat: {times: 1000, layers: [relu]}}]}\n"),
              HasSubstr("more than 10000 layers"));
  EXPECT_THAT(layers_message("  - repeat: {times: 1001, layers: [relu]}\n"), HasSubstr("out of range"));
  EXPECT_THAT(message("name: x\ninput: [1000000, 1000000, 1000000]\nlayers: [relu]\n"), HasSubstr("error"));
  EXPECT_THAT(layers_message("  - flatten\n  - dense: 1000000\n  - dense: 1000000\n"),
              HasSubstr("more than any machine holds"));
  EXPECT_THAT(layers_message("  - conv: {channels: 9999999, kernel: 1}\n"), HasSubstr("out of range"));
}

TEST(NetworkFormat, IsDocumentedAsItIs) {
  std::string page = base::read_file(base::data_folder() + "/docs/network_format.md");
  EXPECT_THAT(page, HasSubstr(describe_layers()))
      << "the part of docs/network_format.md below '## Layers' should be:\n"
      << describe_layers();
  size_t begin = page.find("```yaml\n");
  ASSERT_NE(begin, std::string::npos);
  for (; begin != std::string::npos; begin = page.find("```yaml\n", begin + 1)) {
    size_t first = begin + 8, last = page.find("```", first);
    EXPECT_NO_THROW(read(page.substr(first, last - first))) << page.substr(first, last - first);
  }
}

}  // namespace
}  // namespace ohmweave::network
