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

const Tensor kMatrix = floats({2, 3}, {1, -2, 3, 4, 5, -6});
const Attributes kDropped{{"keepdims", int64_t{0}}};

std::vector<float> along(Op op, int64_t axis) { return values<float>(apply(op, {kMatrix, integers({axis})}, kDropped)); }

TEST(reductions, along_one_axis) {
  EXPECT_THAT(along(Op::ReduceSum, 0), ElementsAre(5, 3, -3));
  EXPECT_THAT(along(Op::ReduceSum, -1), ElementsAre(2, 3));
  EXPECT_THAT(along(Op::ReduceMean, 1), ElementsAre(2 / 3.0F, 1));
  EXPECT_THAT(along(Op::ReduceMax, 1), ElementsAre(3, 5));
  EXPECT_THAT(along(Op::ReduceMin, 1), ElementsAre(-2, -6));
  EXPECT_THAT(along(Op::ReduceProd, 1), ElementsAre(-6, -120));
  EXPECT_THAT(along(Op::ReduceL1, 1), ElementsAre(6, 15));
  EXPECT_THAT(along(Op::ReduceL2, 1), ElementsAre(std::sqrt(14.0F), std::sqrt(77.0F)));
  EXPECT_THAT(along(Op::ReduceSumSquare, 1), ElementsAre(14, 77));
  EXPECT_THAT(along(Op::ReduceLogSum, 1), ElementsAre(std::log(2.0F), std::log(3.0F)));
  EXPECT_THAT(along(Op::ReduceLogSumExp, 0), ElementsAre(FloatNear(4.0485873F, 1e-6F), FloatNear(5.0009115F, 1e-6F), FloatNear(3.0001234F, 1e-6F)));
}

TEST(reductions, axes_and_extents) {
  Tensor x = random_floats({2, 3, 4});
  EXPECT_EQ(apply(Op::ReduceSum, {x}).shape(), (Shape{1, 1, 1}));
  EXPECT_EQ(apply(Op::ReduceSum, {x}, kDropped).shape(), Shape{});
  EXPECT_EQ(apply(Op::ReduceSum, {x, integers({2, 0})}).shape(), (Shape{1, 3, 1}));
  EXPECT_EQ(apply(Op::ReduceSum, {x, integers({})}).shape(), (Shape{1, 1, 1}));
  EXPECT_EQ(apply(Op::ReduceSum, {x, integers({})}, {{"noop_with_empty_axes", int64_t{1}}}).shape(), x.shape());
  Tensor middle = apply(Op::ReduceSum, {x, integers({0, 2})}, kDropped);
  for (size_t j = 0; j < 3; ++j) {
    double sum = 0;
    for (size_t i = 0; i < 2; ++i) {
      for (size_t k = 0; k < 4; ++k) sum += static_cast<double>(values<float>(x)[(i * 3 + j) * 4 + k]);
    }
    EXPECT_NEAR(static_cast<double>(values<float>(middle)[j]), sum, 1e-6);
  }
  EXPECT_THAT(message_of([&] { apply(Op::ReduceSum, {x, integers({3})}); }), HasSubstr("axis 3 of 3 axes"));
  EXPECT_THAT(message_of([&] { apply(Op::ReduceSum, {x, integers({0, -3})}); }), HasSubstr("an axis is named twice"));
}

TEST(reductions, of_nothing) {
  Tensor none(Element::Float32, {2, 0});
  EXPECT_THAT(values<float>(apply(Op::ReduceSum, {none, integers({1})}, kDropped)), ElementsAre(0, 0));
  EXPECT_THAT(values<float>(apply(Op::ReduceProd, {none, integers({1})}, kDropped)), ElementsAre(1, 1));
  EXPECT_THAT(values<float>(apply(Op::ReduceMax, {none, integers({1})}, kDropped)), ElementsAre(-HUGE_VALF, -HUGE_VALF));
  EXPECT_EQ(apply(Op::ReduceSum, {none, integers({0})}, kDropped).shape(), Shape{0});
}

TEST(reductions, keep_what_floats_lose) {
  Tensor many(Element::Float32, {1, 100000});
  for (float& v : many.mutable_data<float>()) v = 0.1F;
  EXPECT_FLOAT_EQ(values<float>(apply(Op::ReduceSum, {many}))[0], 10000.000149F);  // summed in double
  EXPECT_THAT(values<float>(apply(Op::ReduceLogSumExp, {floats({2}, {1000, 1000})})), ElementsAre(FloatNear(1000.6931F, 1e-4F)));
  EXPECT_THAT(values<int64_t>(apply(Op::ReduceSum, {integers({INT64_MAX, -1})})), ElementsAre(INT64_MAX - 1));
}

TEST(reductions, choices) {
  Tensor x = floats({2, 3}, {1, 7, 7, 4, 4, 0});
  auto chosen = [&](Op op, const Attributes& a) { return values<int64_t>(apply(op, {x}, a)); };
  EXPECT_THAT(chosen(Op::ArgMax, {{"axis", int64_t{1}}}), ElementsAre(1, 0));
  EXPECT_THAT(chosen(Op::ArgMax, {{"axis", int64_t{-1}}, {"select_last_index", int64_t{1}}}), ElementsAre(2, 1));
  EXPECT_THAT(chosen(Op::ArgMin, {{"axis", int64_t{0}}, {"keepdims", int64_t{0}}}), ElementsAre(0, 1, 1));
  EXPECT_EQ(apply(Op::ArgMax, {x}, {{"axis", int64_t{1}}}).shape(), (Shape{2, 1}));
  EXPECT_THAT(message_of([] { apply(Op::ArgMax, {Tensor(Element::Float32, {2, 0})}, {{"axis", int64_t{1}}}); }), HasSubstr("there is nothing to choose from"));
}

}  // namespace
}  // namespace ohmweave::network
