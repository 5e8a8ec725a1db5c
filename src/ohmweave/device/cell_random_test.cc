// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/cell_random.h"

#include <cmath>

#include <gmock/gmock.h>

#include "ohmweave/device/cell_math.h"
#include "ohmweave/device/testing/cells.h"

namespace ohmweave::device {
namespace {

TEST(CellRandom, EveryInstructionSetGivesTheBitsOfThePlainestCode) {
  const CellRandom random(3, 5);
  for (const int64_t batch : {int64_t{0}, int64_t{1}, int64_t{77}, int64_t{1} << 40}) {
    CellRandom::Normals fast, plain;
    random.normals(batch, Draw::Programming, 2, fast);
    random.plain_normals(batch, Draw::Programming, 2, plain);
    EXPECT_EQ(fast, plain) << batch;
  }
}

TEST(CellRandom, FunctionsAreAsExactAsSinglePrecision) {
  for (double x = 1e-9; x < 1e4; x *= 1.0137) {
    const auto f = static_cast<float>(x);
    EXPECT_NEAR(natural_log(f), std::log(static_cast<double>(f)), 3e-7 * std::max(1.0, std::abs(std::log(x))))
        << x;
  }
  for (double x = -79; x < 79; x += 0.0537) {
    const auto f = static_cast<float>(x);
    EXPECT_NEAR(exponential(f) / std::exp(static_cast<double>(f)), 1, 5e-7) << x;
  }
  EXPECT_EQ(exponential(0), 1.0F);
  EXPECT_EQ(natural_log(1), 0.0F);
}

std::vector<double> normals(Draw draw, uint32_t attempt, uint64_t place, int64_t batches) {
  std::vector<double> out;
  CellRandom::Normals z;
  for (int64_t b = 0; b < batches; ++b) {
    CellRandom(1, place).normals(b, draw, attempt, z);
    out.insert(out.end(), z.begin(), z.end());
  }
  return out;
}

// The moments of a standard normal variable: 0, 1, 0, 3; the error of its fourth is sqrt(96 / N).
TEST(CellRandom, NormalNumbersHaveTheirMoments) {
  const std::vector<double> z = normals(Draw::Programming, 0, 1, 1000);
  const auto n = static_cast<double>(z.size());
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, beyond = 0;
  for (double x : z)
    m1 += x / n, m2 += x * x / n, m3 += x * x * x / n, m4 += x * x * x * x / n, beyond += std::abs(x) > 3;
  EXPECT_NEAR(m1, 0, 3 / std::sqrt(n));
  EXPECT_NEAR(m2, 1, 3 * std::sqrt(2 / n));
  EXPECT_NEAR(m3, 0, 3 * std::sqrt(15 / n));
  EXPECT_NEAR(m4, 3, 3 * std::sqrt(96 / n));
  const double tail = std::erfc(3 / std::sqrt(2.0));
  EXPECT_NEAR(beyond / n, tail, 3 * std::sqrt(tail / n));
}

TEST(CellRandom, CellsPlacesAndPurposesAreIndependent) {
  constexpr int64_t kBatches = 400;
  const std::vector<double> z = normals(Draw::Programming, 0, 1, kBatches);
  const double error = 3 / std::sqrt(static_cast<double>(z.size()));
  EXPECT_NEAR(correlation(z, normals(Draw::Programming, 1, 1, kBatches)), 0, error);
  EXPECT_NEAR(correlation(z, normals(Draw::DriftExponent, 0, 1, kBatches)), 0, error);
  EXPECT_NEAR(correlation(z, normals(Draw::Programming, 0, 2, kBatches)), 0, error);
  for (const int64_t lag : {1, 2, 64, 128, 256}) {  // neighbours, and cells that share a block or a pair
    const std::vector<double> a(z.begin(), z.end() - lag), b(z.begin() + lag, z.end());
    EXPECT_NEAR(correlation(a, b), 0, error) << lag;
  }
}

}  // namespace
}  // namespace ohmweave::device
