// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/crossbar_contents.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ohmweave/array/input_vectors.h"
#include "ohmweave/base/parallel.h"

namespace ohmweave::array {
namespace {

// Vectors that one thread takes at a time: columns make tables for many, circuits are solved one by one.
constexpr int64_t kBlock = 256, kSolvedBlock = 4;
// Of a call of observe(): vectors whose columns are summed up, and cells times digits read for that.
constexpr int64_t kMostTried = 32, kMostWork = 20'000'000;
constexpr uint64_t kTilesApart = 0x9e3779b97f4a7c15;  // between the random streams of tiles

/// One vector of sums again and again. A call of memcpy for each costs more than short ones take.
void repeat(std::span<const int64_t> sums, int64_t vectors, int64_t* to) {
  const size_t all = static_cast<size_t>(vectors) * sums.size();
  std::copy(sums.begin(), sums.end(), to);
  for (size_t done = sums.size(); done < all; done *= 2) std::copy_n(to, std::min(done, all - done), to + done);
}

/// Vectors that there are as codes.
class GivenCodes : public InputVectors {
 public:
  explicit GivenCodes(std::span<const int32_t> codes) : codes_(codes) {}
  std::span<const int32_t> codes() override { return codes_; }
  void lanes(int64_t, int64_t, int64_t, uint8_t*, uint8_t*) const override {}

 private:
  std::span<const int32_t> codes_;
};

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
  }
  const bool all = crossbar.is_ideal() && !plan_->lossless && reads_all(crossbar, blocks, weights);
  for (size_t k = 0; k < blocks.size();) {
    size_t end = k + 1;
    while (end < blocks.size() && blocks[end].array == blocks[k].array) ++end;
    program(crossbar, {&blocks[k], end - k}, weights, all);
    k = end;
  }
  if (!tiles_.empty()) complete(tiles_.back());
  const tensor::FixedPoint& input = plan_->formats.input;
  if (!emulates()) {
    fraction_bits_ = 0;  // all columns turned out to be read exactly
    product_.emplace(plan_->shape, input, weights);
  } else {
    const bool some = std::any_of(rest_.begin(), rest_.end(), [](int32_t w) { return w != 0; });
    if (some) product_.emplace(plan_->shape, input, rest_);
    exact_.emplace(plan_->shape, input, weights);
  }
  rest_ = {};
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
      per_vector_[{around.adc.component.get(), Verb::Convert}] += columns * plan_->conversion_actions;
      per_vector_[{around.shift_add.component.get(), Verb::Add}] += columns + (counts_inputs ? b.rows : 0);
      per_vector_[{around.output_register.component.get(), Verb::Write}] +=
          b.outputs * ((plan_->formats.input.bits + 7) / 8);
    }
    last_array = b.array;
  }
  per_vector_[{around.input_register.component.get(), Verb::Read}] = (input_bits + 7) / 8;
}

void CrossbarContents::program(const Crossbar& crossbar, std::span<const Block> array,
                               std::span<const int32_t> weights, bool reads_all) {
  if (!crossbar.is_ideal()) return emulate_all(crossbar, place(crossbar, array, weights));
  if (crossbar.knows_cell_energy()) {
    const PlacedArray placed = place(crossbar, array, weights);
    add_energy(crossbar, placed, std::vector<float>(placed.levels.begin(), placed.levels.end()));
  }
  if (plan_->lossless) return;
  for (const Block& block : array) emulate_lossy(crossbar, block, weights, reads_all);
}

/// Energy of the cells that so many vectors read.
int64_t CrossbarContents::attojoules(std::span<const int32_t> inputs, int64_t vectors) const {
  const int64_t in = plan_->shape.groups * plan_->shape.rows;
  int64_t all = 0;
  for (int64_t v = 0; v < vectors; ++v) {
    double own = 0;
    for (int64_t r = 0; r < in; ++r)
      own += row_attojoules_[static_cast<size_t>(r)] *
             static_cast<double>(plan_->digits.squares(inputs[static_cast<size_t>(v * in + r)]));
    all += std::llround(own);  // vector by vector, so that the way they are handed over changes nothing
  }
  return all;
}

bool CrossbarContents::takes_lanes() const {
  const bool only_tiles = solved_.empty() && row_attojoules_.empty();
  return only_tiles &&
         std::all_of(tiles_.begin(), tiles_.end(), [](const Tile& t) { return t.columns.takes_lanes(); });
}

