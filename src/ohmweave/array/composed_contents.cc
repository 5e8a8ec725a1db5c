// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/composed_contents.h"

#include <algorithm>
#include <cstdlib>

#include "ohmweave/base/parallel.h"
#include "ohmweave/circuit/adc.h"

namespace ohmweave::array {
namespace {

constexpr int64_t kBlock = 64;      // vectors that one thread takes at a time
constexpr int64_t kMostTried = 32;  // vectors of a call that windows are tried on

/// Converts the sums of a square as SenseAmplifier::convert() does and adds them to the results.
[[gnu::always_inline]] inline void keep_body(const int32_t* sums, const SumPart& part, bool negative,
                                             int32_t* results) {
  const int32_t most = (1 << part.kept.count) - 1;
  const int shift = part.kept.shift, left = part.left;
  for (int64_t k = 0; k < PartSums::kSums; ++k) {
    const int32_t sum = negative ? -sums[k] : sums[k];
    const int32_t magnitude = std::min(std::abs(sum) >> shift, most);
    results[k] += (sum < 0 ? -magnitude : magnitude) * (1 << left);
  }
}
using Keep = void (*)(const int32_t* sums, const SumPart& part, bool negative, int32_t* results);
void keep_plain(const int32_t* s, const SumPart& p, bool n, int32_t* r) { keep_body(s, p, n, r); }
#if defined(__x86_64__)
[[gnu::target("avx2")]] void keep_avx2(const int32_t* s, const SumPart& p, bool n, int32_t* r) {
  keep_body(s, p, n, r);
}
#endif
Keep choose_keep() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return keep_avx2;
#endif
  return keep_plain;
}

}  // namespace

ComposedContents::ComposedContents(const ComposedCrossbar& crossbar, std::shared_ptr<const ComposedPlan> plan,
                                   std::span<const int32_t> weights, uint64_t seed, uint64_t place)
    : plan_(std::move(plan)), weights_(weights.begin(), weights.end()) {
  count(crossbar);
  set_constants(weights);
  add_tiles(weights);
  if (!crossbar.is_ideal()) add_cells(crossbar, weights, seed, place);
  const int bits = crossbar.periphery().sense_amplifier.component->bits();
  for (int n = bits; crossbar.wants_sums() && n <= plan_->full_window; ++n)
    candidates_.push_back(
        {n, n - bits, compose(plan_->formats, plan_->digits, plan_->slices, plan_->rows_per_array, n, bits)});
}

void ComposedContents::set_constants(std::span<const int32_t> weights) {
  const int64_t rows = plan_->shape.rows, outputs = plan_->shape.groups * plan_->shape.outputs;
  for (int64_t o = 0; o < outputs; ++o) {
    int64_t sum = 0;
    for (int64_t r = 0; r < rows; ++r) sum += weights[static_cast<size_t>(o * rows + r)];
    constants_.push_back(-plan_->digits.offset * sum);
  }
}

void ComposedContents::add_tiles(std::span<const int32_t> weights) {
  const ProductShape& s = plan_->shape;
  for (int64_t group = 0; group < s.groups; ++group) {
    for (int64_t row = 0; row < s.rows; row += plan_->rows_per_array)
      tiles_.push_back({group, row, std::min(plan_->rows_per_array, s.rows - row), {}, {}});
  }
  if (!PartSums::fits(plan_->digits, plan_->slices)) return;
  base::parallel_for(static_cast<int64_t>(tiles_.size()), [&](int64_t k) {
    Tile& tile = tiles_[static_cast<size_t>(k)];
    tile.sums.emplace_back(plan_->digits, plan_->slices, tile.rows, s.outputs,
                           weights.data() + tile.group * s.outputs * s.rows + tile.first_row, s.rows);
  });
  weights_ = {};
}

void ComposedContents::add_cells(const ComposedCrossbar& crossbar, std::span<const int32_t> weights,
                                 uint64_t seed, uint64_t place) {
  const auto group = static_cast<size_t>(plan_->shape.outputs * plan_->shape.rows);
  const auto programmed = [&](int64_t k) {
    const Tile& tile = tiles_[static_cast<size_t>(k)];
    return program_pairs(crossbar, *plan_, {k, tile.group, tile.first_row, tile.rows},
                         weights.subspan(static_cast<size_t>(tile.group) * group, group), seed, place);
  };
  const auto count = static_cast<int64_t>(tiles_.size());
  std::vector<ProgrammedPairs> pairs;  // of all tiles, where they lie behind wires: tiles share crossbars
  if (!crossbar.wires().ideal()) {
    pairs.resize(tiles_.size());
    base::parallel_for(count, [&](int64_t k) { pairs[static_cast<size_t>(k)] = programmed(k); });
    put_behind_wires(crossbar, *plan_, seed, place, pairs);
  }
  base::parallel_for(count, [&](int64_t k) {
    const auto at = static_cast<size_t>(k);
    tiles_[at].cells.emplace_back(crossbar, *plan_, pairs.empty() ? programmed(k) : std::move(pairs[at]), seed,
                                  place);
  });
}

