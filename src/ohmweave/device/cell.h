// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace ohmweave::device {

class CurrentVoltage;

/// Which cells a span is about: cell k of it is cell `first` + k of the place. The random numbers of a cell
/// depend on nothing else, so neither threads nor the way cells are handed over change them.
struct CellsAt {
  uint64_t seed = 0, place = 0;
  int64_t first = 0;
};

/// State, programming and reading of cells: one of the five interfaces a design may implement. Conductances are
/// counted in steps: the target of level k is k, and the conductance of level 0 is taken off.
class Cell {
 public:
  virtual ~Cell() = default;
  /// Whether program() returns its levels unchanged, at every read and in proportion to the voltage: then
  /// integer kernels are exact.
  virtual bool ideal() const = 0;
  /// What cells programmed to `levels` conduct when they are used, in steps.
  virtual void program(std::span<const int32_t> levels, const CellsAt& at, std::span<float> steps) const = 0;
  /// Whether two reads of a cell differ.
  virtual bool noisy() const { return false; }
  /// Variance of one read of cells that conduct `steps`, in squared steps; reads and cells are independent.
  virtual void read_variance(std::span<const float> steps, std::span<float> variance) const;
  /// Siemens of cells that conduct `steps`. Throws base::Failure if nothing says what a level conducts.
  virtual double siemens(double steps) const = 0;
  /// How the current depends on the voltage; null if in proportion.
  virtual const CurrentVoltage* current_voltage() const { return nullptr; }
};

}  // namespace ohmweave::device
