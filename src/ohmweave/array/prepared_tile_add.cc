// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>

#include "ohmweave/array/prepared_tile.h"

namespace ohmweave::array {
namespace {

constexpr int64_t kListBytes = 128 * 1024;  // of the lists of a block: a share of the second cache

/// Memory that a thread uses again and again.
template <class T>
class Aligned {
 public:
  T* reserve(int64_t n) {
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

/// Vectors that are read together.
struct PreparedTile::Block {
  int64_t first = 0;  // of the call
  BlockReads reads;
};

struct PreparedTile::Scratch {
  Aligned<uint8_t> low, high, inputs, lists, tables;
  Aligned<uint16_t> entries, counts, driven, merged, table;
  Aligned<int32_t> totals, sums;
  Aligned<int64_t> wide_totals;
  PanelSteps steps;
  int64_t table_of = -1;  // converter that `table` is of
};

void PreparedTile::add(const TileColumns& tile, const TileInputs& inputs, int64_t vectors, int64_t* outputs,
                       int64_t output_stride, const ReadsAt& at) const {
  if (!plain_.empty())
    add_by_definition(tile, inputs.codes, inputs.stride, vectors, outputs, output_stride, at, plain_);
  if (total_rows_ == 0) return;
  thread_local Scratch scratch;
  scratch.table_of = -1;
  const ReadNoise normals(at.seed, at.place);
  const int64_t bytes = planes_ * list_pitch(rows_) * static_cast<int64_t>(sizeof(uint16_t));
  const int64_t most = std::clamp(kListBytes / bytes / kStrip * kStrip, kStrip, kMostVectors);
  for (int64_t first = 0; first < vectors; first += most) {
    Block block;
    block.first = first;
    block.reads.vectors = std::min(vectors - first, most);
    block.reads.first_vector = at.first_vector + first;
    block.reads.normals = &normals;
    load(tile, inputs, block, scratch);
    for (const Panel& panel : panels_) read(panel, block, scratch);
    if (totals_fit_) {
      finish(block, scratch.totals.data(), outputs, output_stride);
    } else {
      finish(block, scratch.wide_totals.data(), outputs, output_stride);
    }
  }
}

/// Driven inputs of the vectors of a strip, from one of the block on.
void PreparedTile::load_lanes(const TileInputs& inputs, const DrivenInputs& what, const Block& block,
                              int64_t first, uint8_t* low, uint8_t* high) const {
  const int64_t vectors = block.reads.vectors;
  if (inputs.lanes != nullptr && takes_lanes()) {
    (*inputs.lanes)(block.first + first, low, high);
    for (uint8_t* bytes : {low, high})
      if (bytes != nullptr)
        std::memset(bytes + rows_ * kStrip, 0, static_cast<size_t>((padded_rows(rows_) - rows_) * kStrip));
  } else {
    const int64_t lanes = std::min(vectors - first, kStrip);
    const int32_t* own[kStrip];
    for (int64_t lane = 0; lane < kStrip; ++lane)  // lanes without a vector have any other one
      own[lane] = inputs.codes + (block.first + std::min(first + lane, vectors - 1)) * inputs.stride;
    kernels_->turn(own, rows_, lanes, what, low, high);
  }
}

void PreparedTile::load(const TileColumns& tile, const TileInputs& inputs, Block& block,
                        Scratch& scratch) const {
  const int64_t vectors = block.reads.vectors;
  const DrivenInputs what{static_cast<uint32_t>(tile.digits.offset), tile.digits.driven_mask()};
  const bool is_signed = tile.digits.weight(planes_ - 1) < 0;
  int32_t* sums = of_sums_.empty() ? nullptr : scratch.sums.reserve(kMostVectors);
  BlockReads& reads = block.reads;
  reads.rows = rows_;
  reads.pitch = list_pitch(rows_);
  const int64_t apart = (planes_ > 8 ? 2 : 1) * product_rows(rows_);
  uint8_t* turned = scratch.inputs.reserve(needs_inputs_ ? vectors * apart : 0);
  uint16_t* driven = scratch.driven.reserve(vectors);
  uint16_t* entries = scratch.entries.reserve(needs_lists_ ? vectors * planes_ * reads.pitch + kListSlack : 0);
  uint16_t* counts = scratch.counts.reserve(vectors * planes_);
  reads.inputs = turned, reads.driven = driven, reads.entries = entries, reads.counts = counts;
  const bool takes_codes = !needs_lists_ && (inputs.lanes == nullptr || !takes_lanes());
  if (takes_codes)
    kernels_->pack_inputs(inputs.codes + block.first * inputs.stride, inputs.stride, vectors, rows_, what,
                          turned, driven);
  uint8_t* low = scratch.low.reserve(padded_rows(rows_) * kStrip + kLine);
  uint8_t* high = planes_ > 8 ? scratch.high.reserve(padded_rows(rows_) * kStrip + kLine) : nullptr;
  for (int64_t first = 0; first < vectors && !takes_codes; first += kStrip) {
    const int64_t lanes = std::min(vectors - first, kStrip), before = first * planes_;
    load_lanes(inputs, what, block, first, low, high);
    if (needs_inputs_) kernels_->turn_inputs(low, high, rows_, lanes, turned + first * apart, driven + first);
    if (sums != nullptr) kernels_->sum_inputs(low, high, rows_, planes_, is_signed, sums + first);
    if (!needs_lists_) continue;
    uint8_t* beside = scratch.lists.reserve(list_scratch(rows_, planes_));
    kernels_->list(low, high, rows_, planes_, lanes, beside, entries + before * reads.pitch, counts + before);
  }
  if (sums != nullptr && takes_codes) kernels_->sum_vectors(turned, rows_, planes_, is_signed, vectors, sums);
  start_totals(vectors, scratch);
}

void PreparedTile::start_totals(int64_t vectors, Scratch& scratch) const {
  const int64_t totals = vectors * total_rows_ + kLine;  // units reach beyond the last row
  if (!of_sums_.empty()) {
    kernels_->set_multiples(scratch.sums.data(), vectors, of_sums_.data(), total_rows_,
                            scratch.totals.reserve(totals));
  } else if (totals_fit_) {
    std::fill_n(scratch.totals.reserve(totals), totals, 0);
  } else {
    std::fill_n(scratch.wide_totals.reserve(totals), totals, int64_t{0});
  }
}

void PreparedTile::read(const Panel& panel, const Block& block, Scratch& scratch) const {
  const Converter& converter = converters_[static_cast<size_t>(panel.converter)];
  PanelConversion conversion = panel.conversion;
  if (!panel.converters.empty()) {
    std::array<const GridTransfer*, kLine> own{};
    for (size_t k = 0; k < panel.converters.size(); ++k) {
      if (panel.converters[k] >= 0) own[k] = &converters_[static_cast<size_t>(panel.converters[k])].exact;
    }
    scratch.steps.set(std::span(own).first(panel.converters.size()));
    conversion.steps = &scratch.steps.tables();
  } else if (!converter.arithmetic && panel.kind != PanelKind::Saturating) {
    uint16_t* table = scratch.table.reserve(65536);
    if (scratch.table_of != panel.converter) converter.exact.fill(table);
    scratch.table_of = panel.converter;
    conversion.table = table;
  }
  const uint8_t* cells = cells_[panel.cells].bytes.data();
  const bool multiplies = this->multiplies(panel.kind);
  if (!multiplies) {
    uint8_t* tables = scratch.tables.reserve(table_bytes(rows_));
    kernels_->make_tables(cells, rows_, columns_of(panel.kind) != kLine, tables);
    cells = tables;
  }
  const auto runs = static_cast<int64_t>(converter.runs.size());
  uint16_t* merged = scratch.merged.reserve(block.reads.vectors * runs * columns_of(panel.kind));
  const KernelPanel kernel{panel.kind,  cells,        panel.most.data(),     panel.segment, panel.scale,
                           &conversion, &panel.noise, converter.runs.data(), runs};
  (multiplies ? kernels_->codes_of_products : kernels_->codes)(kernel, block.reads, merged);
  if (totals_fit_) {
    gather(panel, converter.runs, block, merged, scratch.totals.data());
  } else {
    gather(panel, converter.runs, block, merged, scratch.wide_totals.data());
  }
}

/// Adds merged codes, [vector][run][word], to the totals, [vector][row].
template <class Total>
void PreparedTile::gather(const Panel& panel, const std::vector<DigitRun>& runs, const Block& block,
                          const uint16_t* merged, Total* totals) const {
  const int64_t words = columns_of(panel.kind), apart = words * static_cast<int64_t>(runs.size());
  for (const DigitRun& run : runs) {
    if constexpr (sizeof(Total) == sizeof(int32_t)) {
      if (!panel.coefficients.empty()) {
        std::array<int32_t, kLine> coefficients{};
        for (size_t k = 0; k < panel.coefficients.size(); ++k)
          coefficients[k] = static_cast<int32_t>(panel.coefficients[k] * run.weight);
        kernels_->gather(panel.kind, merged, apart, block.reads.vectors,
                         {coefficients.data(), totals, total_rows_, panel.first});
      }
      for (const Spread& spread : panel.spreads) {
        std::array<int32_t, kMostVectors> factors;
        for (int64_t v = 0; v < block.reads.vectors; ++v)
          factors[static_cast<size_t>(v)] = static_cast<int32_t>(run.weight * merged[v * apart + spread.word]);
        kernels_->add_multiples(factors.data(), block.reads.vectors, spread.coefficients.data(),
                                static_cast<int64_t>(spread.coefficients.size()), totals + spread.first,
                                total_rows_);
      }
    }
    for (int64_t v = 0; v < block.reads.vectors && !panel.targets.empty(); ++v) {
      for (const Target& t : panel.targets)
        totals[v * total_rows_ + t.row] +=
            static_cast<Total>(t.coefficient * run.weight * merged[v * apart + t.word]);
    }
    merged += words;
  }
}

template <class Total>
void PreparedTile::finish(const Block& block, const Total* totals, int64_t* outputs,
                          int64_t output_stride) const {
  outputs += block.first * output_stride;
  const int64_t vectors = block.reads.vectors;
  for (const Segment& s : segments_) {
    if constexpr (sizeof(Total) == sizeof(int32_t)) {
      kernels_->add_totals(totals + s.row, total_rows_, vectors, s.count, s.step, outputs + s.output,
                           output_stride);
    } else {
      for (int64_t v = 0; v < vectors; ++v)
        for (int64_t k = 0; k < s.count; ++k)
          outputs[v * output_stride + s.output + k] += s.step * totals[v * total_rows_ + s.row + k];
    }
  }
  for (int64_t v = 0; v < vectors && !constants_.empty(); ++v)
    for (const auto& [output, constant] : constants_) outputs[v * output_stride + output] += constant;
}

}  // namespace ohmweave::array
