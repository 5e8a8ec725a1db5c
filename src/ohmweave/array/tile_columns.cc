// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/tile_columns.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "ohmweave/array/read_noise.h"
#include "ohmweave/base/check.h"

namespace ohmweave::array {
namespace {

constexpr double kWhole = 0x1.8p52;  // numbers near it are whole: adding it rounds to the nearest

/// Rounds to the grid, or tells that it is too fine.
bool round_steps(std::span<const float> steps, int bits, std::vector<int32_t>& cells) {
  constexpr size_t kTogether = 32;  // cells, whose loop compilers turn into registers
  const double scale = std::ldexp(1.0, bits);
  cells.resize(steps.size());
  double sum = 0;
  for (size_t first = 0; first < steps.size(); first += kTogether) {
    const size_t end = std::min(first + kTogether, steps.size());
    for (size_t r = first; r < end; ++r) sum += std::abs(static_cast<double>(steps[r]) * scale);
    if (!(sum <= TileColumns::kMostSum + static_cast<double>(steps.size()))) return false;
    for (size_t r = first; r < end; ++r)
      cells[r] = static_cast<int32_t>((static_cast<double>(steps[r]) * scale + kWhole) - kWhole);
  }
  int64_t whole = 0;
  for (int32_t cell : cells) whole += std::abs(cell);
  return whole <= TileColumns::kMostSum;
}

bool round_variance(std::span<const float> given, int bits, std::vector<uint8_t>& variance) {
  const double scale = std::ldexp(1.0, bits);
  int64_t sum = 0;
  double left = 0;  // what rounding has left over so far
  variance.resize(given.size());
  for (size_t r = 0; r < given.size(); ++r) {
    left += static_cast<double>(given[r]) * scale;
    const double rounded = std::max(0.0, (left + kWhole) - kWhole);
    if (!(rounded <= TileColumns::kMostVariance)) return false;
    variance[r] = static_cast<uint8_t>(rounded);
    left -= rounded;
    sum += variance[r];
    if (sum > TileColumns::kMostSum) return false;
  }
  return true;
}

constexpr int kFinest = 20, kCoarsest = -120;

}  // namespace

void TileColumns::set_grids() {
  grid_bits = variance_bits = kFinest;
  std::vector<int32_t> cells;
  std::vector<uint8_t> variance;
  for (const Column& c : columns) {
    if (c.whole) continue;
    while (grid_bits > kCoarsest && !round_steps(c.steps, grid_bits, cells)) --grid_bits;
    while (variance_bits > kCoarsest && !round_variance(c.given, variance_bits, variance)) --variance_bits;
  }
  for (Column& c : columns) {
    if (c.whole) continue;
    OHMWEAVE_CHECK(
        round_steps(c.steps, grid_bits, c.cells) && round_variance(c.given, variance_bits, c.variance),
        "cells that conduct no finite number of steps");
    c.steps = {};
    c.given = {};
  }
}

int64_t TileColumns::zero(const circuit::Transfer& t) const {
  return std::llround(std::ldexp(t.zero, fraction_bits));
}
int64_t TileColumns::step(const circuit::Transfer& t) const {
  return std::llround(std::ldexp(t.step, fraction_bits));
}

std::vector<std::pair<int64_t, int64_t>> TileColumns::constants(const std::vector<bool>& counts) const {
  int64_t weights = 0;
  for (int k = 0; k < digits.count; ++k) weights += digits.weight(k);
  std::map<int64_t, int64_t> sums;
  for (const Target& t : targets) {
    if (!counts[static_cast<size_t>(t.column)]) continue;
    const Column& column = columns[static_cast<size_t>(t.column)];
    sums[t.output] += t.coefficient * zero(transfers[static_cast<size_t>(column.transfer)]) * weights;
  }
  std::erase_if(sums, [](const auto& sum) { return sum.second == 0; });
  return {sums.begin(), sums.end()};
}

NoiseScale::NoiseScale(const TileColumns& tile, const TileColumns::Column& column) {
  const double unit = (tile.digits.width == 1 ? 32768.0 : 1.0) / ReadNoise::kDeviation;
  const double grid = std::ldexp(unit, tile.grid_bits);  // of a step
  const double noise = tile.transfers[static_cast<size_t>(column.transfer)].noise;
  slope = static_cast<float>(std::ldexp(grid * grid, -tile.variance_bits));
  base = static_cast<float>(grid * grid * noise * noise);
}

int64_t NoiseScale::apply(int64_t sum, int64_t variance, int32_t normal, bool one_bit) const {
  const float scaled = static_cast<float>(variance) * slope;
  const float deviation = std::sqrt(scaled + base);
  if (one_bit) {
    const auto s = static_cast<int32_t>(std::nearbyint(std::min(deviation, 32767.0F)));
    return std::clamp<int64_t>(sum + ((s * normal + 16384) >> 15), -32768, 32767);
  }
  const float moved = std::clamp(static_cast<float>(normal) * deviation, -0x1p30F, 0x1p30F);
  return sum + static_cast<int64_t>(std::nearbyint(moved));
}

void add_by_definition(const TileColumns& tile, const int32_t* inputs, int64_t input_stride, int64_t vectors,
                       int64_t* outputs, int64_t output_stride, const ReadsAt& at,
                       std::span<const int64_t> columns) {
  const ReadNoise noise(at.seed, at.place);
  std::vector<int64_t> merged(tile.columns.size());
  std::vector<bool> read(tile.columns.size());
  for (int64_t column : columns) read[static_cast<size_t>(column)] = true;
  for (int64_t v = 0; v < vectors; ++v) {
    const int32_t* codes = inputs + v * input_stride;
    for (int64_t column : columns) {
      const TileColumns::Column& c = tile.columns[static_cast<size_t>(column)];
      const circuit::Transfer& transfer = tile.transfers[static_cast<size_t>(c.transfer)];
      const NoiseScale scale(tile, c);
      int64_t codes_merged = 0, weights = 0;
      for (int k = 0; k < tile.digits.count; ++k) {
        int64_t sum = 0, variance = 0;
        for (int64_t r = 0; r < tile.rows; ++r) {
          const int64_t digit = tile.digits.digit(codes[r], k);
          sum += digit * c.cells[static_cast<size_t>(r)];
          if (!c.variance.empty()) variance += digit * digit * c.variance[static_cast<size_t>(r)];
        }
        if (tile.noisy(c))
          sum =
              scale.apply(sum, variance, noise.normal(at.first_vector + v, k, c.place), tile.digits.width == 1);
        codes_merged +=
            tile.digits.weight(k) * transfer.code(std::ldexp(static_cast<double>(sum), -tile.bits_of(c)));
        weights += tile.digits.weight(k);
      }
      merged[static_cast<size_t>(column)] = tile.zero(transfer) * weights + tile.step(transfer) * codes_merged;
    }
    for (const TileColumns::Target& t : tile.targets)
      if (read[static_cast<size_t>(t.column)])
        outputs[v * output_stride + t.output] += t.coefficient * merged[static_cast<size_t>(t.column)];
  }
}

}  // namespace ohmweave::array
