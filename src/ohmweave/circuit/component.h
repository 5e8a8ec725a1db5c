// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "ohmweave/config/fields.h"
#include "ohmweave/units/quantity.h"

namespace ohmweave::circuit {

/// What a component can be asked to do. A step of a program names one; the component has a price for it or it
/// is an error.
enum class Verb : uint8_t {
  Read,
  Write,
  Drive,
  Sample,
  Convert,
  Add,
  Apply,
  Compare,
  Move,
  Program,
  Erase,
  Nor,
  Initialize,
  Search
};

/// The price of one action, and how long one instance of the component is busy with it.
struct Action {
  Verb verb = Verb::Read;
  units::Energy energy;
  units::Time time;
  std::string unit;          // of what there is one per action: "conversion", "byte", "row", "read of an array"
  units::Time startup = {};  // before the first of actions that follow one another
  int64_t at_once = 1;       // actions that one instance does in that time together: the rows of an array
};

/// The parameters every component has. Papers print the total of a group or the figure of one instance: either
/// may be given. The specification of a kind extends this one and adds its own fields (component_fields).
struct CostSpec {
  int64_t count = 1;      // instances in one instance of the group around it
  int64_t shared_by = 1;  // instances of that group that share them (ISAAC: a router, by 4 tiles)
  std::optional<units::Power> power, total_power;  // at peak activity
  std::optional<units::Area> area, total_area;
  std::optional<units::Power> static_power;  // part of the power that flows without activity
  std::optional<units::Energy> energy;       // of one action; default: (power - static_power) / rate

  static constexpr auto fields() {
    using C = CostSpec;
    return std::tuple{
        config::defaulted("count", &C::count, "instances in one instance of the group around it")
            .within(1, 1e9),
        config::defaulted("shared_by", &C::shared_by, "instances of the group around it that share these")
            .within(1, 1e9),
        config::defaulted("power", &C::power, "peak power of one instance").at_least(0),
        config::defaulted("total_power", &C::total_power, "peak power of all instances in the group")
            .at_least(0),
        config::defaulted("area", &C::area, "area of one instance").at_least(0),
        config::defaulted("total_area", &C::total_area, "area of all instances in the group").at_least(0),
        config::defaulted("static_power", &C::static_power,
                          "part of the power that flows without activity, one instance")
            .at_least(0),
        config::defaulted("energy", &C::energy, "energy of one action; default: dynamic power over rate")
            .at_least(0)};
  }

  /// Of one instance; zero if not given.
  units::Power instance_power() const;
  units::Area instance_area() const;
};

/// The fields of a specification that another one extends.
template <class Spec, class Base>
constexpr auto fields_of() {
  auto adopt = []<class T>(const config::Field<Base, T>& f) {
    return config::Field<Spec, T>{f.name, f.member, f.doc, f.required, f.least, f.most, f.open_least};
  };
  return std::apply([&](const auto&... f) { return std::tuple{adopt(f)...}; }, Base::fields());
}
/// The field table of a component: its own fields, then those of CostSpec.
template <class Spec, class... Own>
constexpr auto component_fields(Own... own) {
  return std::tuple_cat(std::tuple{own...}, fields_of<Spec, CostSpec>());
}

/// What area, and power and energy, are multiplied with at another technology node.
struct CostScale {
  double area = 1, energy = 1;
};

/// One peripheral or memory, value behaviour and cost in one object. Subclasses add what they compute
/// (Adc::convert).
class Component {
 public:
  Component(std::string kind, const CostSpec& cost);
  virtual ~Component() = default;

  const std::string& kind() const { return kind_; }
  int64_t count() const { return count_; }
  int64_t shared_by() const { return shared_by_; }
  /// Of one instance.
  units::Area area() const { return area_; }
  units::Power peak_power() const { return peak_power_; }
  units::Power static_power() const { return static_power_; }
  const std::vector<Action>& actions() const { return actions_; }
  /// The price of a verb; nothing if the component cannot do it.
  const Action* action(Verb verb) const;
  /// Whether it applies the function of this name, as operators of networks are called ("relu"), to values.
  virtual bool computes(std::string_view function) const;

  /// Whether what it costs shrinks with the transistors of its technology; that of links, whose wires and
  /// signals leave the chip, does not.
  virtual bool shrinks() const { return true; }
  /// Multiplies what it costs, if it shrinks. Rates stay, so power goes with energy.
  void scale(const CostScale& by);
  /// Whether scale() changed something.
  bool is_scaled() const { return scaled_; }

 protected:
  /// Adds an action done `rate` times a second at peak power; its energy is the explicit one, else dynamic
  /// power / rate.
  void add_action(Verb verb, units::Frequency rate, std::string unit);
  /// The same for one action per byte.
  void add_action(Verb verb, units::DataRate bandwidth, units::Time startup = {});
  /// Adds an action as it is.
  void add_action(Action action) { actions_.push_back(std::move(action)); }

 private:
  std::string kind_;
  int64_t count_ = 1, shared_by_ = 1;
  units::Area area_;
  units::Power peak_power_, static_power_;
  std::optional<units::Energy> explicit_energy_;
  std::vector<Action> actions_;
  bool scaled_ = false;
};

/// A kind of component: its word in design files, what it is, its parameters, and how it is made from them.
struct Kind {
  std::string_view word;
  std::string_view doc;
  std::vector<config::FieldInfo> (*describe)();
  /// Reads the mapping (reporting errors, filling defaults); null after errors.
  std::shared_ptr<Component> (*make)(config::Node& node, base::Diagnostics& diagnostics);
};
/// All kinds, in the order of the documentation. The one list of them: circuit/kinds.cc.
const std::vector<Kind>& kinds();
const Kind* find_kind(std::string_view word);

/// What must hold between the common fields.
void check_costs(const config::Node& node, const CostSpec& cost, base::Diagnostics& diagnostics);

/// Reads the mapping of a component, `kind` included; false after errors. A specification may have a member
/// `void check(const config::Node&, base::Diagnostics&) const` for what must hold between its fields.
template <config::Specification Spec>
bool read_component(config::Node& node, Spec& spec, base::Diagnostics& diagnostics) {
  base::Diagnostics found;
  config::read(node, spec, found, {"kind"});
  check_costs(node, spec, found);
  if constexpr (requires { spec.check(node, found); }) {
    if (!found.has_errors()) spec.check(node, found);
  }
  diagnostics.append(found);
  return !found.has_errors();
}

}  // namespace ohmweave::circuit

template <>
struct ohmweave::config::Words<ohmweave::circuit::Verb> {
  using enum ohmweave::circuit::Verb;
  static constexpr std::pair<std::string_view, ohmweave::circuit::Verb> values[] = {
      {"read", Read},   {"write", Write}, {"drive", Drive},           {"sample", Sample}, {"convert", Convert},
      {"add", Add},     {"apply", Apply}, {"compare", Compare},       {"move", Move},     {"program", Program},
      {"erase", Erase}, {"nor", Nor},     {"initialize", Initialize}, {"search", Search}};
};
