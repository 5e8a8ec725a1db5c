// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

double value(const Tensor& t, int64_t index) { return static_cast<double>(t.data<float>()[static_cast<size_t>(index)]); }

TEST(normalization, by_known_statistics) {
  Tensor x = random_floats({2, 3, 4, 5}, 1), scale = random_floats({3}, 2), shift = random_floats({3}, 3), mean = random_floats({3}, 4), variance = floats({3}, {0.5F, 1, 2});
  Tensor y = apply(Op::BatchNormalization, {x, scale, shift, mean, variance}, {{"epsilon", 0.01}});
  for (int64_t k = 0; k < y.size(); ++k) {
    int64_t c = k / 20 % 3;
    EXPECT_NEAR(value(y, k), (value(x, k) - value(mean, c)) / std::sqrt(value(variance, c) + 0.01) * value(scale, c) + value(shift, c), 1e-5);
  }
  EXPECT_EQ(apply(Op::BatchNormalization, {random_floats({4, 3}), scale, shift, mean, variance}).shape(), (Shape{4, 3}));
  EXPECT_THAT(message_of([&] { apply(Op::BatchNormalization, {random_floats({4, 2}), scale, shift, mean, variance}); }), HasSubstr("operand 2 of shape 3 must have one number for each of 2 channels"));
}

TEST(normalization, by_statistics_of_the_data) {
  Tensor x = random_floats({2, 3, 8}, 1), scale = floats({3}, {1, 2, 3}), shift = floats({3}, {0, -1, 1});
  Tensor y = apply(Op::InstanceNormalization, {x, scale, shift});
  for (int64_t row = 0; row < 6; ++row) {
    double mean = 0, variance = 0;
    for (int64_t k = 0; k < 8; ++k) mean += value(x, row * 8 + k) / 8;
    for (int64_t k = 0; k < 8; ++k) variance += std::pow(value(x, row * 8 + k) - mean, 2) / 8;
    for (int64_t k = 0; k < 8; ++k) {
      EXPECT_NEAR(value(y, row * 8 + k), (value(x, row * 8 + k) - mean) / std::sqrt(variance + 1e-5) * value(scale, row % 3) + value(shift, row % 3), 1e-5);
    }
  }
}

TEST(normalization, of_layers) {
  Tensor x = floats({2, 2, 2}, {1, 2, 3, 6, 0, 0, 0, 8}), scale = floats({2, 2}, {1, 1, 1, 2}), shift = floats({2, 2}, {0, 0, 0, 1});
  std::vector<Tensor> y = apply_all(Op::LayerNormalization, {x, scale, shift}, {{"axis", int64_t{1}}, {"epsilon", 0.0}}, 3);
  const float d = std::sqrt(3.5F), e = std::sqrt(12.0F);  // deviations of the two rows
  EXPECT_EQ(y[1].shape(), (Shape{2, 1, 1}));
  EXPECT_THAT(values<float>(y[1]), ElementsAre(3, 2));
  EXPECT_THAT(values<float>(y[2]), ElementsAre(FloatNear(1 / d, 1e-6F), FloatNear(1 / e, 1e-6F)));
  std::vector<float> expected{-2 / d, -1 / d, 0, 6 / d + 1, -2 / e, -2 / e, -2 / e, 12 / e + 1};
  for (int64_t k = 0; k < 8; ++k) EXPECT_NEAR(value(y[0], k), static_cast<double>(expected[static_cast<size_t>(k)]), 1e-6);
  EXPECT_THAT(message_of([&] { apply(Op::LayerNormalization, {x, scale}); }), HasSubstr("operand 2 must have the shape 2"));
}

TEST(normalization, across_channels) {
  for (int64_t size : {1, 3, 4}) {
    Tensor x = random_floats({2, 6, 3, 3}, 5);
    Tensor y = apply(Op::LRN, {x}, {{"size", size}, {"alpha", 0.5}, {"beta", 0.6}, {"bias", 2.0}});
    for (int64_t k = 0; k < y.size(); ++k) {
      int64_t c = k / 9 % 6;
      double sum = 0;
      for (int64_t other = std::max<int64_t>(0, c - (size - 1) / 2); other <= std::min<int64_t>(5, c + size / 2); ++other) sum += std::pow(value(x, k + (other - c) * 9), 2);
      EXPECT_NEAR(value(y, k), value(x, k) / std::pow(2 + 0.5 / static_cast<double>(size) * sum, 0.6), 1e-6) << size;
    }
  }
  EXPECT_THAT(message_of([] { apply(Op::LRN, {random_floats({1, 2})}); }), HasSubstr("needs the attribute 'size'"));
}

TEST(normalization, softmax) {
  Tensor x = floats({2, 2}, {0, std::log(3.0F), 1000, 1000});
  EXPECT_THAT(values<float>(apply(Op::Softmax, {x})), ElementsAre(FloatNear(0.25F, 1e-6F), FloatNear(0.75F, 1e-6F), 0.5F, 0.5F));
  EXPECT_THAT(values<float>(apply(Op::LogSoftmax, {x})), ElementsAre(FloatNear(std::log(0.25F), 1e-6F), FloatNear(std::log(0.75F), 1e-6F), FloatNear(-0.6931472F, 1e-6F), FloatNear(-0.6931472F, 1e-6F)));
  EXPECT_THAT(values<float>(apply(Op::Softmax, {x}, {{"axis", int64_t{0}}})), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(message_of([&] { apply(Op::Softmax, {x}, {{"axis", int64_t{2}}}); }), HasSubstr("axis 2 of 2 axes"));
}

}  // namespace
}  // namespace ohmweave::network
