// SPDX-License-Identifier: Apache-2.0
// Transposed convolutions of descriptions, against sums written out plainly.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/network.h"
#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/text.h"

namespace ohmweave::network {
namespace {

using tensor::Shape;
using tensor::Tensor;
using testing::HasSubstr;

/// A network of layers that read 4 x 3 x 5.
Graph read_layers(const std::string& layers) {
  const std::string text = "name: net\ninput: [4, 3, 5]\nlayers:\n" + layers;
  return read_text(std::make_shared<const base::Source>(base::Source{"net.yaml", text}));
}
std::string layers_message(const std::string& layers) {
  return message_of([&] { read_layers(layers); });
}
const Shape& output(const Graph& g) { return g.value(g.outputs[0]).shape; }

/// y[c, s i + d k - pad] += w[i's channel, c, k] x[i's channel, i], in both axes and within groups.
TEST(TransposedConvolution, AddsItsKernelForEveryElement) {
  Graph g = read_layers(
      "  - conv_transpose: {channels: 6, kernel: [3, 2], stride: [2, 3], pad: [1, 0], output_pad: [1, 0],"
      " groups: 2, name: t}\n");
  validate(g);
  ASSERT_EQ(output(g), (Shape{1, 6, 6, 14}));
  EXPECT_EQ(parameter_count(g), 4 * 3 * 6 + 6);
  EXPECT_EQ(multiply_accumulates(g), 4 * 15 * 3 * 6);
  fill_weights(g, 5);
  std::vector<float> x;
  for (int k = 0; k < 60; ++k) x.push_back(static_cast<float>(std::sin(1.7 * k) + 0.1));
  const auto w = g.value(g.nodes[0].inputs[1]).constant->data<float>();
  const auto bias = g.value(g.nodes[0].inputs[2]).constant->data<float>();
  std::vector<double> expected(6 * 6 * 14);
  for (size_t k = 0; k < expected.size(); ++k) expected[k] = bias[k / (6 * 14)];
  for (int from = 0; from < 4; ++from) {
    for (int to = 0; to < 3; ++to) {
      for (int at = 0; at < 3 * 5 * 3 * 2; ++at) {
        const int row = at / 30, column = at / 6 % 5, r = at / 2 % 3, c = at % 2;
        const int y = row * 2 + r - 1, z = column * 3 + c;
        if (y < 0 || y >= 6 || z >= 14) continue;
        expected[static_cast<size_t>(((from / 2 * 3 + to) * 6 + y) * 14 + z)] +=
            static_cast<double>(w[static_cast<size_t>(((from * 3 + to) * 3 + r) * 2 + c)]) *
            x[static_cast<size_t>((from * 3 + row) * 5 + column)];
      }
    }
  }
  const Tensor y = Reference(g).run(std::vector{Tensor::of<float>({1, 4, 3, 5}, x)})[0];
  for (size_t k = 0; k < expected.size(); ++k) EXPECT_NEAR(y.data<float>()[k], expected[k], 1e-4) << k;
}

TEST(TransposedConvolution, IsAsLargeAsItsPaddingsSay) {
  EXPECT_EQ(output(read_layers("  - conv_transpose: {channels: 2, kernel: 2, stride: 2}\n")),
            (Shape{1, 2, 6, 10}));
  EXPECT_EQ(output(read_layers("  - conv_transpose: {channels: 2, kernel: 4, stride: 2, pad: same}\n")),
            (Shape{1, 2, 6, 10}));
  EXPECT_EQ(
      output(read_layers("  - conv_transpose: {channels: 2, kernel: 3, dilation: 2, pad: [0, 1, 2, 1]}\n")),
      (Shape{1, 2, 5, 7}));
  EXPECT_EQ(parameter_count(read_layers("  - conv_transpose: {channels: 2, kernel: 2, bias: false}\n")), 32);
}

TEST(TransposedConvolution, SaysWhatDoesNotFit) {
  EXPECT_THAT(
      layers_message("  - conv_transpose: {channels: 4, kernel: 2, stride: 2, output_pad: 2}\n"),
      HasSubstr("net.yaml:4:5: error: 'conv_transpose1' does not fit: an output_pad of 2 is not less than "
                "the stride of 2 or the dilation of 1"));
  EXPECT_THAT(layers_message("  - conv_transpose: {channels: 4, kernel: 2, output_pad: -1}\n"),
              HasSubstr("net.yaml:4:58: error: out of range; must be 0 to 1048576"));
  EXPECT_THAT(layers_message("  - conv_transpose: {channels: 4, kernel: 2, output_pad: [0, 0, 0]}\n"),
              HasSubstr("3 numbers given for 2 axes"));
  EXPECT_THAT(layers_message("  - conv_transpose: {channels: 4, kernel: 2, pad: 2}\n"),
              HasSubstr("a pad of 4 leaves nothing of an extent of 4"));
  EXPECT_THAT(layers_message("  - conv_transpose: {channels: 4, kernel: 2, groups: 3}\n"),
              HasSubstr("3 groups do not divide 4 input and 4 output channels"));
  EXPECT_THAT(layers_message("  - conv_transpose: {channels: 4, kernel: 2, output_padding: 1}\n"),
              HasSubstr("unknown key 'output_padding'; did you mean 'output_pad'?"));
  EXPECT_THAT(layers_message("  - flatten\n  - conv_transpose: {channels: 4, kernel: 2}\n"),
              HasSubstr("takes channels of lines, pictures or volumes"));
  EXPECT_THAT(layers_message("  - conv_transpose: {channels: 1, kernel: 1, stride: 1000000}\n"),
              HasSubstr("results are more than any machine holds"));
}

}  // namespace
}  // namespace ohmweave::network
