// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/wires_memory.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <vector>

#include <sys/mman.h>

#include "ohmweave/base/check.h"

namespace ohmweave::array {
namespace {

constexpr int64_t kLine = 8;             // doubles of a cache line
constexpr int64_t kBetween = 9 * kLine;  // from the end of one array to the next: an odd number of lines

int64_t whole_lines(int64_t doubles) { return (doubles + kLine - 1) / kLine * kLine; }

}  // namespace

void LineMemory::Free::operator()(double* p) const { std::free(p); }

LineMemory::LineMemory(int64_t arrays, int64_t doubles) : room_(doubles + arrays * (kBetween + kLine)) {
  // Sweeps along bitlines touch a page per row: large ones save the processor looking them all up.
  constexpr size_t kHugePage = size_t{2} << 20;
  const size_t wanted = static_cast<size_t>(room_) * sizeof(double);
  const size_t unit = wanted >= 2 * kHugePage ? kHugePage : 64, bytes = (wanted + unit - 1) / unit * unit;
  begin_.reset(static_cast<double*>(std::aligned_alloc(unit, bytes)));
  if (!begin_) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
  if (unit == kHugePage) ::madvise(begin_.get(), bytes, MADV_HUGEPAGE);  // fails where there are none
#endif
  std::fill_n(begin_.get(), room_, 0.0);
}

double* LineMemory::take(int64_t doubles) {
  double* out = begin_.get() + used_;
  used_ += whole_lines(doubles) + kBetween;
  OHMWEAVE_CHECK(used_ <= room_, "more arrays than there is room for");
  return out;
}

LineCells line_shape(const Wires& wires, int64_t rows, int64_t columns) {
  LineCells c;
  c.rows = rows;
  c.columns = columns;
  c.blocks = (rows + LineCells::kLanes - 1) / LineCells::kLanes;
  c.tiles = (columns + LineCells::kLanes - 1) / LineCells::kLanes;
  c.stride = (c.tiles | 1) * kLine;  // an odd number of cache lines
  c.wordline = wires.wordline;
  c.bitline = wires.bitline;
  c.driver = wires.driver;
  c.sense = wires.sense;
  c.two_sided = wires.two_sided;
  return c;
}

PreparedCells::PreparedCells(const LineCells& shape)
    : cells_(shape),
      rows_(shape.rows),
      memory_(10, 2 * shape.row_size() + 3 * shape.block_size() + 3 * shape.blocks * LineCells::kLanes +
                      2 * shape.stride) {
  cells_.rows_conductance = memory_.take(shape.row_size());
  cells_.conductance = memory_.take(shape.block_size());
  cells_.row_ratio = memory_.take(shape.block_size());
  cells_.source = memory_.take(shape.block_size());
  cells_.row_end = memory_.take(shape.blocks * LineCells::kLanes);
  cells_.row_share = memory_.take(shape.blocks * LineCells::kLanes);
  cells_.row_current = memory_.take(shape.blocks * LineCells::kLanes);
  cells_.column_ratio = memory_.take(shape.row_size());
  cells_.column_end = memory_.take(shape.stride);
  cells_.column_source = memory_.take(shape.stride);
}

void PreparedCells::set_wires(const LineCells& like) {
  cells_.wordline = like.wordline;
  cells_.bitline = like.bitline;
  cells_.driver = like.driver;
  cells_.sense = like.sense;
  cells_.two_sided = like.two_sided;
  keep_rows(rows_, nullptr, like.sense);
}

void PreparedCells::keep_rows(int64_t rows, const double* below, double sense) {
  cells_.rows = rows;
  cells_.blocks = (rows + LineCells::kLanes - 1) / LineCells::kLanes;
  cells_.below = below;
  cells_.sense = sense;
}

namespace {

int64_t longer_side(const LineCells& c) { return std::max(c.stride, c.blocks * LineCells::kLanes); }

}  // namespace

Workspace::Workspace(const LineCells& shape)
    : shape_(shape),
      memory_(14, 7 * shape.row_size() + shape.tiles * 64 + 6 * longer_side(shape) + 3 * shape.stride) {
  for (double** field : {&fields_.direction, &fields_.image, &fields_.residual, &fields_.correction,
                         &fields_.product, &fields_.solution, &wordlines_})
    *field = memory_.take(shape.row_size());
  fields_.along = memory_.take(shape.tiles * 64);
  fields_.arrived = memory_.take(shape.stride);
  fields_.drained = memory_.take(shape.blocks * LineCells::kLanes);
  inputs_ = memory_.take(shape.blocks * LineCells::kLanes);
  outputs_ = memory_.take(longer_side(shape));
  arriving_ = memory_.take(longer_side(shape));
  below_ = memory_.take(shape.blocks * LineCells::kLanes);
}

void Workspace::set_shape(const LineCells& shape) {
  shape_ = shape;
  if (own_cells_) own_cells_->set_wires(shape);
}

PreparedCells& Workspace::own_cells() {
  if (!own_cells_) own_cells_ = std::make_unique<PreparedCells>(shape_);
  return *own_cells_;
}

std::span<double* const> Workspace::more() {
  if (!more_memory_) {
    more_memory_ = std::make_unique<LineMemory>(kMore, kMore * shape_.row_size());
    for (double*& array : more_) array = more_memory_->take(shape_.row_size());
  }
  return more_;
}

namespace {

/// Workspaces of this thread that nobody uses at the moment, the latest last.
thread_local std::vector<std::unique_ptr<Workspace>> idle;
constexpr size_t kMostIdle = 2;
constexpr int64_t kLargestIdle = int64_t{1} << 20;  // cells

}  // namespace

BorrowedWorkspace::BorrowedWorkspace(const LineCells& shape)
    : keep_(shape.rows * shape.columns <= kLargestIdle) {
  for (auto at = idle.begin(); at != idle.end(); ++at) {
    if (!(*at)->fits(shape)) continue;
    workspace_ = std::move(*at);
    workspace_->set_shape(shape);
    idle.erase(at);
    return;
  }
  workspace_ = std::make_unique<Workspace>(shape);
}

BorrowedWorkspace::~BorrowedWorkspace() {
  if (!keep_) return;
  if (idle.size() == kMostIdle) idle.erase(idle.begin());
  idle.push_back(std::move(workspace_));
}

}  // namespace ohmweave::array
