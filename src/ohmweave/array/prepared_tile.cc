// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/prepared_tile.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

namespace ohmweave::array {
namespace {

constexpr int64_t kSlack = 64;  // bytes that kernels may read or write beyond the end

int64_t sum_of_weights(const InputDigits& digits) {
  int64_t sum = 0;
  for (int k = 0; k < digits.count; ++k) sum += digits.weight(k);
  return sum;
}

/// The largest sum of neighbouring cells that share a table, signs apart.
template <class Cells>
int64_t largest_entry(const Cells& cells, int64_t table_rows) {
  int64_t largest = 0, sum = 0;
  for (size_t r = 0; r < cells.size(); ++r) {
    sum = (static_cast<int64_t>(r) % table_rows == 0 ? 0 : sum) + std::abs(int64_t{cells[r]});
    largest = std::max(largest, sum);
  }
  return largest;
}

/// Digits in runs whose merged codes stay within 16 bits; the signed last digit is a run of its own.
std::vector<DigitRun> runs_of(const InputDigits& digits, int64_t most) {
  std::vector<DigitRun> runs;
  for (int k = 0; k < digits.count; ++k) {
    const bool joins = !runs.empty() && digits.width == 1 && digits.weight(k) > 0 &&
                       most * ((int64_t{2} << runs.back().count) - 1) <= 65535;
    if (joins) {
      ++runs.back().count;
    } else {
      runs.push_back({k, 1, digits.weight(k)});
    }
  }
  return runs;
}

}  // namespace

PreparedTile::PreparedTile(TileColumns& tile, const ColumnKernels& kernels)
    : kernels_(&kernels),
      rows_(tile.rows),
      padded_((tile.rows + kRowsTogether - 1) / kRowsTogether * kRowsTogether),
      planes_(tile.digits.count * tile.digits.width) {
  for (int64_t v = 0; v < kStrip; ++v) vector_at_[static_cast<size_t>(kernels.place(v))] = v;
  for (size_t c = 0; c < tile.columns.size(); ++c) lay_out(tile, static_cast<int64_t>(c));
  std::stable_sort(columns_.begin(), columns_.end(), [](const Column& a, const Column& b) {
    return std::pair(a.kind, a.converter) < std::pair(b.kind, b.converter);
  });
  for (const Column& c : columns_) {
    any_noise_ = any_noise_ || c.noisy;
    tile.columns[static_cast<size_t>(c.number)].cells = {};
    tile.columns[static_cast<size_t>(c.number)].variance = {};
  }
  bytes_.resize(bytes_.size() + kSlack);
  words_.resize(words_.size() + kSlack);
  bytes_.shrink_to_fit();
  words_.shrink_to_fit();
  set_targets(tile);
}

int64_t PreparedTile::converter(const TileColumns& tile, const TileColumns::Column& column) {
  const auto [at, added] =
      converter_of_.try_emplace({column.transfer, column.whole}, static_cast<int64_t>(converters_.size()));
  if (!added) return at->second;
  const circuit::Transfer& transfer = tile.transfers[static_cast<size_t>(column.transfer)];
  Converter made;
  if (auto exact = GridTransfer::make(transfer, tile.bits_of(column))) {
    made.arithmetic = GridTransfer::arithmetic(transfer, tile.bits_of(column), *exact);
    made.runs = runs_of(tile.digits, exact->most);
    made.exact = std::move(*exact);
    converters_.push_back(std::move(made));
  } else {
    at->second = -1;
  }
  return at->second;
}

/// Cells of bytes: whole steps, or multiples of a power of two of the grid.
bool PreparedTile::fit_bytes(const TileColumns&, const TileColumns::Column& column, Column& out) {
  uint32_t all = 0;
  int64_t sum = 0;
  for (int32_t cell : column.cells) {
    if (cell < 0) return false;
    all |= static_cast<uint32_t>(cell);
    sum += cell;
  }
  const int scale = all == 0 ? 0 : std::countr_zero(all);
  if (all >> scale > 255 || sum > TileColumns::kMostSum) return false;
  const int64_t entry = largest_entry(column.cells, kernels_->table_rows) >> scale;
  if (entry > 255) return false;
  out.kernel.parts = 1;
  out.kernel.scale = scale;
  out.kernel.segment = entry == 0 ? kernels_->tables(rows_) : 255 / entry;
  out.kernel.start = 32768;
  out.cells = bytes_.size();
  bytes_.resize(bytes_.size() + static_cast<size_t>(padded_));
  for (size_t r = 0; r < column.cells.size(); ++r)
    bytes_[out.cells + r] = static_cast<uint8_t>(column.cells[r] >> scale);
  return true;
}

bool PreparedTile::fit_words(const TileColumns::Column& column, Column& out) {
  int64_t sum = 0, below = 0;
  for (int32_t cell : column.cells) {
    sum += std::abs(int64_t{cell});
    below += std::max(-int64_t{cell}, int64_t{0});
  }
  if (sum > TileColumns::kMostSum || largest_entry(column.cells, 4) > TileColumns::kMostOfFour) return false;
  out.kernel.parts = 2;
  out.kernel.start = static_cast<uint16_t>(32768 - below);
  out.cells = words_.size();
  words_.resize(words_.size() + static_cast<size_t>(padded_));
  std::copy(column.cells.begin(), column.cells.end(), words_.begin() + static_cast<std::ptrdiff_t>(out.cells));
  return true;
}

void PreparedTile::lay_out(const TileColumns& tile, int64_t number) {
  const TileColumns::Column& from = tile.columns[static_cast<size_t>(number)];
  const circuit::Transfer& transfer = tile.transfers[static_cast<size_t>(from.transfer)];
  Column out;
  out.number = number;
  out.noisy = tile.noisy(from);
  out.varies = !from.variance.empty();
  out.converter = converter(tile, from);
  const bool fits = out.converter >= 0 && planes_ <= 16 && !(out.noisy && tile.digits.width > 1) &&
                    (fit_bytes(tile, from, out) || fit_words(from, out));
  if (!fits) {
    plain_.push_back(number);
    return;
  }
  const bool clips =
      from.whole && transfer.ideal() && transfer.zero == 0 && transfer.step == 1 && transfer.most <= 255;
  out.kind = tile.digits.width > 1                                     ? Kind::Combined
             : clips && out.kernel.parts == 1 && out.kernel.scale == 0 ? Kind::Saturating
                                                                       : Kind::Converted;
  if (out.noisy) out.noise = NoiseScale(tile, from);
  if (out.varies) {
    out.variance = bytes_.size();
    bytes_.resize(bytes_.size() + static_cast<size_t>(padded_));
    std::copy(from.variance.begin(), from.variance.end(),
              bytes_.begin() + static_cast<std::ptrdiff_t>(out.variance));
  }
  columns_.push_back(out);
}

void PreparedTile::set_targets(const TileColumns& tile) {
  std::vector<std::vector<TileColumns::Target>> of_column(tile.columns.size());
  for (const TileColumns::Target& t : tile.targets) of_column[static_cast<size_t>(t.column)].push_back(t);
  std::map<std::pair<int64_t, int64_t>, int64_t> rows;
  std::map<int64_t, int64_t> constants;
  for (const Column& c : columns_) {  // totals stand in the order of the outputs
    const circuit::Transfer& transfer =
        tile.transfers[static_cast<size_t>(tile.columns[static_cast<size_t>(c.number)].transfer)];
    for (const TileColumns::Target& t : of_column[static_cast<size_t>(c.number)])
      rows.try_emplace({t.output, tile.step(transfer)}, 0);
  }
  for (auto& [what, row] : rows) {
    row = static_cast<int64_t>(rows_of_totals_.size());
    rows_of_totals_.push_back({what.first, what.second});
  }
  std::vector<double> bounds(rows_of_totals_.size());
  const int64_t weights = sum_of_weights(tile.digits);
  for (Column& c : columns_) {
    const auto& from = tile.columns[static_cast<size_t>(c.number)];
    const circuit::Transfer& transfer = tile.transfers[static_cast<size_t>(from.transfer)];
    c.first_target = targets_.size();
    for (const TileColumns::Target& t : of_column[static_cast<size_t>(c.number)]) {
      const int64_t row = rows.at({t.output, tile.step(transfer)});
      targets_.push_back({row, t.coefficient});
      constants[t.output] += t.coefficient * tile.zero(transfer) * weights;
      const double most = converters_[static_cast<size_t>(c.converter)].exact.most;
      bounds[static_cast<size_t>(row)] +=
          std::abs(static_cast<double>(t.coefficient)) * most * std::ldexp(1.0, planes_);
    }
    c.last_target = targets_.size();
    totals_fit_ = totals_fit_ && c.kind != Kind::Combined;
  }
  for (size_t k = 0; k < rows_of_totals_.size(); ++k) {
    in_order_ = in_order_ && rows_of_totals_[k].step == 1 &&
                rows_of_totals_[k].output == rows_of_totals_[0].output + static_cast<int64_t>(k);
  }
  totals_fit_ = totals_fit_ && std::all_of(bounds.begin(), bounds.end(), [](double b) { return b < 0x1p31; });
  for (const auto& [output, constant] : constants)
    if (constant != 0) constants_.emplace_back(output, constant);
}

}  // namespace ohmweave::array