void CrossbarContents::multiply(std::span<const int32_t> codes, int64_t vectors, int64_t first,
                                std::span<int64_t> sums, Tally& tally) const {
  GivenCodes inputs(codes);
  multiply(inputs, vectors, first, sums, tally);
}

void CrossbarContents::multiply(InputVectors& inputs, int64_t vectors, int64_t first, std::span<int64_t> sums,
                                Tally& tally) const {
  const ProductShape& shape = plan_->shape;
  const int64_t in = shape.groups * shape.rows, out = shape.groups * shape.outputs;
  const bool lanes = inputs.has_lanes() && takes_lanes();
  const std::span<const int32_t> codes = lanes ? std::span<const int32_t>() : inputs.codes();
  if (product_ && lanes) {
    const auto copy = [&](int64_t vector, int64_t row, int64_t rows, uint8_t* low, uint8_t* high) {
      inputs.lanes(vector, row, rows, low, high);
    };
    product_->multiply_lanes(copy, vectors, sums);
  } else if (product_) {
    product_->multiply(codes, vectors, sums);
  }
  if (emulates()) {
    std::vector<int64_t> start(constants_);
    for (int64_t& c : start) c *= int64_t{1} << fraction_bits_;
    const int64_t block = solved_.empty() ? kBlock : kSolvedBlock;
    base::parallel_for((vectors + block - 1) / block, [&](int64_t b) {
      const int64_t begin = b * block, count = std::min(vectors - begin, block);
      if (!product_) repeat(start, count, sums.data() + begin * out);
      for (int64_t v = begin; v < begin + count && product_; ++v) {
        int64_t* own = sums.data() + v * out;
        for (int64_t o = 0; o < out; ++o)
          own[o] = own[o] * (int64_t{1} << fraction_bits_) + start[static_cast<size_t>(o)];
      }
      for (const Tile& t : tiles_) {  // its columns stay in the cache
        const int64_t row = t.group * shape.rows + t.first_row;
        const auto copy = [&](int64_t vector, uint8_t* low, uint8_t* high) {
          inputs.lanes(begin + vector, row, t.rows, low, high);
        };
        const TileInputs::Lanes lanes_of(copy);
        const TileInputs own{codes.empty() ? nullptr : codes.data() + begin * in + row, in,
                             lanes ? &lanes_of : nullptr};
        t.columns.add(own, count, sums.data() + begin * out + t.group * shape.outputs, out,
                      {seed_, place_ + kTilesApart * static_cast<uint64_t>(&t - tiles_.data()), first + begin});
      }
      for (const SolvedArray& a : solved_) {
        for (int64_t v = begin; v < begin + count; ++v)
          a.add(codes.data() + v * in, sums.data() + v * out, first + v);
      }
    });
  }
  for (const auto& [what, n] : per_vector_) tally[what] += n * vectors;
  if (!row_attojoules_.empty()) tally.cell_attojoules += attojoules(codes, vectors);
}

void CrossbarContents::observe(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums,
                               SeenSums& seen) const {
  (exact_ ? exact_ : product_)->multiply(inputs, vectors, sums);
  if (observed_.empty()) return;
  const int64_t in = plan_->shape.groups * plan_->shape.rows;
  int64_t work = 0;  // of one vector
  for (const Observed& o : observed_) work += static_cast<int64_t>(o.steps.size()) * plan_->digits.count;
  const int64_t apart = std::max(vectors / kMostTried, vectors * work / kMostWork) + 1;
  std::vector<float> driven;
  for (int64_t v = 0; v < vectors; v += apart) {
    for (const Observed& o : observed_) {
      driven.resize(static_cast<size_t>(o.rows));
      for (int k = 0; k < plan_->digits.count; ++k) {
        for (int64_t r = 0; r < o.rows; ++r)
          driven[static_cast<size_t>(r)] = static_cast<float>(
              plan_->digits.digit(inputs[static_cast<size_t>(v * in + o.first_input + r)], k));
        for (size_t at = 0; at < o.steps.size(); at += driven.size())
          seen.columns.add(std::inner_product(driven.begin(), driven.end(),
                                              o.steps.begin() + static_cast<std::ptrdiff_t>(at), 0.0));
      }
    }
  }
}

}  // namespace ohmweave::array
