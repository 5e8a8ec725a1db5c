// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "ohmweave/array/array.h"
#include "ohmweave/array/encoding.h"
#include "ohmweave/array/kinds.h"
#include "ohmweave/array/transfer_cache.h"
#include "ohmweave/array/wires.h"
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
  std::optional<WireSpec> wires;
  std::optional<units::Voltage> read_voltage;
  std::optional<int64_t> rows_in_use;
  bool fault_remapping = false, drift_compensation = false;

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
        config::defaulted("write", &S::write, "how its cells are programmed"),
        config::defaulted("wires", &S::wires, "resistances between cells and at the ends of rows and columns"),
        config::defaulted(
            "rows_in_use", &S::rows_in_use,
            "rows that hold weights, those nearest to the converters; fewer than there are split a "
            "matrix into more arrays with less current in their wires")
            .within(1, 65536),
        config::defaulted("fault_remapping", &S::fault_remapping,
                          "whether columns are placed where stuck cells of their array do the least harm"),
        config::defaulted("drift_compensation", &S::drift_compensation,
                          "whether what columns read is scaled up by what all cells of their array have lost"),
        config::defaulted(
            "read_voltage", &S::read_voltage,
            "of a row driven with the largest digit, for what depends on it: currents that are not "
            "in proportion to voltages, and the energy of cells by data")
            .above(0));
  }
  void check(const config::Node& node, base::Diagnostics& diagnostics) const;
};

/// What a crossbar works with.
struct Periphery {
  Part<circuit::Dac> dac;                 // one per row
  Part<circuit::SampleHold> sample_hold;  // one per column
  Part<circuit::ColumnConverter> adc;     // of codes, or of spikes
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
  const Wires& wires() const { return wires_; }
  /// Solved crossbars, of this run or from before.
  TransferCache& transfers() const { return *transfers_; }
  int64_t highest_level() const { return (int64_t{1} << cell_bits_) - 1; }
  /// What a cell of level 0 conducts, in steps; 0 if nothing says what levels conduct.
  double off_steps() const;
  /// In volts; 1 where the design does not say it, which is where it does not matter.
  double read_voltage() const;
  /// Whether cells, wires, drivers and converters are free of errors of their own: a column's current is the
  /// sum of its levels times digits, and all converters make the same of it.
  bool is_ideal() const;
  /// Whether what a cell conducts, or what drives it, depends on the digit: then transfer matrices of levels as
  /// they are do not tell what columns read (SolvedArray).
  bool solves_reads() const;
  /// What a converter makes of the sums of a column of so many rows that holds weights, or of a unit column.
  circuit::Transfer transfer(const CrossbarPlan& plan, int64_t rows, bool unit,
                             const circuit::Instance& which) const;
  /// From one read to the next: the read pulse, or the time the converters take for all columns that hold data
  /// if that is longer. The unit column is not counted: ISAAC converts 128 columns in 100 ns at 1.28 GSps
  /// (section V) and leaves the conversion of its 129th out of the budget.
  Picoseconds cycle() const { return cycle_; }

  int64_t rows() const override { return rows_; }
  int64_t rows_in_use() const { return rows_in_use_; }
  bool remaps_faults() const { return fault_remapping_; }
  /// Cells when they have just been programmed, which is when stuck ones are looked for.
  const device::Cell& new_cell() const { return *new_cell_; }
  bool compensates_drift() const { return drift_compensation_; }
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
  bool knows_cell_energy() const override { return knows_siemens_ && read_voltage_.has_value(); }
  units::Time read_pulse() const { return read_pulse_; }
  bool wants_sums() const override { return periphery_.adc.component->calibrated(); }

 private:
  Periphery periphery_;
  int64_t rows_, rows_in_use_, columns_;
  bool fault_remapping_, drift_compensation_;
  int cell_bits_;
  Encoding encoding_;
  bool unit_column_;
  Picoseconds cycle_ = 0;
  Writing writing_;
  Wires wires_;
  std::shared_ptr<TransferCache> transfers_;
  std::optional<units::Voltage> read_voltage_;
  units::Time read_pulse_;
  bool knows_siemens_ = false;
  std::shared_ptr<const device::Cell> cell_, new_cell_;
};

/// Makes a crossbar of a design: see Kind::make.
Made make_crossbar(config::Node& node, const Surroundings& around, const ProductFormats& formats,
                   base::Diagnostics& diagnostics);

}  // namespace ohmweave::array
