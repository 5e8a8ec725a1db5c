// SPDX-License-Identifier: Apache-2.0
// From the specification of a cell to the tables that programming runs by.
#include <algorithm>
#include <cmath>

#include "ohmweave/device/real_cell.h"

namespace ohmweave::device {
namespace {

constexpr double kBoltzmann = 1.380649e-23;

float narrow(double x) {
  constexpr double kMost = 1e30;
  if (!(std::abs(x) < kMost)) base::fail("cell", "its figures are too large to calculate with");
  return static_cast<float>(x);
}

/// Threshold of a 32-bit word for a probability.
uint64_t threshold(double probability) { return static_cast<uint64_t>(std::llround(probability * 0x1p32)); }

/// A curve at a time: between measurements by the logarithm of time. `first`: its value at the first.
double curve_at(const ProgrammingSpec& p, double first, Curve ProgrammingSpec::Later::*curve, double g,
                double seconds) {
  double before = p.measured.si(), value = first;
  for (const ProgrammingSpec::Later& l : p.later) {
    const double time = l.time.si(), then = (l.*curve).at(g);
    if (seconds < time)
      return seconds <= before ? value
                               : value + (then - value) * std::log(seconds / before) / std::log(time / before);
    before = time;
    value = then;
  }
  return value;
}

/// How much faster a process goes than at the temperature of its figures.
double acceleration(const DriftSpec& drift, units::Temperature temperature) {
  return std::exp(drift.activation_energy.si() / kBoltzmann *
                  (1 / drift.measured_at.si() - 1 / temperature.si()));
}

}  // namespace

CellScale::CellScale(const CellSpec& spec) : highest((1 << spec.bits) - 1) {
  if (const auto on = spec.on()) {
    siemens_per_step = (on->si() - spec.off()->si()) / highest;
    off = spec.off()->si() / *siemens_per_step;
  }
  base = spec.levels && spec.levels->off_current == OffCurrent::Kept ? 0 : off;
}

double CellScale::steps(const Amount& amount) const {
  if (amount.value == 0) return 0;
  return amount.of_range ? amount.value * highest : amount.value / *siemens_per_step;
}

RealCell::RealCell(const CellSpec& spec)
    : scale_(spec), linear_(spec.current_voltage.value_or(CurrentVoltageSpec{})), noise_(spec, scale_) {
  for (int level = 0; level <= scale_.highest; ++level) {
    const bool listed = spec.levels && !spec.levels->values.empty() && spec.levels->spacing == Spacing::Listed;
    target_.push_back(
        narrow(listed ? scale_.steps(spec.levels->values[static_cast<size_t>(level)]) : scale_.off + level));
    still_ &= !listed;
  }
  read_programming(spec);
  read_drift(spec);
  read_failures(spec);
  still_ = still_ && changes_nothing();
}

bool RealCell::changes_nothing() const {
  return deviation_.empty() && moved_.empty() && log_deviation_ == 0 && cycle_to_cycle_ == 0 &&
         device_to_device_ == 0 && log_time_ == 0 && shift_ == 0 && spread_ == 0 && retention_.none() &&
         disturb_.none() && stuck_on_ + stuck_off_ + worn_ == 0;
}

void RealCell::read_programming(const CellSpec& spec) {
  if (spec.variation && spec.variation->kind != VariationKind::None) {
    variation_ = spec.variation->kind;
    device_to_device_ = narrow(spec.variation->device_to_device);
    cycle_to_cycle_ = narrow(scale_.steps(spec.variation->cycle_to_cycle));
  }
  if (!spec.programming || spec.programming->kind == ProgrammingKind::None) return;
  const ProgrammingSpec& p = *spec.programming;
  if (p.tolerance) {
    tolerance_ = narrow(scale_.steps(*p.tolerance));
    iterations_ = static_cast<uint32_t>(p.iterations);
  }
  if (p.kind == ProgrammingKind::LogNormal) {
    log_deviation_ = narrow(p.log_deviation);
    return;
  }
  const double of = p.of ? scale_.steps(*p.of) : scale_.off + scale_.highest;
  const double unit = p.unit ? scale_.steps(*p.unit) : scale_.highest;
  bool any = false;
  for (const float target : target_) {
    using Later = ProgrammingSpec::Later;
    const double g = target / of, time = spec.time.si();
    const double curve = std::max(0.0, curve_at(p, p.curve.at(g), &Later::curve, g, time));
    moved_.push_back(narrow(unit * curve_at(p, 0, &Later::shift, g, time)));
    const double fixed = scale_.steps(p.deviation), relative = p.of_level * target;
    deviation_.push_back(narrow(std::hypot(unit * curve, fixed, relative)));
    any |= deviation_.back() > 0;
  }
  if (!any) deviation_.clear();
  if (std::all_of(moved_.begin(), moved_.end(), [](float x) { return x == 0; })) moved_.clear();
}

void RealCell::read_drift(const CellSpec& spec) {
  if (!spec.drift || spec.time.si() <= 0) return;
  const DriftSpec& d = *spec.drift;
  const double time = spec.time.si() * acceleration(d, spec.temperature), start = d.start.si();
  if (d.kind == DriftKind::PowerLaw) {
    const double of = d.of ? scale_.steps(*d.of) : scale_.off + scale_.highest;
    bool any = false;
    for (const float target : target_) {
      exponent_.push_back(narrow(d.exponent.at(target / of)));
      exponent_deviation_.push_back(narrow(d.exponent_deviation.at(target / of)));
      any |= exponent_.back() != 0 || exponent_deviation_.back() != 0;
    }
    log_time_ = any ? narrow(std::log1p(time / start)) : 0;
  }
  if (d.kind == DriftKind::Relaxation && time >= start) {
    const double factors = std::log(time / start);
    shift_ = narrow((d.toward == Toward::On ? 1 : -1) * scale_.steps(d.shift) * factors);
    spread_ = narrow(scale_.steps(d.deviation) + scale_.steps(d.deviation_growth) * factors);
  }
  if (d.kind == DriftKind::Retention)
    retention_ = toward(d.toward, std::exp(-std::pow(time / d.time_constant.si(), d.shape)));
}

void RealCell::read_failures(const CellSpec& spec) {
  if (spec.read_disturb && spec.read_disturb->kind != ReadDisturbKind::None) {
    const ReadDisturbSpec& r = *spec.read_disturb;
    if (r.change > 0 && r.reads > 0) disturb_ = toward(r.toward, std::exp(r.reads * std::log1p(-r.change)));
  }
  if (spec.endurance && spec.endurance->kind != EnduranceKind::None) {
    const EnduranceSpec& e = *spec.endurance;
    worn_ = threshold(-std::expm1(-std::pow(e.writes / e.scale, e.shape)));
    worn_at_ = toward(e.stuck, 0).to;
  }
  if (!spec.faults || spec.faults->kind == FaultsKind::None) return;
  const FaultsSpec& f = *spec.faults;
  stuck_on_ = threshold(f.stuck_on);
  stuck_off_ = threshold(f.stuck_on + f.stuck_off) - stuck_on_;
  on_low_ = narrow(f.on ? scale_.steps(*f.on->low) : target_.back());
  on_range_ = f.on ? narrow(scale_.steps(*f.on->high)) - on_low_ : 0;
  off_low_ = narrow(f.off ? scale_.steps(*f.off->low) : target_.front());
  off_range_ = f.off ? narrow(scale_.steps(*f.off->high)) - off_low_ : 0;
}

RealCell::Move RealCell::toward(Toward state, double keep) const {
  return {state == Toward::On ? target_.back() : target_.front(), narrow(keep)};
}

std::shared_ptr<const Cell> make_cell(const CellSpec& spec) { return std::make_shared<RealCell>(spec); }

}  // namespace ohmweave::device
