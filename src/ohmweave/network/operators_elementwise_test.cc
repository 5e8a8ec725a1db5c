// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(elementwise, arithmetic_of_one_shape) {
  Tensor a = floats({2, 2}, {1, 2, 3, 4}), b = floats({2, 2}, {10, 20, 30, -8});
  EXPECT_THAT(values<float>(apply(Op::Add, {a, b})), ElementsAre(11, 22, 33, -4));
  EXPECT_THAT(values<float>(apply(Op::Sub, {a, b})), ElementsAre(-9, -18, -27, 12));
  EXPECT_THAT(values<float>(apply(Op::Mul, {a, b})), ElementsAre(10, 40, 90, -32));
  EXPECT_THAT(values<float>(apply(Op::Div, {b, a})), ElementsAre(10, 10, 10, -2));
  EXPECT_THAT(values<float>(apply(Op::Pow, {a, floats({}, {2})})), ElementsAre(1, 4, 9, 16));
}

/// Broadcasting against a plain loop over all index pairs.
TEST(elementwise, every_kind_of_stretching) {
  const std::vector<std::pair<Shape, Shape>> cases = {{{2, 3, 4, 5}, {}},        {{2, 3, 4, 5}, {1}},       {{2, 3, 4, 5}, {5}},       {{2, 3, 4, 5}, {3, 1, 1}}, {{2, 3, 4, 5}, {4, 1}},
                                                      {{2, 3, 4, 5}, {2, 1, 4, 1}}, {{3, 1}, {2, 3, 4}},       {{1, 3, 1, 5}, {2, 1, 4, 1}}, {{40000}, {40000}},        {{3, 20000}, {3, 1}},
                                                      {{1, 20000}, {3, 1}},         {{0, 3}, {1, 3}},          {{1, 3}, {0, 1}}};
  for (const auto& [left, right] : cases) {
    Tensor a = random_floats(left, 1), b = random_floats(right, 2);
    Tensor y = apply(Op::Sub, {a, b});
    auto at = [&](const Shape& shape, int64_t index) {  // of the result's element `index` in an operand
      int64_t place = 0, stride = 1;
      for (size_t k = 0; k < y.rank(); ++k) {
        int64_t extent = y.dim(y.rank() - 1 - k), here = index % extent;
        index /= extent;
        if (k >= shape.size()) continue;
        int64_t own = shape[shape.size() - 1 - k];
        place += (own == 1 ? 0 : here) * stride;
        stride *= own;
      }
      return static_cast<size_t>(place);
    };
    for (int64_t k = 0; k < y.size(); ++k) {
      ASSERT_EQ(y.data<float>()[static_cast<size_t>(k)], a.data<float>()[at(left, k)] - b.data<float>()[at(right, k)]) << tensor::print(left) << " - " << tensor::print(right);
    }
  }
}

TEST(elementwise, shapes_that_do_not_fit) {
  EXPECT_THAT(message_of([] { apply(Op::Add, {random_floats({2, 3}), random_floats({2})}); }), HasSubstr("node 'node' (Add): operands of shapes 2x3 and 2 do not fit"));
  EXPECT_THAT(message_of([] { apply(Op::Add, {random_floats({2}), integers({1, 2})}); }), HasSubstr("operands of different types, float32 and int64"));
  EXPECT_THAT(message_of([] { apply(Op::PRelu, {random_floats({3}), random_floats({2, 3})}); }), HasSubstr("a slope of shape 2x3 does not fit 3"));
}

TEST(elementwise, whole_numbers) {
  Tensor a = integers({7, -7, INT64_MAX}), b = integers({2, 2, 2});
  EXPECT_THAT(values<int64_t>(apply(Op::Div, {a, b})), ElementsAre(3, -3, INT64_MAX / 2));  // towards zero
  EXPECT_THAT(values<int64_t>(apply(Op::Mul, {a, b})), ElementsAre(14, -14, -2));           // wraps around
  EXPECT_THAT(values<int64_t>(apply(Op::Pow, {integers({3, -2, 2}), integers({4, 3, -1})})), ElementsAre(81, -8, 0));
  EXPECT_THAT(values<int64_t>(apply(Op::Div, {integers({INT64_MIN}), integers({-1})})), ElementsAre(INT64_MIN));
  EXPECT_THAT(message_of([&] { apply(Op::Div, {a, integers({0, 1, 1})}); }), HasSubstr("division of whole numbers by zero"));
}

TEST(elementwise, powers_of_mixed_types) {
  EXPECT_THAT(values<float>(apply(Op::Pow, {floats({2}, {2, 9}), integers({3})})), ElementsAre(8, 729));
  EXPECT_THAT(values<float>(apply(Op::Pow, {floats({2}, {4, 9}), floats({}, {0.5F})})), ElementsAre(2, 3));
}

TEST(elementwise, any_number_of_operands) {
  Tensor a = floats({3}, {1, 5, 3}), b = floats({1}, {2}), c = floats({2, 1}, {4, 0});
  EXPECT_THAT(values<float>(apply(Op::Sum, {a, b, c})), ElementsAre(7, 11, 9, 3, 7, 5));
  EXPECT_THAT(values<float>(apply(Op::Mean, {a, b, c})), ElementsAre(7 / 3.0F, 11 / 3.0F, 3, 1, 7 / 3.0F, 5 / 3.0F));
  EXPECT_THAT(values<float>(apply(Op::Max, {a, b, c})), ElementsAre(4, 5, 4, 2, 5, 3));
  EXPECT_THAT(values<float>(apply(Op::Min, {a, b, c})), ElementsAre(1, 2, 2, 0, 0, 0));
  EXPECT_THAT(values<float>(apply(Op::Sum, {a})), ElementsAre(1, 5, 3));
  Tensor none = floats({1}, {std::nanf("")});
  EXPECT_TRUE(std::isnan(values<float>(apply(Op::Max, {floats({1}, {1}), none}))[0]));
  EXPECT_TRUE(std::isnan(values<float>(apply(Op::Min, {none, floats({1}, {1})}))[0]));
}

TEST(elementwise, comparisons_and_choices) {
  Tensor a = floats({3}, {1, 2, 3}), b = floats({}, {2});
  EXPECT_THAT(values<bool>(apply(Op::Less, {a, b})), ElementsAre(true, false, false));
  EXPECT_THAT(values<bool>(apply(Op::Greater, {a, b})), ElementsAre(false, false, true));
  EXPECT_THAT(values<bool>(apply(Op::Equal, {a, b})), ElementsAre(false, true, false));
  EXPECT_THAT(values<bool>(apply(Op::Equal, {booleans({2}, {1, 0}), booleans({2}, {1, 1})})), ElementsAre(true, false));
  EXPECT_THAT(values<float>(apply(Op::Where, {booleans({2, 1}, {1, 0}), a, b})), ElementsAre(1, 2, 3, 2, 2, 2));
}

TEST(elementwise, slopes) {
  Tensor x = floats({1, 2, 2}, {-1, 2, -3, 4});
  EXPECT_THAT(values<float>(apply(Op::PRelu, {x, floats({2, 1}, {0.5F, 0.1F})})), ElementsAre(-0.5F, 2, -0.3F, 4));
}

}  // namespace
}  // namespace ohmweave::network
