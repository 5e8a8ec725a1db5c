// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ohmweave/array/array.h"
#include "ohmweave/array/kinds.h"
#include "ohmweave/array/transfer_cache.h"
#include "ohmweave/array/wires.h"
#include "ohmweave/array/writing.h"
#include "ohmweave/circuit/dac.h"
#include "ohmweave/circuit/register.h"
#include "ohmweave/circuit/sense_amplifier.h"
#include "ohmweave/circuit/shift_add.h"
#include "ohmweave/device/device.h"

namespace ohmweave::array {

/// Which bits of a sum a composed crossbar aims at.
enum class SumWindow {
  Full,        // the top bits that any sum could have (PRIME, section III-D)
  Calibrated,  // those of the sums that calibration data make, chosen for each product: dynamic fixed point
};

struct ComposedCrossbarSpec : circuit::CostSpec {
  int64_t rows = 0, columns = 0;
  device::CellSpec cell;
  units::Time read_pulse;
  SumWindow window = SumWindow::Full;
  double percentile = 95;
  std::optional<WritingSpec> write;
  std::optional<WireSpec> wires;
  std::optional<int64_t> wordline_columns;

  static constexpr auto fields() {
    using S = ComposedCrossbarSpec;
    return circuit::component_fields<S>(
        config::required("rows", &S::rows, "rows of one array").within(1, 65536),
        config::required(
            "columns", &S::columns,
            "columns of one array that hold data; each is a pair, for positive and negative weights")
            .within(1, 65536),
        config::required("cell", &S::cell, "what a cell is: a device and the bits it stores"),
        config::required("read_pulse", &S::read_pulse,
                         "time until the columns settle after the rows are driven with a part of the inputs")
            .within(1e-12, 1),
        config::defaulted("window", &S::window, "which bits of a sum the sense amplifiers aim at"),
        config::defaulted("percentile", &S::percentile,
                          "share of the sums seen that a calibrated window holds, in percent; others saturate")
            .within(50, 100),
        config::defaulted("write", &S::write, "how its cells are programmed"),
        config::defaulted("wires", &S::wires,
                          "resistances between cells and at the ends of rows and columns, in the crossbars for "
                          "positive and for negative weights alike"),
        config::defaulted(
            "wordline_columns", &S::wordline_columns,
            "columns that a wordline crosses: an array of more is several crossbars side by side, "
            "each with wires of its own (default: all)")
            .within(1, 65536));
  }
  void check(const config::Node& node, base::Diagnostics& diagnostics) const;
};

/// What a composed crossbar works with.
struct ComposingPeriphery {
  Part<circuit::Dac> dac;  // one per row
  Part<circuit::SenseAmplifier> sense_amplifier;
  Part<circuit::ShiftAdd> shift_add;  // of the precision-control circuit
  Part<circuit::Register> input_register, output_register;
};

/// PRIME's pair of crossbars (section III-D, the input and synapse composing scheme): parts of inputs are
/// driven one after the other, slices of a weight stand on adjacent columns, negative weights in a second
/// crossbar whose currents are subtracted before the sense amplifiers. A sense amplifier keeps of each part
/// what counts in the window that the sum is wanted in, and the parts are added.
class ComposedCrossbar : public circuit::Component, public Array {
 public:
  ComposedCrossbar(const ComposedCrossbarSpec& spec, ComposingPeriphery periphery);

  const ComposingPeriphery& periphery() const { return periphery_; }
  int cell_bits() const { return cell_bits_; }
  const device::Cell& cell() const { return *cell_; }
  const Wires& wires() const { return wires_; }
  /// Solved crossbars, of this run or from before.
  TransferCache& transfers() const { return *transfers_; }
  /// Columns of the crossbars side by side that make up an array.
  int64_t wordline_columns() const { return wordline_columns_; }
  /// Whether cells, wires, drivers and sense amplifiers are free of errors of their own.
  bool is_ideal() const;
  units::Time read_pulse() const { return read_pulse_; }
  SumWindow window() const { return window_; }
  double percentile() const { return percentile_; }
  bool wants_sums() const override { return window_ != SumWindow::Full; }

  int64_t rows() const override { return rows_; }
  int64_t columns() const override { return columns_; }
  int64_t cells() const override { return 2 * rows_ * columns_; }
  double peak_multiply_accumulates(const ProductFormats& formats) const override;
  units::Data capacity() const override;
  using Array::plan;
  std::shared_ptr<const Plan> plan(const ProductShape& shape, const ProductFormats& formats,
                                   const SeenSums* seen) const override;
  std::unique_ptr<Contents> program(std::shared_ptr<const Plan> plan, std::span<const int32_t> weights,
                                    uint64_t seed, uint64_t place) const override;
  const Writing* writing() const override { return &writing_; }

 private:
  ComposingPeriphery periphery_;
  int64_t rows_, columns_;
  int cell_bits_;
  units::Time read_pulse_;
  SumWindow window_;
  double percentile_;
  Wires wires_;
  int64_t wordline_columns_;
  std::shared_ptr<TransferCache> transfers_;
  std::shared_ptr<const device::Cell> cell_;
  Writing writing_;
};

/// Makes a composed crossbar of a design: see Kind::make.
Made make_composed_crossbar(config::Node& node, const Surroundings& around, const ProductFormats& formats,
                            base::Diagnostics& diagnostics);

}  // namespace ohmweave::array

template <>
struct ohmweave::config::Words<ohmweave::array::SumWindow> {
  using enum ohmweave::array::SumWindow;
  static constexpr std::pair<std::string_view, ohmweave::array::SumWindow> values[] = {
      {"full", Full}, {"calibrated", Calibrated}};
};
