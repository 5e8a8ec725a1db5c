// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ohmweave/network/testing/files.h"
#include "ohmweave/network/testing/operators.h"

namespace ohmweave::network {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const float kInfinity = std::numeric_limits<float>::infinity();

/// f(x) of a handful of numbers against a formula in double.
void expect_formula(Op op, double (*formula)(double), const Attributes& attributes = {}) {
  Tensor x = floats({7}, {-30, -2.5F, -0.5F, 0, 0.25F, 1.5F, 8});
  Tensor y = apply(op, {x}, attributes);
  for (size_t k = 0; k < 7; ++k) {
    double expected = formula(static_cast<double>(values<float>(x)[k]));
    EXPECT_NEAR(static_cast<double>(values<float>(y)[k]), expected, 1e-6 * std::max(1.0, std::abs(expected))) << name_of(op) << " of " << values<float>(x)[k];
  }
}

TEST(unary, formulas) {
  expect_formula(Op::Sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); });
  expect_formula(Op::Tanh, [](double x) { return std::tanh(x); });
  expect_formula(Op::Exp, [](double x) { return std::exp(x); });
  expect_formula(Op::Erf, [](double x) { return std::erf(x); });
  expect_formula(Op::Softplus, [](double x) { return std::log(1 + std::exp(x)); });
  expect_formula(Op::Elu, [](double x) { return x > 0 ? x : 2 * (std::exp(x) - 1); }, {{"alpha", 2.0}});
  expect_formula(Op::Selu, [](double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (std::exp(x) - 1)); });
  expect_formula(Op::LeakyRelu, [](double x) { return x > 0 ? x : 0.1 * x; }, {{"alpha", 0.1}});
  expect_formula(Op::HardSigmoid, [](double x) { return std::fmax(0, std::fmin(1, 0.2 * x + 0.5)); });
  expect_formula(Op::HardSwish, [](double x) { return x * std::fmax(0, std::fmin(1, x / 6 + 0.5)); });
  expect_formula(Op::Relu, [](double x) { return std::fmax(0, x); });
  expect_formula(Op::Abs, [](double x) { return std::fabs(x); });
  expect_formula(Op::Neg, [](double x) { return -x; });
}

TEST(unary, of_positive_numbers) {
  EXPECT_THAT(values<float>(apply(Op::Sqrt, {floats({2}, {4, 2.25F})})), ElementsAre(2, 1.5F));
  EXPECT_THAT(values<float>(apply(Op::Reciprocal, {floats({2}, {4, -0.5F})})), ElementsAre(0.25F, -2));
  EXPECT_THAT(values<float>(apply(Op::Log, {floats({2}, {1, 0})})), ElementsAre(0, -kInfinity));
}

TEST(unary, rounding) {
  Tensor x = floats({6}, {-1.5F, -0.5F, 0.5F, 1.5F, 2.5F, 2.7F});
  EXPECT_THAT(values<float>(apply(Op::Round, {x})), ElementsAre(-2, 0, 0, 2, 2, 3));  // ties to even
  EXPECT_THAT(values<float>(apply(Op::Floor, {x})), ElementsAre(-2, -1, 0, 1, 2, 2));
  EXPECT_THAT(values<float>(apply(Op::Ceil, {x})), ElementsAre(-1, 0, 1, 2, 3, 3));
  EXPECT_THAT(values<float>(apply(Op::Sign, {x})), ElementsAre(-1, -1, 1, 1, 1, 1));
}

TEST(unary, whole_numbers) {
  Tensor x = integers({-3, 0, 5, INT64_MIN});
  EXPECT_THAT(values<int64_t>(apply(Op::Abs, {x})), ElementsAre(3, 0, 5, INT64_MIN));  // wraps around
  EXPECT_THAT(values<int64_t>(apply(Op::Neg, {x})), ElementsAre(3, 0, -5, INT64_MIN));
  EXPECT_THAT(values<int64_t>(apply(Op::Sign, {x})), ElementsAre(-1, 0, 1, -1));
  EXPECT_THAT(values<int64_t>(apply(Op::Relu, {x})), ElementsAre(0, 0, 5, 0));
  EXPECT_THAT(message_of([&] { apply(Op::Exp, {x}); }), HasSubstr("node 'node' (Exp): takes reals, not int64"));
}

TEST(unary, clip) {
  Tensor x = floats({4}, {-kInfinity, -1, 0.5F, kInfinity}), none;
  EXPECT_THAT(values<float>(apply(Op::Clip, {x})), ElementsAre(-kInfinity, -1, 0.5F, kInfinity));
  EXPECT_THAT(values<float>(apply(Op::Clip, {x, floats({}, {-0.5F})})), ElementsAre(-0.5F, -0.5F, 0.5F, kInfinity));
  EXPECT_THAT(values<float>(apply(Op::Clip, {x, none, floats({1}, {0})})), ElementsAre(-kInfinity, -1, 0, 0));
  EXPECT_THAT(values<float>(apply(Op::Clip, {x, floats({}, {2}), floats({}, {1})})), ElementsAre(1, 1, 1, 1));  // the upper bound wins
}

TEST(unary, cast) {
  auto to = [](Element e) { return Attributes{{"to", static_cast<int64_t>(e)}}; };
  Tensor x = floats({6}, {-1.9F, 0, 2.9F, 1e30F, -kInfinity, std::nanf("")});
  EXPECT_THAT(values<int64_t>(apply(Op::Cast, {x}, to(Element::Int64))), ElementsAre(-1, 0, 2, INT64_MAX, INT64_MIN, 0));
  EXPECT_THAT(values<uint8_t>(apply(Op::Cast, {x}, to(Element::UInt8))), ElementsAre(0, 0, 2, 255, 0, 0));
  EXPECT_THAT(values<bool>(apply(Op::Cast, {x}, to(Element::Bool))), ElementsAre(true, false, true, true, true, true));
  EXPECT_THAT(values<float>(apply(Op::Cast, {booleans({2}, {1, 0})}, to(Element::Float32))), ElementsAre(1, 0));
  EXPECT_THAT(values<double>(apply(Op::Cast, {integers({3})}, to(Element::Float64))), ElementsAre(3));
}

TEST(unary, dropout_lets_everything_through) {
  std::vector<Tensor> y = apply_all(Op::Dropout, {floats({2}, {3, -4})}, {}, 2);
  EXPECT_THAT(values<float>(y[0]), ElementsAre(3, -4));
  EXPECT_THAT(values<bool>(y[1]), ElementsAre(true, true));
}

}  // namespace
}  // namespace ohmweave::network
