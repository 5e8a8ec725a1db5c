// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/read_noise.h"

#include <algorithm>
#include <cmath>

#include "ohmweave/device/real_cell.h"

namespace ohmweave::device {
namespace {

constexpr double kBoltzmann = 1.380649e-23, kElectron = 1.602176634e-19;  // SI 2019, exact
constexpr int kNodes = 4096;
constexpr double kReach = 4;  // times the highest level: beyond, the last slope goes on

double squared(double x) { return x * x; }

/// sqrt(ln((t + t0 + t_read) / (2 t_read))): Nandakumar et al., ICECS 2019. t0 is the first read of a power
/// law.
double flicker_time(const CellSpec& cell, double read_time) {
  const bool drifts = cell.drift && cell.drift->kind == DriftKind::PowerLaw;
  const double time = drifts ? cell.time.si() + cell.drift->start.si() : std::max(cell.time.si(), 1.0);
  return std::sqrt(std::max(0.0, std::log((time + read_time) / (2 * read_time))));
}

}  // namespace

ReadNoise::ReadNoise(const CellSpec& cell, const CellScale& scale) {
  if (!cell.read_noise || cell.read_noise->kind == ReadNoiseKind::None) return;
  spec_ = *cell.read_noise;
  siemens_per_step_ = scale.siemens_per_step.value_or(0);
  temperature_ = cell.temperature.si();
  constant_ = squared(scale.steps(spec_.deviation));
  const double on = scale.off + scale.highest;
  of_ = spec_.of ? scale.steps(*spec_.of) : on;
  unit_ = spec_.unit ? scale.steps(*spec_.unit) : scale.highest;
  flicker_unit_ = spec_.flicker_unit ? scale.steps(*spec_.flicker_unit) : 0;
  flicker_time_ = flicker_time(cell, spec_.read_time.si());
  table_.resize(kNodes + 1);
  for (int k = 0; k <= kNodes; ++k) {
    const double variance = exact_variance(kReach * on * squared(static_cast<double>(k) / kNodes));
    if (!(variance < 1e30)) base::fail("cell", "its read noise is too large to calculate with");
    table_[static_cast<size_t>(k)] = static_cast<float>(variance);
    noisy_ |= variance > 0;
  }
  nodes_per_root_ = static_cast<float>(kNodes / std::sqrt(kReach * on));
}

double ReadNoise::exact_variance(double g) const {
  g = std::max(g, 0.0);
  return constant_ + device_variance(g) + (siemens_per_step_ > 0 ? circuit_variance(g * siemens_per_step_) : 0);
}

double ReadNoise::device_variance(double g) const {
  double variance = squared(spec_.of_conductance * g) + squared(unit_ * spec_.curve.at(g / of_));
  if (!spec_.flicker.empty()) {
    const double q = spec_.flicker.at(g / of_);
    variance += squared((flicker_unit_ > 0 ? flicker_unit_ : g) * q * flicker_time_);
  }
  return variance;
}

/// In squared steps. He et al., DAC 2019: thermal 4 k T G f / V^2, shot 2 q G f / V; a trap that is filled a
/// part p of the time and then takes the part r of the conductance: (r G)^2 p (1 - p).
double ReadNoise::circuit_variance(double siemens) const {
  double variance = 0;
  if (spec_.voltage && spec_.bandwidth) {
    const double volts = spec_.voltage->si(), hertz = spec_.bandwidth->si();
    if (spec_.thermal) variance += 4 * kBoltzmann * temperature_ * siemens * hertz / squared(volts);
    if (spec_.shot) variance += 2 * kElectron * siemens * hertz / volts;
  }
  if (spec_.telegraph_offset || spec_.telegraph_slope > 0) {
    const double a = spec_.telegraph_offset ? spec_.telegraph_offset->si() : 0;
    const double x = spec_.telegraph_slope * siemens + a, p = spec_.telegraph_probability;
    const double part = siemens > 2 * x ? x / (siemens - x) : 1;
    variance += squared(siemens * part) * p * (1 - p);
  }
  return variance / squared(siemens_per_step_);
}

void ReadNoise::variance(std::span<const float> steps, float base, std::span<float> out) const {
  if (!noisy_) {
    std::fill(out.begin(), out.end(), 0.0F);
    return;
  }
  for (size_t k = 0; k < steps.size(); ++k) {
    const float g = steps[k] + base;
    const float x = std::sqrt(g > 0.0F ? g : 0.0F) * nodes_per_root_;
    const auto node = static_cast<size_t>(std::min(x, kNodes - 1.0F));
    const float low = table_[node], high = table_[node + 1];
    out[k] = low + (x - static_cast<float>(node)) * (high - low);
  }
}

}  // namespace ohmweave::device
