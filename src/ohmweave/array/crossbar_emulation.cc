// SPDX-License-Identifier: Apache-2.0
// Which columns are emulated, and as what: the part of CrossbarContents that programs arrays.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "ohmweave/array/crossbar_contents.h"
#include "ohmweave/array/programmed_array.h"
#include "ohmweave/array/remapping.h"
#include "ohmweave/base/check.h"

namespace ohmweave::array {
namespace {

/// Of sums of converters whose step is not whole: 16 bits more than products of 16-bit operands need.
constexpr int kFractionBits = 16;
constexpr int64_t kExactCells = 4;        // exact columns with less than one of so many cells are emulated too
constexpr int64_t kMostInputSum = 32767;  // that is read as a column: kernels have 16 bits for it

bool is_whole(const circuit::Transfer& t) {
  return t.step == std::floor(t.step) && t.zero == std::floor(t.zero);
}

/// The converter that reads a column of an array.
circuit::Instance converter_of(const Crossbar& crossbar, int64_t array, int64_t column, uint64_t seed,
                               uint64_t place) {
  const auto columns = static_cast<double>(crossbar.cells() / crossbar.rows());
  const double at = static_cast<double>(array) + static_cast<double>(column) / columns;
  return {seed, place, static_cast<int64_t>(at * crossbar.periphery().adc.per_array)};
}

/// How much more the cells of an array conducted when they had just been programmed: what a read of all rows
/// tells, then and now.
double lost(const Crossbar& crossbar, std::span<const int32_t> levels, const device::CellsAt& at,
            std::span<const float> steps) {
  std::vector<float> then(levels.size());
  crossbar.new_cell().program(levels, at, then);
  const double off = crossbar.off_steps() * static_cast<double>(levels.size());
  const double before = std::accumulate(then.begin(), then.end(), off),
               now = std::accumulate(steps.begin(), steps.end(), off);
  return before > 0 && now > 0 ? before / now : 1;
}

}  // namespace

/// Sums need fractions if a converter has steps that are not whole, or what it reads is scaled.
void CrossbarContents::set_fraction(const Crossbar& crossbar) {
  if (crossbar.compensates_drift() && !crossbar.is_ideal()) fraction_bits_ = kFractionBits;
  for (const bool unit : {false, true}) {
    if (!is_whole(crossbar.transfer(*plan_, plan_->rows_per_array, unit, {}))) fraction_bits_ = kFractionBits;
  }
  const int64_t rows = plan_->shape.rows % plan_->rows_per_array;  // of the last arrays
  if (rows > 0 && !is_whole(crossbar.transfer(*plan_, rows, false, {}))) fraction_bits_ = kFractionBits;
}

CrossbarContents::Tile& CrossbarContents::tile_of(const Block& block) {
  const auto same = [&](const Tile& t) { return t.group == block.group && t.first_row == block.first_row; };
  if (!tiles_.empty() && same(tiles_.back())) return tiles_.back();
  if (!tiles_.empty()) complete(tiles_.back());  // blocks of the same rows follow each other
  tiles_.push_back(
      {block.group, block.first_row, block.rows, ColumnTile(plan_->digits, block.rows, fraction_bits_), {}});
  return tiles_.back();
}

void CrossbarContents::complete(Tile& tile) {
  add_input_sum(tile);
  tile.columns.prepare();
}

/// The number of a converter; equal ones share it, so that their columns share a kernel.
int64_t CrossbarContents::Tile::transfer_of(const circuit::Transfer& transfer) {
  const auto known = std::find(transfers.begin(), transfers.end(), transfer);
  if (known != transfers.end()) return known - transfers.begin();
  transfers.push_back(transfer);
  return columns.add_transfer(transfer);
}

/// Takes what an emulated column counts out of the exact rest.
void CrossbarContents::take_out(const Block& block, const StoredColumn& stored) {
  const int64_t sum = stored.sum(), offset = plan_->digits.offset;
  for (const auto& [output, coefficient] : stored.targets) {
    const int64_t line = block.group * plan_->shape.outputs + output;
    int32_t* own = rest_.data() + line * plan_->shape.rows + block.first_row;
    for (const int32_t level : stored.levels) *own++ -= static_cast<int32_t>(coefficient * level);
    constants_[static_cast<size_t>(line)] -= offset * coefficient * sum;
  }
}

/// The columns of a block of ideal cells, and which of them their converters read exactly.
struct CrossbarContents::IdealBlock {
  circuit::Transfer of_weights, of_units;
  std::vector<StoredColumn> columns;
  bool all;  // are to be emulated: what is left without the unit column might not fit the format of weights

