// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/passes.h"
#include "ohmweave/network/quantize_range.h"
#include "ohmweave/network/quantize_sign.h"
#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

using tensor::FixedPoint;
using tensor::Quantization;
using testing::ElementsAre;
using testing::HasSubstr;

double squared_error(const Tensor& t, const Quantization& q) {
  const Tensor back = tensor::dequantize(tensor::quantize(t, q), q);
  double sum = 0;
  for (size_t k = 0; k < t.data<float>().size(); ++k)
    sum += std::pow(static_cast<double>(t.data<float>()[k]) - static_cast<double>(back.data<float>()[k]), 2);
  return sum;
}
/// Student's t with 3 degrees of freedom: a normal number over the root of the mean of three squared ones.
Tensor heavy_tailed(int64_t n, uint64_t seed) {
  Tensor t(Element::Float32, {n});
  base::RandomStream random(seed, 0, base::key_of("heavy tails"));
  for (float& v : t.mutable_data<float>()) {
    double squares = 0;
    for (int k = 0; k < 3; ++k) squares += std::pow(random.normal(), 2) / 3;
    v = static_cast<float>(random.normal() / std::sqrt(squares));
  }
  return t;
}
float scale_of(const Tensor& t, FixedPoint format, Clipping clipping, double percentile = 99.99) {
  Distribution d(clipping);
  d.add(t.data<float>());
  return d.scale(format, clipping, percentile);
}

TEST(Ranges, CoverEveryValueWithinHalfACode) {
  for (const auto& list : {std::vector<float>{-1, 0.5F}, {-0.2F, 3}, {0, 0}, {7}, {-7}, {1e-30F, -2e-30F}}) {
    const Tensor t = floats({static_cast<int64_t>(list.size())}, list);
    for (int bits = 2; bits <= 16; ++bits) {
      const Quantization q{{bits, true}, {scale_of(t, {bits, true}, Clipping::MinMax)}, -1};
      const Tensor back = tensor::dequantize(tensor::quantize(t, q), q);
      for (size_t k = 0; k < list.size(); ++k)
        EXPECT_LE(std::abs(back.data<float>()[k] - list[k]), q.scales[0] * 0.5001F)
            << bits << " bits, " << list[k];
    }
  }
}

TEST(Ranges, HaveTheScalesOfTheirEnds) {
  const Tensor t = floats({3}, {-2, 1, 0});
  EXPECT_FLOAT_EQ(scale_of(t, {8, true}, Clipping::MinMax), 2.0F / 128);
  EXPECT_FLOAT_EQ(scale_of(floats({2}, {-1, 2}), {8, true}, Clipping::MinMax), 2.0F / 127);
  EXPECT_FLOAT_EQ(scale_of(floats({2}, {0, 2}), {8, false}, Clipping::MinMax), 2.0F / 255);
  EXPECT_FLOAT_EQ(scale_of(t, {1, true}, Clipping::MinMax), 2);   // codes -1 and 0
  EXPECT_FLOAT_EQ(scale_of(t, {1, false}, Clipping::MinMax), 1);  // codes 0 and 1
  for (Clipping c : {Clipping::MinMax, Clipping::Percentile, Clipping::Mse})
    EXPECT_EQ(scale_of(floats({2}, {0, 0}), {8, true}, c), 1) << "nothing but zeros";
  EXPECT_FLOAT_EQ(scale_of(floats({3}, {1, HUGE_VALF, std::nanf("")}), {8, true}, Clipping::MinMax),
                  1.0F / 127);
}

bool is_power_of_two(float scale) {
  int exponent = 0;
  return std::frexp(scale, &exponent) == 0.5F;
}

