// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ohmweave/array/kinds.h"
#include "ohmweave/array/row_layout.h"
#include "ohmweave/array/writing.h"
#include "ohmweave/circuit/component.h"
#include "ohmweave/logic/row_work.h"

namespace ohmweave::array {

/// How values of rows are found.
enum class RowValues {
  Processor,  // with the processor's own arithmetic, to the same bits
  Gates,      // gate by gate
};

struct LogicRowsSpec : circuit::CostSpec {
  int64_t rows = 0, columns = 0, cascade = 1;
  double cascade_time = 1, cascade_energy = 1;
  logic::LogicCosts technology;
  std::string method = "ohmweave";
  logic::CountedBy counts = logic::CountedBy::Program;
  logic::CellInitialisation initialisation = logic::CellInitialisation::Published;
  std::optional<int64_t> scratch;
  std::optional<double> endurance;
  RowValues values = RowValues::Processor;

  static constexpr auto fields() {
    using S = LogicRowsSpec;
    return circuit::component_fields<S>(
        config::required("rows", &S::rows, "rows of one array: as many sums are made at once").within(1, 65536),
        config::required("columns", &S::columns, "cells of a row").within(16, 65536),
        config::defaulted("cascade", &S::cascade, "arrays side by side that may work as one with longer rows")
            .within(1, 1024),
        config::defaulted("cascade_time", &S::cascade_time,
                          "what work in such long rows takes, of the time that it takes in one array")
            .within(1, 100),
        config::defaulted("cascade_energy", &S::cascade_energy, "the same of energy").within(1, 100),
        config::required("technology", &S::technology, "what logic in the cells costs: of library/logic"),
        config::defaulted("method", &S::method, "how it adds and multiplies: a method of ohmweave logic"),
        config::defaulted(
            "counts", &S::counts,
            "whose cycles and gates are counted: those of the programs that compute it here, or of "
            "the formulas that the method's publication prints"),
        config::defaulted("initialisation", &S::initialisation,
                          "how cells are initialised: as the method does it, or many in one cycle"),
        config::defaulted("scratch", &S::scratch,
                          "cells of a row beside operands and the sum (default: what the programs need)")
            .within(0, 65536),
        config::defaulted("endurance", &S::endurance, "times that a cell can switch").within(1, 1e18),
        config::defaulted(
            "values", &S::values,
            "how values are found: with the processor's own arithmetic, or gate by gate, which gives "
            "the same and takes long"));
  }
};

/// What a product and its addition to the running sum take of every row.
struct TapWork {
  logic::RowWork product;
  logic::RowWork sum;
  /// Whole numbers with a sign are stored with an offset, and their sum is kept besides: sum w x = sum (w +
  /// b)(x + b)
  /// - b sum (x + b) - what is known beforehand.
  std::optional<logic::RowWork> input_sum;
  int operand_bits = 0;  // of the input and of the weight
  int sum_bits = 0;

  /// One after the other.
  logic::RowWork together() const;
};

/// A plan of logic rows.
struct LogicRowsPlan : RowPlan {
  TapWork work;
  int64_t arrays_per_row = 1;  // that a row goes through, side by side
};

/// Rows of memristive cells that multiply and add by stateful logic, each row one sum: its inputs and weights
/// stand beside each other, a tap each, and every tap is a multiplication and an addition in all rows at once
/// (FloatPIM, ISCA 2019, section 4.1). Inputs are written into all rows of a product at once, their ones in one
/// cycle and their zeros in another (section 4.1). Sums of more taps than a row holds are made in parts, whose
/// sums move to each other's rows and are added in pairs.
///
/// Floating-point sums are rounded after each product and each addition, taps in order
/// (tensor/floating_sums.h); sums of whole numbers are exact.
class LogicRows : public circuit::Component, public Array {
 public:
  LogicRows(const LogicRowsSpec& spec, const logic::LogicMethod& method, const ProductFormats& formats);

  const logic::LogicMethod& method() const { return method_; }
  const logic::LogicCosts& technology() const { return spec_.technology; }
  /// Of sums of so many taps.
  TapWork work(const ProductFormats& formats, int64_t taps) const;
  RowRoom room(const TapWork& work) const;
  double cascade_time(int64_t arrays_per_row) const { return arrays_per_row > 1 ? spec_.cascade_time : 1; }
  double cascade_energy(int64_t arrays_per_row) const { return arrays_per_row > 1 ? spec_.cascade_energy : 1; }

  int64_t rows() const override { return spec_.rows; }
  int64_t columns() const override { return spec_.columns; }
  int64_t cells() const override { return spec_.rows * spec_.columns; }
  double peak_multiply_accumulates(const ProductFormats& formats) const override;
  /// Half of what operands have room for: the other half are inputs.
  units::Data capacity() const override;
  bool computes(std::string_view function) const override { return function == "relu"; }
  using Array::plan;
  std::shared_ptr<const Plan> plan(const ProductShape& shape, const ProductFormats& formats,
                                   const SeenSums* seen) const override;
  std::unique_ptr<Contents> program(std::shared_ptr<const Plan> plan, std::span<const int32_t> weights,
                                    uint64_t seed, uint64_t place) const override;
  std::unique_ptr<RealContents> program_reals(std::shared_ptr<const Plan> plan, std::span<const float> weights,
                                              std::span<const float> start) const override;
  const Writing* writing() const override { return &writing_; }

 private:
  void add_actions(const ProductFormats& formats);

  LogicRowsSpec spec_;
  const logic::LogicMethod& method_;
  ProductFormats formats_;
  Writing writing_;
};

/// Makes logic rows of a design: see Kind::make.
Made make_logic_rows(config::Node& node, const Surroundings& around, const ProductFormats& formats,
                     base::Diagnostics& diagnostics);

}  // namespace ohmweave::array

template <>
struct ohmweave::config::Words<ohmweave::array::RowValues> {
  static constexpr std::pair<std::string_view, ohmweave::array::RowValues> values[] = {
      {"processor", ohmweave::array::RowValues::Processor}, {"gates", ohmweave::array::RowValues::Gates}};
};
