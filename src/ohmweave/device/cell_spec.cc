// SPDX-License-Identifier: Apache-2.0
// What must hold between the blocks of a cell, and which of its effects are on.
#include "ohmweave/device/device.h"

namespace ohmweave::device {
namespace {

bool wrong(const config::Node& node, std::string_view key, std::string message, base::Diagnostics& d) {
  const config::Node* at = node.find(key);
  d.error(at != nullptr && at->span.source ? at->span : node.span, std::move(message));
  return false;
}

bool in_siemens(const Amount& a) { return !a.of_range; }

/// The first block that counts in siemens, or nothing.
std::string_view block_in_siemens(const CellSpec& c) {
  if (c.programming) {
    const ProgrammingSpec& p = *c.programming;
    if (p.unit || p.of || in_siemens(p.deviation) || (p.tolerance && in_siemens(*p.tolerance)))
      return "programming";
  }
  if (c.variation && in_siemens(c.variation->cycle_to_cycle)) return "variation";
  if (c.faults && (c.faults->on || c.faults->off)) return "faults";
  if (c.drift) {
    const DriftSpec& d = *c.drift;
    if (d.of || in_siemens(d.shift) || in_siemens(d.deviation) || in_siemens(d.deviation_growth))
      return "drift";
  }
  if (c.read_noise) {
    const ReadNoiseSpec& r = *c.read_noise;
    if (r.of || r.unit || r.flicker_unit || in_siemens(r.deviation) || r.thermal || r.shot ||
        r.telegraph_offset || r.telegraph_slope > 0)
      return "read_noise";
  }
  return {};
}

}  // namespace

std::optional<units::Conductance> CellSpec::on() const {
  if (levels && !levels->values.empty()) return levels->values.back();
  if (levels && levels->on) return levels->on;
  if (on_resistance) return 1.0 / *on_resistance;
  return std::nullopt;
}

std::optional<units::Conductance> CellSpec::off() const {
  if (!on()) return std::nullopt;
  if (levels && !levels->values.empty()) return levels->values.front();
  if (levels && levels->on) return levels->off;
  return off_resistance ? 1.0 / *off_resistance : units::Conductance{};
}

bool CellSpec::consistent(const config::Node& node, base::Diagnostics& d) const {
  if (on_resistance && levels && (levels->on || !levels->values.empty()))
    return wrong(node, "on_resistance", "'levels' says what the highest level conducts", d);
  if (on() && *on() <= *off())
    return wrong(node, "off_resistance", "level 0 must conduct less than the highest level", d);
  if (levels && !levels->values.empty() && levels->values.size() != size_t{1} << bits)
    return wrong(
        node, "bits",
        fmt::format("a cell of {} bits has {} levels; {} are listed", bits, 1 << bits, levels->values.size()),
        d);
  const std::string_view block = block_in_siemens(*this);
  if (!block.empty() && !on())
    return wrong(node, block, "counts in siemens; say what levels conduct by 'levels' or 'on_resistance'", d);
  return true;
}

std::vector<Effect> effects(const CellSpec& spec) {
  CellSpec bare;
  bare.bits = spec.bits;
  bare.on_resistance = spec.on_resistance;
  bare.off_resistance = spec.off_resistance;
  bare.levels = spec.levels;
  bare.time = spec.time;
  bare.temperature = spec.temperature;
  if (bare.levels) {
    bare.levels->spacing = Spacing::Even;
    bare.levels->off_current = OffCurrent::Subtracted;
  }
  std::vector<Effect> on;
  const auto look = [&](std::string_view name, std::string_view key, std::string_view off, auto keep) {
    CellSpec one = bare;
    keep(one);
    if (!make_cell(one)->ideal()) on.push_back({std::string(name), std::string(key), std::string(off)});
  };
  if (spec.levels) {
    look("uneven levels", "levels.spacing", "even",
         [&](CellSpec& c) { c.levels->spacing = spec.levels->spacing; });
    look("off current", "levels.off_current", "subtracted",
         [&](CellSpec& c) { c.levels->off_current = spec.levels->off_current; });
  }
  look("programming error", "programming.kind", "none", [&](CellSpec& c) { c.programming = spec.programming; });
  if (spec.variation) {
    look("device to device", "variation.device_to_device", "0", [&](CellSpec& c) {
      c.variation = spec.variation;
      c.variation->cycle_to_cycle = {};
    });
    look("cycle to cycle", "variation.cycle_to_cycle", "0", [&](CellSpec& c) {
      c.variation = spec.variation;
      c.variation->device_to_device = 0;
    });
  }
  look("stuck cells", "faults.kind", "none", [&](CellSpec& c) { c.faults = spec.faults; });
  look("drift", "drift.kind", "none", [&](CellSpec& c) { c.drift = spec.drift; });
  look("read noise", "read_noise.kind", "none", [&](CellSpec& c) { c.read_noise = spec.read_noise; });
  look("current by voltage", "current_voltage.kind", "linear",
       [&](CellSpec& c) { c.current_voltage = spec.current_voltage; });
  look("read disturb", "read_disturb.kind", "none", [&](CellSpec& c) { c.read_disturb = spec.read_disturb; });
  look("worn cells", "endurance.kind", "none", [&](CellSpec& c) { c.endurance = spec.endurance; });
  return on;
}

}  // namespace ohmweave::device
