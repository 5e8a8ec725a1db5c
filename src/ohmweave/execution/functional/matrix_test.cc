// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/matrix.h"

#include <gmock/gmock.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/random.h"

namespace ohmweave::execution {
namespace {

using tensor::Element;
using tensor::Tensor;
using testing::HasSubstr;

Tensor whole(int64_t rows, int64_t columns, int64_t low, int64_t high, uint64_t seed) {
  base::RandomStream random(seed, 0, 0);
  Tensor out(Element::Int32, {rows, columns});
  for (int32_t& x : out.mutable_data<int32_t>())
    x = static_cast<int32_t>(low + static_cast<int64_t>(random.below(static_cast<uint64_t>(high - low + 1))));
  return out;
}
Tensor reals(int64_t rows, int64_t columns, double low, double high, uint64_t seed) {
  base::RandomStream random(seed, 1, 0);
  Tensor out(Element::Float64, {rows, columns});
  for (double& x : out.mutable_data<double>()) x = random.uniform(low, high);
  return out;
}
/// Plain arithmetic: inputs times weights.
std::vector<double> product(const Tensor& weights, const Tensor& inputs) {
  const Tensor w = weights.to(Element::Float64), x = inputs.to(Element::Float64);
  std::vector<double> out;
  for (int64_t b = 0; b < x.dim(0); ++b) {
    for (int64_t c = 0; c < w.dim(1); ++c) {
      double sum = 0;
      for (int64_t r = 0; r < w.dim(0); ++r)
        sum += x.data<double>()[static_cast<size_t>(b * w.dim(0) + r)] *
               w.data<double>()[static_cast<size_t>(r * w.dim(1) + c)];
      out.push_back(sum);
    }
  }
  return out;
}
MatrixProduct on(const std::string& design, const Tensor& w, const Tensor& x, uint64_t seed = 1) {
  return multiply(machine::load(design), w, x, seed, "W", "X");
}

TEST(Matrix, CodesOfALosslessDesignGiveTheExactProduct) {
  const Tensor w = whole(200, 30, -32768, 32767, 1), x = whole(70, 200, -32768, 32767, 2);
  const MatrixProduct p = on("isaac", w, x);
  ASSERT_EQ(p.outputs.element(), Element::Int64);
  const std::vector<double> expected = product(w, x);
  const auto ours = p.outputs.data<int64_t>();
  for (size_t k = 0; k < expected.size(); ++k) ASSERT_EQ(static_cast<double>(ours[k]), expected[k]);
  EXPECT_EQ(p.relative_error, 0);
}

TEST(Matrix, RealsAreQuantizedToTheDesignsPrecision) {
  const Tensor w = reals(100, 20, -2, 3, 3), x = reals(9, 100, 0, 1, 4);
  const MatrixProduct p = on("isaac", w, x);
  ASSERT_EQ(p.outputs.element(), Element::Float64);
  const std::vector<double> expected = product(w, x);
  // Each operand is half a code off at most: 100 products, each off by a half code of one times the other.
  const double bound = 100 * (0.5 * p.weights.scale * 1 + 0.5 * p.inputs.scale * 3 + 1e-9);
  for (size_t k = 0; k < expected.size(); ++k) ASSERT_NEAR(p.outputs.data<double>()[k], expected[k], bound);
}

TEST(Matrix, ThreadsChangeNothing) {
  const Tensor w = reals(150, 24, -1, 1, 5), x = reals(200, 150, 0, 1, 6);
  base::use_threads(1);
  const MatrixProduct one = on("isaac:chip.tile.ima.adc.bits=6", w, x);
  base::use_threads(2);
  const MatrixProduct two = on("isaac:chip.tile.ima.adc.bits=6", w, x);
  base::use_threads(0);
  EXPECT_GT(one.relative_error, 0);
  EXPECT_THAT(two.outputs.data<double>(), testing::ElementsAreArray(one.outputs.data<double>()));
  EXPECT_EQ(one.tally.size(), two.tally.size());
}

TEST(Matrix, RefusesWhatCannotBeMultiplied) {
  const auto says = [](const Tensor& w, const Tensor& x, const std::string& what) {
    try {
      on("isaac", w, x);
      FAIL();
    } catch (const base::Failure& failure) {
      EXPECT_THAT(failure.what(), HasSubstr(what));
    }
  };
  says(whole(4, 2, 0, 1, 1), whole(3, 5, 0, 1, 1), "X: error: has vectors of 5 numbers, but W has 4 rows");
  says(whole(4, 2, 40000, 50000, 1), whole(3, 4, 0, 1, 1), "is no code of int16: those are -32768 to 32767");
  Tensor infinite = reals(3, 4, 0, 1, 1);
  infinite.mutable_data<double>()[5] = 1.0 / 0.0;
  says(whole(4, 2, 0, 1, 1), infinite, "X: error: has numbers that are not finite");
  says(reals(4, 2, 0, 1, 1).reshaped({8}), whole(3, 4, 0, 1, 1), "W: error: is 8; a matrix is rows x columns");
}

}  // namespace
}  // namespace ohmweave::execution
