// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ohmweave/array/column_tile.h"
#include "ohmweave/array/crossbar.h"
#include "ohmweave/array/programmed_array.h"
#include "ohmweave/array/wires_solver.h"

namespace ohmweave::array {

/// One array whose circuit is solved for every digit of every input: for cells whose conductance depends on
/// what drives them (gates, currents that are not in proportion to voltages), where no table of conductances
/// holds.
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
  double variance(int64_t column, std::span<const double> driven) const;

  InputDigits digits_;
  int fraction_bits_;
  uint64_t seed_, place_;
  int64_t array_, rows_;
  std::vector<circuit::DriveLevels> drivers_;  // of all rows
  std::vector<float> variances_;               // columns x rows, or none
  double volts_, digit_amperes_, off_,
      unit_;  // of a digit; a siemens per digit; siemens of level 0 and of a step
  std::unique_ptr<WireSolver> solver_;
  std::vector<Row> connected_;
  std::vector<Column> columns_;
  std::vector<Target> targets_;
};

}  // namespace ohmweave::array
