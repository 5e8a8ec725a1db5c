// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/crossbar_contents.h"

#include <algorithm>

#include "ohmweave/base/parallel.h"

namespace ohmweave::array {
namespace {

constexpr int64_t kBlock = 64;  // vectors that one thread takes at a time

/// The levels of one column of a block, flipped if its encoding wants it.
struct Column {
  std::vector<int32_t> levels;
  bool flipped = false;

  Column(const CrossbarPlan& plan, const Block& block, const int32_t* weights, int slice, int part) {
    int64_t sum = 0;
    for (int64_t r = 0; r < block.rows; ++r) {
      levels.push_back(static_cast<int32_t>(plan.slices.level(weights[r], slice, part)));
      sum += levels.back();
    }
    flipped = plan.encoding == Encoding::Flipped &&
              flips(sum * plan.digits.largest(), plan.any_column_at_most(block.rows));
    if (!flipped) return;
    for (int32_t& level : levels) level = static_cast<int32_t>(plan.slices.largest()) - level;
  }
};

}  // namespace

CrossbarContents::CrossbarContents(const Crossbar& crossbar, std::shared_ptr<const CrossbarPlan> plan,
                                   std::span<const int32_t> weights)
    : plan_(std::move(plan)), product_(plan_->shape, plan_->formats.input, plan_->formats.weight, weights) {
  const std::vector<Block> blocks = plan_->blocks();
  count(crossbar, blocks);
  if (plan_->lossless) return;
  for (const Block& block : blocks) program(crossbar, block, weights);
  std::erase_if(tiles_, [](const Tile& t) { return t.weights.empty() && t.units.empty(); });
}

CrossbarContents::Tile& CrossbarContents::tile_of(const Crossbar& crossbar, const Block& block) {
  const bool known =
      !tiles_.empty() && tiles_.back().group == block.group && tiles_.back().first_row == block.first_row;
  if (!known) {
    const auto& adc = crossbar.periphery().adc.component;
    tiles_.push_back({block.group, block.first_row,
                      LossyColumns(plan_->digits, plan_->slices.width, block.rows, adc,
                                   plan_->largest_weight_sum(block.rows)),
                      LossyColumns(plan_->digits, 1, block.rows, adc, plan_->largest_unit_sum(block.rows))});
  }
  return tiles_.back();
}

void CrossbarContents::program(const Crossbar& crossbar, const Block& block, std::span<const int32_t> weights) {
  const ProductShape& shape = plan_->shape;
  const WeightSlices& slices = plan_->slices;
  Tile& tile = tile_of(crossbar, block);
  // Per output: the multiple of the sum of the inputs that takes off what encoding added (ISAAC merges the bias
  // and all flipped columns of an output into one such subtraction).
  std::vector<int64_t> multiples(static_cast<size_t>(block.outputs), -slices.bias);
  for (int64_t o = 0; o < block.outputs; ++o) {
    const int64_t output = block.first_output + o;
    const int32_t* row = weights.data() + (block.group * shape.outputs + output) * shape.rows + block.first_row;
    for (int s = 0; s < slices.count; ++s) {
      for (int part = 0; part < slices.columns; ++part) {
        const Column column(*plan_, block, row, s, part);
        const int64_t sign = (part == 1) != column.flipped ? -1 : 1;
        if (column.flipped) multiples[static_cast<size_t>(o)] += slices.weight(s) * slices.largest();
        if (!tile.weights.can_lose(column.levels)) continue;
        tile.weights.add_target(tile.weights.add_column(column.levels), output, sign * slices.weight(s));
      }
    }
  }
  const std::vector<int32_t> ones(static_cast<size_t>(block.rows), 1);
  if (!plan_->unit_column || !tile.units.can_lose(ones)) return;
  const int64_t column = tile.units.add_column(ones);
  for (int64_t o = 0; o < block.outputs; ++o) {
    tile.units.add_target(column, block.first_output + o, multiples[static_cast<size_t>(o)]);
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

void CrossbarContents::multiply(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums,
                                Tally& tally) const {
  product_.multiply(inputs, vectors, sums);
  const ProductShape& shape = plan_->shape;
  const int64_t in = shape.groups * shape.rows, out = shape.groups * shape.outputs;
  if (!tiles_.empty()) {
    base::parallel_for((vectors + kBlock - 1) / kBlock, [&](int64_t b) {
      LossyColumns::Scratch scratch;
      const int64_t first = b * kBlock, last = std::min(vectors, first + kBlock);
      for (const Tile& t : tiles_) {  // its columns stay in the cache
        for (int64_t v = first; v < last; ++v) {
          const int32_t* codes = inputs.data() + v * in + t.group * shape.rows + t.first_row;
          int64_t* results = sums.data() + v * out + t.group * shape.outputs;
          if (!t.weights.empty()) t.weights.add_losses(codes, results, scratch);
          if (!t.units.empty()) t.units.add_losses(codes, results, scratch);
        }
      }
    });
  }
  for (const auto& [what, n] : per_vector_) tally[what] += n * vectors;
}

}  // namespace ohmweave::array
