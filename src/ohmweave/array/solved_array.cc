// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/solved_array.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "ohmweave/base/check.h"
#include "ohmweave/base/random.h"
#include "ohmweave/device/current_voltage.h"

namespace ohmweave::array {
namespace {

constexpr double kTolerance = 1e-9;  // of solutions, far below a step of a converter

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
      variances_(std::move(cells.variance)) {
  const circuit::Dac& dac = *crossbar.periphery().dac.component;
  for (int64_t r = 0; r < rows_; ++r) drivers_.push_back(dac.levels({seed, place, array * rows_ + r}));
  const int64_t columns = static_cast<int64_t>(cells.steps.size()) / rows_;
  std::vector<double> conductances(cells.steps.size());
  for (int64_t c = 0; c < columns; ++c) {
    for (int64_t r = 0; r < rows_; ++r) {
      const double siemens = crossbar.cell().siemens(cells.steps[static_cast<size_t>(c * rows_ + r)]);
      conductances[static_cast<size_t>(r * columns + c)] = std::max(siemens, 0.0);
    }
  }
  const CellCurve curve = curve_of(crossbar);
  off_ = crossbar.cell().siemens(0);
  unit_ = crossbar.cell().siemens(1) - off_;
  volts_ = crossbar.read_voltage() / static_cast<double>(digits_.largest());
  digit_amperes_ = curve.value(crossbar.read_voltage()) / static_cast<double>(digits_.largest());
  solver_ = std::make_unique<WireSolver>(crossbar.wires(), rows_, columns, conductances, curve);
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

double SolvedArray::variance(int64_t column, std::span<const double> driven) const {
  if (variances_.empty()) return 0;
  double sum = 0;
  for (int64_t r = 0; r < rows_; ++r) {
    const double d = driven[static_cast<size_t>(r)];
    sum += d * d * static_cast<double>(variances_[static_cast<size_t>(column * rows_ + r)]);
  }
  return sum;
}

void SolvedArray::add(const int32_t* inputs, int64_t* outputs, int64_t vector) const {
  std::vector<double> driven(static_cast<size_t>(rows_)), volts(driven.size());
  std::map<int64_t, int64_t> merged;  // by column, in units of the outputs
  base::RandomStream random(seed_, place_ + static_cast<uint64_t>(array_), static_cast<uint64_t>(vector));
  for (int k = 0; k < digits_.count; ++k) {
    double digits = 0;
    for (size_t r = 0; r < driven.size(); ++r) driven[r] = drivers_[r].values[0];
    for (const Row& r : connected_) {
      const int64_t digit = digits_.digit(inputs[r.input], k);
      driven[static_cast<size_t>(r.row)] =
          drivers_[static_cast<size_t>(r.row)].values[static_cast<size_t>(digit)];
      digits += static_cast<double>(digit);
    }
    std::transform(driven.begin(), driven.end(), volts.begin(), [&](double d) { return d * volts_; });
    const WireSolution solution = solver_->solve(volts, kTolerance);
    for (const Column& c : columns_) {
      const double amperes = solution.currents[static_cast<size_t>(c.column)];
      double sum = (amperes / digit_amperes_ - off_ * digits) / unit_;
      const double deviation = std::hypot(std::sqrt(variance(c.column, driven)), c.transfer.noise);
      if (deviation > 0) sum += deviation * random.normal();
      const double value = c.transfer.value(c.transfer.code(sum));
      merged[c.column] += digits_.weight(k) * std::llround(std::ldexp(value, fraction_bits_));
    }
  }
  for (const Target& t : targets_) outputs[t.output] += t.coefficient * merged[t.column];
}

}  // namespace ohmweave::array
