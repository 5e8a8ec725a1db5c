// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/logic/row_builder.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "ohmweave/base/check.h"

namespace ohmweave::logic {

RowBuilder::RowBuilder(std::string name, Initialisation initialisation) : initialisation_(initialisation) {
  program_.name = std::move(name);
}

Bitline RowBuilder::take() {
  const auto free =
      std::find(taken_.begin() + static_cast<std::ptrdiff_t>(none_free_below_), taken_.end(), false);
  const auto cell = static_cast<size_t>(free - taken_.begin());
  OHMWEAVE_CHECK(cell <= std::numeric_limits<Bitline>::max(), "a row has no more cells");
  if (free == taken_.end()) taken_.push_back(false);
  taken_[cell] = true;
  none_free_below_ = cell + 1;
  program_.bitlines = std::max(program_.bitlines, static_cast<int>(cell) + 1);
  return static_cast<Bitline>(cell);
}
Word RowBuilder::take(int count) {
  Word cells;
  for (int i = 0; i < count; ++i) cells.push_back(take());
  return cells;
}
void RowBuilder::give_back(Bitline cell) {
  OHMWEAVE_CHECK(cell < taken_.size() && taken_[cell], "a cell is given back that nobody has");
  taken_[cell] = false;
  none_free_below_ = std::min(none_free_below_, static_cast<size_t>(cell));
}
void RowBuilder::give_back(std::span<const Bitline> cells) {
  for (Bitline cell : cells) give_back(cell);
}

void RowBuilder::input(std::string name, Word cells) {
  program_.inputs.push_back({std::move(name), std::move(cells)});
}
void RowBuilder::output(std::string name, Word cells) {
  program_.outputs.push_back({std::move(name), std::move(cells)});
}

void RowBuilder::emit(LogicOperation operation, bool joins) {
  operation.joins = joins;
  program_.operations.push_back(operation);
}
void RowBuilder::set(Bitline cell, bool value) {
  emit(LogicOperation::gate_of(value ? Gate::Init1 : Gate::Init0, {}, cell));
}
void RowBuilder::set(std::span<const Bitline> cells, bool value) {
  bool joins = false;
  for (Bitline cell : cells) {
    emit(LogicOperation::gate_of(value ? Gate::Init1 : Gate::Init0, {}, cell), joins);
    joins = initialisation_ == Initialisation::Bulk;
  }
}
void RowBuilder::onto(Gate gate, std::initializer_list<Bitline> inputs, Bitline cell) {
  emit(LogicOperation::gate_of(gate, inputs, cell));
}
void RowBuilder::gate(Gate gate, std::initializer_list<Bitline> inputs, Bitline cell) {
  set(cell, kind_of(gate).output_from);
  onto(gate, inputs, cell);
}
void RowBuilder::clear_where(Bitline a, std::span<const Bitline> out) {
  for (Bitline cell : out) clear_where(a, cell);
}

LogicProgram RowBuilder::finish() && { return std::move(program_); }

Scratch& Scratch::operator=(Scratch&& other) noexcept {
  if (this != &other) {
    release();
    row_ = other.row_;
    cells_ = std::exchange(other.cells_, {});
  }
  return *this;
}
void Scratch::release() {
  if (!cells_.empty()) row_->give_back(cells_);
  cells_.clear();
}

}  // namespace ohmweave::logic
