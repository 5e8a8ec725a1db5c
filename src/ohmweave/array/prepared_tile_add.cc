// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>

#include "ohmweave/array/prepared_tile.h"

namespace ohmweave::array {
namespace {

constexpr int64_t kMostStrips = 4;           // that tables are made for
constexpr int64_t kIndexBytes = 128 * 1024;  // of a block: a share of the second cache
constexpr int64_t kColumnsTogether = 16;     // whose tables stand in the first cache

/// Memory that a thread uses again and again.
template <class T>
class Aligned {
 public:
  T* reserve(int64_t n) {
    constexpr size_t kLine = 64;
    const size_t bytes = static_cast<size_t>(n) * sizeof(T) + 2 * kLine;
    if (memory_.size() < bytes) memory_.resize(bytes);
    const auto at = reinterpret_cast<uintptr_t>(memory_.data());
    return data_ = reinterpret_cast<T*>((at + kLine - 1) / kLine * kLine);
  }
  T* data() const { return data_; }

 private:
  std::vector<std::byte> memory_;
  T* data_ = nullptr;
};

}  // namespace

/// Vectors that are computed together.
struct PreparedTile::Block {
  int64_t first = 0, vectors = 0;  // of the call
  int64_t before = 0;              // lanes of the first strip that hold none of them
  int64_t strips = 0;
  int64_t first_of_run = 0;  // the number of the first lane's vector in the whole run
  const ReadNoise* normals = nullptr;

  int64_t vector(int64_t lane) const { return first + lane - before; }
};

struct PreparedTile::Scratch {
  Aligned<uint8_t> low, high, indices, tables;
  Aligned<uint16_t> used, merged, table;
  Aligned<int32_t> totals;
  Aligned<int64_t> wide_totals;
  int64_t tables_of_strip = 0;
  int64_t index_step = 0, used_step = 0;  // of strips
  int64_t table_of = -1;                  // converter that `table` is of

