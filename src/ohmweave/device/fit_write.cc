// SPDX-License-Identifier: Apache-2.0
// The device file of a fit.
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/device/fit_models.h"

namespace ohmweave::device {
namespace {

constexpr double kMicro = 1e-6;
constexpr double kEvenSpacing = 0.01;  // of a step

std::string levels_text(const DeviceFit& fit) {
  bool even = true;
  const double step = (fit.on - fit.off) / static_cast<double>(fit.levels.size() - 1);
  std::string list;
  for (size_t k = 0; k < fit.levels.size(); ++k) {
    const double g = fit.levels[k].fitted_mean;
    even = even && std::abs(g - fit.off - static_cast<double>(k) * step) < kEvenSpacing * step;
    list += fmt::format("{}{:.6g} uS", k == 0 ? "" : ", ", g / kMicro);
  }
  if (fit.bits && !even) return fmt::format("  values: [{}]\n", list);
  const double off = fit.off < fit.on ? fit.off : 0;
  return fmt::format("  on: {:.6g} uS\n  off: {:.6g} uS\n", fit.on / kMicro, off / kMicro);
}

std::string note_of(const Likelihood& l) {
  std::string out;
  for (const Estimate& e : l.parameters)
    out += fmt::format("{}{:.2g} of {:.4g}", out.empty() ? "standard errors, in SI: " : "; ", e.error, e.value);
  return out;
}

std::string block(std::string_view key, const std::string& head, const Chosen& chosen) {
  return fmt::format("\n{}:\n  from: [measurements, '{}']\n  note: '{}'\n{}{}", key, chosen.model.name,
                     note_of(chosen.likelihood), head, chosen.model.keys(chosen.likelihood));
}

std::string quoted(std::string text) {
  for (size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 2) text.insert(at, "'");
  return text;
}

}  // namespace

std::string device_file(const DeviceFit& fit, std::optional<double> temperature, const ChosenModels& models) {
  std::string out = fmt::format(
      "format: ohmweave-device/1\nname: {}\ntitle: Fitted to measurements\n\nsources:\n  measurements: '{}, {} "
      "values of {} "
      "cells, by ohmweave fit device'\n\n",
      fit.name, quoted(fit.source), fit.rows, fit.cells);
  if (fit.bits || temperature) out += "from: [measurements]\n";
  if (fit.bits) out += fmt::format("bits: {}\n", *fit.bits);
  if (temperature) out += fmt::format("temperature: {:.6g} K\n", *temperature);
  if (fit.bits || temperature) out += "\n";
  out += fmt::format("levels:\n  from: [measurements, {}]\n{}",
                     fit.own_levels ? "means of the cells" : "targets", levels_text(fit));
  out += block("programming", "", *models.error);
  if (models.drift != nullptr)
    out += block("drift", fmt::format("  kind: power_law\n  start: {:.6g} s\n", fit.drift_start->value),
                 *models.drift);
  if (models.noise != nullptr) out += block("read_noise", "", *models.noise);
  return out;
}

CellSpec read_device_file(const DeviceFit& fit) {
  config::Node node =
      config::parse_yaml(std::make_shared<const base::Source>(base::Source{fit.name + ".yaml", fit.yaml}));
  for (const char* key : {"format", "name", "sources"}) node.erase(key);
  CellSpec cell;
  base::Diagnostics d;
  config::read(node, cell, d);
  d.stop_if_errors();
  return cell;
}

}  // namespace ohmweave::device
