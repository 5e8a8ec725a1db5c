// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/circuit/component.h"

#include <algorithm>

#include "ohmweave/base/check.h"

namespace ohmweave::circuit {

units::Power CostSpec::instance_power() const {
  if (power) return *power;
  return total_power ? *total_power / static_cast<double>(count) : units::Power();
}

units::Area CostSpec::instance_area() const {
  if (area) return *area;
  return total_area ? *total_area / static_cast<double>(count) : units::Area();
}

Component::Component(std::string kind, const CostSpec& cost)
    : kind_(std::move(kind)),
      count_(cost.count),
      shared_by_(cost.shared_by),
      area_(cost.instance_area()),
      peak_power_(cost.instance_power()),
      static_power_(cost.static_power.value_or(units::Power())),
      explicit_energy_(cost.energy) {}

const Action* Component::action(Verb verb) const {
  auto at = std::find_if(actions_.begin(), actions_.end(), [&](const Action& a) { return a.verb == verb; });
  return at == actions_.end() ? nullptr : &*at;
}

bool Component::computes(std::string_view /*function*/) const { return false; }

void Component::scale(const CostScale& by) {
  if (!shrinks() || (by.area == 1 && by.energy == 1)) return;
  scaled_ = true;
  area_ = area_ * by.area;
  peak_power_ = peak_power_ * by.energy;
  static_power_ = static_power_ * by.energy;
  for (Action& a : actions_) a.energy = a.energy * by.energy;
}

void Component::add_action(Verb verb, units::Frequency rate, std::string unit) {
  OHMWEAVE_CHECK(rate > units::Frequency(), "a component without a rate");
  units::Energy energy = explicit_energy_.value_or((peak_power_ - static_power_) / rate);
  actions_.push_back({verb, energy, 1.0 / rate, std::move(unit)});
}

void Component::add_action(Verb verb, units::DataRate bandwidth, units::Time startup) {
  add_action(verb, bandwidth / units::Data::from_si(8), "byte");
  actions_.back().startup = startup;
}

void check_costs(const config::Node& node, const CostSpec& cost, base::Diagnostics& d) {
  auto either = [&](const char* one, const char* total) {
    const config::Node* second = node.find(total);
    if (!node.find(one) || !second) return;
    d.error(second->span,
            fmt::format("'{}' and '{}' are both given; give the one that the source prints", one, total));
  };
  either("power", "total_power");
  either("area", "total_area");
  if (d.has_errors()) return;  // a power that could not be read
  if (cost.static_power && *cost.static_power > cost.instance_power()) {
    d.error(node.find("static_power")->span, fmt::format("the static power is part of the power, which is {}",
                                                         units::print(cost.instance_power())));
  }
}

}  // namespace ohmweave::circuit
