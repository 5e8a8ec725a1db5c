// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ohmweave/array/kinds.h"
#include "ohmweave/array/row_layout.h"
#include "ohmweave/circuit/component.h"
#include "ohmweave/logic/window_schemes.h"

namespace ohmweave::array {

struct StackedRowsSpec : circuit::CostSpec {
  int64_t rows = 0, columns = 0, layers = 3;
  logic::LogicCosts technology;
  logic::WindowAdder adder = logic::WindowAdder::Stacked;
  logic::WindowProduct product = logic::WindowProduct::Add;
  std::optional<units::Energy> cell_read;
  int adder_bits = 24;

  static constexpr auto fields() {
    using S = StackedRowsSpec;
    return circuit::component_fields<S>(
        config::required("rows", &S::rows, "rows of one array: as many sums are made at once").within(1, 65536),
        config::required("columns", &S::columns, "cells of a row in each layer").within(1, 16384),
        config::defaulted("layers", &S::layers, "layers of cells, one over the other, that share the ground")
            .within(1, 3),
        config::required("technology", &S::technology, "what logic in the cells costs: of library/logic"),
        config::defaulted("adder", &S::adder,
                          "how sums are added up: by halves in three layers, or bit by bit in one"),
        config::defaulted("product", &S::product,
                          "how an input meets its weight: added or subtracted, or multiplied with it"),
        config::defaulted("cell_read", &S::cell_read, "energy of reading a cell (default: of a gate)")
            .at_least(0),
        config::defaulted("adder_bits", &S::adder_bits,
                          "bits of sums that are added, compared or rectified in place")
            .within(2, 64));
  }
  logic::WindowScheme scheme() const { return {adder, product}; }
  void check(const config::Node& node, base::Diagnostics& diagnostics) const;
};

/// A plan of stacked rows.
struct StackedRowsPlan : RowPlan {
  logic::BinarizedWindow window;  // of a part of a sum
  logic::WindowWork work;
};

/// Rows of memristive cells in a stack of layers, each of which sums the inputs of a window with weights of +1
/// and -1 by NOR (3D-BNN; logic/binarized_window.h). Inputs are written into rows beside the weights, all rows
/// at once: a column takes two cycles, one for its ones and one for its zeros (as FloatPIM writes, section 4.1).
/// Sums are exact.
///
/// Actions are of cells and rows: gates and initialisations of one row, cells written and read, sums added,
/// compared (the larger of two) and rectified in place, in all rows at once.
class StackedRows : public circuit::Component, public Array {
 public:
  explicit StackedRows(const StackedRowsSpec& spec);

  const logic::WindowScheme& scheme() const { return scheme_; }
  const logic::LogicCosts& technology() const { return technology_; }
  int64_t layers() const { return layers_; }
  Picoseconds cycle() const { return cycle_; }
  /// What sums of inputs of a format need of a row.
  RowRoom room(const logic::WindowWork& work) const;

  int64_t rows() const override { return rows_; }
  int64_t columns() const override { return columns_; }
  int64_t cells() const override { return rows_ * columns_ * layers_; }
  double peak_multiply_accumulates(const ProductFormats& formats) const override;
  units::Data capacity() const override { return units::Data::from_si(static_cast<double>(cells())); }
  using Array::plan;
  std::shared_ptr<const Plan> plan(const ProductShape& shape, const ProductFormats& formats,
                                   const SeenSums* seen) const override;
  bool computes(std::string_view function) const override { return function == "relu" || function == "sign"; }
  /// Weights are codes of 1 and -1; others are a base::Failure.
  std::unique_ptr<Contents> program(std::shared_ptr<const Plan> plan, std::span<const int32_t> weights,
                                    uint64_t seed, uint64_t place) const override;

 private:
  void add_actions(const StackedRowsSpec& spec);

  int64_t rows_, columns_, layers_;
  logic::LogicCosts technology_;
  logic::WindowScheme scheme_;
  Picoseconds cycle_;
};

/// Makes stacked rows of a design: see Kind::make.
Made make_stacked_rows(config::Node& node, const Surroundings& around, const ProductFormats& formats,
                       base::Diagnostics& diagnostics);

}  // namespace ohmweave::array
