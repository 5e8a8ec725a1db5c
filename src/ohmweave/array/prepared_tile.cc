// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/prepared_tile.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <tuple>

namespace ohmweave::array {
namespace {

constexpr int64_t kFilled = 4;  // all places of a unit, or all totals, are worth it for one in so many

/// The largest sum of neighbouring cells that share a table.
int64_t largest_entry(const std::vector<int32_t>& cells) {
  int64_t largest = 0, sum = 0;
  for (size_t r = 0; r < cells.size(); ++r) {
    sum = (r % kTableRows == 0 ? 0 : sum) + cells[r];
    largest = std::max(largest, sum);
  }
  return largest;
}

/// Digits in as few runs as there can be whose merged codes stay within 16 bits, of the same length if
/// possible; the signed last digit is a run of its own.
std::vector<DigitRun> runs_of(const InputDigits& digits, int64_t most) {
  const int last = digits.weight(digits.count - 1) < 0 ? 1 : 0, joined = digits.count - last;
  int longest = 1;
  while (longest < joined && most * ((int64_t{2} << longest) - 1) <= 65535) ++longest;
  const int count = (joined + longest - 1) / longest;
  std::vector<DigitRun> runs;
  for (int k = 0, first = 0; k < count; ++k) {
    const int length = (joined - first + count - k - 1) / (count - k);
    runs.push_back({first, length, digits.weight(first)});
    first += length;
  }
  if (last != 0) runs.push_back({joined, 1, digits.weight(joined)});
  return runs;
}

}  // namespace

/// What is needed only while a tile is prepared.
struct PreparedTile::Builder {
  /// A column that a kernel is for.
  struct Column {
    int64_t number = 0;
    PanelKind kind = PanelKind::Words;
    int64_t converter = 0;
    int scale = 0;                                     // of bytes
    int64_t entry = 0;                                 // the largest of its tables, of bytes
    std::vector<std::pair<int64_t, int64_t>> targets;  // row of the totals, coefficient
  };
  /// Columns whose likenesses are the same may share a panel: kind, table, form of the conversion, scale, runs.
  using Likeness = std::tuple<PanelKind, int64_t, bool, int, int, int, std::vector<int>>;
  using Columns = std::vector<const Column*>;  // null: none
  using Total = std::pair<int64_t, int64_t>;   // what it counts in its output, and the output

  TileColumns& tile;
  PreparedTile& to;
  std::vector<Column> columns = {};
  std::map<std::pair<int64_t, bool>, int64_t> converter_of = {};
  int64_t noisy_panels = 0;

