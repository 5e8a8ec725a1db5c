// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "ohmweave/array/wires.h"
#include "ohmweave/array/wires_lines.h"

namespace ohmweave::array {

/// Arrays of doubles that start at cache lines of different sets, so that arrays with rows of 2^n cells do not
/// drive each other out of caches.
class LineMemory {
 public:
  /// Room for so many arrays with so many doubles in all; all zero.
  LineMemory(int64_t arrays, int64_t doubles);
  double* take(int64_t doubles);

 private:
  struct Free {
    void operator()(double* p) const;
  };
  std::unique_ptr<double, Free> begin_;
  int64_t used_ = 0, room_ = 0;
};

/// The extents of LineCells, without its arrays.
LineCells line_shape(const Wires& wires, int64_t rows, int64_t columns);

/// Conductances of a crossbar and what its lines make of them.
class PreparedCells {
 public:
  explicit PreparedCells(const LineCells& shape);
  /// Call after cells().rows_conductance has been written.
  void prepare(const LineKernel& kernel) { kernel.prepare(cells_); }
  /// The whole extents with other wires.
  void set_wires(const LineCells& like);
  /// Only so many rows, the first, with these ohms below each of them and this sense resistance.
  void keep_rows(int64_t rows, const double* below, double sense);
  const LineCells& cells() const { return cells_; }

 private:
  LineCells cells_;
  int64_t rows_;  // that there is room for
  LineMemory memory_;
};

/// What one solve at a time works in.
class Workspace {
 public:
  explicit Workspace(const LineCells& shape);
  const LineFields& fields() const { return fields_; }
  double* wordlines() const { return wordlines_; }  // an array of rows
  double* inputs() const { return inputs_; }        // per row
  double* outputs() const { return outputs_; }      // per column or row
  double* arriving() const { return arriving_; }    // per column or row: of the direction
  double* below() const { return below_; }          // per row: ohms to the next
  /// Cells of this solve alone, made when first asked for.
  PreparedCells& own_cells();
  /// Further arrays of rows, made when first asked for.
  std::span<double* const> more();
  /// Whether it is one for this.
  bool fits(const LineCells& shape) const {
    return shape_.rows == shape.rows && shape_.columns == shape.columns;
  }
  void set_shape(const LineCells& shape);

 private:
  static constexpr int kMore = 8;
  LineCells shape_;
  LineMemory memory_;
  LineFields fields_;
  double *wordlines_, *inputs_, *outputs_, *arriving_, *below_;
  std::unique_ptr<PreparedCells> own_cells_;
  std::unique_ptr<LineMemory> more_memory_;
  std::array<double*, kMore> more_{};
};

/// A workspace that this thread keeps for the next solve of the same shape.
class BorrowedWorkspace {
 public:
  explicit BorrowedWorkspace(const LineCells& shape);
  ~BorrowedWorkspace();
  BorrowedWorkspace(const BorrowedWorkspace&) = delete;
  BorrowedWorkspace& operator=(const BorrowedWorkspace&) = delete;
  Workspace& operator*() const { return *workspace_; }
  Workspace* operator->() const { return workspace_.get(); }

 private:
  std::unique_ptr<Workspace> workspace_;
  bool keep_;
};

}  // namespace ohmweave::array