TEST(Ranges, PowersOfTwoAreNoLargerThanNeeded) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Tensor t = heavy_tailed(50, seed);
    for (float& v : t.mutable_data<float>()) v *= static_cast<float>(std::exp(static_cast<double>(seed) - 10));
    for (const FixedPoint& format : {FixedPoint{8, true}, {6, false}, {2, true}}) {
      Distribution d(Clipping::MinMax);
      d.add(t.data<float>());
      const float free = d.scale(format, Clipping::MinMax, 100),
                  power = d.scale(format, Clipping::MinMax, 100, tensor::Scales::PowerOfTwo);
      EXPECT_TRUE(is_power_of_two(power)) << power;
      EXPECT_GE(power, free);
      EXPECT_LT(power / 2, free);
    }
  }
  EXPECT_EQ(scale_of(floats({1}, {-4}), {4, true}, Clipping::MinMax), 0.5F);
  Distribution exact(Clipping::MinMax);
  exact.add(floats({1}, {-4}).data<float>());
  EXPECT_EQ(exact.scale({4, true}, Clipping::MinMax, 100, tensor::Scales::PowerOfTwo), 0.5F) << "not doubled";
}

/// Codes without a sign: zero is one of them exactly, and all values are within half a code.
TEST(Ranges, WithoutASignZeroIsACode) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Tensor t = heavy_tailed(200, seed);
    const float shift = static_cast<float>(seed % 8) - 3.5F;
    for (float& v : t.mutable_data<float>()) v += shift;
    for (const Clipping clipping : {Clipping::MinMax, Clipping::Percentile, Clipping::Mse}) {
      for (const tensor::Scales scales : {tensor::Scales::Free, tensor::Scales::PowerOfTwo}) {
        for (const int bits : {3, 6, 8}) {
          Distribution d(clipping);
          d.add(t.data<float>());
          const Distribution::Fit fit = d.fit(bits, clipping, 99, scales);
          const Quantization q{{bits, false}, {fit.scale}, -1, {fit.zero_point}};
          ASSERT_GE(fit.zero_point, 0);
          ASSERT_LT(fit.zero_point, 1 << bits);
          EXPECT_EQ(tensor::dequantize(tensor::quantize(floats({1}, {0}), q), q).data<float>()[0], 0);
          if (scales == tensor::Scales::PowerOfTwo) {
            EXPECT_TRUE(is_power_of_two(fit.scale)) << fit.scale;
          }
          if (clipping != Clipping::MinMax) continue;
          const double needed = (d.most() - d.least()) / ((1 << bits) - 1);
          EXPECT_GE(fit.scale, needed * 0.999999);
          EXPECT_LT(fit.scale, needed * (scales == tensor::Scales::Free ? 1.000001 : 2));
          const Tensor back = tensor::dequantize(tensor::quantize(t, q), q);
          for (size_t k = 0; k < 200; ++k)
            ASSERT_LE(std::abs(back.data<float>()[k] - t.data<float>()[k]), fit.scale * 0.5001F);
        }
      }
    }
  }
}

/// Magnitudes 1 .. n: the percentile p stands at p n / 100, known to a bin of the histogram.
TEST(Ranges, LeaveOutWhatIsAboveThePercentile) {
  constexpr int kValues = 10000;
  Distribution d(Clipping::Percentile);
  for (int k = 1; k <= kValues; ++k) {
    const float v = static_cast<float>(k % 2 == 0 ? k : -k);
    d.add(std::span(&v, 1));
  }
  for (double percentile : {50.0, 90.0, 99.0, 99.9, 100.0})
    EXPECT_NEAR(d.scale({16, true}, Clipping::Percentile, percentile) * 32767, kValues * percentile / 100,
                16.1);
}

TEST(Ranges, DoNotDependOnTheOrderOfValues) {
  const Tensor t = heavy_tailed(5000, 1);
  std::vector<float> sorted = values<float>(t), falling;
  std::sort(sorted.begin(), sorted.end(), [](float a, float b) { return std::abs(a) < std::abs(b); });
  falling.assign(sorted.rbegin(), sorted.rend());
  for (Clipping c : {Clipping::Percentile, Clipping::Mse}) {
    Distribution one(c), other(c);
    for (float v : sorted) one.add(std::span(&v, 1));
    other.add(falling);
    EXPECT_EQ(one.scale({6, true}, c, 99), other.scale({6, true}, c, 99));
  }
}

