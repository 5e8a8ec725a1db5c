// SPDX-License-Identifier: Apache-2.0
// What may be wrong with a cell, a block each; equations and sources are in docs/models/devices.md. Every block
// is off where it is absent and where its `kind` is none.
#pragma once

#include <optional>
#include <tuple>
#include <vector>

#include "ohmweave/config/fields.h"
#include "ohmweave/device/amount.h"
#include "ohmweave/device/curve.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::device {

enum class OffCurrent { Subtracted, Kept };
enum class Spacing { Listed, Even };
/// What levels conduct: evenly spaced from off to on, or as listed.
struct LevelsSpec {
  std::optional<units::Conductance> on;
  units::Conductance off;
  std::vector<units::Conductance> values;
  Spacing spacing = Spacing::Listed;
  OffCurrent off_current = OffCurrent::Subtracted;

  static constexpr auto fields() {
    using L = LevelsSpec;
    return std::tuple{
        config::defaulted("on", &L::on, "conductance of the highest level").above(0),
        config::defaulted("off", &L::off, "conductance of level 0").at_least(0),
        config::defaulted("values", &L::values, "conductance of every level (default: evenly spaced)")
            .at_least(0),
        config::defaulted("spacing", &L::spacing, "even: of `values` only the first and the last count"),
        config::defaulted(
            "off_current", &L::off_current,
            "whether what level 0 conducts is taken off exactly after the conversion, or stays in "
            "every sum")};
  }
  bool consistent(const config::Node& node, base::Diagnostics& d) const;
};

enum class ProgrammingKind { None, Normal, LogNormal };
/// How far a programmed conductance is from its target, and whether it is verified.
struct ProgrammingSpec {
  ProgrammingKind kind = ProgrammingKind::Normal;
  Amount deviation;
  double of_level = 0;
  Curve curve;
  std::optional<units::Conductance> unit, of;
  units::Time measured = units::Time::from_si(1);
  struct Later {
    units::Time time;
    Curve curve, shift;
    static constexpr auto fields() {
      return std::tuple{
          config::required("time", &Later::time, "time since programming").above(0),
          config::required("curve", &Later::curve, "the curve measured then"),
          config::defaulted("shift", &Later::shift,
                            "how far the mean has moved until then, as a function of the target, in `unit`")};
    }
  };
  std::vector<Later> later;
  double log_deviation = 0;
  std::optional<Amount> tolerance;
  int iterations = 20;

  static constexpr auto fields() {
    using P = ProgrammingSpec;
    return std::tuple{
        config::defaulted("kind", &P::kind, "distribution of the error"),
        config::defaulted("deviation", &P::deviation, "normal: standard deviation, the same for all levels"),
        config::defaulted("of_level", &P::of_level, "normal: standard deviation as a part of the target")
            .within(0, 10),
        config::defaulted("curve", &P::curve,
                          "normal: standard deviation as a function of the target, in `unit`"),
        config::defaulted("unit", &P::unit, "what the values of the curve count (default: the range of levels)")
            .above(0),
        config::defaulted("of", &P::of,
                          "conductance that the curve's argument is divided by (default: the highest level's)")
            .above(0),
        config::defaulted("measured", &P::measured, "time since programming that the curve is for").above(0),
        config::defaulted("later", &P::later,
                          "curves of later times, in order; in between by the logarithm of time"),
        config::defaulted("log_deviation", &P::log_deviation, "lognormal: standard deviation of the logarithm")
            .within(0, 10),
        config::defaulted("tolerance", &P::tolerance,
                          "a cell that misses its target by more is programmed again"),
        config::defaulted("iterations", &P::iterations, "how often at most").within(1, 1000)};
  }
  bool consistent(const config::Node& node, base::Diagnostics& d) const;
};

enum class VariationKind { None, Normal, LogNormal };
/// Spread between cells that stays with a cell, and spread between programmings of one cell.
struct VariationSpec {
  VariationKind kind = VariationKind::Normal;
  double device_to_device = 0;
  Amount cycle_to_cycle;