/// What one vector takes, counted array by array and part by part: the plan says the same from totals.
void ComposedContents::count(const ComposedCrossbar& crossbar) {
  using circuit::Verb;
  const ComposingPeriphery& around = crossbar.periphery();
  const InputDigits& digits = plan_->digits;
  int64_t input_bits = 0, last_array = -1;
  for (const Block& b : plan_->blocks()) {
    for (int k = 0; k < digits.count; ++k) {
      input_bits += b.rows * digits.width;
      per_vector_[{around.dac.component.get(), Verb::Drive}] += b.rows;
      per_vector_[{&crossbar, Verb::Read}] += b.array != last_array ? 1 : 0;
      bool converts = false;
      for (const SumPart& part : plan_->parts) {
        if (part.digit != k || part.kept.count == 0) continue;
        converts = true;
        per_vector_[{around.sense_amplifier.component.get(), Verb::Convert}] += b.outputs * part.kept.count;
        per_vector_[{around.shift_add.component.get(), Verb::Add}] += b.outputs;
      }
      if (converts) per_vector_[{around.output_register.component.get(), Verb::Write}] += b.outputs;
    }
    last_array = b.array;
  }
  per_vector_[{around.input_register.component.get(), Verb::Read}] = (input_bits + 7) / 8;
}

int64_t ComposedContents::part_sum(const Tile& tile, const SumPart& part, const int32_t* inputs,
                                   int64_t output) const {
  const ProductShape& s = plan_->shape;
  const int32_t* held = weights_.data() + (tile.group * s.outputs + output) * s.rows + tile.first_row;
  int64_t sum = 0;
  for (int64_t r = 0; r < tile.rows; ++r)
    sum += plan_->digits.digit(inputs[r], part.digit) * plan_->slices.difference(held[r], part.slice);
  return plan_->digits.weight(part.digit) < 0 ? -sum : sum;
}

void ComposedContents::add_plain(const Tile& tile, const int32_t* inputs, int64_t vectors,
                                 int64_t* sums) const {
  const ProductShape& s = plan_->shape;
  for (int64_t v = 0; v < vectors; ++v) {
    for (int64_t o = 0; o < s.outputs; ++o) {
      int64_t result = 0;
      for (const SumPart& part : plan_->parts) {
        if (part.kept.count == 0) continue;
        const int64_t sum = part_sum(tile, part, inputs + v * s.groups * s.rows, o);
        result += circuit::SenseAmplifier::convert(sum, part.kept) << part.left;
      }
      sums[v * s.groups * s.outputs + o] += result << plan_->result_place;
    }
  }
}

void ComposedContents::add_fast(const Tile& tile, const int32_t* inputs, int64_t vectors, int64_t* sums) const {
  static const Keep keep = choose_keep();
  const ProductShape& s = plan_->shape;
  const PartSums& parts = tile.sums.front();
  std::vector<uint8_t> cut(parts.cut_size(vectors));
  parts.cut(inputs, s.groups * s.rows, vectors, cut.data());
  const int64_t scale = int64_t{1} << plan_->result_place;
  for (int64_t square = 0; square < parts.squares(); ++square) {  // its levels stay in the cache
    const int64_t first = square * PartSums::kOutputs,
                  outputs = std::min(PartSums::kOutputs, s.outputs - first);
    for (int64_t v = 0; v < vectors; v += PartSums::kVectors) {
      int32_t own[PartSums::kSums], results[PartSums::kSums] = {};
      for (const SumPart& part : plan_->parts) {
        if (part.kept.count == 0) continue;
        parts.sum(cut.data(), vectors, v, square, part.digit, part.slice, own);
        keep(own, part, plan_->digits.weight(part.digit) < 0, results);
      }
      for (int64_t k = 0; k < std::min(PartSums::kVectors, vectors - v); ++k) {
        int64_t* to = sums + (v + k) * s.groups * s.outputs + first;
        for (int64_t o = 0; o < outputs; ++o) to[o] += results[k * PartSums::kOutputs + o] * scale;
      }
    }
  }
}

