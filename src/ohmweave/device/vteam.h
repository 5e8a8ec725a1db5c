// SPDX-License-Identifier: Apache-2.0
// A memristor whose state moves with the voltage across it: VTEAM (Kvatinsky, Ramadan, Friedman and Kolodny,
// VTEAM: a general model for voltage-controlled memristors, TCAS-II 62(8), 2015).
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "ohmweave/config/fields.h"
#include "ohmweave/config/load.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::device {

using Velocity = units::Quantity<1, 0, -1>;

enum class StateResistance { Linear, Exponential };

struct VteamSpec {
  Velocity k_on, k_off;
  double alpha_on = 1, alpha_off = 1;
  units::Voltage v_on, v_off;
  units::Length length;
  units::Resistance on_resistance, off_resistance;
  StateResistance resistance = StateResistance::Linear;
  units::Voltage set_voltage, reset_voltage;

  static constexpr auto fields() {
    using S = VteamSpec;
    return std::tuple{
        config::required("k_on", &S::k_on, "speed of the state towards low resistance, negative"),
        config::required("k_off", &S::k_off, "speed of the state towards high resistance").above(0),
        config::required("alpha_on", &S::alpha_on, "power of the overdrive towards low resistance")
            .within(0, 100),
        config::required("alpha_off", &S::alpha_off, "power of the overdrive towards high resistance")
            .within(0, 100),
        config::required("v_on", &S::v_on, "threshold towards low resistance (set), negative"),
        config::required("v_off", &S::v_off, "threshold towards high resistance (reset)").above(0),
        config::required("length", &S::length, "way of the state from low to high resistance, x_off - x_on")
            .above(0),
        config::required("on_resistance", &S::on_resistance, "low resistance, logic 1").above(0),
        config::required("off_resistance", &S::off_resistance, "high resistance, logic 0").above(0),
        config::defaulted("resistance", &S::resistance, "between these, by the state: linear or exponential"),
        config::required("set_voltage", &S::set_voltage, "magnitude of a pulse that writes 1").above(0),
        config::required("reset_voltage", &S::reset_voltage, "of one that writes 0").above(0)};
  }
  bool consistent(const config::Node& node, base::Diagnostics& d) const;
};

/// States are shares of the way: 0 is low resistance (logic 1), 1 is high resistance (logic 0). Voltages are
/// positive where they raise the resistance. SI.
class Vteam {
 public:
  explicit Vteam(const VteamSpec& spec);

  double on() const { return on_; }
  double off() const { return off_; }
  double resistance(double state) const;
  /// Of the state per second, held inside [0, 1].
  double rate(double state, double volts) const;
  /// Magnitudes above which the state moves.
  double set_threshold() const { return -v_on_; }
  double reset_threshold() const { return v_off_; }
  const VteamSpec& spec() const { return spec_; }

 private:
  VteamSpec spec_;
  double on_, off_, v_on_, v_off_, k_on_, k_off_;  // rates per second
};

/// What a pulse of constant voltage across a cell alone takes to move it from one end to the other.
struct CellSwitch {
  double seconds = 0, joules = 0;  // both infinite below the threshold
};
CellSwitch set_of(const Vteam& cell, double volts);
CellSwitch reset_of(const Vteam& cell, double volts);

struct Memristor {
  std::string name, title;
  Vteam cell;
  config::Node file;  // resolved, with sources
};
/// Names of library/memristors in the data folder, in order.
std::vector<std::string> memristor_names();
/// One of the library by its name, or by the path of its file. Throws base::Failure.
Memristor load_memristor(const std::string& name, const std::vector<config::Override>& changes = {});

}  // namespace ohmweave::device

namespace ohmweave::config {

template <>
struct Words<device::StateResistance> {
  static constexpr std::pair<std::string_view, device::StateResistance> values[] = {
      {"linear", device::StateResistance::Linear}, {"exponential", device::StateResistance::Exponential}};
};

}  // namespace ohmweave::config