  void build();
  int64_t converter(const TileColumns::Column& column);
  bool fit(Column& column);
  bool sums_inputs(const Column& column) const;
  bool fit_bytes(const TileColumns::Column& from, Column& column) const;
  bool fit_words(const TileColumns::Column& from) const;
  std::pair<Total, int64_t> total_of(const TileColumns::Target& target, int group) const;
  std::map<Total, double> bounds(const std::vector<Column*>& fitting, int group) const;
  void set_rows();
  Likeness likeness(const Column& column) const;
  static std::map<Likeness, Columns> join_few(std::map<Likeness, Columns> alike);
  void place(const Columns& alike);
  void add_panel(PanelKind kind, const std::vector<Columns>& units, bool straight);
  void add_targets(const Column& column, int64_t word, Panel& panel) const;
  void set_column(const Column& column, int64_t place, Panel& panel);
};

PreparedTile::PreparedTile(TileColumns& tile, const ColumnKernels& kernels)
    : kernels_(&kernels), rows_(tile.rows), planes_(tile.digits.count) {
  Builder{tile, *this}.build();
}

void PreparedTile::Builder::build() {
  for (size_t c = 0; c < tile.columns.size(); ++c) {
    Column column;
    column.number = static_cast<int64_t>(c);
    if (fit(column)) {
      columns.push_back(std::move(column));
    } else {
      to.plain_.push_back(column.number);
    }
  }
  set_rows();
  std::map<Likeness, Columns> alike;
  for (const Column& c : columns) {
    if (!sums_inputs(c)) {
      alike[likeness(c)].push_back(&c);
      continue;
    }
    const int32_t cell = tile.columns[static_cast<size_t>(c.number)].cells.front();
    to.of_sums_.resize(static_cast<size_t>(to.total_rows_));
    for (const auto& [row, coefficient] : c.targets)
      to.of_sums_[static_cast<size_t>(row)] += static_cast<int32_t>(coefficient * cell);
  }
  for (const auto& [how, some] : join_few(std::move(alike))) place(some);
  if (to.panels_.empty())
    (to.kernels_->codes_of_products != nullptr ? to.needs_inputs_ : to.needs_lists_) = true;
  for (const Column& c : columns) {
    tile.columns[static_cast<size_t>(c.number)].cells = {};
    tile.columns[static_cast<size_t>(c.number)].variance = {};
  }
  to.cells_.shrink_to_fit();
  to.panels_.shrink_to_fit();
  int64_t place = noisy_panels * ReadNoise::kColumns;
  for (int64_t c : to.plain_) tile.columns[static_cast<size_t>(c)].place = place++;
}

int64_t PreparedTile::Builder::converter(const TileColumns::Column& column) {
  const auto [at, added] =
      converter_of.try_emplace({column.transfer, column.whole}, static_cast<int64_t>(to.converters_.size()));
  if (!added) return at->second;
  const circuit::Transfer& transfer = tile.transfers[static_cast<size_t>(column.transfer)];
  if (auto exact = GridTransfer::make(transfer, tile.bits_of(column))) {
    Converter made;
    made.arithmetic = GridTransfer::arithmetic(transfer, tile.bits_of(column), *exact);
    made.runs = runs_of(tile.digits, exact->most);
    if (made.arithmetic) exact->from = {}, exact->codes = {};
    made.exact = std::move(*exact);
    to.converters_.push_back(std::move(made));
  } else {
    at->second = -1;
  }
  return at->second;
}

bool PreparedTile::Builder::fit(Column& column) {
  const TileColumns::Column& from = tile.columns[static_cast<size_t>(column.number)];
  column.converter = converter(from);
  const bool noisy = tile.noisy(from);
  if (column.converter < 0 || tile.rows > kMostRows) return false;
  if (!noisy && fit_bytes(from, column)) return true;
  column.scale = 0;
  column.entry = 0;
  column.kind = noisy ? PanelKind::Noisy : PanelKind::Words;
  return fit_words(from);
}

/// Cells of bytes: whole steps, or multiples of a power of two of the grid.
bool PreparedTile::Builder::fit_bytes(const TileColumns::Column& from, Column& column) const {
  uint32_t all = 0;
  int64_t sum = 0;
  for (int32_t cell : from.cells) {
    if (cell < 0) return false;
    all |= static_cast<uint32_t>(cell);
    sum += cell;
  }
  column.scale = all == 0 ? 0 : std::countr_zero(all);
  column.entry = largest_entry(from.cells) >> column.scale;
  if (sum > TileColumns::kMostSum || column.entry > 255) return false;
  const circuit::Transfer& transfer = tile.transfers[static_cast<size_t>(from.transfer)];
  if (from.whole && transfer.clips() && transfer.most <= 255) {
    column.scale = 0;
    column.entry = largest_entry(from.cells);
    column.kind = PanelKind::Saturating;
    return column.entry <= 255;
  }
  column.kind = PanelKind::Bytes;
  return column.entry * kListStep <= 255;
}

bool PreparedTile::Builder::fit_words(const TileColumns::Column& from) const {
  int64_t sum = 0;
  for (int32_t cell : from.cells) sum += std::abs(int64_t{cell});
  return sum <= TileColumns::kMostSum;
}

/// Whether all cells are the same and the converter reads them exactly: what the encodings of weights add is
/// such a column, and it is no panel's worth.
bool PreparedTile::Builder::sums_inputs(const Column& column) const {
  const TileColumns::Column& from = tile.columns[static_cast<size_t>(column.number)];
  const circuit::Transfer& transfer = tile.transfers[static_cast<size_t>(from.transfer)];
  const int64_t cell = from.cells.front();
  return to.totals_fit_ && from.whole && cell >= 0 && transfer.ideal() && transfer.zero == 0 &&
         transfer.step == 1 && transfer.most >= cell * tile.rows &&
         std::all_of(from.cells.begin(), from.cells.end(), [&](int32_t c) { return c == cell; });
}

/// Where merged codes go, and their coefficient there; `group` bits of coefficients share a total.
std::pair<PreparedTile::Builder::Total, int64_t> PreparedTile::Builder::total_of(
    const TileColumns::Target& target, int group) const {
  const int64_t transfer = tile.columns[static_cast<size_t>(target.column)].transfer;
  const int shift = std::countr_zero(static_cast<uint64_t>(target.coefficient)) / group * group;
  const int64_t step = tile.step(tile.transfers[static_cast<size_t>(transfer)]);
  return {{step << shift, target.output}, target.coefficient >> shift};
}

/// How large totals may become.
std::map<PreparedTile::Builder::Total, double> PreparedTile::Builder::bounds(
    const std::vector<Column*>& fitting, int group) const {
  std::map<Total, double> out;
  for (const TileColumns::Target& t : tile.targets) {
    const Column* column = fitting[static_cast<size_t>(t.column)];
    if (column == nullptr || t.coefficient == 0) continue;
    const auto [total, coefficient] = total_of(t, group);
    const double most = to.converters_[static_cast<size_t>(column->converter)].exact.most;
    out[total] += std::abs(static_cast<double>(coefficient)) * most * std::ldexp(1.0, to.planes_);
  }
  return out;
}

/// Rows of the totals, one for each output and step of a converter, and if 32 bits would not hold them, for
/// some bits of the coefficients.
void PreparedTile::Builder::set_rows() {
  std::vector<Column*> fitting(tile.columns.size());
  for (Column& c : columns) fitting[static_cast<size_t>(c.number)] = &c;
  constexpr int kAll = 64;
  int group = kAll;
  std::map<Total, double> totals;
  for (int bits : {kAll, 8, 4}) {
    totals = bounds(fitting, group = bits);
    to.totals_fit_ = std::all_of(totals.begin(), totals.end(), [](const auto& b) { return b.second < 0x1p31; });
    if (to.totals_fit_) break;
  }
  std::map<Total, int64_t> rows;
  for (const auto& [total, bound] : totals) {
    rows[total] = to.total_rows_;
    std::vector<Segment>& segments = to.segments_;
    const bool next = !segments.empty() && segments.back().step == total.first &&
                      segments.back().output + segments.back().count == total.second;
    if (!next) segments.push_back({to.total_rows_, 0, total.first, total.second});
    ++segments.back().count;
    ++to.total_rows_;
  }
  std::vector<bool> fits(fitting.size());
  for (size_t c = 0; c < fits.size(); ++c) fits[c] = fitting[c] != nullptr;
  for (const TileColumns::Target& t : tile.targets) {
    if (!fits[static_cast<size_t>(t.column)] || t.coefficient == 0) continue;
    const auto [total, coefficient] = total_of(t, group);
    fitting[static_cast<size_t>(t.column)]->targets.emplace_back(rows.at(total), coefficient);
  }
  to.constants_ = tile.constants(fits);
}

PreparedTile::Builder::Likeness PreparedTile::Builder::likeness(const Column& column) const {
  const Converter& converter = to.converters_[static_cast<size_t>(column.converter)];
  std::vector<int> runs;
  for (const DigitRun& run : converter.runs) runs.push_back(run.count);
  if (column.kind == PanelKind::Saturating) return {column.kind, -1, false, 0, 0, 0, runs};
  if (!converter.arithmetic) return {column.kind, column.converter, false, 0, 0, column.scale, runs};
  const Conversion& c = *converter.arithmetic;
  return {column.kind, -1, c.factor != 0, c.shift, c.down, column.scale, runs};
}

/// Columns that share a table with few others are read together by tables of their own.
std::map<PreparedTile::Builder::Likeness, PreparedTile::Builder::Columns> PreparedTile::Builder::join_few(
    std::map<Likeness, Columns> alike) {
  constexpr int64_t kOwn = -2;
  std::map<Likeness, Columns> out;
  for (auto& [how, columns] : alike) {
    const auto& [kind, converter, multiplies, shift, down, scale, runs] = how;
    const bool few = converter >= 0 && 2 * static_cast<int64_t>(columns.size()) < columns_of(kind);
    Columns& to = out[few ? Likeness{kind, kOwn, multiplies, shift, down, scale, runs} : how];
    to.insert(to.end(), columns.begin(), columns.end());
  }
  return out;
}

/// Columns of one target each, slices of weights, form layers of one column per row, and a unit is a part of a
/// layer; what is left stands anywhere.
void PreparedTile::Builder::place(const Columns& alike) {
  const PanelKind kind = alike.front()->kind;
  const auto unit = static_cast<size_t>(unit_of(kind));
  std::vector<std::map<int64_t, const Column*>> layers;
  std::map<int64_t, size_t> depth;
  Columns rest;
  for (const Column* c : alike) {
    if (!to.totals_fit_ || c->targets.size() != 1) {
      rest.push_back(c);
      continue;
    }
    const int64_t row = c->targets.front().first;
    const size_t layer = depth[row]++;
    if (layer == layers.size()) layers.emplace_back();
    layers[layer][row] = c;
  }
  std::vector<std::pair<int64_t, Columns>> straight;  // and the row of the first
  for (const auto& layer : layers) {
    for (auto at = layer.begin(); at != layer.end();) {
      const int64_t first = at->first;
      Columns own(unit, nullptr);
      int64_t count = 0;
      for (; at != layer.end() && at->first < first + static_cast<int64_t>(unit); ++at, ++count)
        own[static_cast<size_t>(at->first - first)] = at->second;
      if (count * kFilled >= static_cast<int64_t>(unit)) {
        straight.emplace_back(first, std::move(own));
      } else {
        std::copy_if(own.begin(), own.end(), std::back_inserter(rest),
                     [](const Column* c) { return c != nullptr; });
      }
    }
  }
  // Units of the same rows side by side are added together; noise of a column belongs to its place.
  if (kind != PanelKind::Noisy)
    std::stable_sort(straight.begin(), straight.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Columns> units, others;
  for (auto& [first, own] : straight) units.push_back(std::move(own));
  for (size_t first = 0; first < rest.size(); first += unit)
    others.emplace_back(rest.begin() + static_cast<std::ptrdiff_t>(first),
                        rest.begin() + static_cast<std::ptrdiff_t>(std::min(first + unit, rest.size())));
  for (const auto* all : {&units, &others}) {
    const auto many = static_cast<size_t>(columns_of(kind) / unit_of(kind));
    for (size_t first = 0; first < all->size(); first += many)
      add_panel(kind,
                {all->begin() + static_cast<std::ptrdiff_t>(first),
                 all->begin() + static_cast<std::ptrdiff_t>(std::min(first + many, all->size()))},
                all == &units);
  }
}

void PreparedTile::Builder::add_panel(PanelKind kind, const std::vector<Columns>& units, bool straight) {
  const int64_t unit = unit_of(kind);
  const auto places = static_cast<size_t>(columns_of(kind));
  Panel panel;
  panel.kind = kind;
  panel.cells = to.cells_.size();
  panel.noise.place = kind == PanelKind::Noisy ? noisy_panels++ * ReadNoise::kColumns : 0;
  const bool multiplies = to.multiplies(kind);
  (multiplies ? to.needs_inputs_ : to.needs_lists_) = true;
  const int64_t rows = multiplies ? product_rows(tile.rows) : padded_rows(tile.rows);
  to.cells_.resize(to.cells_.size() + static_cast<size_t>(rows));
  if (straight) panel.coefficients.assign(places, 0);
  panel.converters.assign(places, -1);
  int64_t entry = 1;
  for (size_t u = 0; u < units.size(); ++u) {
    for (size_t k = 0; k < units[u].size(); ++k) {
      if (units[u][k] == nullptr) continue;
      const Column& column = *units[u][k];
      const int64_t place = static_cast<int64_t>(u) * unit + static_cast<int64_t>(k);
      panel.converter = column.converter;
      panel.scale = column.scale;
      entry = std::max(entry, column.entry);
      set_column(column, place, panel);
      if (straight) {
        panel.coefficients[static_cast<size_t>(place)] = static_cast<int32_t>(column.targets.front().second);
        panel.first[u] = column.targets.front().first - static_cast<int64_t>(k);
      } else {
        add_targets(column, word_of(kind, place), panel);
      }
    }
  }
  const bool same = std::all_of(panel.converters.begin(), panel.converters.end(),
                                [&](int64_t c) { return c < 0 || c == panel.converter; });
  const bool arithmetic = to.converters_[static_cast<size_t>(panel.converter)].arithmetic.has_value();
  if (same || arithmetic || kind == PanelKind::Saturating) panel.converters = {};
  panel.segment = 255 / (entry * kListStep);
  to.panels_.push_back(std::move(panel));
}

void PreparedTile::Builder::add_targets(const Column& column, int64_t word, Panel& panel) const {
  const auto count = static_cast<int64_t>(column.targets.size());
  const auto [first, last] = std::minmax_element(column.targets.begin(), column.targets.end());
  if (!to.totals_fit_ || count < kFilled || count * kFilled < last->first - first->first + 1) {
    for (const auto& [row, coefficient] : column.targets) panel.targets.push_back({word, row, coefficient});
    return;
  }
  Spread spread{word, first->first, std::vector<int32_t>(static_cast<size_t>(last->first - first->first + 1))};
  for (const auto& [row, coefficient] : column.targets)
    spread.coefficients[static_cast<size_t>(row - spread.first)] += static_cast<int32_t>(coefficient);
  panel.spreads.push_back(std::move(spread));
}

void PreparedTile::Builder::set_column(const Column& column, int64_t place, Panel& panel) {
  TileColumns::Column& from = tile.columns[static_cast<size_t>(column.number)];
  CellLine* cells = to.cells_.data() + panel.cells;
  const int64_t first = byte_of(panel.kind, place);
  const bool bytes = columns_of(panel.kind) == kLine, multiplies = to.multiplies(panel.kind);
  const auto put = [&](int64_t byte, const auto& values, int down) {
    if (multiplies)
      return put_byte(
          values.data(), tile.rows, down, [&](int64_t row) { return product_place(row, byte); }, cells);
    for (int64_t r = 0; r < tile.rows; ++r)
      cells[r].bytes[static_cast<size_t>(byte)] = static_cast<uint8_t>(values[static_cast<size_t>(r)] >> down);
  };
  put(first, from.cells, column.scale);
  if (!bytes) put(first + 1, from.cells, column.scale + 8);
  if (!from.variance.empty()) put(first + kLine / 2, from.variance, 0);
  const auto word = static_cast<size_t>(word_of(panel.kind, place));
  const Converter& converter = to.converters_[static_cast<size_t>(column.converter)];
  panel.converters[word] = column.converter;
  if (panel.kind == PanelKind::Saturating)
    panel.most[static_cast<size_t>(byte_of(panel.kind, place))] = static_cast<uint8_t>(converter.exact.most);
  PanelConversion& c = panel.conversion;
  if (converter.arithmetic) {
    const Conversion& own = *converter.arithmetic;
    c.below[word] = own.below, c.cap[word] = own.cap, c.half[word] = own.half, c.factor[word] = own.factor;
    c.multiplies = own.factor != 0, c.shift = own.shift, c.down = own.down;
  }
  if (panel.kind != PanelKind::Noisy) return;
  const NoiseScale scale(tile, from);
  panel.noise.slope[place] = scale.slope;
  panel.noise.base[place] = scale.base;
  panel.noise.without_cells = panel.noise.without_cells || scale.base > 0;
  from.place = panel.noise.place + static_cast<int64_t>(word);
}

}  // namespace ohmweave::array
