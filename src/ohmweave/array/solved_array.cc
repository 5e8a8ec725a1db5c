// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/solved_array.h"

#include <algorithm>
#include <cmath>

#include "ohmweave/base/check.h"
#include "ohmweave/base/random.h"
#include "ohmweave/device/current_voltage.h"

namespace ohmweave::array {
namespace {

constexpr uint64_t kCells = base::key_of("reads of cells");  // the random numbers of cells, not of converters

/// The curve of cells as points of straight lines, which the solver takes.
CellCurve curve_of(const Crossbar& crossbar) {
  const device::CurrentVoltage* law = crossbar.cell().current_voltage();
  if (law == nullptr) return {};
  constexpr int kPoints = 64;
  const double most = crossbar.read_voltage(), siemens = crossbar.cell().siemens(crossbar.highest_level());
  std::vector<double> volts, values;
  for (int k = -kPoints; k <= kPoints; ++k) {
    volts.push_back(most * k / kPoints);
    values.push_back(law->current(siemens, volts.back()) / siemens);
  }
  return CellCurve::table(volts, values, "current_voltage");
}

}  // namespace

SolvedArray::SolvedArray(const Crossbar& crossbar, ProgrammedArray cells, int64_t array,
                         const InputDigits& digits, int fraction_bits, uint64_t seed, uint64_t place)
    : digits_(digits),
      fraction_bits_(fraction_bits),
      seed_(seed),
      place_(place),
      array_(array),
      rows_(cells.rows),
      physical_columns_(static_cast<int64_t>(cells.steps.size()) / rows_),
      off_steps_(crossbar.off_steps()) {
  const circuit::Dac& dac = *crossbar.periphery().dac.component;
  for (int64_t r = 0; r < rows_; ++r) drivers_.push_back(dac.levels({seed, place, array * rows_ + r}));
  const bool gated = crossbar.wires().access != CellAccess::Resistor && !crossbar.wires().ideal();
  if (gated || crossbar.cell().current_voltage() != nullptr) {
    make_circuit(crossbar, cells);
    return;
  }
  table_ = std::move(cells);
  if (!crossbar.wires().ideal()) through_wires(crossbar.cell(), crossbar.wires(), crossbar.transfers(), table_);
}

void SolvedArray::make_circuit(const Crossbar& crossbar, const ProgrammedArray& cells) {
  off_ = crossbar.cell().siemens(0);
  unit_ = crossbar.cell().siemens(1) - off_;
  std::vector<double> conductances(cells.steps.size());
  std::vector<float> deviations(cells.variance.size());
  for (int64_t c = 0; c < physical_columns_; ++c) {
    for (int64_t r = 0; r < rows_; ++r) {
      const auto from = static_cast<size_t>(c * rows_ + r), to = static_cast<size_t>(r * physical_columns_ + c);
      conductances[to] = std::max(crossbar.cell().siemens(static_cast<double>(cells.steps[from])), 0.0);
      if (!deviations.empty()) deviations[to] = std::sqrt(cells.variance[from]) * static_cast<float>(unit_);
    }
  }
  const CellCurve curve = curve_of(crossbar);
  volts_ = crossbar.read_voltage() / static_cast<double>(digits_.largest());
  digit_amperes_ = curve.value(crossbar.read_voltage()) / static_cast<double>(digits_.largest());
  circuit_ = std::make_unique<SolvedCircuit>(crossbar.wires(), rows_, physical_columns_, conductances, curve,
                                             std::move(deviations));
}

void SolvedArray::connect_rows(int64_t first_row, int64_t first_input, int64_t rows) {
  for (int64_t k = 0; k < rows; ++k) connected_.push_back({first_row + k, first_input + k});
}

void SolvedArray::add_column(int64_t column, const circuit::Transfer& transfer) {
  columns_.push_back({column, transfer});
}

void SolvedArray::add_target(int64_t column, int64_t output, int64_t coefficient) {
  targets_.push_back({column, output, coefficient});
}

int64_t SolvedArray::drive(const int32_t* inputs, int k, std::vector<double>& driven) const {
  int64_t digits = 0;
  for (size_t r = 0; r < driven.size(); ++r) driven[r] = drivers_[r].values[0];
  for (const Row& r : connected_) {
    const int64_t digit = digits_.digit(inputs[r.input], k);
    const auto row = static_cast<size_t>(r.row);
    driven[row] = drivers_[row].values[static_cast<size_t>(digit)];
    digits += digit;
  }
  return digits;
}

void SolvedArray::read_table(std::span<const double> driven, int64_t digits, std::vector<double>& sums,
                             std::vector<double>& variances) const {
  for (const Column& c : columns_) {
    const std::span<const float> steps = table_.steps_of(c.column, 0, rows_),
                                 spread = table_.variance_of(c.column, 0, rows_);
    double sum = -off_steps_ * static_cast<double>(digits), variance = 0;
    for (size_t r = 0; r < driven.size(); ++r) sum += driven[r] * (static_cast<double>(steps[r]) + off_steps_);
    for (size_t r = 0; r < spread.size(); ++r)
      variance += driven[r] * driven[r] * static_cast<double>(spread[r]);
    sums[static_cast<size_t>(c.column)] = sum;
    variances[static_cast<size_t>(c.column)] = variance;
  }
}

void SolvedArray::read_circuit(std::span<const double> driven, int64_t digits, const device::CellRandom& reads,
                               int k, std::vector<double>& sums) const {
  std::vector<double> volts(driven.size());
  std::transform(driven.begin(), driven.end(), volts.begin(), [&](double d) { return d * volts_; });
  sums = circuit_->currents(volts, reads, static_cast<uint32_t>(k));
  for (double& s : sums) s = (s / digit_amperes_ - off_ * static_cast<double>(digits)) / unit_;
}

void SolvedArray::add(const int32_t* inputs, int64_t* outputs, int64_t vector) const {
  const auto columns = static_cast<size_t>(physical_columns_);
  std::vector<double> driven(static_cast<size_t>(rows_)), sums(columns), variances(columns, 0.0);
  std::vector<int64_t> merged(columns, 0);  // in units of the outputs
  const uint64_t place = place_ + static_cast<uint64_t>(array_), number = static_cast<uint64_t>(vector);
  base::RandomStream random(seed_, place, number);
  const device::CellRandom reads(seed_, base::RandomStream(seed_ ^ kCells, place, number).next64());
  for (int k = 0; k < digits_.count; ++k) {
    const int64_t digits = drive(inputs, k, driven);
    if (circuit_) {
      read_circuit(driven, digits, reads, k, sums);
    } else {
      read_table(driven, digits, sums, variances);
    }
    for (const Column& c : columns_) {
      const auto at = static_cast<size_t>(c.column);
      const double deviation = std::hypot(std::sqrt(variances[at]), c.transfer.noise);
      const double sum = deviation > 0 ? sums[at] + deviation * random.normal() : sums[at];
      const double value = c.transfer.value(c.transfer.code(sum));
      merged[at] += digits_.weight(k) * std::llround(std::ldexp(value, fraction_bits_));
    }
  }
  for (const Target& t : targets_) outputs[t.output] += t.coefficient * merged[static_cast<size_t>(t.column)];
}

}  // namespace ohmweave::array
