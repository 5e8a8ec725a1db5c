// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/composed_programming.h"

#include <algorithm>

#include "ohmweave/array/programmed_array.h"

namespace ohmweave::array {
namespace {

/// Cells of level 0 that fill a crossbar where no weight stands. Their numbers follow those of all cells that
/// hold weights, so that wires change no random number of these.
ProgrammedArray unused_cells(const ComposedCrossbar& x, const ComposedPlan& plan, int64_t array, int part,
                             uint64_t seed, uint64_t place) {
  const int64_t cells = x.rows() * x.columns();
  const int64_t holding =
      2 * plan.slices.count * plan.shape.groups * plan.row_tiles * x.rows() * plan.shape.outputs;
  ProgrammedArray out;
  out.rows = x.rows();
  out.steps.resize(static_cast<size_t>(cells));
  const std::vector<int32_t> levels(static_cast<size_t>(cells), 0);
  x.cell().program(levels, {seed, place, holding + (2 * array + part) * cells}, out.steps);
  if (!x.cell().noisy()) return out;
  out.variance.resize(out.steps.size());
  x.cell().read_variance(out.steps, out.variance);
  return out;
}

/// Copies the cells of blocks between an array (columns x rows) and the pieces of the product.
template <class Copy>
void for_each_cell(const ComposedCrossbar& x, const ComposedPlan& plan, std::span<const ComposedBlock> blocks,
                   Copy copy) {
  for (const ComposedBlock& b : blocks) {
    const int64_t piece = b.block.group * plan.row_tiles + b.block.first_row / plan.rows_per_array;
    for (int64_t o = 0; o < b.block.outputs; ++o) {
      for (int64_t s = 0; s < plan.slices.count; ++s) {
        const int64_t column = b.first_column + o * plan.slices.count + s;
        for (int64_t r = 0; r < b.block.rows; ++r)
          copy(static_cast<size_t>(column * x.rows() + b.first_row + r), static_cast<size_t>(piece),
               static_cast<size_t>((s * b.block.rows + r) * plan.shape.outputs + b.block.first_output + o));
      }
    }
  }
}

/// The columns [first, first + count) of an array.
ProgrammedArray columns_of(const ProgrammedArray& cells, int64_t first, int64_t count) {
  ProgrammedArray out;
  out.rows = cells.rows;
  const auto begin = first * cells.rows, end = (first + count) * cells.rows;
  out.steps.assign(cells.steps.begin() + begin, cells.steps.begin() + end);
  if (!cells.variance.empty())
    out.variance.assign(cells.variance.begin() + begin, cells.variance.begin() + end);
  return out;
}

/// The crossbars side by side that the columns of an array are, each behind its own wires.
void solve(const ComposedCrossbar& x, ProgrammedArray& cells) {
  for (int64_t first = 0; first < x.columns(); first += x.wordline_columns()) {
    const int64_t count = std::min(x.wordline_columns(), x.columns() - first);
    ProgrammedArray own = columns_of(cells, first, count);
    through_wires(x.cell(), x.wires(), x.transfers(), own);
    std::copy(own.steps.begin(), own.steps.end(), cells.steps.begin() + first * cells.rows);
    std::copy(own.variance.begin(), own.variance.end(),
              cells.variance.begin() + (cells.variance.empty() ? 0 : first * cells.rows));
  }
}

}  // namespace

std::vector<ComposedBlock> place_blocks(const ComposedCrossbar& x, const ComposedPlan& plan) {
  const std::vector<Block> blocks = plan.blocks();
  std::vector<ComposedBlock> out;
  for (size_t first = 0, end = 0; first < blocks.size(); first = end) {
    int64_t row = x.rows(), column = 0;
    for (end = first; end < blocks.size() && blocks[end].array == blocks[first].array; ++end)
      row -= blocks[end].rows;
    for (size_t k = first; k < end; ++k) {
      out.push_back({blocks[k], row, column});
      row += blocks[k].rows;
      column += blocks[k].outputs * plan.slices.count;
    }
  }
  return out;
}

ProgrammedPairs program_pairs(const ComposedCrossbar& x, const ComposedPlan& plan, const ComposedRows& rows,
                              std::span<const int32_t> weights, uint64_t seed, uint64_t place) {
  const device::Cell& cell = x.cell();
  const int64_t outputs = plan.shape.outputs;
  const auto cells = static_cast<size_t>(rows.count * outputs), slices = static_cast<size_t>(plan.slices.count);
  std::vector<int32_t> levels(cells);
  ProgrammedPairs out;
  out.rows = rows;
  for (int part = 0; part < 2; ++part) {
    std::vector<float>&steps = out.steps[static_cast<size_t>(part)],
    &variance = out.variance[static_cast<size_t>(part)];
    steps.assign(slices * cells, 0);
    if (cell.noisy()) variance.assign(slices * cells, 0);
    if (part >= plan.slices.columns) continue;
    for (size_t s = 0; s < slices; ++s) {
      for (size_t k = 0; k < cells; ++k) {
        const auto row = static_cast<int64_t>(k) / outputs, output = static_cast<int64_t>(k) % outputs;
        const auto at = static_cast<size_t>(output * plan.shape.rows + rows.first_row + row);
        levels[k] = static_cast<int32_t>(plan.slices.level(weights[at], static_cast<int>(s), part));
      }
      const auto pair = static_cast<int64_t>(2 * s) + part + 2 * rows.number * plan.slices.count;
      const std::span<float> own = std::span(steps).subspan(s * cells, cells);
      cell.program(levels, {seed, place, pair * x.rows() * outputs}, own);
      if (cell.noisy()) cell.read_variance(own, std::span(variance).subspan(s * cells, cells));
    }
  }
  return out;
}

void put_behind_wires(const ComposedCrossbar& x, const ComposedPlan& plan, uint64_t seed, uint64_t place,
                      std::span<ProgrammedPairs> pieces) {
  if (x.wires().ideal()) return;
  const std::vector<ComposedBlock> all = place_blocks(x, plan);
  for (size_t first = 0, end = 0; first < all.size(); first = end) {
    const int64_t array = all[first].block.array;
    for (end = first; end < all.size() && all[end].block.array == array;) ++end;
    const std::span<const ComposedBlock> blocks = std::span(all).subspan(first, end - first);
    for (size_t part = 0; part < static_cast<size_t>(plan.slices.columns); ++part) {
      ProgrammedArray cells = unused_cells(x, plan, array, static_cast<int>(part), seed, place);
      const bool noisy = !cells.variance.empty();
      for_each_cell(x, plan, blocks, [&](size_t at, size_t piece, size_t own) {
        cells.steps[at] = pieces[piece].steps[part][own];
        if (noisy) cells.variance[at] = pieces[piece].variance[part][own];
      });
      solve(x, cells);
      for_each_cell(x, plan, blocks, [&](size_t at, size_t piece, size_t own) {
        pieces[piece].steps[part][own] = cells.steps[at];
        if (noisy) pieces[piece].variance[part][own] = cells.variance[at];
      });
    }
  }
}

}  // namespace ohmweave::array
