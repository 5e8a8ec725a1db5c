// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/wide_tile.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace ohmweave::array {
namespace {

constexpr int64_t kBlock = 64;   // vectors that a panel is read for before the next
constexpr int kWidest = 15;      // digits are words with a sign
constexpr int kWidestNoisy = 7;  // and so are their squares

}  // namespace

/// Lists of a block: of every vector and digit, the pairs of rows that are driven and their digits.
struct WideTile::Scratch {
  std::vector<uint32_t> driven, digits;
  std::vector<uint16_t> pairs;
  std::vector<int64_t> ends;    // [vector][digit]
  std::vector<CellLine> bytes;  // [vector][digit][row] of digits, if they are multiplied
  std::vector<int32_t> sums;    // [vector][digit][column]
};

WideTile::WideTile(TileColumns& tile, const ColumnKernels& kernels)
    : kernels_(&kernels), targets_(tile.columns.size()) {
  std::vector<int64_t> quiet, noisy;
  for (size_t c = 0; c < tile.columns.size(); ++c) {
    (!fits(tile, tile.columns[c])  ? plain_
     : tile.noisy(tile.columns[c]) ? noisy
                                   : quiet)
        .push_back(static_cast<int64_t>(c));
  }
  std::vector<bool> kept(tile.columns.size(), true);
  for (int64_t c : plain_) kept[static_cast<size_t>(c)] = false;
  for (const TileColumns::Target& t : tile.targets) {
    const auto column = static_cast<size_t>(t.column);
    const circuit::Transfer& transfer = tile.transfers[static_cast<size_t>(tile.columns[column].transfer)];
    if (kept[column]) targets_[column].push_back({t.output, t.coefficient * tile.step(transfer)});
  }
  constants_ = tile.constants(kept);
  for (const auto* some : {&quiet, &noisy}) {
    for (size_t k = 0; k < some->size(); k += kWideColumns)
      add_panel(tile, std::span(*some).subspan(k, std::min<size_t>(kWideColumns, some->size() - k)));
  }
  int64_t place = noisy_panels_ * ReadNoise::kColumns;
  for (int64_t c : plain_) tile.columns[static_cast<size_t>(c)].place = place++;
}

bool WideTile::fits(const TileColumns& tile, const TileColumns::Column& column) const {
  const bool noisy = tile.noisy(column);
  int64_t sum = 0;
  for (int32_t cell : column.cells) sum += std::abs(int64_t{cell});
  const circuit::Transfer& transfer = tile.transfers[static_cast<size_t>(column.transfer)];
  return sum <= TileColumns::kMostSum && transfer.most <= INT32_MAX && tile.rows <= kMostRows &&
         tile.digits.width <= (noisy ? kWidestNoisy : kWidest);
}

void WideTile::add_panel(TileColumns& tile, std::span<const int64_t> columns) {
  Panel panel;
  panel.columns.assign(columns.begin(), columns.end());
  panel.noisy = tile.noisy(tile.columns[static_cast<size_t>(columns.front())]);
  if (panel.noisy) panel.noise.place = noisy_panels_++ * ReadNoise::kColumns;
  set_cells(tile, panel);
  for (int64_t k = 0; k < kWideColumns; ++k) panel.conversion.step[k] = 1;
  for (size_t k = 0; k < columns.size(); ++k) {
    TileColumns::Column& from = tile.columns[static_cast<size_t>(columns[k])];
    const circuit::Transfer& transfer = tile.transfers[static_cast<size_t>(from.transfer)];
    panel.ideal = panel.ideal && transfer.ideal();
    panel.conversion.unit[k] = std::ldexp(1.0, -tile.bits_of(from));
    panel.conversion.offset[k] = transfer.offset;
    panel.conversion.gain[k] = transfer.gain;
    panel.conversion.zero[k] = transfer.zero;
    panel.conversion.step[k] = transfer.step;
    panel.conversion.most[k] = static_cast<double>(transfer.most);
    const NoiseScale scale(tile, from);
    panel.noise.slope[k] = scale.slope;
    panel.noise.base[k] = scale.base;
    from.place = panel.noise.place + static_cast<int64_t>(k);
    from.cells = {};
    from.variance = {};
  }
  (panel.lines.empty() ? needs_lists_ : needs_digits_) = true;
  panels_.push_back(std::move(panel));
}

