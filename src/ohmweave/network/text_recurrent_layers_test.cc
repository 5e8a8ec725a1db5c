// SPDX-License-Identifier: Apache-2.0
// Recurrent layers of descriptions, against steps written out plainly.
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

constexpr size_t kSteps = 4, kWidth = 6, kHidden = 3;

/// A network of layers that read 4 tokens of 6 features.
Graph read_layers(const std::string& layers) {
  const std::string text = "name: net\ninput: [4, 6]\nlayers:\n" + layers;
  return read_text(std::make_shared<const base::Source>(base::Source{"net.yaml", text}));
}
std::string layers_message(const std::string& layers) {
  return message_of([&] { read_layers(layers); });
}
std::vector<float> weights(const Graph& g, const std::string& name) {
  for (const Value& v : g.values) {
    if (v.name == name) return {v.constant->data<float>().begin(), v.constant->data<float>().end()};
  }
  return {};
}
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// States of a direction, step by step: gates of input, output, forgetting and cell (the order of ONNX).
std::vector<std::vector<double>> states(const Graph& g, const std::vector<float>& x, size_t direction) {
  const std::vector<float> w = weights(g, "l.input_weight"), r = weights(g, "l.state_weight"),
                           b = weights(g, "l.bias");
  std::vector<std::vector<double>> out(kSteps);
  std::vector<double> h(kHidden, 0), c(kHidden, 0);
  for (size_t k = 0; k < kSteps; ++k) {
    const size_t step = direction == 0 ? k : kSteps - 1 - k;
    double gates[4][kHidden];
    for (size_t n = 0; n < 4 * kHidden; ++n) {
      double sum = 0;
      const size_t row = direction * 4 * kHidden + n;
      if (!b.empty())
        sum +=
            static_cast<double>(b[direction * 8 * kHidden + n]) + b[direction * 8 * kHidden + 4 * kHidden + n];
      for (size_t f = 0; f < kWidth; ++f)
        sum += static_cast<double>(w[row * kWidth + f]) * x[step * kWidth + f];
      for (size_t f = 0; f < kHidden; ++f) sum += r[row * kHidden + f] * h[f];
      gates[n / kHidden][n % kHidden] = sum;
    }
    for (size_t n = 0; n < kHidden; ++n) {
      c[n] = sigmoid(gates[2][n]) * c[n] + sigmoid(gates[0][n]) * std::tanh(gates[3][n]);
      h[n] = sigmoid(gates[1][n]) * std::tanh(c[n]);
    }
    out[step] = h;
  }
  return out;
}

TEST(Lstm, IsWhatTheStepsSay) {
  std::vector<float> x;
  for (size_t k = 0; k < kSteps * kWidth; ++k)
    x.push_back(static_cast<float>(std::sin(1.7 * static_cast<double>(k)) + 0.1));
  const Tensor input = Tensor::of<float>({1, 4, 6}, x);
  for (const char* more : {"", ", bias: false", ", bidirectional: true"}) {
    Graph g = read_layers("  - lstm: {features: 3, name: l" + std::string(more) + "}\n");
    validate(g);
    fill_weights(g, 3);
    const size_t directions = std::string(more).find("bidirectional") == std::string::npos ? 1 : 2;
    const Tensor y = Reference(g).run(std::vector{input})[0];
    ASSERT_EQ(y.shape(), (Shape{1, 4, static_cast<int64_t>(directions * kHidden)}));
    for (size_t d = 0; d < directions; ++d) {
      const std::vector<std::vector<double>> expected = states(g, x, d);
      for (size_t k = 0; k < kSteps * kHidden; ++k) {
        const size_t step = k / kHidden, n = k % kHidden;
        EXPECT_NEAR(y.data<float>()[(step * directions + d) * kHidden + n], expected[step][n], 1e-5)
            << more << " " << d << " " << step << " " << n;
      }
    }
    std::optional<Graph> two = with_batch(g, 2);
    ASSERT_TRUE(two);
    const Tensor both = Reference(*two).run(std::vector{tensor::concatenate(std::vector{input, input})})[0];
    for (size_t k = 0; k < static_cast<size_t>(y.size()); ++k)
      EXPECT_NEAR(both.slice(1, 2).data<float>()[k], y.data<float>()[k], 1e-5);
  }
}

TEST(Lstm, CountsItsParameters) {
  EXPECT_EQ(parameter_count(read_layers("  - lstm: 5\n")), 4 * 5 * (6 + 5) + 8 * 5);
  EXPECT_EQ(parameter_count(read_layers("  - lstm: {features: 5, bias: false}\n")), 4 * 5 * (6 + 5));
  Graph g = read_layers("  - lstm: {features: 5, bidirectional: true}\n  - lstm: 5\n");
  EXPECT_EQ(parameter_count(g), 2 * (4 * 5 * (6 + 5) + 8 * 5) + 4 * 5 * (10 + 5) + 8 * 5);
  EXPECT_EQ(multiply_accumulates(g), 4 * (2 * 4 * 5 * (6 + 5) + 4 * 5 * (10 + 5)));
}

TEST(Lstm, SaysWhatDoesNotFit) {
  EXPECT_THAT(layers_message("  - lstm: 0\n"), HasSubstr("net.yaml:4:11: error: 0 is out of range"));
  EXPECT_THAT(layers_message("  - lstm: {feature: 5}\n"), HasSubstr("did you mean 'features'?"));
  EXPECT_THAT(layers_message("  - lstm: {features: 5, bidirectional: 2}\n"),
              HasSubstr("net.yaml:4:40: error: '2' is neither true nor false"));
  EXPECT_THAT(layers_message("  - flatten\n  - lstm: 5\n"), HasSubstr("takes a sequence (tokens, features)"));
  EXPECT_THAT(layers_message("  - lstm: 1000000\n"), HasSubstr("are more than any machine holds"));
}

}  // namespace
}  // namespace ohmweave::network
