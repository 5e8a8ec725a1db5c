// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/crossbar_contents.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ohmweave/array/programmed_array.h"
#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"

namespace ohmweave::array {
namespace {

constexpr int64_t kBlock = 64;  // vectors that one thread takes at a time
/// Of sums of converters whose step is not whole: 16 bits more than products of 16-bit operands need.
constexpr int kFractionBits = 16;
constexpr uint64_t kTilesApart = 0x9e3779b97f4a7c15;  // between the random streams of tiles

bool is_whole(const circuit::Transfer& t) {
  return t.step == std::floor(t.step) && t.zero == std::floor(t.zero);
}

}  // namespace

CrossbarContents::CrossbarContents(const Crossbar& crossbar, std::shared_ptr<const CrossbarPlan> plan,
                                   std::span<const int32_t> weights, uint64_t seed, uint64_t place)
    : plan_(std::move(plan)), seed_(seed), place_(place) {
  const std::vector<Block> blocks = plan_->blocks();
  count(crossbar, blocks);
  if (!plan_->lossless) {
    rest_.assign(weights.begin(), weights.end());
    constants_.assign(static_cast<size_t>(plan_->shape.groups * plan_->shape.outputs), 0);
    set_fraction(crossbar);
    for (size_t k = 0; k < blocks.size();) {
      size_t end = k + 1;
      while (end < blocks.size() && blocks[end].array == blocks[k].array) ++end;
      const std::span<const Block> own(&blocks[k], end - k);
      if (crossbar.exact_cells()) {
        for (const Block& block : own) emulate_lossy(crossbar, block, weights);
      } else {
        emulate_all(crossbar, own, weights);
      }
      k = end;
    }
    for (Tile& tile : tiles_) tile.columns.prepare();
  }
  const tensor::FixedPoint &input = plan_->formats.input, &weight = plan_->formats.weight;
  if (tiles_.empty()) {
    product_.emplace(plan_->shape, input, weight, weights);
  } else {
    const bool some = std::any_of(rest_.begin(), rest_.end(), [](int32_t w) { return w != 0; });
    if (some) product_.emplace(plan_->shape, input, weight, rest_);
    exact_.emplace(plan_->shape, input, weight, weights);
  }
  rest_ = {};
}

/// Sums need fractions if a converter has steps that are not whole.
void CrossbarContents::set_fraction(const Crossbar& crossbar) {
  for (const bool unit : {false, true}) {
    if (!is_whole(crossbar.transfer(*plan_, plan_->rows_per_array, unit, {}))) fraction_bits_ = kFractionBits;
  }
}

ColumnTile& CrossbarContents::tile_of(const Block& block) {
  const auto same = [&](const Tile& t) { return t.group == block.group && t.first_row == block.first_row; };
  if (tiles_.empty() || !same(tiles_.back()))
    tiles_.push_back({block.group, block.first_row, ColumnTile(plan_->digits, block.rows, fraction_bits_)});
  return tiles_.back().columns;
}

/// Adds a column that stands in the tile to the outputs, and takes what it counts out of the exact rest.
void CrossbarContents::connect(const Block& block, const StoredColumn& stored, int64_t column) {
  const int64_t sum = stored.sum(), offset = plan_->digits.offset;
  for (const auto& [output, coefficient] : stored.targets) {
    tile_of(block).add_target(column, output, coefficient);
    const int64_t line = block.group * plan_->shape.outputs + output;
    int32_t* own = rest_.data() + line * plan_->shape.rows + block.first_row;
    for (const int32_t level : stored.levels) *own++ -= static_cast<int32_t>(coefficient * level);
    constants_[static_cast<size_t>(line)] -= offset * coefficient * sum;
  }
}

void CrossbarContents::emulate_lossy(const Crossbar& crossbar, const Block& block,
                                     std::span<const int32_t> weights) {
  const circuit::Transfer of_weights = crossbar.transfer(*plan_, block.rows, false, {}),
                          of_units = crossbar.transfer(*plan_, block.rows, true, {});
  // What is left without the unit column might not fit the format of weights: then nothing is left.
  const bool all = plan_->unit_column && !of_units.exact_up_to(plan_->largest_unit_sum(block.rows));
  for (const StoredColumn& c : stored_columns(*plan_, block, weights)) {
    const circuit::Transfer& transfer = c.is_unit ? of_units : of_weights;
    if (!all && transfer.exact_up_to(c.sum() * plan_->digits.largest())) continue;
    ColumnTile& tile = tile_of(block);
    connect(block, c, tile.add_column(c.levels, tile.add_transfer(transfer)));
  }
}

void CrossbarContents::emulate_all(const Crossbar& crossbar, std::span<const Block> blocks,
                                   std::span<const int32_t> weights) {
  const int64_t rows = crossbar.rows(), array = blocks.front().array;
  std::vector<int32_t> levels(static_cast<size_t>(crossbar.cells()), 0);
  std::vector<std::vector<StoredColumn>> stored;
  int64_t row = 0, column = 0;
  for (const Block& b : blocks) {
    stored.push_back(stored_columns(*plan_, b, weights));
    for (const StoredColumn& c : stored.back())
      std::copy(c.levels.begin(), c.levels.end(), levels.begin() + column++ * rows + row);
    row += b.rows;
  }
  const ProgrammedArray cells = program_array(crossbar, levels, array, seed_, place_);
  row = column = 0;
  for (size_t k = 0; k < blocks.size(); ++k) {
    const Block& b = blocks[k];
    ColumnTile& tile = tile_of(b);
    for (const StoredColumn& c : stored[k]) {
      const int64_t transfer = tile.add_transfer(crossbar.transfer(*plan_, b.rows, c.is_unit, {}));
      connect(b, c,
              tile.add_column(cells.steps_of(column, row, b.rows), cells.variance_of(column, row, b.rows),
                              transfer));
      ++column;
    }
    row += b.rows;
  }
}

/// What one vector takes, counted array by array and column by column: the plan says the same from totals.
void CrossbarContents::count(const Crossbar& crossbar, std::span<const Block> blocks) {
  using circuit::Verb;
  const Periphery& around = crossbar.periphery();
  const InputDigits& digits = plan_->digits;
  int64_t input_bits = 0, last_array = -1;
  for (const Block& b : blocks) {
    for (int k = 0; k < digits.count; ++k) {
      const int64_t columns =
          b.outputs * plan_->slices.count * plan_->slices.columns + (plan_->unit_column ? 1 : 0);
      const bool counts_inputs = plan_->sums_inputs && !plan_->unit_column && b.first_output == 0;
      input_bits += b.rows * digits.width;
      per_vector_[{around.dac.component.get(), Verb::Drive}] += b.rows;
      per_vector_[{&crossbar, Verb::Read}] += b.array != last_array ? 1 : 0;
      per_vector_[{around.sample_hold.component.get(), Verb::Sample}] += columns;
      per_vector_[{around.adc.component.get(), Verb::Convert}] += columns;
      per_vector_[{around.shift_add.component.get(), Verb::Add}] += columns + (counts_inputs ? b.rows : 0);
      per_vector_[{around.output_register.component.get(), Verb::Write}] +=
          b.outputs * ((plan_->formats.input.bits + 7) / 8);
    }
    last_array = b.array;
  }
  per_vector_[{around.input_register.component.get(), Verb::Read}] = (input_bits + 7) / 8;
}

void CrossbarContents::multiply(std::span<const int32_t> inputs, int64_t vectors, int64_t first,
                                std::span<int64_t> sums, Tally& tally) const {
  const ProductShape& shape = plan_->shape;
  const int64_t in = shape.groups * shape.rows, out = shape.groups * shape.outputs;
  if (product_)
    product_->multiply(inputs, vectors, sums);
  else
    std::fill(sums.begin(), sums.end(), int64_t{0});
  if (!tiles_.empty()) {
    base::parallel_for((vectors + kBlock - 1) / kBlock, [&](int64_t b) {
      const int64_t begin = b * kBlock, count = std::min(vectors - begin, kBlock);
      for (int64_t v = begin; v < begin + count; ++v) {
        int64_t* own = sums.data() + v * out;
        for (int64_t o = 0; o < out; ++o)
          own[o] = (own[o] + constants_[static_cast<size_t>(o)]) * (int64_t{1} << fraction_bits_);
      }
      for (const Tile& t : tiles_) {  // its columns stay in the cache
        t.columns.add(inputs.data() + begin * in + t.group * shape.rows + t.first_row, in, count,
                      sums.data() + begin * out + t.group * shape.outputs, out,
                      {seed_, place_ + kTilesApart * static_cast<uint64_t>(&t - tiles_.data()), first + begin});
      }
    });
  }
  for (const auto& [what, n] : per_vector_) tally[what] += n * vectors;
}

}  // namespace ohmweave::array