TEST(Ranges, ForecastTheSquaredError) {
  const Tensor t = heavy_tailed(20000, 2);
  Distribution d(Clipping::Mse);
  d.add(t.data<float>());
  for (int bits : {1, 2, 4, 8, 12}) {
    for (double scale : {0.003, 0.02, 0.3, 2.0}) {
      const Quantization q{{bits, true}, {static_cast<float>(scale)}, -1};
      const double expected = squared_error(t, q);
      EXPECT_NEAR(d.squared_error(q.format, scale), expected, 0.02 * expected) << bits << " bits at " << scale;
    }
  }
}

TEST(Ranges, OfLeastSquaredErrorAreNoWorseThanTheWhole) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Tensor t = heavy_tailed(20000, seed);
    for (int bits = 2; bits <= 16; ++bits) {
      const FixedPoint format{bits, true};
      const double whole = squared_error(t, {format, {scale_of(t, format, Clipping::MinMax)}, -1}),
                   least = squared_error(t, {format, {scale_of(t, format, Clipping::Mse)}, -1});
      EXPECT_LE(least, whole * 1.0001) << bits << " bits";
      if (bits <= 4) {
        EXPECT_LT(least, 0.5 * whole) << bits << " bits: tails reach far";
      }
    }
  }
}

/// Best steps of a uniform quantizer of normal numbers (Max, Quantizing for Minimum Distortion, 1960, table
/// II). His has no zero and codes at both ends; with a zero and 2^(bits-1) - 1 codes up the best step is near.
TEST(Ranges, OfLeastSquaredErrorAreNearTheKnownOnesOfNormalNumbers) {
  const Tensor t = random_floats({200000}, 3);
  EXPECT_NEAR(scale_of(t, {4, true}, Clipping::Mse), 0.3352, 0.05);
  EXPECT_NEAR(scale_of(t, {5, true}, Clipping::Mse), 0.1881, 0.02);
}

/// input - Conv - Relu - MaxPool - Flatten - Gemm, with weights of the given spread.
struct Small {
  Graph graph;
  ValueId picture, convolved, rectified, pooled, flat, scores, kernels, matrix;

  explicit Small(bool transposed = false, bool with_values = true) {
    graph.name = "small";
    Value v;
    v.name = "input";
    v.shape = {1, 2, 6, 6};
    picture = graph.add_value(v);
    graph.inputs = {picture};
    kernels = add("kernels", random_floats({3, 2, 3, 3}, 1), with_values);
    convolved = add_node(graph, Op::Conv, "conv", {picture, kernels});
    rectified = add_node(graph, Op::Relu, "relu", {convolved});
    pooled = add_node(graph, Op::MaxPool, "pool", {rectified},
                      {{"kernel_shape", Integers{2, 2}}, {"strides", Integers{2, 2}}});
    flat = add_node(graph, Op::Flatten, "flatten", {pooled});
    matrix = add("matrix", random_floats(transposed ? Shape{5, 12} : Shape{12, 5}, 2), with_values);
    scores = add_node(graph, Op::Gemm, "dense", {flat, matrix}, {{"transB", int64_t{transposed}}});
    graph.outputs = {scores};
    validate(graph);
  }
  ValueId add(const std::string& name, Tensor t, bool with_values) {
    ValueId id = add_constant(graph, name, std::move(t));
    if (!with_values) graph.values[id].constant.reset();
    return id;
  }
  const Quantization& format(ValueId v) const { return *graph.value(v).format; }
};
float largest(const Tensor& t) {
  float most = 0;
  for (float v : t.data<float>()) most = std::max(most, std::abs(v));
  return most;
}