void ComposedContents::multiply(std::span<const int32_t> inputs, int64_t vectors, int64_t first_vector,
                                std::span<int64_t> sums, Tally& tally) const {
  const ProductShape& s = plan_->shape;
  const int64_t in = s.groups * s.rows, out = s.groups * s.outputs;
  base::parallel_for((vectors + kBlock - 1) / kBlock, [&](int64_t b) {
    const int64_t first = b * kBlock, count = std::min(kBlock, vectors - first);
    for (int64_t v = first; v < first + count; ++v)
      std::copy(constants_.begin(), constants_.end(), sums.begin() + v * out);
    for (const Tile& tile : tiles_) {
      const int32_t* from = inputs.data() + first * in + tile.group * s.rows + tile.first_row;
      int64_t* to = sums.data() + first * out + tile.group * s.outputs;
      if (!tile.cells.empty())
        tile.cells.front().add(*plan_, from, in, count, first_vector + first, to, out);
      else if (tile.sums.empty())
        add_plain(tile, from, count, to);
      else
        add_fast(tile, from, count, to);
    }
  });
  for (const auto& [what, n] : per_vector_) tally[what] += n * vectors;
}

void ComposedContents::see(std::span<const int64_t> parts, bool tries, int64_t& sum, SeenSums& seen) const {
  int64_t exact = 0;
  for (size_t p = 0; p < parts.size(); ++p) exact += parts[p] * (int64_t{1} << plan_->parts[p].place);
  sum += exact;
  ++seen.magnitudes[static_cast<size_t>(circuit::bits_of(std::abs(exact)))];
  if (!tries) return;
  seen.squares += static_cast<double>(exact) * static_cast<double>(exact);
  for (const Candidate& c : candidates_) {
    int64_t result = 0;
    for (size_t p = 0; p < parts.size(); ++p)
      result += circuit::SenseAmplifier::convert(parts[p], c.parts[p].kept) * (int64_t{1} << c.parts[p].left);
    const auto error = static_cast<double>(result * (int64_t{1} << c.place) - exact);
    seen.errors[static_cast<size_t>(c.window)] += error * error;
  }
}

/// Calls body(vector, output, its parts) for all sums of a tile.
template <class Body>
void ComposedContents::for_each_sum(const Tile& tile, const int32_t* inputs, int64_t vectors, Body body) const {
  const ProductShape& s = plan_->shape;
  const int64_t in = s.groups * s.rows;
  std::vector<int64_t> parts(plan_->parts.size());
  if (tile.sums.empty()) {
    for (int64_t v = 0; v < vectors; ++v) {
      for (int64_t o = 0; o < s.outputs; ++o) {
        for (size_t p = 0; p < parts.size(); ++p)
          parts[p] = part_sum(tile, plan_->parts[p], inputs + v * in, o);
        body(v, o, parts);
      }
    }
    return;
  }
  const PartSums& fast = tile.sums.front();
  std::vector<uint8_t> cut(fast.cut_size(vectors));
  std::vector<int32_t> squares(parts.size() * PartSums::kSums);
  fast.cut(inputs, in, vectors, cut.data());
  for (int64_t square = 0; square < fast.squares(); ++square) {
    for (int64_t first = 0; first < vectors; first += PartSums::kVectors) {
      for (size_t p = 0; p < parts.size(); ++p)
        fast.sum(cut.data(), vectors, first, square, plan_->parts[p].digit, plan_->parts[p].slice,
                 squares.data() + p * PartSums::kSums);
      for (int64_t k = 0; k < PartSums::kSums; ++k) {
        const int64_t v = first + k / PartSums::kOutputs,
                      o = square * PartSums::kOutputs + k % PartSums::kOutputs;
        if (v >= vectors || o >= s.outputs) continue;
        for (size_t p = 0; p < parts.size(); ++p) {
          const int64_t sum = squares[p * PartSums::kSums + static_cast<size_t>(k)];
          parts[p] = plan_->digits.weight(plan_->parts[p].digit) < 0 ? -sum : sum;
        }
        body(v, o, parts);
      }
    }
  }
}

void ComposedContents::observe(std::span<const int32_t> inputs, int64_t vectors, std::span<int64_t> sums,
                               SeenSums& seen) const {
  const ProductShape& s = plan_->shape;
  const int64_t out = s.groups * s.outputs;
  const int64_t apart =
      std::max<int64_t>(vectors / kMostTried, 1);  // between vectors that windows are tried on
  for (int64_t v = 0; v < vectors; ++v) std::copy(constants_.begin(), constants_.end(), sums.begin() + v * out);
  for (const Tile& tile : tiles_) {
    const int32_t* from = inputs.data() + tile.group * s.rows + tile.first_row;
    int64_t* to = sums.data() + tile.group * s.outputs;
    for_each_sum(tile, from, vectors, [&](int64_t v, int64_t o, std::span<const int64_t> parts) {
      see(parts, v % apart == 0, to[v * out + o], seen);
    });
  }
}

}  // namespace ohmweave::array