bool WideTile::multiplies(const TileColumns& tile, const Panel& panel) const {
  return kernels_->sum_wide_products != nullptr && !panel.noisy && tile.digits.width <= 8;
}

void WideTile::set_cells(const TileColumns& tile, Panel& panel) const {
  const bool multiplies = this->multiplies(tile, panel);
  const int64_t line = 2 * kWideColumns, step = panel.noisy ? 2 * line : line;  // of a pair of rows
  if (multiplies) {
    panel.lines.assign(static_cast<size_t>(product_rows(tile.rows) / 2), {});
  } else {
    panel.cells.assign(static_cast<size_t>((tile.rows + 1) / 2 * step), 0);
  }
  for (size_t k = 0; k < panel.columns.size(); ++k) {
    const TileColumns::Column& from = tile.columns[static_cast<size_t>(panel.columns[k])];
    const auto column = static_cast<int64_t>(k);
    for (int64_t high = 0; high < 2 && multiplies; ++high)
      put_byte(
          from.cells.data(), tile.rows, static_cast<int>(8 * high),
          [&](int64_t row) { return wide_place(row, column, high); }, panel.lines.data());
    for (int64_t r = 0; r < tile.rows && !multiplies; ++r) {
      int16_t* to = panel.cells.data() + r / 2 * step + 2 * column + r % 2;
      to[0] = static_cast<int16_t>(from.cells[static_cast<size_t>(r)]);
      if (!from.variance.empty()) to[line] = from.variance[static_cast<size_t>(r)];
    }
  }
}

/// The digits of vectors as bytes.
void WideTile::spread(const TileColumns& tile, const TileInputs& inputs, int64_t first, int64_t last,
                      Scratch& s) const {
  const int64_t rows = product_rows(tile.rows), count = tile.digits.count;
  const int64_t reads = ((last - first) * count + kProductReads - 1) / kProductReads * kProductReads;
  s.bytes.resize(static_cast<size_t>(reads * rows / kLine));
  s.sums.resize(static_cast<size_t>(reads * kWideColumns));
  uint8_t* to = s.bytes.data()->bytes.data();
  const uint32_t mask = (1U << tile.digits.width) - 1;
  for (int64_t v = first; v < last; ++v) {
    const int32_t* codes = inputs.codes + v * inputs.stride;
    for (int k = 0; k < count; ++k, to += rows) {
      const int down = k * tile.digits.width;
      for (int64_t r = 0; r < tile.rows; ++r)
        to[r] = static_cast<uint8_t>(tile.digits.driven(codes[r]) >> down & mask);
      std::fill(to + tile.rows, to + rows, uint8_t{0});
    }
  }
}

/// Appends the digits of a vector.
void WideTile::list(const TileColumns& tile, const int32_t* codes, Scratch& s) const {
  const auto pairs = static_cast<size_t>((tile.rows + 1) / 2);
  s.driven.assign(2 * pairs, 0);
  for (int64_t r = 0; r < tile.rows; ++r) s.driven[static_cast<size_t>(r)] = tile.digits.driven(codes[r]);
  const uint32_t mask = (1U << tile.digits.width) - 1;
  for (int k = 0; k < tile.digits.count; ++k) {
    auto end = static_cast<size_t>(s.ends.empty() ? 0 : s.ends.back());
    s.digits.resize(end + pairs);
    s.pairs.resize(end + pairs);
    const int down = k * tile.digits.width;
    for (size_t p = 0; p < pairs; ++p) {
      const uint32_t both = (s.driven[2 * p] >> down & mask) | (s.driven[2 * p + 1] >> down & mask) << 16;
      s.digits[end] = both;
      s.pairs[end] = static_cast<uint16_t>(p);
      end += both != 0 ? 1 : 0;
    }
    s.ends.push_back(static_cast<int64_t>(end));
  }
}