TEST(Quantize, TakesScalesFromTheExactNetwork) {
  Small s;
  const Tensor data = random_floats({70, 2, 6, 6}, 4);
  std::map<ValueId, Tensor> seen;
  Reference(s.graph).run(std::vector{data}, [&](ValueId v, const Tensor& t) { seen[v] = t; });
  QuantizeOptions options;
  options.activations.bits = 10;
  quantize(s.graph, options, &data);
  auto range = [&](const Tensor& t) {
    auto [low, high] = std::minmax_element(t.data<float>().begin(), t.data<float>().end());
    return std::max(*high / 511, *low / -512);
  };
  EXPECT_FLOAT_EQ(s.format(s.picture).scales[0], range(data));
  EXPECT_FLOAT_EQ(s.format(s.convolved).scales[0], range(seen[s.convolved]));
  EXPECT_FLOAT_EQ(s.format(s.scores).scales[0], range(seen[s.scores]));
  EXPECT_FLOAT_EQ(s.format(s.rectified).scales[0], largest(seen[s.rectified]) / 1023) << "without a sign";
  EXPECT_EQ(tensor::print(s.format(s.rectified).format), "uint10");
  EXPECT_EQ(tensor::print(s.format(s.scores).format), "int10");
}

TEST(Quantize, LeavesCodesAsTheyAreOnViewsAndMaxima) {
  Small s;
  const Tensor data = random_floats({8, 2, 6, 6}, 4);
  quantize(s.graph, {}, &data);
  for (ValueId v : {s.pooled, s.flat}) {
    EXPECT_EQ(s.format(v).format, s.format(s.rectified).format);
    EXPECT_EQ(s.format(v).scales, s.format(s.rectified).scales);
  }
}

TEST(Quantize, UsesTheSignBitOfWhatIsNeverNegative) {
  Small s;
  Tensor data = random_floats({8, 2, 6, 6}, 4);
  for (float& v : data.mutable_data<float>()) v = std::abs(v);
  quantize(s.graph, {}, &data);
  EXPECT_FALSE(s.format(s.picture).format.is_signed);
  Small with_sign;
  QuantizeOptions options;
  options.unsigned_activations = false;
  quantize(with_sign.graph, options, &data);
  EXPECT_TRUE(with_sign.format(with_sign.picture).format.is_signed);
  EXPECT_TRUE(with_sign.format(with_sign.rectified).format.is_signed);
}

TEST(Quantize, InputsWithoutASignCountFromAZeroPoint) {
  Small s;
  const Tensor data = random_floats({8, 2, 6, 6}, 4);
  QuantizeOptions options;
  options.activations = {6, false};
  quantize(s.graph, options, &data);
  for (ValueId v : {s.picture, s.convolved, s.scores}) {
    EXPECT_EQ(tensor::print(s.format(v).format), "uint6");
    EXPECT_GT(s.format(v).zero_point(), 0) << "values below zero have codes";
  }
  EXPECT_EQ(s.format(s.rectified).zero_point(), 0) << "nothing is below zero";
  EXPECT_EQ(tensor::print(s.format(s.kernels).format), "int16") << "weights keep their sign";
}

TEST(Quantize, GivesChannelsScalesOfTheirOwn) {
  QuantizeOptions options;
  options.per_channel_weights = true;
  options.weights.bits = 8;
  const Tensor data = random_floats({4, 2, 6, 6}, 4);
  for (bool transposed : {false, true}) {
    Small s(transposed);
    quantize(s.graph, options, &data);
    EXPECT_EQ(s.format(s.kernels).axis, 0);
    EXPECT_EQ(s.format(s.matrix).axis, transposed ? 0 : 1);
    ASSERT_EQ(s.format(s.matrix).scales.size(), 5U);
    auto w = s.graph.value(s.matrix).constant->data<float>();
    for (size_t n = 0; n < 5; ++n) {
      float expected = 0;
      for (size_t k = 0; k < 12; ++k) {
        const float v = w[transposed ? n * 12 + k : k * 5 + n];
        expected = std::max(expected, v > 0 ? v / 127 : v / -128);
      }
      EXPECT_FLOAT_EQ(s.format(s.matrix).scales[n], expected);
    }
  }
}