  static constexpr auto fields() {
    using V = VariationSpec;
    return std::tuple{
        config::defaulted("kind", &V::kind, "distribution of the factor between devices"),
        config::defaulted("device_to_device", &V::device_to_device,
                          "deviation of the factor that a cell's conductance has (lognormal: of its logarithm)")
            .within(0, 10),
        config::defaulted("cycle_to_cycle", &V::cycle_to_cycle,
                          "normal deviation that every programming adds")};
  }
};

enum class FaultsKind { None, Stuck };
/// Cells that cannot be programmed.
struct FaultsSpec {
  FaultsKind kind = FaultsKind::Stuck;
  double stuck_on = 0, stuck_off = 0;
  std::optional<config::Interval<units::Conductance>> on, off;

  static constexpr auto fields() {
    using F = FaultsSpec;
    return std::tuple{
        config::defaulted("kind", &F::kind, "whether there are any"),
        config::defaulted("stuck_on", &F::stuck_on, "part of all cells that always conduct").within(0, 1),
        config::defaulted("stuck_off", &F::stuck_off, "part of all cells that never do").within(0, 1),
        config::defaulted("on", &F::on,
                          "what the former conduct; of a range every value alike (default: the highest level)")
            .at_least(0),
        config::defaulted("off", &F::off, "what the latter conduct (default: level 0)").at_least(0)};
  }
  bool consistent(const config::Node& node, base::Diagnostics& d) const;
};

enum class Toward { Off, On };
enum class DriftKind { None, PowerLaw, Relaxation, Retention };
/// What time does to a conductance.
struct DriftSpec {
  DriftKind kind = DriftKind::PowerLaw;
  units::Time start = units::Time::from_si(1);
  Curve exponent, exponent_deviation;
  std::optional<units::Conductance> of;
  Amount shift, deviation, deviation_growth;
  Toward toward = Toward::Off;
  units::Time time_constant;
  double shape = 1;
  units::Energy activation_energy;
  units::Temperature measured_at = units::Temperature::from_si(300);

  static constexpr auto fields() {
    using D = DriftSpec;
    return std::tuple{
        config::defaulted("kind", &D::kind, "the law"),
        config::defaulted(
            "start", &D::start,
            "t0: power_law: time of the first read after programming; relaxation: when it sets in")
            .within(1e-9, 1e9),
        config::defaulted("exponent", &D::exponent, "power_law: mean of nu, of the target over `of`"),
        config::defaulted("exponent_deviation", &D::exponent_deviation,
                          "power_law: deviation of nu between cells"),
        config::defaulted("of", &D::of,
                          "conductance that the arguments are divided by (default: the highest level's)")
            .above(0),
        config::defaulted("shift", &D::shift,
                          "relaxation: mean change for each factor e of time, toward `toward`"),
        config::defaulted("deviation", &D::deviation, "relaxation: deviation at `start`"),
        config::defaulted("deviation_growth", &D::deviation_growth,
                          "relaxation: what each factor e of time adds to it"),
        config::defaulted("toward", &D::toward, "relaxation, retention: the state it moves to"),
        config::defaulted("time_constant", &D::time_constant, "retention: tau").at_least(0),
        config::defaulted("shape", &D::shape, "retention: beta of exp(-(t / tau)^beta)").within(0.01, 10),
        config::defaulted("activation_energy", &D::activation_energy,
                          "how much faster it goes when hot: Arrhenius; 0: not at all")
            .at_least(0),
        config::defaulted("measured_at", &D::measured_at, "temperature that the figures are for")
            .within(1, 2000)};
  }
  bool consistent(const config::Node& node, base::Diagnostics& d) const;
};

enum class ReadNoiseKind { None, Gaussian };
/// What two reads of one cell differ by; the variances of all sources add up.
struct ReadNoiseSpec {
  ReadNoiseKind kind = ReadNoiseKind::Gaussian;
  Amount deviation;
  double of_conductance = 0;
  bool thermal = false, shot = false;
  std::optional<units::Voltage> voltage;
  std::optional<units::Frequency> bandwidth;
  std::optional<units::Conductance> telegraph_offset;
  double telegraph_slope = 0, telegraph_probability = 0.5;
  Curve curve, flicker;
  std::optional<units::Conductance> unit, flicker_unit, of;
  units::Time read_time = units::Time::from_si(1e-6);