  StripInputs strip(int64_t n) const {
    return {indices.data() + n * index_step, used.data() + n * used_step, tables_of_strip};
  }
};

void PreparedTile::add(const TileColumns& tile, const TileInputs& inputs, int64_t vectors, int64_t* outputs,
                       int64_t output_stride, const ReadsAt& at) const {
  if (!plain_.empty())
    add_by_definition(tile, inputs.codes, inputs.stride, vectors, outputs, output_stride, at, plain_);
  if (columns_.empty()) return;
  thread_local Scratch scratch;
  scratch.table_of = -1;
  const ReadNoise normals(at.seed, at.place);
  scratch.tables_of_strip = kernels_->tables(rows_);
  scratch.index_step = planes_ * kernels_->index_bytes(rows_);
  scratch.used_step = 2 * planes_ * (scratch.tables_of_strip + 1);
  const int64_t most_strips = std::clamp<int64_t>(kIndexBytes / scratch.index_step, 1, kMostStrips);
  const int64_t before = any_noise_ ? at.first_vector % kStrip : 0;
  for (int64_t lane = 0; lane < before + vectors; lane += most_strips * kStrip) {
    Block block;
    block.before = lane == 0 ? before : 0;
    block.first = std::max<int64_t>(lane - before, 0);
    block.vectors = std::min(vectors - block.first, most_strips * kStrip - block.before);
    block.strips = (block.before + block.vectors + kStrip - 1) / kStrip;
    block.first_of_run = at.first_vector + block.first - block.before;
    block.normals = &normals;
    load(tile, inputs, block, scratch);
    const auto count = static_cast<int64_t>(columns_.size());
    for (int64_t c = 0; c < count;) {
      const Column& column = columns_[static_cast<size_t>(c)];
      if (column.kind == Kind::Saturating) {
        int64_t n = 1;
        while (n < kColumnsTogether && c + n < count &&
               columns_[static_cast<size_t>(c + n)].kind == column.kind &&
               columns_[static_cast<size_t>(c + n)].converter == column.converter)
          ++n;
        saturating(&column, n, block, scratch);
        c += n;
      } else {
        column.kind == Kind::Converted ? converted(column, block, scratch)
                                       : combined(tile, column, block, scratch);
        ++c;
      }
    }
    finish(block, scratch, outputs, output_stride);
  }
}

void PreparedTile::load(const TileColumns& tile, const TileInputs& inputs, Block& block,
                        Scratch& scratch) const {
  uint8_t* low = scratch.low.reserve(padded_ * kStrip);
  uint8_t* high = planes_ > 8 ? scratch.high.reserve(padded_ * kStrip) : nullptr;
  uint8_t* indices = scratch.indices.reserve(block.strips * scratch.index_step);
  uint16_t* used = scratch.used.reserve(block.strips * scratch.used_step);
  for (int64_t strip = 0; strip < block.strips; ++strip) {
    if (inputs.lanes != nullptr && takes_lanes(tile)) {  // one-bit digits are driven as they are
      (*inputs.lanes)(block.vector(strip * kStrip), low, high);
      for (uint8_t* bytes : {low, high})
        if (bytes != nullptr)
          std::memset(bytes + rows_ * kStrip, 0, static_cast<size_t>((padded_ - rows_) * kStrip));
    } else {
      const int32_t* vectors[kStrip];
      for (int64_t lane = 0; lane < kStrip; ++lane) {  // lanes without a vector have any other one
        const int64_t v =
            std::clamp(block.vector(strip * kStrip + lane), block.first, block.first + block.vectors - 1);
        vectors[lane] = inputs.codes + v * inputs.stride;
      }
      kernels_->turn(vectors, rows_, static_cast<uint32_t>(tile.digits.offset), tile.digits.driven_mask(), low,
                     high);
    }
    uint8_t* own = indices + strip * scratch.index_step;
    kernels_->index(low, high, rows_, planes_, own);
    kernels_->find_used(own, scratch.tables_of_strip, planes_, used + strip * scratch.used_step);
  }
  const auto totals = static_cast<int64_t>(rows_of_totals_.size()) * block.strips * kStrip;
  if (totals_fit_) {
    std::fill_n(scratch.totals.reserve(totals), totals, 0);
  } else {
    std::fill_n(scratch.wide_totals.reserve(totals), totals, int64_t{0});
  }
}

/// Adds the merged codes of a run of digits to the totals of the column's targets. Totals: [strip][row][64].
void PreparedTile::merge(const Column& column, const DigitRun& run, const uint16_t* merged, int64_t strip,
                         Scratch& scratch) const {
  const auto rows = static_cast<int64_t>(rows_of_totals_.size());
  for (size_t t = column.first_target; t < column.last_target; ++t) {
    const int64_t coefficient = targets_[t].coefficient * run.weight;
    const int64_t at = (strip * rows + targets_[t].row) * kStrip;
    if (totals_fit_) {
      kernels_->gather(merged, static_cast<int32_t>(coefficient), scratch.totals.data() + at);
    } else {
      kernels_->gather_wide(merged, coefficient, scratch.wide_totals.data() + at);
    }
  }
}

void PreparedTile::saturating(const Column* columns, int64_t count, const Block& block,
                              Scratch& scratch) const {
  const int64_t n = kernels_->tables(rows_), bytes = (n + 1) * kernels_->table_bytes;
  uint8_t* tables = scratch.tables.reserve(kColumnsTogether * bytes);
  uint16_t* merged = scratch.merged.reserve(4 * kStrip);
  for (int64_t c = 0; c < count; ++c)
    kernels_->make_tables(bytes_.data() + columns[c].cells, rows_, tables + c * bytes);
  const Converter& converter = converters_[static_cast<size_t>(columns->converter)];
  for (int64_t strip = 0; strip < block.strips; ++strip) {
    const StripInputs inputs = scratch.strip(strip);
    for (int64_t first = 0; first < count; first += 4) {
      SaturatingColumns four{{}, n, static_cast<int>(converter.exact.most)};
      for (int64_t c = 0; c < 4; ++c) {
        const int64_t column = std::min(first + c, count - 1);
        four.tables[c] = tables + column * bytes;
        four.segment = std::min(four.segment, columns[column].kernel.segment);
      }
      for (const DigitRun& run : converter.runs) {
        kernels_->saturating(four, inputs, run, merged);
        for (int64_t c = first; c < std::min(first + 4, count); ++c)
          merge(columns[c], run, merged + (c - first) * kStrip, strip, scratch);
      }
    }
  }
}

void PreparedTile::make_tables(const Column& column, uint8_t* tables) const {
  if (column.kernel.parts == 1) {
    kernels_->make_tables(bytes_.data() + column.cells, rows_, tables);
  } else {
    kernels_->make_wide_tables(words_.data() + column.cells, rows_, tables);
  }
}

void PreparedTile::converted(const Column& column, const Block& block, Scratch& scratch) const {
  const int64_t n = kernels_->tables(rows_), bytes = (n + 1) * kernels_->table_bytes;
  uint8_t* tables = scratch.tables.reserve(3 * bytes);
  uint16_t* merged = scratch.merged.reserve(kStrip);
  KernelColumn kernel = column.kernel;
  kernel.tables = tables;
  make_tables(column, tables);
  ColumnNoise noise{column.noise.slope, column.noise.base, nullptr, column.number, 0, block.normals};
  if (column.varies) {
    kernels_->make_tables(bytes_.data() + column.variance, rows_, tables + 2 * bytes);
    noise.tables = tables + 2 * bytes;
  }
  const Converter& converter = converters_[static_cast<size_t>(column.converter)];
  if (converter.arithmetic) {
    kernel.conversion = *converter.arithmetic;
  } else {
    uint16_t* table = scratch.table.reserve(65536);
    if (scratch.table_of != column.converter) converter.exact.fill(table);
    scratch.table_of = column.converter;
    kernel.conversion.table = table;
  }
  if (column.noisy) kernel.noise = &noise;
  for (int64_t strip = 0; strip < block.strips; ++strip) {
    noise.block = (block.first_of_run + strip * kStrip) / kStrip;
    for (const DigitRun& run : converter.runs) {
      kernels_->converted(kernel, scratch.strip(strip), run, merged);
      merge(column, run, merged, strip, scratch);
    }
  }
}

/// Wider digits: sum = sum over bits i of a digit of 2^i times the sum of that bit.
void PreparedTile::combined(const TileColumns& tile, const Column& column, const Block& block,
                            Scratch& scratch) const {
  const int64_t n = kernels_->tables(rows_), bytes = (n + 1) * kernels_->table_bytes;
  uint8_t* tables = scratch.tables.reserve(2 * bytes);
  uint16_t* sums = scratch.merged.reserve(kStrip);
  KernelColumn kernel = column.kernel;
  kernel.tables = tables;
  make_tables(column, tables);
  const TileColumns::Column& from = tile.columns[static_cast<size_t>(column.number)];
  const circuit::Transfer& transfer = tile.transfers[static_cast<size_t>(from.transfer)];
  const double unit = std::ldexp(1.0, -tile.bits_of(from));
  const auto rows = static_cast<int64_t>(rows_of_totals_.size());
  for (int64_t strip = 0; strip < block.strips; ++strip) {
    int64_t codes[kStrip] = {};
    for (int k = 0; k < tile.digits.count; ++k) {
      int32_t total[kStrip] = {};
      for (int bit = 0; bit < tile.digits.width; ++bit) {
        const int64_t plane = k * tile.digits.width + bit;
        kernels_->sums(kernel, scratch.strip(strip), plane, sums);
        for (int64_t v = 0; v < kStrip; ++v) total[v] += (static_cast<int32_t>(sums[v]) - 32768) * (1 << bit);
      }
      const int64_t weight = tile.digits.weight(k);
      for (int64_t v = 0; v < kStrip; ++v)
        codes[v] += weight * transfer.code(static_cast<double>(total[v]) * unit);
    }
    for (size_t t = column.first_target; t < column.last_target; ++t) {
      int64_t* to = scratch.wide_totals.data() + (strip * rows + targets_[t].row) * kStrip;
      for (int64_t v = 0; v < kStrip; ++v) to[v] += targets_[t].coefficient * codes[v];
    }
  }
}

/// Totals [row][64] of a strip, turned and added to the outputs of its vectors: squares of a few rows and
/// vectors, so that the lines of memory of both stay in the first cache.
template <class Total>
void PreparedTile::add_totals(const Block& block, int64_t strip, const Total* totals, int64_t* outputs,
                              int64_t output_stride) const {
  constexpr int64_t kSide = 8;
  const auto rows = static_cast<int64_t>(rows_of_totals_.size());
  for (int64_t place = 0; place < kStrip; place += kSide) {
    int64_t* to[kSide] = {};
    int64_t held[kSide], n = 0;
    for (int64_t k = place; k < place + kSide; ++k) {
      const int64_t v = block.vector(strip * kStrip + vector_at_[static_cast<size_t>(k)]);
      if (v < block.first || v >= block.first + block.vectors) continue;
      held[n] = k;
      to[n++] = outputs + v * output_stride;
    }
    for (int64_t first = 0; first < rows && n > 0; first += kSide) {
      const int64_t last = std::min(first + kSide, rows);
      if constexpr (sizeof(Total) == sizeof(int32_t)) {
        if (in_order_ && n == kSide && last == first + kSide) {
          int64_t* at[kSide];
          for (int64_t k = 0; k < kSide; ++k)
            at[k] = to[k] + rows_of_totals_[static_cast<size_t>(first)].output;
          kernels_->add_square(totals + first * kStrip + place, at);
          continue;
        }
      }
      for (int64_t k = 0; k < n; ++k) {
        for (int64_t row = first; row < last; ++row) {
          const Row& r = rows_of_totals_[static_cast<size_t>(row)];
          to[k][r.output] += r.step * totals[row * kStrip + held[k]];
        }
      }
    }
  }
}

void PreparedTile::finish(const Block& block, Scratch& scratch, int64_t* outputs, int64_t output_stride) const {
  const int64_t step = static_cast<int64_t>(rows_of_totals_.size()) * kStrip;
  for (int64_t strip = 0; strip < block.strips; ++strip) {
    if (totals_fit_) {
      add_totals(block, strip, scratch.totals.data() + strip * step, outputs, output_stride);
    } else {
      add_totals(block, strip, scratch.wide_totals.data() + strip * step, outputs, output_stride);
    }
  }
  for (int64_t v = block.first; v < block.first + block.vectors && !constants_.empty(); ++v) {
    for (const auto& [output, constant] : constants_) outputs[v * output_stride + output] += constant;
  }
}

}  // namespace ohmweave::array