  IdealBlock(const Crossbar& crossbar, const CrossbarPlan& plan, const Block& b,
             std::span<const int32_t> weights)
      : of_weights(crossbar.transfer(plan, b.rows, false, {})),
        of_units(crossbar.transfer(plan, b.rows, true, {})),
        columns(stored_columns(plan, b, weights)),
        all(plan.unit_column && !of_units.exact_up_to(plan.largest_unit_sum(b.rows))) {}
  const circuit::Transfer& transfer(const StoredColumn& c) const { return c.is_unit ? of_units : of_weights; }
  bool exact(const StoredColumn& c, const CrossbarPlan& plan) const {
    return !all && transfer(c).exact_up_to(c.sum() * plan.digits.largest());
  }
};

/// To read a few exact columns like all others costs less than an exact product of them beside.
bool CrossbarContents::reads_all(const Crossbar& crossbar, std::span<const Block> blocks,
                                 std::span<const int32_t> weights) const {
  int64_t cells = 0, exact = 0;
  for (const Block& b : blocks) {
    const IdealBlock block(crossbar, *plan_, b, weights);
    for (const StoredColumn& c : block.columns) {
      cells += b.rows;
      exact += block.exact(c, *plan_) ? b.rows : 0;
    }
  }
  return kExactCells * exact <= cells;
}

void CrossbarContents::emulate_lossy(const Crossbar& crossbar, const Block& b, std::span<const int32_t> weights,
                                     bool all) {
  const IdealBlock block(crossbar, *plan_, b, weights);
  for (const StoredColumn& c : block.columns) {
    const bool exact = block.exact(c, *plan_);
    if (exact && !all) continue;
    Tile& tile = tile_of(b);
    const int64_t column = tile.columns.add_column(c.levels, tile.transfer_of(block.transfer(c)));
    for (const auto& [output, coefficient] : c.targets) tile.columns.add_target(column, output, coefficient);
    take_out(b, c);
    if (!c.is_unit && !exact) keep(crossbar, b, std::vector<float>(c.levels.begin(), c.levels.end()));
  }
}

void CrossbarContents::add_input_sum(Tile& tile) {
  const int64_t most = tile.rows * plan_->digits.largest(), outputs = plan_->shape.outputs;
  if (most > kMostInputSum) return;
  StoredColumn sum{std::vector<int32_t>(static_cast<size_t>(tile.rows), 1), {}, true};
  for (int64_t o = 0; o < outputs; ++o) {
    const auto own = rest_.begin() + (tile.group * outputs + o) * plan_->shape.rows + tile.first_row;
    if (std::any_of(own, own + tile.rows, [&](int32_t w) { return w != *own; })) return;
    if (*own != 0) sum.targets.push_back({o, *own});
  }
  if (sum.targets.empty()) return;
  const int64_t column = tile.columns.add_column(sum.levels, tile.transfer_of({0, 1, most, {}, {}, 0}));
  for (const auto& [output, coefficient] : sum.targets) tile.columns.add_target(column, output, coefficient);
  Block rows;
  rows.group = tile.group, rows.first_row = tile.first_row, rows.rows = tile.rows;
  take_out(rows, sum);
}

void CrossbarContents::keep(const Crossbar& crossbar, const Block& block, std::span<const float> steps) {
  if (!crossbar.wants_sums() || plan_->seen) return;
  const int64_t first_input = block.group * plan_->shape.rows + block.first_row;
  if (observed_.empty() || observed_.back().first_input != first_input)
    observed_.push_back({first_input, block.rows, {}});
  observed_.back().steps.insert(observed_.back().steps.end(), steps.begin(), steps.end());
}

CrossbarContents::PlacedArray CrossbarContents::place(const Crossbar& crossbar, std::span<const Block> blocks,
                                                      std::span<const int32_t> weights) const {
  const int64_t rows = crossbar.rows();
  PlacedArray out;
  out.levels.assign(static_cast<size_t>(crossbar.cells()), 0);
  int64_t row = rows, column = 0;
  for (const Block& b : blocks) row -= b.rows;  // the rows nearest to the converters
  for (const Block& b : blocks) {
    PlacedBlock placed{b, row, stored_columns(*plan_, b, weights), {}};
    for (size_t k = 0; k < placed.columns.size(); ++k) placed.at.push_back(column++);
    out.blocks.push_back(std::move(placed));
    row += b.rows;
  }
  if (crossbar.remaps_faults()) avoid_faults(crossbar, out.blocks);
  for (const PlacedBlock& p : out.blocks) {
    for (size_t k = 0; k < p.at.size(); ++k)
      std::copy(p.columns[k].levels.begin(), p.columns[k].levels.end(),
                out.levels.begin() + p.at[k] * rows + p.first_row);
  }
  return out;
}

void CrossbarContents::avoid_faults(const Crossbar& crossbar, std::vector<PlacedBlock>& blocks) const {
  std::vector<ColumnToPlace> columns;
  for (const PlacedBlock& p : blocks) {
    for (const StoredColumn& c : p.columns) columns.push_back({&c, p.first_row});
  }
  const int64_t rows = crossbar.rows(), array = blocks.front().block.array;
  const std::vector<int64_t> places =
      places_for(columns, crossbar.new_cell(), {seed_, place_, array * crossbar.cells()}, rows,
                 crossbar.cells() / rows, static_cast<int32_t>(crossbar.highest_level()));
  size_t next = 0;
  for (PlacedBlock& p : blocks) {
    for (int64_t& at : p.at) at = places[next++];
  }
}

void CrossbarContents::emulate_all(const Crossbar& crossbar, const PlacedArray& placed) {
  for (const PlacedBlock& p : placed.blocks) {
    for (const StoredColumn& c : p.columns) take_out(p.block, c);
  }
  const int64_t array = placed.blocks.front().block.array;
  ProgrammedArray cells = program_array(crossbar, placed.levels, array, seed_, place_);
  if (crossbar.knows_cell_energy()) add_energy(crossbar, placed, cells.steps);
  if (crossbar.compensates_drift())
    cells.gain = lost(crossbar, placed.levels, {seed_, place_, array * crossbar.cells()}, cells.steps);
  for (const PlacedBlock& p : placed.blocks) add_off_current(crossbar, p, cells.gain);
  if (crossbar.solves_reads()) return add_solved(crossbar, placed, std::move(cells));
  put_behind_wires(crossbar, array, seed_, place_, cells);
  for (const PlacedBlock& p : placed.blocks) add_tile(crossbar, p, cells);
}

/// A cell takes V^2 G while it is read; digits below the largest drive its row with as much less of V.
void CrossbarContents::add_energy(const Crossbar& crossbar, const PlacedArray& placed,
                                  std::span<const float> steps) {
  const double volts = crossbar.read_voltage() / static_cast<double>(plan_->digits.largest());
  const double unit = volts * volts * crossbar.read_pulse().si() * 1e18;
  const int64_t rows = crossbar.rows();
  std::vector<double> siemens(static_cast<size_t>(rows), 0);
  for (size_t k = 0; k < steps.size(); ++k)
    siemens[k % static_cast<size_t>(rows)] +=
        std::max(crossbar.cell().siemens(static_cast<double>(steps[k])), 0.0);
  row_attojoules_.resize(static_cast<size_t>(plan_->shape.groups * plan_->shape.rows), 0);
  for (const PlacedBlock& p : placed.blocks) {
    const int64_t input = p.block.group * plan_->shape.rows + p.block.first_row;
    for (int64_t r = 0; r < p.block.rows; ++r)
      row_attojoules_[static_cast<size_t>(input + r)] += unit * siemens[static_cast<size_t>(p.first_row + r)];
  }
}

/// Off currents are taken off what is scaled already, so what scaling took off too much comes back.
void CrossbarContents::add_off_current(const Crossbar& crossbar, const PlacedBlock& placed, double gain) {
  const double back = (gain - 1) * crossbar.off_steps();
  if (back == 0) return;
  const Block& b = placed.block;
  std::map<int64_t, int64_t> coefficients;  // by output
  for (const StoredColumn& c : placed.columns) {
    for (const auto& [output, coefficient] : c.targets) coefficients[output] += coefficient;
  }
  std::erase_if(coefficients, [](const auto& c) { return c.second == 0; });  // as of pairs
  if (coefficients.empty()) return;
  Tile& tile = tile_of(b);
  const circuit::Transfer sum{0, 1, b.rows * plan_->digits.largest(), {}, {}, 0};
  const int64_t column = tile.columns.add_column(std::vector<int32_t>(static_cast<size_t>(b.rows), 1),
                                                 tile.transfer_of(sum.scaled(std::abs(back))));
  for (const auto& [output, coefficient] : coefficients)
    tile.columns.add_target(column, output, back > 0 ? coefficient : -coefficient);
}

void CrossbarContents::add_tile(const Crossbar& crossbar, const PlacedBlock& placed,
                                const ProgrammedArray& cells) {
  const Block& b = placed.block;
  Tile& tile = tile_of(b);
  for (size_t k = 0; k < placed.columns.size(); ++k) {
    const StoredColumn& c = placed.columns[k];
    const int64_t at = placed.at[k];
    circuit::Transfer transfer =
        crossbar.transfer(*plan_, b.rows, c.is_unit, converter_of(crossbar, b.array, at, seed_, place_));
    if (!cells.offset.empty()) transfer = transfer.shifted(cells.offset[static_cast<size_t>(at)]);
    if (cells.gain != 1) transfer = transfer.scaled(cells.gain);
    const int64_t column =
        tile.columns.add_column(cells.steps_of(at, placed.first_row, b.rows),
                                cells.variance_of(at, placed.first_row, b.rows), tile.transfer_of(transfer));
    for (const auto& [output, coefficient] : c.targets) tile.columns.add_target(column, output, coefficient);
    if (!c.is_unit) keep(crossbar, b, cells.steps_of(at, placed.first_row, b.rows));
  }
}

void CrossbarContents::add_solved(const Crossbar& crossbar, const PlacedArray& placed, ProgrammedArray cells) {
  const int64_t array = placed.blocks.front().block.array;
  const ProductShape& shape = plan_->shape;
  const double gain = cells.gain;
  SolvedArray& solved =
      solved_.emplace_back(crossbar, std::move(cells), array, plan_->digits, fraction_bits_, seed_, place_);
  for (const PlacedBlock& p : placed.blocks) {
    const Block& b = p.block;
    solved.connect_rows(p.first_row, b.group * shape.rows + b.first_row, b.rows);
    for (size_t k = 0; k < p.columns.size(); ++k) {
      const StoredColumn& c = p.columns[k];
      const int64_t at = p.at[k];
      const circuit::Transfer transfer =
          crossbar.transfer(*plan_, b.rows, c.is_unit, converter_of(crossbar, array, at, seed_, place_));
      solved.add_column(at, gain == 1 ? transfer : transfer.scaled(gain));
      for (const auto& [output, coefficient] : c.targets)
        solved.add_target(at, b.group * shape.outputs + output, coefficient);
    }
  }
}

}  // namespace ohmweave::array
