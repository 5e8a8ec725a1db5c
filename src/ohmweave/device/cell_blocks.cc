// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/cell_blocks.h"

#include <algorithm>
#include <functional>

namespace ohmweave::device {
namespace {

bool wrong(const config::Node& node, std::string_view key, std::string message, base::Diagnostics& d) {
  const config::Node* at = node.find(key);
  d.error(at != nullptr && at->span.source ? at->span : node.span, std::move(message));
  return false;
}

template <class T>
bool rises(const std::vector<T>& values) {
  return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
}

/// Fails where one of these is the same number below 0 everywhere; curves that go below it count as 0 there.
bool not_negative(const config::Node& node,
                  std::initializer_list<std::pair<std::string_view, const Curve*>> curves,
                  base::Diagnostics& d) {
  for (const auto& [key, curve] : curves) {
    if (!curve->empty() && curve->at(1) < 0 && *curve == curve->at(1))
      return wrong(node, key, fmt::format("{} is out of range; must be at least 0", curve->at(1)), d);
  }
  return true;
}

}  // namespace

bool LevelsSpec::consistent(const config::Node& node, base::Diagnostics& d) const {
  if (on && *on <= off) return wrong(node, "on", "the highest level must conduct more than level 0", d);
  if (values.empty()) return true;
  if (on) return wrong(node, "on", "levels are listed in 'values'; leave out 'on' and 'off'", d);
  if (values.size() < 2 || !rises(values))
    return wrong(node, "values", "levels are listed from level 0 up, each conducting more", d);
  return true;
}

bool ProgrammingSpec::consistent(const config::Node& node, base::Diagnostics& d) const {
  if (!not_negative(node, {{"curve", &curve}}, d)) return false;
  if (later.empty()) return true;
  if (curve.empty()) return wrong(node, "later", "curves of later times need a 'curve' of the first", d);
  units::Time before = measured;
  for (const Later& l : later) {
    if (l.time <= before)
      return wrong(node, "later", "times rise from that of 'curve', which is 'measured'", d);
    before = l.time;
  }
  return true;
}

bool FaultsSpec::consistent(const config::Node& node, base::Diagnostics& d) const {
  if (stuck_on + stuck_off > 1)
    return wrong(node, "stuck_off",
                 fmt::format("no more than all cells can be stuck; these are {:.4g} % of them",
                             100 * (stuck_on + stuck_off)),
                 d);
  for (const auto& [key, range] : {std::pair{"on", &on}, std::pair{"off", &off}}) {
    if (*range && (!(*range)->low || !(*range)->high))
      return wrong(node, key, "needs both ends of a range, or one value", d);
  }
  return true;
}

bool DriftSpec::consistent(const config::Node& node, base::Diagnostics& d) const {
  if (kind == DriftKind::PowerLaw && exponent.empty())
    return wrong(node, "kind", "power_law needs an 'exponent'", d);
  if (kind == DriftKind::Retention && time_constant.si() <= 0)
    return wrong(node, "time_constant", "retention needs a 'time_constant'", d);
  return not_negative(node, {{"exponent", &exponent}, {"exponent_deviation", &exponent_deviation}}, d);
}

bool ReadNoiseSpec::consistent(const config::Node& node, base::Diagnostics& d) const {
  if (kind != ReadNoiseKind::None && (thermal || shot) && (!voltage || !bandwidth))
    return wrong(node, thermal ? "thermal" : "shot", "needs the 'voltage' and the 'bandwidth' of a read", d);
  return not_negative(node, {{"curve", &curve}, {"flicker", &flicker}}, d);
}

bool CurrentVoltageSpec::consistent(const config::Node& node, base::Diagnostics& d) const {
  if (kind == CurrentVoltageKind::Sinh && !scale) return wrong(node, "kind", "sinh needs a 'scale'", d);
  if (kind != CurrentVoltageKind::Table) return true;
  if (voltages.empty() || voltages.size() != currents.size())
    return wrong(node, "kind", "table needs 'voltages' and as many 'currents'", d);
  for (const auto& [key, list] : {std::pair{"voltages", &voltages}, std::pair{"currents", &currents}}) {
    if (!rises(*list)) return wrong(node, key, "values rise", d);
  }
  return true;
}

}  // namespace ohmweave::device
