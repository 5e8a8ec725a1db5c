// SPDX-License-Identifier: Apache-2.0
// What the command `circuit` computes and tells.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/array/wires_solver.h"
#include "ohmweave/tensor/tensor.h"

namespace ohmweave::cli {

struct Circuit {
  std::string conductance_file, voltage_file, iv;
  array::Wires wires;
  array::CellCurve curve;
  tensor::Tensor conductances;                 // rows x columns
  tensor::Tensor voltages;                     // vectors x rows, or rows
  std::vector<std::vector<uint8_t>> selected;  // columns, of every vector, of all of them, or of none
  double tolerance = 0;
  int64_t vector = 0;  // the one that is looked at closely

  std::vector<double> currents;  // vectors x columns
  bool by_transfer = false;      // by the transfer matrix; if not:
  std::vector<array::SolveRecord> records;
  array::WireSolution shown;  // of `vector`, with its nodes

  int64_t rows() const { return conductances.dim(0); }
  int64_t columns() const { return conductances.dim(1); }
  int64_t vectors() const { return voltages.rank() == 1 ? 1 : voltages.dim(0); }
  std::span<const double> volts(int64_t vector) const;
  std::span<const uint8_t> columns_on(int64_t vector) const;
  /// Amperes through a cell of `vector` at a voltage across it; 0 if it is switched off.
  double cell_current(int64_t row, int64_t column, int64_t vector, double volts) const;
};

struct CircuitSummary {
  double ideal = 0, real = 0;  // A, sums of magnitudes over all columns and vectors, without and with wires
  double difference = 0;       // A, of magnitudes of differences
  int64_t worst_vector = 0, worst_column = 0;
  double worst_ideal = 0, worst_real = 0;  // A
  // Of the vector that is shown:
  int64_t worst_row = -1, worst_cell_column = -1;  // of the driven cell that sees the least of its input
  double worst_share = 1;
  double power = 0, power_in_cells = 0;     // W
  double iterations = 0, newton_steps = 0;  // per vector
  double error = 0;                         // the largest estimate
  int64_t unsolved = 0;                     // vectors
};
CircuitSummary summarize(const Circuit& circuit);
std::string circuit_text(const Circuit& circuit, const CircuitSummary& summary);
nlohmann::ordered_json circuit_json(const Circuit& circuit, const CircuitSummary& summary);
/// Voltage and current of every cell for the vector that is shown, as SVG.
std::string circuit_picture(const Circuit& circuit);

}  // namespace ohmweave::cli
