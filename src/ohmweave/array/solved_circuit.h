// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "ohmweave/array/wires_solver.h"
#include "ohmweave/device/cell_random.h"

namespace ohmweave::array {

/// A crossbar whose circuit is solved input by input. Cells that differ from read to read are drawn anew for
/// each, and the circuit is solved with what they conduct then: nothing about their noise is to first order.
/// Without noise, solutions are remembered, for the digits of inputs repeat.
class SolvedCircuit {
 public:
  static constexpr double kTolerance = 1e-9;  // of solutions, far below a step of a converter
  static constexpr size_t kMostKnown = 1024;

  /// `conductances` and `deviations` (of one read; or none): siemens, rows x columns.
  SolvedCircuit(const Wires& wires, int64_t rows, int64_t columns, std::span<const double> conductances,
                CellCurve curve, std::vector<float> deviations);

  /// Amperes out of the columns. `reads` and `read` name the random numbers of the cells in this read. Any
  /// number of threads may call it at once.
  std::vector<double> currents(std::span<const double> volts, const device::CellRandom& reads,
                               uint32_t read) const;

 private:
  std::vector<double> solved(std::span<const double> volts) const;
  /// What cells conduct more or less in one read; of cells that no current can flow through, anything.
  std::vector<float> changes(std::span<const double> volts, const device::CellRandom& reads,
                             uint32_t read) const;

  WireSolver solver_;
  std::vector<float> deviations_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, std::vector<double>> known_;  // by the bytes of the inputs
};

}  // namespace ohmweave::array
