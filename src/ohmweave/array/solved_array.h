// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ohmweave/array/column_tile.h"
#include "ohmweave/array/crossbar.h"
#include "ohmweave/array/programmed_array.h"
#include "ohmweave/array/solved_circuit.h"

namespace ohmweave::array {

/// One array that is read digit by digit and vector by vector, without kernels. Where what a cell conducts
/// depends on what drives it (gates, currents that are not in proportion to voltages), no table of conductances
/// holds, and its circuit is solved each time, with the noise of that read. Where only the levels of drivers
/// are off, currents are those of the transfer matrix.
class SolvedArray {
 public:
  SolvedArray(const Crossbar& crossbar, ProgrammedArray cells, int64_t array, const InputDigits& digits,
              int fraction_bits, uint64_t seed, uint64_t place);

  /// The rows [first_row, ...) of the array are driven by the inputs [first_input, ...) of a vector.
  void connect_rows(int64_t first_row, int64_t first_input, int64_t rows);
  /// What the codes of a column count in an output of a vector; see ColumnTile.
  void add_column(int64_t column, const circuit::Transfer& transfer);
  void add_target(int64_t column, int64_t output, int64_t coefficient);

  /// Adds to the outputs of one vector. Any number of threads may call it at once.
  void add(const int32_t* inputs, int64_t* outputs, int64_t vector) const;

 private:
  struct Row {
    int64_t row, input;
  };
  struct Column {
    int64_t column;
    circuit::Transfer transfer;
  };
  struct Target {
    int64_t column, output, coefficient;
  };
  void make_circuit(const Crossbar& crossbar, const ProgrammedArray& cells);
  /// Digit k of a vector: what rows are driven with, in steps of a digit; returns the sum of the digits.
  int64_t drive(const int32_t* inputs, int k, std::vector<double>& driven) const;
  /// What columns are read to be, in steps, and the variance of that beside the converters' (by column).
  void read_table(std::span<const double> driven, int64_t digits, std::vector<double>& sums,
                  std::vector<double>& variances) const;
  void read_circuit(std::span<const double> driven, int64_t digits, const device::CellRandom& reads, int k,
                    std::vector<double>& sums) const;

  InputDigits digits_;
  int fraction_bits_;
  uint64_t seed_, place_;
  int64_t array_, rows_, physical_columns_;
  std::vector<circuit::DriveLevels> drivers_;  // of all rows
  ProgrammedArray table_;                      // behind wires; where no circuit is solved
  double off_steps_ = 0;
  std::unique_ptr<SolvedCircuit> circuit_;
  double volts_ = 0, digit_amperes_ = 0;  // of a digit; a siemens per digit
  double off_ = 0, unit_ = 1;             // siemens of level 0 and of a step
  std::vector<Row> connected_;
  std::vector<Column> columns_;
  std::vector<Target> targets_;
};

}  // namespace ohmweave::array
