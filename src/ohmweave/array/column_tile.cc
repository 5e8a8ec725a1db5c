// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/column_tile.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ohmweave/array/prepared_tile.h"
#include "ohmweave/array/tile_columns.h"
#include "ohmweave/array/wide_tile.h"
#include "ohmweave/base/check.h"

namespace ohmweave::array {

struct ColumnTile::State {
  TileColumns tile;
  std::optional<PreparedTile> bits;  // if digits have one bit
  std::optional<WideTile> digits;    // if they have more
};

ColumnTile::ColumnTile(const InputDigits& digits, int64_t rows, int fraction_bits)
    : state_(new State{{digits, rows, fraction_bits, {}, {}, {}}, {}, {}}) {}
ColumnTile::ColumnTile(ColumnTile&&) noexcept = default;
ColumnTile& ColumnTile::operator=(ColumnTile&&) noexcept = default;
ColumnTile::~ColumnTile() = default;

int64_t ColumnTile::add_transfer(circuit::Transfer transfer) {
  if (state_->tile.fraction_bits == 0) {
    OHMWEAVE_CHECK(
        transfer.zero == std::nearbyint(transfer.zero) && transfer.step == std::nearbyint(transfer.step),
        "outputs of whole numbers need converters of whole steps");
  }
  std::vector<circuit::Transfer>& known = state_->tile.transfers;
  const auto same = std::find(known.rbegin(), known.rend(), transfer);
  if (same != known.rend()) return known.rend() - same - 1;
  known.push_back(std::move(transfer));
  return static_cast<int64_t>(known.size()) - 1;
}

int64_t ColumnTile::add_column(std::span<const int32_t> steps, int64_t transfer) {
  TileColumns& tile = state_->tile;
  OHMWEAVE_CHECK(static_cast<int64_t>(steps.size()) == tile.rows, "a column with another number of rows");
  TileColumns::Column column;
  column.transfer = transfer;
  column.whole = tile.transfers[static_cast<size_t>(transfer)].noise == 0;
  if (column.whole) {
    column.cells.assign(steps.begin(), steps.end());
  } else {
    column.steps.assign(steps.begin(), steps.end());
  }
  tile.columns.push_back(std::move(column));
  return static_cast<int64_t>(tile.columns.size()) - 1;
}

int64_t ColumnTile::add_column(std::span<const float> steps, std::span<const float> variance,
                               int64_t transfer) {
  TileColumns& tile = state_->tile;
  OHMWEAVE_CHECK(static_cast<int64_t>(steps.size()) == tile.rows, "a column with another number of rows");
  OHMWEAVE_CHECK(variance.empty() || variance.size() == steps.size(), "variances of another number of rows");
  TileColumns::Column column;
  column.transfer = transfer;
  const bool still = std::all_of(variance.begin(), variance.end(), [](float v) { return v == 0; });
  constexpr float kMost = 0x1p20F;
  column.whole = still && tile.transfers[static_cast<size_t>(transfer)].noise == 0 &&
                 std::all_of(steps.begin(), steps.end(),
                             [](float s) { return std::abs(s) <= kMost && s == std::nearbyint(s); });
  if (column.whole) {
    for (float s : steps) column.cells.push_back(static_cast<int32_t>(s));
  } else {
    column.steps.assign(steps.begin(), steps.end());
    if (!still) column.given.assign(variance.begin(), variance.end());
  }
  tile.columns.push_back(std::move(column));
  return static_cast<int64_t>(tile.columns.size()) - 1;
}

void ColumnTile::add_target(int64_t column, int64_t output, int64_t coefficient) {
  state_->tile.targets.push_back({column, output, coefficient});
}

bool ColumnTile::empty() const { return state_->tile.columns.empty(); }

void ColumnTile::prepare(Instructions instructions) {
  const ColumnKernels& kernels = column_kernels(instructions);
  state_->tile.set_grids();
  if (state_->tile.digits.width == 1) {
    state_->bits.emplace(state_->tile, kernels);
    if (state_->bits->takes_lanes()) state_->tile.columns = {}, state_->tile.targets = {};  // nobody asks again
  } else {
    state_->digits.emplace(state_->tile, kernels);
  }
}

bool ColumnTile::takes_lanes() const { return state_->bits && state_->bits->takes_lanes(); }

void ColumnTile::add(const TileInputs& inputs, int64_t vectors, int64_t* outputs, int64_t output_stride,
                     const ReadsAt& at) const {
  OHMWEAVE_CHECK(state_->bits || state_->digits, "columns are used before they are prepared");
  if (state_->bits) return state_->bits->add(state_->tile, inputs, vectors, outputs, output_stride, at);
  state_->digits->add(state_->tile, inputs, vectors, outputs, output_stride, at);
}

}  // namespace ohmweave::array