  static constexpr auto fields() {
    using R = ReadNoiseSpec;
    return std::tuple{
        config::defaulted("kind", &R::kind, "whether there is any"),
        config::defaulted("deviation", &R::deviation, "deviation that does not depend on the conductance"),
        config::defaulted("of_conductance", &R::of_conductance, "deviation as a part of the conductance")
            .within(0, 10),
        config::defaulted("curve", &R::curve, "deviation as a function of the conductance, in `unit`"),
        config::defaulted("unit", &R::unit, "what the values of the curve count (default: the range of levels)")
            .above(0),
        config::defaulted("thermal", &R::thermal, "Johnson-Nyquist noise; needs voltage and bandwidth"),
        config::defaulted("shot", &R::shot, "shot noise; needs voltage and bandwidth"),
        config::defaulted("voltage", &R::voltage, "of a read").above(0),
        config::defaulted("bandwidth", &R::bandwidth, "of a read").above(0),
        config::defaulted("telegraph_offset", &R::telegraph_offset,
                          "random telegraph noise: a of the amplitude G (b G + a) / (G - (b G + a))")
            .at_least(0),
        config::defaulted("telegraph_slope", &R::telegraph_slope, "and b").within(0, 0.5),
        config::defaulted("telegraph_probability", &R::telegraph_probability,
                          "part of the time that the trap is filled")
            .within(0, 1),
        config::defaulted("flicker", &R::flicker,
                          "1/f noise: Q of the deviation G Q sqrt(ln((t + t0 + read_time) / (2 read_time)))"),
        config::defaulted("flicker_unit", &R::flicker_unit, "what Q counts (default: the conductance itself)")
            .above(0),
        config::defaulted("of", &R::of,
                          "conductance that the arguments of the curve and of Q are divided by (default: the "
                          "highest level's)")
            .above(0),
        config::defaulted("read_time", &R::read_time, "how long a read takes").within(1e-12, 1)};
  }
  bool consistent(const config::Node& node, base::Diagnostics& d) const;
};

enum class CurrentVoltageKind { Linear, Sinh, Table, Cubic };
/// How the current of a cell depends on its voltage.
struct CurrentVoltageSpec {
  CurrentVoltageKind kind = CurrentVoltageKind::Linear;
  std::optional<units::Voltage> scale, read_voltage;
  std::vector<units::Voltage> voltages, currents;
  Curve square, cube;
  std::optional<units::Conductance> of;

  static constexpr auto fields() {
    using C = CurrentVoltageSpec;
    return std::tuple{
        config::defaulted("kind", &C::kind, "the law"),
        config::defaulted("scale", &C::scale, "sinh: V0 of I = G V0 sinh(V / V0)").above(0),
        config::defaulted("read_voltage", &C::read_voltage,
                          "voltage at which I = G V holds (default: at small ones)")
            .above(0),
        config::defaulted("voltages", &C::voltages,
                          "table: voltages, rising; negative ones give the negative current")
            .above(0),
        config::defaulted("currents", &C::currents, "table: current at each, divided by the conductance")
            .above(0),
        config::defaulted("square", &C::square,
                          "cubic: c2 of I = G (V + c2 V |V| + c3 V^3), in 1/V, of G / `of`"),
        config::defaulted("cube", &C::cube, "cubic: c3, in 1/V^2"),
        config::defaulted("of", &C::of, "conductance that the arguments are divided by (default: 1 uS)")
            .above(0)};
  }
  bool consistent(const config::Node& node, base::Diagnostics& d) const;
};

enum class ReadDisturbKind { None, Exponential };
/// What reading does to a conductance.
struct ReadDisturbSpec {
  ReadDisturbKind kind = ReadDisturbKind::Exponential;
  double change = 0, reads = 0;
  Toward toward = Toward::On;

  static constexpr auto fields() {
    using R = ReadDisturbSpec;
    return std::tuple{
        config::defaulted("kind", &R::kind, "the law"),
        config::defaulted("change", &R::change, "part of the way to `toward` that one read moves a cell")
            .within(0, 1),
        config::defaulted("reads", &R::reads, "reads since programming").within(0, 1e18),
        config::defaulted("toward", &R::toward, "the state it moves to")};
  }
};

