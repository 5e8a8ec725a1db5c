// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/text.h"

#include <algorithm>
#include <filesystem>

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

// networks/

struct Published {
  const char* name;
  int64_t least_parameters, most_parameters;
  double least_macs, most_macs;
};
/// Where a source prints fewer digits, the range is what rounds to them.
const Published kPublished[] = {
    // torchvision's documentation of its weights: parameters, and "GFLOPS" (which counts multiply-accumulates)
    {"alexnet", 61100840, 61100840, 0.7135e9, 0.7145e9},
    {"vgg-a", 132863336, 132863336, 7.6085e9, 7.6095e9},
    {"vgg-b", 133047848, 133047848, 11.3075e9, 11.3085e9},
    {"vgg-d", 138357544, 138357544, 15.465e9, 15.475e9},
    {"vgg-e", 143667240, 143667240, 19.6315e9, 19.6325e9},
    {"resnet18", 11689512, 11689512, 1.8135e9, 1.8145e9},
    {"resnet50", 25557032, 25557032, 4.0885e9, 4.0895e9},
    // ISAAC's benchmarks, summed over its table II
    {"vgg-c", 133550000, 133650000, 11.765e9, 11.775e9},
    {"msra-a", 177950000, 178050000, 19.055e9, 19.065e9},
    {"msra-b", 183250000, 183350000, 23.215e9, 23.225e9},
    {"msra-c", 330550000, 330650000, 53.455e9, 53.465e9},
    {"deepface", 118850000, 118950000, 0.5175e9, 0.5185e9},
    {"isaac-dnn", 829440000, 829440000, 829440000, 829440000},
    // He et al. 2016 (option B), and LeCun et al. 1998 as read today
    {"resnet20", 272474, 272474, 40.5e6, 41.5e6},
    {"lenet5", 61706, 61706, 416520, 416520},
};

TEST(NamedNetworks, HaveThePublishedSizes) {
  for (const Published& p : kPublished) {
    Graph g = read_text(base::data_folder() + "/networks/" + p.name + ".yaml");
    validate(g);
    EXPECT_EQ(g.name, p.name);
    EXPECT_THAT(parameter_count(g), AllOf(testing::Ge(p.least_parameters), testing::Le(p.most_parameters)))
        << p.name;
    EXPECT_THAT(static_cast<double>(multiply_accumulates(g)),
                AllOf(testing::Ge(p.least_macs), testing::Le(p.most_macs)))
        << p.name;
    Graph again = g;
    infer_shapes(again);
    for (size_t k = 0; k < g.values.size(); ++k) EXPECT_EQ(again.values[k].shape, g.values[k].shape);
  }
}

TEST(NamedNetworks, AreAllTestedAndDescribed) {
  for (const auto& entry : std::filesystem::directory_iterator(base::data_folder() + "/networks")) {
    if (entry.path().extension() != ".yaml") continue;
    std::string stem = entry.path().stem().string();
    EXPECT_TRUE(std::any_of(std::begin(kPublished), std::end(kPublished), [&](const Published& p) {
      return p.name == stem;
    })) << stem;
    std::string text = base::read_file(entry.path().string());
    EXPECT_EQ(text.substr(0, 2), "# ") << stem;
    EXPECT_LT(text.find('\n'), 100U) << stem << ": the first line is the description in lists";
  }
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
