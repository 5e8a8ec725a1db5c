// SPDX-License-Identifier: Apache-2.0
// Quantized files on a machine: the arrays hold the codes of the file, and results are those of whole numbers.
#include <cmath>

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"
#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/network/network.h"
#include "ohmweave/network/testing/onnx.h"

namespace ohmweave::execution {
namespace {

using network::Graph;
using network::onnx_tensor;
using network::OnnxModel;
using network::OnnxNode;
using tensor::Tensor;
constexpr int64_t kInt8 = 3;

/// A convolution of codes, as QLinearConv has it.
struct Case {
  std::string name;
  int64_t channels = 3, outputs = 4, groups = 1, kernel = 3, stride = 1, pad = 1, size = 7;
  bool signed_weights = false;
  int zero_input = 131, zero_output = 120;
  float input_scale = 0x1p-6F, output_scale = 0x1p-2F;
  std::vector<float> scales{0x1p-7F};
  std::vector<int> zeros{97};
  std::string design = "isaac";

  friend void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
  int64_t rows() const { return channels / groups * kernel * kernel; }
  int64_t weight_count() const { return outputs * rows(); }
  int64_t out_size() const { return (size + 2 * pad - kernel) / stride + 1; }
  float scale(int64_t n) const { return scales[scales.size() == 1 ? 0 : static_cast<size_t>(n)]; }
  int zero(int64_t n) const { return zeros[zeros.size() == 1 ? 0 : static_cast<size_t>(n)]; }
};

struct Numbers {
  std::vector<int> weights, bias;
  Tensor input;
};
Numbers numbers_of(const Case& c, int64_t batch) {
  base::RandomStream random(7, 0, base::key_of(c.name));
  auto whole = [&](int least, int most) {
    return least + static_cast<int>(random.uniform() * (most - least + 1));
  };
  Numbers n;
  for (int64_t k = 0; k < c.weight_count(); ++k)
    n.weights.push_back(c.signed_weights ? whole(-128, 127) : whole(0, 255));
  for (int64_t k = 0; k < c.outputs; ++k) n.bias.push_back(whole(-9000, 9000));
  n.input = Tensor(tensor::Element::Float32, {batch, c.channels, c.size, c.size});
  for (float& x : n.input.mutable_data<float>())  // some are clipped
    x = c.input_scale * static_cast<float>(whole(-20, 275) - c.zero_input);
  return n;
}

std::vector<char> bytes(const std::vector<int>& codes) { return {codes.begin(), codes.end()}; }
Graph graph_of(const Case& c, const Numbers& n) {
  const int64_t weight_type = c.signed_weights ? kInt8 : network::onnx_type::kUInt8;
  const auto size = std::to_string(c.size);
  const std::vector<int64_t> each =
      c.scales.size() == 1 ? std::vector<int64_t>{} : std::vector<int64_t>{c.outputs};
  OnnxModel m(13);
  m.input("x", {"n", std::to_string(c.channels), size, size});
  m.floats("xs", {}, {c.input_scale}).floats("ys", {}, {c.output_scale}).floats("ws", each, c.scales);
  m.initialiser(onnx_tensor("xz", {}, network::onnx_type::kUInt8, bytes({c.zero_input})));
  m.initialiser(onnx_tensor("yz", {}, network::onnx_type::kUInt8, bytes({c.zero_output})));
  m.initialiser(onnx_tensor("wz", each, weight_type, bytes(c.zeros)));
  m.initialiser(
      onnx_tensor("w", {c.outputs, c.channels / c.groups, c.kernel, c.kernel}, weight_type, bytes(n.weights)));
  m.initialiser(onnx_tensor("b", {c.outputs}, network::onnx_type::kInt32,
                            std::vector<int32_t>(n.bias.begin(), n.bias.end())));
  m.node(OnnxNode("QuantizeLinear", {"x", "xs", "xz"}, {"xq"}));
  m.node(OnnxNode("QLinearConv", {"xq", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"}, {"yq"})
             .integer("group", c.groups)
             .integers("strides", {c.stride, c.stride})
             .integers("pads", {c.pad, c.pad, c.pad, c.pad}));
  m.node(OnnxNode("DequantizeLinear", {"yq", "ys", "yz"}, {"y"})).output("y");
  return m.graph();
}

/// The same in whole numbers, nothing else being rounded than results.
Tensor expected(const Case& c, const Numbers& n) {
  const int64_t batch = n.input.dim(0), out = c.out_size();
  Tensor y(tensor::Element::Float32, {batch, c.outputs, out, out});
  auto to = y.mutable_data<float>();
  auto code = [&](int64_t b, int64_t channel, int64_t row, int64_t column) {
    if (row < 0 || row >= c.size || column < 0 || column >= c.size) return c.zero_input;
    const float x =
        n.input
            .data<float>()[static_cast<size_t>(((b * c.channels + channel) * c.size + row) * c.size + column)];
    return static_cast<int>(
        std::clamp(std::nearbyint(x / c.input_scale) + static_cast<float>(c.zero_input), 0.0F, 255.0F));
  };
  size_t at = 0;
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t o = 0; o < c.outputs; ++o) {
      for (int64_t p = 0; p < out * out; ++p) {
        int64_t sum = n.bias[static_cast<size_t>(o)];
        const int64_t group = o / (c.outputs / c.groups), channels = c.channels / c.groups;
        for (int64_t k = 0; k < c.rows(); ++k) {
          const int64_t i = k / (c.kernel * c.kernel), dy = k / c.kernel % c.kernel, dx = k % c.kernel;
          const int x =
              code(b, group * channels + i, p / out * c.stride - c.pad + dy, p % out * c.stride - c.pad + dx);
          sum += int64_t{n.weights[static_cast<size_t>(o * c.rows() + k)] - c.zero(o)} * (x - c.zero_input);
        }
        const double steps = static_cast<double>(sum) * c.input_scale * c.scale(o) / c.output_scale;
        const double y_code = std::clamp(std::nearbyint(steps) + c.zero_output, 0.0, 255.0);
        to[at++] = static_cast<float>(y_code - c.zero_output) * c.output_scale;
      }
    }
  }
  return y;
}

class Convolutions : public testing::TestWithParam<Case> {};

TEST_P(Convolutions, AreThoseOfWholeNumbers) {
  const Case& c = GetParam();
  const Numbers n = numbers_of(c, 3);
  const Graph graph = graph_of(c, n);
  const Tensor wanted = expected(c, n);
  const Tensor exact = network::Reference(graph).run(std::vector{n.input})[0];
  EXPECT_TRUE(std::ranges::equal(exact.data<float>(), wanted.data<float>())) << "the reference";

  const machine::Machine machine = machine::load(c.design);
  mapping::Options options;
  options.calibration = &n.input;
  const mapping::Mapping mapping = mapping::compile(graph, machine, options);
  ASSERT_EQ(mapping.network.nodes.size(), 1U);
  const network::Value& weights = mapping.network.value(mapping.network.nodes[0].inputs[1]);
  const Tensor codes = tensor::quantize(*weights.constant, *weights.format);
  EXPECT_EQ(weights.format->format, (tensor::FixedPoint{8, c.signed_weights}));
  EXPECT_TRUE(std::ranges::equal(codes.data<int32_t>(), n.weights)) << "the arrays hold other codes";
  EXPECT_EQ(mapping.network.value(mapping.network.nodes[0].inputs[0]).format->format,
            (tensor::FixedPoint{8, false}));

  Functional functional(mapping.program, mapping.network, machine, 1);
  const Tensor y = functional.run(std::vector{n.input})[0];
  EXPECT_EQ(y.shape(), wanted.shape());
  EXPECT_TRUE(std::ranges::equal(y.data<float>(), wanted.data<float>())) << "the arrays";
  bool clipped = false, between = false;
  for (float v : wanted.data<float>()) (v == wanted.data<float>()[0] ? clipped : between) = true;
  EXPECT_TRUE(clipped && between) << "a test that tells nothing";
}
INSTANTIATE_TEST_SUITE_P(
    Of, Convolutions,
    testing::Values(
        Case{.name = "one_zero_point"}, Case{.name = "signed_weights", .signed_weights = true, .zeros = {0}},
        Case{.name = "zero_point_per_channel",
             .outputs = 4,
             .signed_weights = true,
             .scales = {0x1p-7F, 0x1p-8F, 0x1p-5F, 0x1p-7F},
             .zeros = {0, -128, 127, 5}},
        Case{.name = "groups",
             .channels = 8,
             .outputs = 4,
             .groups = 2,
             .scales = {0x1p-7F, 0x1p-8F, 0x1p-9F, 0x1p-7F},
             .zeros = {3, 255, 0, 128}},
        Case{.name = "depthwise",
             .channels = 6,
             .outputs = 6,
             .groups = 6,
             .output_scale = 0x1p-5F,
             .zeros = {200}},
        Case{.name = "several_arrays", .channels = 40, .outputs = 33, .stride = 2, .output_scale = 1},
        Case{.name = "other_scales",
             .input_scale = 0.0173F,
             .output_scale = 0.31F,
             .scales = {0.0061F, 0.0123F, 0.0077F, 0.02F},
             .zeros = {0, 255, 60, 117}}),
    [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace ohmweave::execution