enum class EnduranceKind { None, Weibull };
/// Cells that writing has worn out.
struct EnduranceSpec {
  EnduranceKind kind = EnduranceKind::Weibull;
  double writes = 0, scale = 0, shape = 1;
  Toward stuck = Toward::Off;

  static constexpr auto fields() {
    using E = EnduranceSpec;
    return std::tuple{
        config::defaulted("kind", &E::kind, "distribution of the writes a cell survives"),
        config::defaulted("writes", &E::writes, "writes of every cell so far").within(0, 1e18),
        config::required("scale", &E::scale, "writes after which a part 1 - 1/e of all cells has failed")
            .above(0),
        config::defaulted("shape", &E::shape, "of the distribution").within(0.01, 100),
        config::defaulted("stuck", &E::stuck, "the state of a worn cell")};
  }
};

}  // namespace ohmweave::device

template <>
struct ohmweave::config::Words<ohmweave::device::OffCurrent> {
  using enum ohmweave::device::OffCurrent;
  static constexpr std::pair<std::string_view, ohmweave::device::OffCurrent> values[] = {
      {"subtracted", Subtracted}, {"kept", Kept}};
};
template <>
struct ohmweave::config::Words<ohmweave::device::Spacing> {
  using enum ohmweave::device::Spacing;
  static constexpr std::pair<std::string_view, ohmweave::device::Spacing> values[] = {{"listed", Listed},
                                                                                      {"even", Even}};
};
template <>
struct ohmweave::config::Words<ohmweave::device::ProgrammingKind> {
  using enum ohmweave::device::ProgrammingKind;
  static constexpr std::pair<std::string_view, ohmweave::device::ProgrammingKind> values[] = {
      {"none", None}, {"normal", Normal}, {"lognormal", LogNormal}};
};
template <>
struct ohmweave::config::Words<ohmweave::device::VariationKind> {
  using enum ohmweave::device::VariationKind;
  static constexpr std::pair<std::string_view, ohmweave::device::VariationKind> values[] = {
      {"none", None}, {"normal", Normal}, {"lognormal", LogNormal}};
};
template <>
struct ohmweave::config::Words<ohmweave::device::FaultsKind> {
  using enum ohmweave::device::FaultsKind;
  static constexpr std::pair<std::string_view, ohmweave::device::FaultsKind> values[] = {{"none", None},
                                                                                         {"stuck", Stuck}};
};
template <>
struct ohmweave::config::Words<ohmweave::device::Toward> {
  using enum ohmweave::device::Toward;
  static constexpr std::pair<std::string_view, ohmweave::device::Toward> values[] = {{"off", Off}, {"on", On}};
};
template <>
struct ohmweave::config::Words<ohmweave::device::DriftKind> {
  using enum ohmweave::device::DriftKind;
  static constexpr std::pair<std::string_view, ohmweave::device::DriftKind> values[] = {
      {"none", None}, {"power_law", PowerLaw}, {"relaxation", Relaxation}, {"retention", Retention}};
};
template <>
struct ohmweave::config::Words<ohmweave::device::ReadNoiseKind> {
  using enum ohmweave::device::ReadNoiseKind;
  static constexpr std::pair<std::string_view, ohmweave::device::ReadNoiseKind> values[] = {
      {"none", None}, {"gaussian", Gaussian}};
};
template <>
struct ohmweave::config::Words<ohmweave::device::CurrentVoltageKind> {
  using enum ohmweave::device::CurrentVoltageKind;
  static constexpr std::pair<std::string_view, ohmweave::device::CurrentVoltageKind> values[] = {
      {"linear", Linear}, {"sinh", Sinh}, {"table", Table}, {"cubic", Cubic}};
};
template <>
struct ohmweave::config::Words<ohmweave::device::ReadDisturbKind> {
  using enum ohmweave::device::ReadDisturbKind;
  static constexpr std::pair<std::string_view, ohmweave::device::ReadDisturbKind> values[] = {
      {"none", None}, {"exponential", Exponential}};
};
template <>
struct ohmweave::config::Words<ohmweave::device::EnduranceKind> {
  using enum ohmweave::device::EnduranceKind;
  static constexpr std::pair<std::string_view, ohmweave::device::EnduranceKind> values[] = {
      {"none", None}, {"weibull", Weibull}};
};
