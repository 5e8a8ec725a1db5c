// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "ohmweave/device/cell_random.h"
#include "ohmweave/device/current_voltage.h"
#include "ohmweave/device/device.h"
#include "ohmweave/device/read_noise.h"

namespace ohmweave::device {

/// The scale of a cell's conductances: how many steps a siemens is, and where level 0 is. Where nothing says
/// what levels conduct, level 0 conducts nothing.
struct CellScale {
  explicit CellScale(const CellSpec& spec);
  /// In steps, level 0 at `off`.
  double steps(const Amount& amount) const;
  double steps(units::Conductance g) const { return g.si() / *siemens_per_step; }

  int highest = 1;                         // level
  std::optional<double> siemens_per_step;  // nothing: unknown
  double off = 0;                          // what level 0 conducts, in steps
  double base = 0;                         // what is subtracted: off or nothing
};

/// A cell with the blocks of its specification. Conductances inside are in steps, what level 0 conducts
/// included.
class RealCell : public Cell {
 public:
  explicit RealCell(const CellSpec& spec);

  bool ideal() const override { return still_ && !noisy() && linear_.linear() && scale_.base == scale_.off; }
  void program(std::span<const int32_t> levels, const CellsAt& at, std::span<float> steps) const override;
  bool noisy() const override { return noise_.noisy(); }
  void read_variance(std::span<const float> steps, std::span<float> variance) const override;
  double siemens(double steps) const override;
  const CurrentVoltage* current_voltage() const override { return linear_.linear() ? nullptr : &linear_; }

 private:
  struct Run;  // cells of one batch
  /// Moves conductances by factor and shift, and by a random part.
  struct Move {
    float to = 0, keep = 1;
    void operator()(float* g, int64_t n) const;
    bool none() const { return keep == 1; }
  };

  void read_programming(const CellSpec& spec);
  void read_drift(const CellSpec& spec);
  void read_failures(const CellSpec& spec);
  Move toward(Toward state, double keep) const;
  bool changes_nothing() const;

  void program_run(const Run& run) const;
  void attempt(const Run& run, uint32_t attempt, const float* factor, float* g) const;
  void verify(const Run& run, const float* factor, float* g) const;
  void drift(const Run& run, float* g) const;
  void fail(const Run& run, float* g) const;

  CellScale scale_;
  CurrentVoltage linear_;
  ReadNoise noise_;
  bool still_ = true;                              // program() returns whole levels
  std::vector<float> target_, deviation_, moved_;  // per level; moved_: of the mean, since programming
  float log_deviation_ = 0, tolerance_ = 0;
  uint32_t iterations_ = 1;
  VariationKind variation_ = VariationKind::None;
  float device_to_device_ = 0, cycle_to_cycle_ = 0;
  std::vector<float> exponent_, exponent_deviation_;
  float log_time_ = 0;  // of a power law; 0: there is none
  float shift_ = 0, spread_ = 0;
  Move retention_, disturb_;
  uint64_t stuck_on_ = 0, stuck_off_ = 0, worn_ = 0;  // thresholds of 32-bit words
  float on_low_ = 0, on_range_ = 0, off_low_ = 0, off_range_ = 0, worn_at_ = 0;
};

}  // namespace ohmweave::device
