// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/column_tile.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "ohmweave/base/random.h"

namespace ohmweave::array {
namespace {

std::vector<int32_t> random_codes(base::RandomStream& random, const tensor::FixedPoint& format, int64_t n) {
  std::vector<int32_t> codes(static_cast<size_t>(n));
  for (int32_t& c : codes) c = format.least() + static_cast<int32_t>(random.below(uint64_t{1} << format.bits));
  return codes;
}

/// Written down once more, in doubles and without a grid: codes of every conversion, merged.
double expected(const InputDigits& digits, const std::vector<int32_t>& codes, const std::vector<float>& steps,
                const circuit::Transfer& transfer) {
  double merged = 0;
  for (int k = 0; k < digits.count; ++k) {
    double sum = 0;
    for (size_t r = 0; r < steps.size(); ++r)
      sum += static_cast<double>(digits.digit(codes[r], k)) * static_cast<double>(steps[r]);
    merged += static_cast<double>(digits.weight(k)) * transfer.value(transfer.code(sum));
  }
  return merged;
}

/// Arguments of a tile: widths of the digits and signs of the inputs.
TEST(ColumnTile, ColumnsOfWholeStepsAreExact) {
  base::RandomStream random(1, 2, 3);
  for (int repeat = 0; repeat < 40; ++repeat) {
    const tensor::FixedPoint format{1 + static_cast<int>(random.below(12)), random.below(2) == 1};
    const InputDigits digits(format, 1 + static_cast<int>(random.below(static_cast<uint64_t>(format.bits))));
    const int64_t rows = 1 + static_cast<int64_t>(random.below(150)), vectors = 3;
    ColumnTile tile(digits, rows, 0);
    circuit::Transfer clipping, coarse{0, 3, 20, {}, {}, 0},
        broken{0, 2, 4, {3, 9, 15, 15, 30}, {0, 2, 1, 3, 3, 4}, 0};
    const circuit::Transfer transfers[] = {clipping, coarse, broken};
    for (const auto& t : transfers) tile.add_transfer(t);
    std::vector<std::vector<int32_t>> columns;
    for (int64_t c = 0; c < 6; ++c) {
      std::vector<int32_t> steps;
      for (int64_t r = 0; r < rows; ++r) steps.push_back(static_cast<int32_t>(random.below(4)));
      tile.add_target(tile.add_column(steps, c % 3), c / 2, 3 - c);
      columns.push_back(steps);
    }
    tile.prepare();
    const std::vector<int32_t> inputs = random_codes(random, format, rows * vectors);
    std::vector<int64_t> outputs(3 * vectors, 7);
    tile.add(inputs.data(), rows, vectors, outputs.data(), 3, {});
    for (int64_t v = 0; v < vectors; ++v) {
      const std::vector<int32_t> codes(inputs.begin() + v * rows, inputs.begin() + (v + 1) * rows);
      for (size_t o = 0; o < 3; ++o) {
        double sum = 7;
        for (size_t c : {2 * o, 2 * o + 1}) {
          const std::vector<float> steps(columns[c].begin(), columns[c].end());
          sum += (3 - static_cast<double>(c)) * expected(digits, codes, steps, transfers[c % 3]);
        }
        EXPECT_EQ(static_cast<double>(outputs[static_cast<size_t>(v) * 3 + o]), sum);
      }
    }
  }
}

/// Columns of any conductances: a code differs from that of exact sums only where the sum is near a threshold.
TEST(ColumnTile, ColumnsOfAnyStepsAreNearExact) {
  base::RandomStream random(4, 5, 6);
  const InputDigits digits({8, false}, 1);
  const int64_t rows = 128, vectors = 64;
  constexpr int kFraction = 20;
  ColumnTile tile(digits, rows, kFraction);
  const circuit::Transfer transfer{-1.25, 1.5, 255, {}, {}, 0};
  tile.add_transfer(transfer);
  std::vector<float> steps;
  for (int64_t r = 0; r < rows; ++r)
    steps.push_back(static_cast<float>(static_cast<double>(random.below(4)) + 0.2 * random.normal()));
  tile.add_target(tile.add_column(steps, {}, 0), 0, 1);
  tile.prepare();
  const std::vector<int32_t> inputs = random_codes(random, {8, false}, rows * vectors);
  std::vector<int64_t> outputs(vectors);
  tile.add(inputs.data(), rows, vectors, outputs.data(), 1, {});
  double squares = 0;
  for (int64_t v = 0; v < vectors; ++v) {
    const std::vector<int32_t> codes(inputs.begin() + v * rows, inputs.begin() + (v + 1) * rows);
    const double want = expected(digits, codes, steps, transfer);
    const double error = std::ldexp(static_cast<double>(outputs[static_cast<size_t>(v)]), -kFraction) - want;
    EXPECT_NEAR(error, 0, 300) << want;
    squares += error * error;
  }
  // Codes of 256 steps that a grid of 1/64 moves by 0.03 steps: 2 % of the conversions give the next code.
  EXPECT_LT(std::sqrt(squares / static_cast<double>(vectors)), 0.3 * 1.5 * 128);
}

/// Mean and deviation of a sum that is read many times are those asked for.
TEST(ColumnTile, NoiseHasTheVarianceOfTheCellsThatAreRead) {
  base::RandomStream random(7, 8, 9);
  for (int width : {1, 3}) {
    const tensor::FixedPoint format{3, false};
    const InputDigits digits(format, width);
    const int64_t rows = 100, vectors = 20000;
    constexpr int kFraction = 10;
    ColumnTile tile(digits, rows, kFraction);
    tile.add_transfer({-2000, 0.0625, 65535, {}, {}, 0.7});
    std::vector<float> steps, variance;
    for (int64_t r = 0; r < rows; ++r) {
      steps.push_back(static_cast<float>(random.uniform(0, 3)));
      variance.push_back(static_cast<float>(random.uniform(0, 0.1)));
    }
    tile.add_target(tile.add_column(steps, variance, 0), 0, 1);
    tile.prepare();
    const std::vector<int32_t> one = random_codes(random, format, rows);
    std::vector<int64_t> outputs(vectors);
    tile.add(one.data(), 0, vectors, outputs.data(), 1, {3, 4, 5});
    double mean = 0, wanted_mean = 0, squares = 0, wanted_variance = 0;
    for (int k = 0; k < digits.count; ++k) {
      const double weight = static_cast<double>(digits.weight(k));
      double of_digit = 0.7 * 0.7 + 0.0625 * 0.0625 / 12;
      for (size_t r = 0; r < one.size(); ++r) {
        const double d = static_cast<double>(digits.digit(one[r], k));
        wanted_mean += weight * d * static_cast<double>(steps[r]);
        of_digit += d * d * static_cast<double>(variance[r]);
      }
      wanted_variance += weight * weight * of_digit;
    }
    for (int64_t o : outputs)
      mean += std::ldexp(static_cast<double>(o), -kFraction) / static_cast<double>(vectors);
    for (int64_t o : outputs) {
      const double away = std::ldexp(static_cast<double>(o), -kFraction) - mean;
      squares += away * away / static_cast<double>(vectors);
    }
    const double error = std::sqrt(wanted_variance / static_cast<double>(vectors));
    EXPECT_NEAR(mean, wanted_mean, 4 * error + 0.5);  // and what the grid moves
    EXPECT_NEAR(squares / wanted_variance, 1, 4 * std::sqrt(2.0 / static_cast<double>(vectors)) + 0.01);
  }
}

/// The noise of a conversion depends on the vector's number alone, not on how vectors are handed over.
TEST(ColumnTile, NoiseDoesNotDependOnHowVectorsAreCut) {
  base::RandomStream random(10, 11, 12);
  const tensor::FixedPoint format{8, true};
  const int64_t rows = 40, vectors = 150;
  ColumnTile tile(InputDigits(format, 1), rows, 0);
  tile.add_transfer({0, 1, 63, {}, {}, 0.5});
  for (int64_t c = 0; c < 5; ++c) {
    std::vector<float> steps, variance;
    for (int64_t r = 0; r < rows; ++r) {
      steps.push_back(static_cast<float>(random.uniform(-0.2, 3)));
      variance.push_back(static_cast<float>(random.uniform(0, 0.1)));
    }
    tile.add_target(tile.add_column(steps, variance, 0), c, 1);
  }
  tile.prepare();
  const std::vector<int32_t> inputs = random_codes(random, format, rows * vectors);
  std::vector<int64_t> whole(5 * vectors), cut(5 * vectors), other(5 * vectors);
  tile.add(inputs.data(), rows, vectors, whole.data(), 5, {1, 2, 1000});
  for (int64_t first = 0; first < vectors; first += 37) {
    const int64_t n = std::min<int64_t>(37, vectors - first);
    tile.add(inputs.data() + first * rows, rows, n, cut.data() + first * 5, 5, {1, 2, 1000 + first});
  }
  EXPECT_EQ(whole, cut);
  tile.add(inputs.data(), rows, vectors, other.data(), 5, {1, 3, 1000});
  EXPECT_NE(whole, other);
}

}  // namespace
}  // namespace ohmweave::array
