// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "ohmweave/config/value.h"

namespace ohmweave::config {

/// One parameter of a specification: its name in the file, the member it fills, one line of documentation, and
/// the range it must lie in. Reading, checking, help, the resolved print and the reference page all come from
/// this declaration.
template <class Spec, class T>
struct Field {
  std::string_view name;
  T Spec::*member;
  std::string_view doc;
  bool required = true;
  std::optional<double> least = {}, most = {};  // in SI; for lists: of every item
  bool open_least = false;                      // the least value itself is outside

  constexpr Field at_least(double x) const {
    return with([&](Field& f) { f.least = x; });
  }
  constexpr Field above(double x) const {
    return with([&](Field& f) { f.least = x, f.open_least = true; });
  }
  constexpr Field within(double low, double high) const {
    return with([&](Field& f) { f.least = low, f.most = high; });
  }

 private:
  template <class Change>
  constexpr Field with(Change change) const {
    Field f = *this;
    change(f);
    return f;
  }
};

/// A parameter that the file must give.
template <class Spec, class T>
constexpr Field<Spec, T> required(std::string_view name, T Spec::*member, std::string_view doc) {
  return {name, member, doc, true};
}
/// A parameter whose default is the value of the member in a default-constructed Spec.
template <class Spec, class T>
constexpr Field<Spec, T> defaulted(std::string_view name, T Spec::*member, std::string_view doc) {
  return {name, member, doc, false};
}

/// A specification declares its parameters in `static constexpr auto fields()`, a tuple of Field.
template <class T>
concept Specification = requires {
  T::fields();
};

/// What the reference page and `show` say about one field.
struct FieldInfo {
  std::string name, type, range, preset, doc;
  bool required = true;
};

/// Keys any mapping may have: where its numbers come from.
bool is_provenance_key(std::string_view key);
/// Reports a member that no field table knows.
void report_unknown_key(const Member& member, const std::vector<std::string>& known, base::Diagnostics& d);
void report_missing_key(const Node& mapping, std::string_view name, std::string_view type,
                        base::Diagnostics& d);
/// "at least 1 GHz": a range of values of this dimension.
std::string describe_range(std::optional<double> least, std::optional<double> most, bool open_least,
                           const units::Dimension& dimension = {});
/// Whether a number lies in a range.
bool in_range(double si, std::optional<double> least, std::optional<double> most, bool open_least);
void report_out_of_range(const Node& node, const std::string& range, base::Diagnostics& d);

template <Specification S>
bool read(Node& node, S& spec, base::Diagnostics& d, const std::vector<std::string>& also_known = {});

/// A specification inside another one is a mapping.
template <Specification S>
struct Value<S> {
  static bool decode(const Node& n, S& v, base::Diagnostics& d) {
    Node copy = n;
    return read(copy, v, d);
  }
  static Node encode(const S& v) {
    Node n = mapping();
    std::apply(
        [&](const auto&... f) {
          ((n.members.push_back({std::string(f.name),
                                 {},
                                 Value<std::remove_cvref_t<decltype(v.*(f.member))>>::encode(v.*(f.member))})),
           ...);
        },
        S::fields());
    return n;
  }
  static std::string type() { return "mapping"; }
};

namespace detail {

template <class T>
struct IsQuantity : std::false_type {};
template <int... P>
struct IsQuantity<units::Quantity<P...>> : std::true_type {};

/// Calls f with every SI number in a decoded value that a range applies to; texts, words and whole
/// specifications have none.
template <class T>
void each_number(const T& v, const auto& f) {
  if constexpr (std::is_same_v<T, bool> || std::is_enum_v<T> || std::is_same_v<T, std::string>) {
  } else if constexpr (std::is_arithmetic_v<T>) {
    f(static_cast<double>(v));
  } else if constexpr (IsQuantity<T>::value) {
    f(v.si());
  } else if constexpr (std::is_same_v<T, units::CellArea>) {
    f(v.squares());
  } else if constexpr (requires { v.low, v.high, v.about; }) {  // an Interval
    each_number(v.low, f);
    each_number(v.high, f);
  } else if constexpr (requires { v.has_value(), *v; }) {
    if (v) each_number(*v, f);
  } else if constexpr (requires { v.begin(), v.end(); }) {
    for (const auto& item : v) each_number(item, f);
  }
}

/// The dimension of the numbers each_number sees.
template <class T>
constexpr units::Dimension dimension_of() {
  if constexpr (IsQuantity<T>::value) {
    return units::DimensionOf<T>::value;
  } else if constexpr (requires(T v) { v.low, v.high, v.about; }) {
    return dimension_of<std::remove_cvref_t<decltype(*T{}.low)>>();
  } else if constexpr (requires { typename T::value_type; } && !std::is_same_v<T, std::string>) {
    return dimension_of<typename T::value_type>();
  } else {
    return {};
  }
}

template <class S, class T>
std::string range_of(const Field<S, T>& field) {
  return describe_range(field.least, field.most, field.open_least, dimension_of<T>());
}

template <class S, class T>
bool read_field(Node& node, S& spec, const Field<S, T>& field, base::Diagnostics& d) {
  Node* value = node.find(field.name);
  if (!value) {
    if (field.required) {
      report_missing_key(node, field.name, Value<T>::type(), d);
      return false;
    }
    Node preset = Value<T>::encode(spec.*(field.member));
    preset.defaulted = true;
    if (!(preset.kind == Node::Kind::Scalar && preset.text.empty()))
      node.set(std::string(field.name), std::move(preset));
    return true;
  }
  bool good;
  if constexpr (Specification<T>) {
    good = read(*value, spec.*(field.member), d);
  } else {
    good = Value<T>::decode(*value, spec.*(field.member), d);
  }
  if (good) {
    bool inside = true;
    each_number(spec.*(field.member),
                [&](double si) { inside &= in_range(si, field.least, field.most, field.open_least); });
    if (!inside) report_out_of_range(*value, range_of(field), d), good = false;
  }
  return good;
}

}  // namespace detail

/// Fills `spec` from a mapping. Reports unknown and missing keys, misfitting and out-of-range values, all of
/// them; keys in `also_known` are left to the caller. Defaults are written into `node`, so that it ends up as
/// the resolved configuration. A specification may have a member `bool consistent(const Node&,
/// base::Diagnostics&) const` for what must hold between its fields; false after errors.
template <Specification S>
bool read(Node& node, S& spec, base::Diagnostics& d, const std::vector<std::string>& also_known) {
  if (node.kind != Node::Kind::Mapping) {
    d.error(node.span, fmt::format("expected a mapping, found {}", describe(node)));
    return false;
  }
  std::vector<std::string> known = also_known;
  std::apply([&](const auto&... f) { (known.emplace_back(f.name), ...); }, S::fields());
  bool good = true;
  for (const Member& m : node.members) {
    bool is_known = is_provenance_key(m.key) || std::find(known.begin(), known.end(), m.key) != known.end();
    if (!is_known) report_unknown_key(m, known, d), good = false;
  }
  std::apply([&](const auto&... f) { ((good &= detail::read_field(node, spec, f, d)), ...); }, S::fields());
  if constexpr (requires { spec.consistent(node, d); }) good = good && spec.consistent(node, d);
  return good;
}

/// A scalar or a list of scalars on one line; nothing for anything else.
std::string text_of(const Node& node);

/// The declarations of a specification, for documentation.
template <Specification S>
std::vector<FieldInfo> describe_fields() {
  std::vector<FieldInfo> out;
  const S preset{};
  auto add = [&](const auto& f) {
    using T = std::remove_cvref_t<decltype(preset.*(f.member))>;
    std::string text = f.required ? "" : text_of(Value<T>::encode(preset.*(f.member)));
    out.push_back(
        {std::string(f.name), Value<T>::type(), detail::range_of(f), text, std::string(f.doc), f.required});
  };
  std::apply([&](const auto&... f) { (add(f), ...); }, S::fields());
  return out;
}

}  // namespace ohmweave::config