TEST(Quantize, ResultsThatNoProductReadsMayHaveOtherBits) {
  Small s;
  const Tensor data = random_floats({4, 2, 6, 6}, 4);
  QuantizeOptions options;
  options.activations.bits = 8;
  options.result_bits = 12;
  quantize(s.graph, options, &data);
  for (ValueId v : {s.picture, s.rectified, s.pooled, s.flat})  // pooled as they are, products read them
    EXPECT_EQ(s.format(v).format.bits, 8);
  for (ValueId v : {s.convolved, s.scores}) EXPECT_EQ(s.format(v).format.bits, 12);
}

TEST(Quantize, BinaryWeightsTimesAFactorOfTheirChannelAreExact) {
  for (const float other : {0.3F, -0.2F}) {
    Small s;
    auto kernels = s.graph.values[s.kernels].constant->mutable_data<float>();
    for (size_t k = 0; k < kernels.size(); ++k) {
      const float factor = k < kernels.size() / 3 ? -0.7F : 0.3F;  // a channel that has one sign only
      kernels[k] = factor < 0 || k % 2 == 0 ? factor : -factor;
    }
    kernels.back() = other;
    QuantizeOptions options;
    options.weights.bits = 2;
    options.per_channel_weights = true;
    const Tensor data = random_floats({4, 2, 6, 6}, 4);
    quantize(s.graph, options, &data);
    const Tensor back = tensor::dequantize(
        tensor::quantize(*s.graph.value(s.kernels).constant, s.format(s.kernels)), s.format(s.kernels));
    EXPECT_EQ(std::ranges::equal(back.data<float>(), kernels), other == 0.3F);
  }
}

TEST(Quantize, CountsChannelsOfPrivateKernelsAfterTheirPositions) {
  Graph g = single(Op::Relu, {random_floats({1, 2, 4, 4})});
  const ValueId kernels = add_constant(g, "kernels", random_floats({2, 3, 5, 2, 3, 2}));
  g.outputs = {add_node(g, Op::LocalConv, "private", {g.outputs[0], kernels})};
  QuantizeOptions options;
  options.per_channel_weights = true;
  const Tensor data = random_floats({2, 2, 4, 4});
  quantize(g, options, &data);
  EXPECT_EQ(g.value(kernels).format->axis, 2);
  EXPECT_EQ(g.value(kernels).format->scales.size(), 5U);
}

TEST(Quantize, HoldsSharedWeightsOnce) {
  Graph g = single(Op::Relu, {random_floats({1, 4})});
  const ValueId matrix = add_constant(g, "matrix", random_floats({4, 4}));
  const ValueId once = add_node(g, Op::MatMul, "once", {g.outputs[0], matrix});
  g.outputs = {add_node(g, Op::Gemm, "twice", {once, matrix}, {{"transB", int64_t{1}}})};
  QuantizeOptions options;
  options.per_channel_weights = true;
  quantize(g, options, nullptr);
  EXPECT_EQ(g.value(matrix).format->axis, -1) << "the outputs of both are different axes";
}

TEST(Quantize, WithoutCalibrationHasFormatsAndNoScales) {
  Small s(false, false);
  QuantizeOptions options;
  options.per_channel_weights = true;
  quantize(s.graph, options, nullptr);
  EXPECT_THAT(s.format(s.kernels).scales, ElementsAre(1, 1, 1));
  for (ValueId v : {s.picture, s.convolved, s.rectified, s.scores})
    EXPECT_THAT(s.format(v).scales, ElementsAre(1));
  EXPECT_EQ(tensor::print(s.format(s.flat).format), "uint16");
}

}  // namespace
}  // namespace ohmweave::network
