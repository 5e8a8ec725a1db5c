// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/prepared_tile.h"

#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "ohmweave/array/wide_tile.h"
#include "ohmweave/base/random.h"
#include "ohmweave/base/testing/sanitized.h"

namespace ohmweave::array {
namespace {

using base::RandomStream;

int64_t pick(RandomStream& random, int64_t least, int64_t most) {
  return least + static_cast<int64_t>(random.below(static_cast<uint64_t>(most - least + 1)));
}

circuit::Transfer random_transfer(RandomStream& random, double largest, bool whole) {
  circuit::Transfer t;
  t.most = pick(random, 1, random.below(4) == 0 ? 1500 : 255);
  switch (random.below(5)) {
    case 0:
      break;  // clips
    case 1:
      t.step = static_cast<double>(pick(random, 1, 9));
      break;
    case 2:
      t.step = largest / static_cast<double>(t.most);
      break;
    case 3:
      t.step = random.uniform(0.3, 4), t.zero = random.uniform(-largest / 2, largest / 2);
      if (random.below(2) == 0) t = t.scaled(random.uniform(0.9, 1.1)).shifted(random.normal());
      break;
    default:
      for (int64_t k = 0; k < t.most % 300; ++k) t.thresholds.push_back(random.uniform(-0.1, 1.1) * largest);
      if (whole)
        for (double& threshold : t.thresholds) threshold = std::nearbyint(threshold);
      std::sort(t.thresholds.begin(), t.thresholds.end());
      if (random.below(2) == 0) {
        for (size_t k = 0; k <= t.thresholds.size(); ++k)
          t.codes.push_back(static_cast<int32_t>(pick(random, 0, t.most)));
      }
  }
  return t;
}

struct Case {
  TileColumns tile;
  tensor::FixedPoint format;
  int64_t outputs, vectors;
  ReadsAt at;
};

Case random_case(RandomStream& random, bool noise) {
  const tensor::FixedPoint format{static_cast<int>(pick(random, 1, 16)), random.below(2) == 0};
  const int width = random.below(3) == 0 ? static_cast<int>(pick(random, 1, format.bits)) : 1;
  Case c{{InputDigits(format, width), pick(random, 1, random.below(3) == 0 ? 300 : 140), 0, {}, {}, {}},
         format,
         0,
         0,
         {}};
  c.outputs = pick(random, 1, 9);
  c.vectors = pick(random, 1, random.below(4) == 0 ? 400 : 90);
  c.at = {random.next64(), random.next64(), pick(random, 0, 1000)};
  TileColumns& tile = c.tile;
  tile.fraction_bits = static_cast<int>(pick(random, 0, 12));
  const int64_t level = pick(random, 1, random.below(6) == 0 ? 255 : 15);
  const double largest = static_cast<double>(tile.rows * level * tile.digits.largest()) / 2;
  for (int64_t t = pick(random, 1, 3); t > 0; --t) {
    tile.transfers.push_back(random_transfer(random, largest, random.below(2) == 0));
    if (noise && random.below(2) == 0) tile.transfers.back().noise = random.uniform(0, 3);
  }
  const bool own = random.below(4) == 0;     // converters
  const bool slices = random.below(3) == 0;  // as weights stand in cells
  const int64_t columns = slices ? pick(random, 30, 90) : pick(random, 1, 40);
  if (slices) {
    c.outputs = (columns + 3) / 4;
    tile.fraction_bits = 0;
    tile.transfers = {{0, 1, pick(random, 1, 255), {}, {}, 0}};
  }
  for (int64_t k = 0; k < columns; ++k) {
    TileColumns::Column column;
    if (own) {
      tile.transfers.push_back(random_transfer(random, largest, slices));
      if (noise && k % 2 == 1) tile.transfers.back().noise = random.uniform(0, 3);
    }
    column.transfer = own ? static_cast<int64_t>(tile.transfers.size()) - 1
                          : pick(random, 0, static_cast<int64_t>(tile.transfers.size()) - 1);
    column.whole = tile.transfers[static_cast<size_t>(column.transfer)].noise == 0 && random.below(2) == 0;
    const bool negative = random.below(3) == 0, real = random.below(4) != 0;
    for (int64_t r = 0; r < tile.rows; ++r) {
      const int64_t step = pick(random, negative ? -level : 0, level);
      if (column.whole) {
        column.cells.push_back(static_cast<int32_t>(step));
      } else {
        column.steps.push_back(
            static_cast<float>(static_cast<double>(step) + (real ? 0.2 * random.normal() : 0)));
        if (noise && k % 2 == 0) column.given.push_back(static_cast<float>(random.uniform(0, 0.2)));
      }
    }
    tile.columns.push_back(column);
    if (slices) {
      tile.targets.push_back({k, k / 4, int64_t{1} << (k % 4 * 2)});
      continue;
    }
    for (int64_t n = pick(random, 0, 2); n >= 0; --n)
      tile.targets.push_back({k, pick(random, 0, c.outputs - 1), pick(random, -300, 300)});
  }
  tile.set_grids();
  return c;
}

void expect_the_same_bits(RandomStream& random, bool noise, int cases) {
  for (int repeat = 0; repeat < cases; ++repeat) {
    Case c = random_case(random, noise);
    const int64_t rows = c.tile.rows, stride = rows + pick(random, 0, 3);
    std::vector<int32_t> inputs(static_cast<size_t>(c.vectors * stride));
    for (int32_t& code : inputs)
      code = c.format.least() + static_cast<int32_t>(random.below(uint64_t{1} << c.format.bits));
    if (repeat % 2 == 0) {  // tables that no vector reads
      const int64_t run = pick(random, 1, 30), used = pick(random, 1, 10);
      for (size_t k = 0; k < inputs.size(); ++k)
        if (static_cast<int64_t>(k) % stride / run % used != 0) inputs[k] = 0;
    }
    std::vector<int64_t> wanted(static_cast<size_t>(c.vectors * c.outputs), 5), every(c.tile.columns.size());
    std::iota(every.begin(), every.end(), int64_t{0});
    for (Instructions instructions :
         {Instructions::Portable, Instructions::Avx2, Instructions::Avx512, Instructions::Amx}) {
      TileColumns tile = c.tile;
      const ColumnKernels& kernels = column_kernels(instructions);
      std::vector<int64_t> found(static_cast<size_t>(c.vectors * c.outputs), 5);
      const TileInputs own{inputs.data(), stride, nullptr};
      if (tile.digits.width == 1) {
        PreparedTile(tile, kernels).add(tile, own, c.vectors, found.data(), c.outputs, c.at);
      } else {
        WideTile(tile, kernels).add(tile, own, c.vectors, found.data(), c.outputs, c.at);
      }
      if (instructions == Instructions::Portable) {  // all give columns the same places
        for (size_t k = 0; k < every.size(); ++k) c.tile.columns[k].place = tile.columns[k].place;
        add_by_definition(c.tile, inputs.data(), stride, c.vectors, wanted.data(), c.outputs, c.at, every);
      }
      ASSERT_EQ(wanted, found) << "case " << repeat << ", " << kernels.name << ", " << rows << " rows, "
                               << c.tile.digits.count << " digits of " << c.tile.digits.width;
    }
  }
}

TEST(PreparedTile, KernelsComputeTheBitsOfTheDefinition) {
  RandomStream random(1, 2, 3);
  expect_the_same_bits(random, false, base::testing::kSanitized ? 12 : 120);
}

TEST(PreparedTile, KernelsAddTheNoiseOfTheDefinition) {
  RandomStream random(4, 5, 6);
  expect_the_same_bits(random, true, base::testing::kSanitized ? 6 : 60);
}

}  // namespace
}  // namespace ohmweave::array
