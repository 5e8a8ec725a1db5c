// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/wires.h"

namespace ohmweave::array {

void WireSpec::check(const config::Node& node, base::Diagnostics& d) const {
  if (resistance && wordline && bitline) {
    d.error(node.find("resistance")->span, "no line is left for it: 'wordline' and 'bitline' have their own");
  }
  for (const auto& [own, name] : {std::pair{wordline, "wordline"}, std::pair{bitline, "bitline"}}) {
    if (!own && !resistance)
      d.error(node.span,
              fmt::format("no resistance of {}s is given: 'resistance' or '{}' says it", name, name));
  }
}

void check_wires(const std::optional<WireSpec>& wires, const config::Node& array, bool knows_conductances,
                 base::Diagnostics& d) {
  if (!wires) return;
  const config::Node& node = *array.find("wires");
  wires->check(node, d);
  if (!wires->wires().ideal() && !knows_conductances)
    d.error(node.span,
            "wires lose voltage to the currents of cells: the cell needs 'levels', or 'on_resistance' and "
            "'off_resistance'");
}

Wires WireSpec::wires() const {
  Wires out;
  const units::Resistance common = resistance.value_or(units::Resistance{});
  out.wordline = wordline.value_or(common).si();
  out.bitline = bitline.value_or(common).si();
  out.driver = driver.si();
  out.sense = sense.si();
  out.two_sided = two_sided;
  out.access = cell;
  return out;
}

}  // namespace ohmweave::array
