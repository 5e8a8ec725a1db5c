// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/solved_circuit.h"

#include <algorithm>

#include "ohmweave/base/check.h"

namespace ohmweave::array {

SolvedCircuit::SolvedCircuit(const Wires& wires, int64_t rows, int64_t columns,
                             std::span<const double> conductances, CellCurve curve,
                             std::vector<float> deviations)
    : solver_(wires, rows, columns, conductances, std::move(curve)), deviations_(std::move(deviations)) {
  OHMWEAVE_CHECK(deviations_.empty() || deviations_.size() == conductances.size(), "a deviation for each cell");
}

std::vector<double> SolvedCircuit::currents(std::span<const double> volts, const device::CellRandom& reads,
                                            uint32_t read) const {
  if (std::all_of(volts.begin(), volts.end(), [](double v) { return v == 0; }))
    return std::vector<double>(static_cast<size_t>(solver_.columns()), 0.0);
  if (deviations_.empty()) return solved(volts);
  return solver_.solve(volts, kTolerance, false, {}, changes(volts, reads, read)).currents;
}

std::vector<double> SolvedCircuit::solved(std::span<const double> volts) const {
  const std::string key(reinterpret_cast<const char*>(volts.data()), volts.size_bytes());
  {
    const std::lock_guard lock(mutex_);
    const auto known = known_.find(key);
    if (known != known_.end()) return known->second;
  }
  std::vector<double> out = solver_.solve(volts, kTolerance).currents;
  const std::lock_guard lock(mutex_);
  if (known_.size() < kMostKnown) known_.emplace(key, out);
  return out;
}

std::vector<float> SolvedCircuit::changes(std::span<const double> volts, const device::CellRandom& reads,
                                          uint32_t read) const {
  constexpr int64_t kBatch = device::CellRandom::kBatch;
  const bool gated = solver_.wires().access != CellAccess::Resistor;
  const auto cells = static_cast<int64_t>(deviations_.size());
  std::vector<float> out(deviations_.size());
  device::CellRandom::Normals normals;
  for (int64_t first = 0; first < cells; first += kBatch) {
    const int64_t end = std::min(first + kBatch, cells);
    const auto row = volts.begin() + first / solver_.columns(),
               last = volts.begin() + (end - 1) / solver_.columns();
    if (gated && std::all_of(row, last + 1, [](double v) { return v == 0; })) continue;
    reads.normals(first / kBatch, device::Draw::Read, read, normals);
    for (int64_t k = first; k < end; ++k)
      out[static_cast<size_t>(k)] =
          deviations_[static_cast<size_t>(k)] * normals[static_cast<size_t>(k - first)];
  }
  return out;
}

}  // namespace ohmweave::array
