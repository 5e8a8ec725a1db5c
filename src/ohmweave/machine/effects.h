// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ohmweave/machine/machine.h"

namespace ohmweave::machine {

/// Something about the cells, wires or converters of a machine that makes its sums differ from exact ones, and
/// that can be left out of its design.
struct Effect {
  std::string name;
  std::vector<config::Override> changes;  // that leave it out; an empty value takes the field away
};
/// All of a machine, in a fixed order.
std::vector<Effect> effects(const Machine& machine);
/// The machine without some of them.
Machine without(const Machine& machine, std::span<const Effect> effects);

}  // namespace ohmweave::machine
