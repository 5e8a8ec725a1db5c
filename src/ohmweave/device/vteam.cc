// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/vteam.h"

#include <cmath>
#include <limits>

#include "ohmweave/config/annotations.h"
#include "ohmweave/config/library.h"
#include "ohmweave/config/load.h"

namespace ohmweave::device {
namespace {

constexpr std::string_view kFormat = "ohmweave-memristor/1", kFolder = "memristors";

struct File {
  std::string title;
  VteamSpec switching;

  static constexpr auto fields() {
    return std::tuple{config::required("title", &File::title, "the memristor, for people"),
                      config::required("switching", &File::switching, "parameters of VTEAM")};
  }
};

bool wrong(const config::Node& node, std::string_view key, std::string message, base::Diagnostics& d) {
  const config::Node* at = node.find(key);
  d.error(at != nullptr && at->span.source ? at->span : node.span, std::move(message));
  return false;
}

/// The voltage is constant, so the state moves evenly and the energy is V^2 / R integrated over the way.
CellSwitch switch_of(const Vteam& cell, double volts, double rate) {
  if (!(rate > 0)) return {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  const double ratio = cell.off() / cell.on();
  const double mean_conductance = cell.spec().resistance == StateResistance::Linear
                                      ? std::log(ratio) / (cell.off() - cell.on())
                                      : (1 / cell.on() - 1 / cell.off()) / std::log(ratio);
  return {1 / rate, volts * volts * mean_conductance / rate};
}

}  // namespace

bool VteamSpec::consistent(const config::Node& node, base::Diagnostics& d) const {
  if (!(k_on.si() < 0)) return wrong(node, "k_on", "is below 0: the state moves towards low resistance", d);
  if (!(v_on.si() < 0))
    return wrong(node, "v_on", "is below 0: voltages that raise the resistance are above", d);
  if (off_resistance <= on_resistance) return wrong(node, "off_resistance", "is above 'on_resistance'", d);
  return true;
}

Vteam::Vteam(const VteamSpec& spec)
    : spec_(spec),
      on_(spec.on_resistance.si()),
      off_(spec.off_resistance.si()),
      v_on_(spec.v_on.si()),
      v_off_(spec.v_off.si()),
      k_on_(spec.k_on.si() / spec.length.si()),
      k_off_(spec.k_off.si() / spec.length.si()) {}

double Vteam::resistance(double state) const {
  if (spec_.resistance == StateResistance::Exponential) return on_ * std::pow(off_ / on_, state);
  return on_ + (off_ - on_) * state;
}

double Vteam::rate(double state, double volts) const {
  if (volts > v_off_) return state >= 1 ? 0 : k_off_ * std::pow(volts / v_off_ - 1, spec_.alpha_off);
  if (volts < v_on_) return state <= 0 ? 0 : k_on_ * std::pow(volts / v_on_ - 1, spec_.alpha_on);
  return 0;
}

CellSwitch set_of(const Vteam& cell, double volts) { return switch_of(cell, volts, -cell.rate(0.5, -volts)); }
CellSwitch reset_of(const Vteam& cell, double volts) { return switch_of(cell, volts, cell.rate(0.5, volts)); }

std::vector<std::string> memristor_names() { return config::library_names(kFolder); }

Memristor load_memristor(const std::string& name, const std::vector<config::Override>& changes) {
  config::Node whole = config::load(config::library_path(kFolder, "memristor", name), changes);
  config::Node node = config::without_annotations(whole);
  base::Diagnostics d;
  File file;
  const std::string own = config::take_head(node, kFormat, "memristor", d);
  config::read(node, file, d);
  d.stop_if_errors();
  return {own, file.title, Vteam(file.switching), std::move(whole)};
}

}  // namespace ohmweave::device