void WideTile::add(const TileColumns& tile, const TileInputs& inputs, int64_t vectors, int64_t* outputs,
                   int64_t output_stride, const ReadsAt& at) const {
  if (!plain_.empty())
    add_by_definition(tile, inputs.codes, inputs.stride, vectors, outputs, output_stride, at, plain_);
  const ReadNoise normals(at.seed, at.place);
  thread_local Scratch scratch;
  for (int64_t first = 0; first < vectors; first += kBlock) {
    const int64_t last = std::min(first + kBlock, vectors);
    scratch.ends.clear();
    for (int64_t v = first; v < last && needs_lists_; ++v)
      list(tile, inputs.codes + v * inputs.stride, scratch);
    if (needs_digits_) spread(tile, inputs, first, last, scratch);
    for (const Panel& panel : panels_) {
      if (!panel.lines.empty()) {
        const int64_t digits = tile.digits.count;
        kernels_->sum_wide_products(scratch.bytes.data()->bytes.data(), (last - first) * digits,
                                    product_rows(tile.rows), panel.lines.data()->bytes.data(),
                                    scratch.sums.data());
        for (int64_t v = first; v < last; ++v)
          add_codes(tile, panel, scratch.sums.data() + (v - first) * digits * kWideColumns,
                    outputs + v * output_stride);
        continue;
      }
      for (int64_t v = first; v < last; ++v) {
        const int64_t* ends = scratch.ends.data() + (v - first) * tile.digits.count;
        const int64_t begin = v == first ? 0 : ends[-1];
        read(tile, panel,
             {scratch.pairs.data(), scratch.digits.data(), begin, ends, tile.digits.count, at.first_vector + v,
              &normals},
             outputs + v * output_stride);
      }
    }
    for (int64_t v = first; v < last; ++v)
      for (const auto& [output, constant] : constants_) outputs[v * output_stride + output] += constant;
  }
}

void WideTile::read(const TileColumns& tile, const Panel& panel, const WideReads& reads,
                    int64_t* outputs) const {
  alignas(kLine) int32_t sums[16 * kWideColumns];  // inputs have 16 bits
  kernels_->sum_digits(panel.cells.data(), panel.noisy ? &panel.noise : nullptr, reads, sums);
  add_codes(tile, panel, sums, outputs);
}

void WideTile::add_codes(const TileColumns& tile, const Panel& panel, const int32_t* sums,
                         int64_t* outputs) const {
  alignas(kLine) double merged[kWideColumns];
  if (panel.ideal) {
    kernels_->code_digits(panel.conversion, tile.digits.count, tile.digits.width, sums, merged);
  } else {
    code_one_by_one(tile, panel, sums, merged);
  }
  for (size_t c = 0; c < panel.columns.size(); ++c) {
    for (const Target& t : targets_[static_cast<size_t>(panel.columns[c])])
      outputs[t.output] += t.factor * static_cast<int64_t>(merged[c]);
  }
}

/// By converters whose thresholds are their own.
void WideTile::code_one_by_one(const TileColumns& tile, const Panel& panel, const int32_t* sums,
                               double* merged) {
  for (size_t c = 0; c < panel.columns.size(); ++c) {
    const TileColumns::Column& column = tile.columns[static_cast<size_t>(panel.columns[c])];
    const circuit::Transfer& transfer = tile.transfers[static_cast<size_t>(column.transfer)];
    int64_t all = 0;
    for (int k = 0; k < tile.digits.count; ++k)
      all += tile.digits.weight(k) *
             transfer.code(static_cast<double>(sums[static_cast<size_t>(k) * kWideColumns + c]) *
                           panel.conversion.unit[c]);
    merged[c] = static_cast<double>(all);
  }
}

}  // namespace ohmweave::array
