// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "ohmweave/array/array.h"
#include "ohmweave/array/encoding.h"
#include "ohmweave/array/kinds.h"
#include "ohmweave/array/writing.h"
#include "ohmweave/circuit/adc.h"
#include "ohmweave/circuit/dac.h"
#include "ohmweave/circuit/register.h"
#include "ohmweave/circuit/sample_hold.h"
#include "ohmweave/circuit/shift_add.h"
#include "ohmweave/circuit/transfer.h"
#include "ohmweave/device/device.h"

namespace ohmweave::array {

struct CrossbarPlan;

struct CrossbarSpec : circuit::CostSpec {
  int64_t rows = 0, columns = 0;
  device::CellSpec cell;
  units::Time read_pulse;
  Encoding encoding = Encoding::Biased;
  bool unit_column = false;
  std::optional<WritingSpec> write;

  static constexpr auto fields() {
    using S = CrossbarSpec;
    return circuit::component_fields<S>(
        config::required("rows", &S::rows, "rows of one array").within(1, 65536),
        config::required("columns", &S::columns, "columns of one array that hold data").within(1, 65536),
        config::required("cell", &S::cell, "what a cell is: a device and the bits it stores"),
        config::required("read_pulse", &S::read_pulse, "time of one read of all rows").within(1e-12, 1),
        config::required("encoding", &S::encoding, "how signed weights stand in cells"),
        config::defaulted(
            "unit_column", &S::unit_column,
            "whether one more column, of ones, measures the sum of the inputs, which the encodings biased "
            "and flipped need; if not, shift-and-add units count it"),
        config::defaulted("write", &S::write, "how its cells are programmed"));
  }
  void check(const config::Node& node, base::Diagnostics& diagnostics) const;
};

/// What a crossbar works with.
struct Periphery {
  Part<circuit::Dac> dac;                 // one per row
  Part<circuit::SampleHold> sample_hold;  // one per column
  Part<circuit::Adc> adc;
  Part<circuit::ShiftAdd> shift_add;
  Part<circuit::Register> input_register, output_register;
};

/// Cells at the crossings of rows and columns: rows are driven with a digit of the inputs, the current of a
/// column is the sum of input digit times level, converters read the columns, shift-and-add units merge digits
/// and slices.
class Crossbar : public circuit::Component, public Array {
 public:
  Crossbar(const CrossbarSpec& spec, Periphery periphery);

  const Periphery& periphery() const { return periphery_; }
  Encoding encoding() const { return encoding_; }
  int cell_bits() const { return cell_bits_; }
  bool has_unit_column() const { return unit_column_; }
  const device::Cell& cell() const { return *cell_; }
  /// Whether a column's current is exactly the sum of its levels times digits: integer kernels are exact.
  bool exact_cells() const { return cell_->ideal(); }
  /// What a converter makes of the sums of a column of so many rows that holds weights, or of a unit column.
  circuit::Transfer transfer(const CrossbarPlan& plan, int64_t rows, bool unit,
                             const circuit::Instance& which) const;
  /// From one read to the next: the read pulse, or the time the converters take for all columns that hold data
  /// if that is longer. The unit column is not counted: ISAAC converts 128 columns in 100 ns at 1.28 GSps
  /// (section V) and leaves the conversion of its 129th out of the budget.
  Picoseconds cycle() const { return cycle_; }

  int64_t rows() const override { return rows_; }
  int64_t columns() const override { return columns_; }
  int64_t cells() const override { return rows_ * (columns_ + (unit_column_ ? 1 : 0)); }
  double peak_multiply_accumulates(const ProductFormats& formats) const override;
  units::Data capacity() const override;
  using Array::plan;
  std::shared_ptr<const Plan> plan(const ProductShape& shape, const ProductFormats& formats,
                                   const SeenSums* seen) const override;
  std::unique_ptr<Contents> program(std::shared_ptr<const Plan> plan, std::span<const int32_t> weights,
                                    uint64_t seed, uint64_t place) const override;
  const Writing* writing() const override { return &writing_; }

 private:
  Periphery periphery_;
  int64_t rows_, columns_;
  int cell_bits_;
  Encoding encoding_;
  bool unit_column_;
  Picoseconds cycle_ = 0;
  Writing writing_;
  std::shared_ptr<const device::Cell> cell_;
};

/// Makes a crossbar of a design: see Kind::make.
Made make_crossbar(config::Node& node, const Surroundings& around, const ProductFormats& formats,
                   base::Diagnostics& diagnostics);

}  // namespace ohmweave::array
