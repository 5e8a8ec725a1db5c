// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ohmweave/config/node.h"
#include "ohmweave/units/text.h"

namespace ohmweave::config {

/// Spells the values of an enum for configuration files: specialise with
/// `static constexpr std::pair<std::string_view, E> values[] = {{"word", E::Word}, ...};`
template <class Enum>
struct Words;

template <class Enum>
std::string_view word_of(Enum value) {
  for (const auto& [word, v] : Words<Enum>::values) {
    if (v == value) return word;
  }
  return "?";
}

/// How a published figure bounds a quantity: "10 ns", "4..12 F^2", "<3 V", ">1e15", "~5 fJ".
template <class Q>
struct Interval {
  std::optional<Q> low, high;
  bool about = false;
  bool exact() const { return low && high && *low == *high && !about; }
};

/// Value<T> reads a T from a node and writes it back. decode() reports what is wrong and returns false.
template <class T>
struct Value;

bool decode_integer(const Node& node, int64_t& out, base::Diagnostics& d);
bool decode_number(const Node& node, double& out, base::Diagnostics& d);
bool decode_bool(const Node& node, bool& out, base::Diagnostics& d);
bool decode_text(const Node& node, std::string& out, base::Diagnostics& d);
bool decode_quantity(const Node& node, const units::Dimension& dimension, double& out, base::Diagnostics& d);
bool decode_cell_area(const Node& node, units::CellArea& out, base::Diagnostics& d);
void report_unknown_word(const Node& node, std::string_view what, const std::vector<std::string>& known,
                         base::Diagnostics& d);
/// Splits the text of an interval into its bounds; both are the whole text for a single value.
bool split_interval(const Node& node, Node& low, Node& high, bool& has_low, bool& has_high, bool& about,
                    base::Diagnostics& d);

template <>
struct Value<int64_t> {
  static bool decode(const Node& n, int64_t& v, base::Diagnostics& d) { return decode_integer(n, v, d); }
  static Node encode(int64_t v) { return scalar(std::to_string(v)); }
  static std::string type() { return "whole number"; }
};
template <>
struct Value<int> {
  static bool decode(const Node& n, int& v, base::Diagnostics& d) {
    int64_t wide = 0;
    if (!decode_integer(n, wide, d)) return false;
    if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
      d.error(n.span, fmt::format("{} is too large", describe(n)));
      return false;
    }
    v = static_cast<int>(wide);
    return true;
  }
  static Node encode(int v) { return scalar(std::to_string(v)); }
  static std::string type() { return "whole number"; }
};
template <>
struct Value<double> {
  static bool decode(const Node& n, double& v, base::Diagnostics& d) { return decode_number(n, v, d); }
  static Node encode(double v) { return scalar(fmt::format("{}", v)); }
  static std::string type() { return "number"; }
};
template <>
struct Value<bool> {
  static bool decode(const Node& n, bool& v, base::Diagnostics& d) { return decode_bool(n, v, d); }
  static Node encode(bool v) { return scalar(v ? "true" : "false"); }
  static std::string type() { return "true or false"; }
};
template <>
struct Value<std::string> {
  static bool decode(const Node& n, std::string& v, base::Diagnostics& d) { return decode_text(n, v, d); }
  static Node encode(const std::string& v) { return scalar(v); }
  static std::string type() { return "text"; }
};
template <int... P>
struct Value<units::Quantity<P...>> {
  static bool decode(const Node& n, units::Quantity<P...>& v, base::Diagnostics& d) {
    double si = 0;
    if (!decode_quantity(n, {P...}, si, d)) return false;
    v = units::Quantity<P...>::from_si(si);
    return true;
  }
  static Node encode(units::Quantity<P...> v) { return scalar(units::write(v)); }
  static std::string type() { return "quantity in " + units::unit_name({P...}); }
};
template <>
struct Value<units::CellArea> {
  static bool decode(const Node& n, units::CellArea& v, base::Diagnostics& d) {
    return decode_cell_area(n, v, d);
  }
  static Node encode(units::CellArea v) { return scalar(units::print(v, 15)); }
  static std::string type() { return "cell area in F^2"; }
};
template <class Enum>
requires std::is_enum_v<Enum>
struct Value<Enum> {
  static bool decode(const Node& n, Enum& v, base::Diagnostics& d) {
    std::vector<std::string> known;
    for (const auto& [word, value] : Words<Enum>::values) {
      if (n.kind == Node::Kind::Scalar && n.text == word) {
        v = value;
        return true;
      }
      known.emplace_back(word);
    }
    report_unknown_word(n, "choice", known, d);
    return false;
  }
  static Node encode(Enum v) { return scalar(std::string(word_of(v))); }
  static std::string type() {
    std::string out;
    for (const auto& [word, value] : Words<Enum>::values) out += (out.empty() ? "" : " | ") + std::string(word);
    return out;
  }
};
template <class T>
struct Value<std::optional<T>> {
  static bool decode(const Node& n, std::optional<T>& v, base::Diagnostics& d) {
    return Value<T>::decode(n, v.emplace(), d);
  }
  static Node encode(const std::optional<T>& v) { return v ? Value<T>::encode(*v) : scalar(""); }
  static std::string type() { return Value<T>::type(); }
};
template <class T>
struct Value<std::vector<T>> {
  static bool decode(const Node& n, std::vector<T>& v, base::Diagnostics& d) {
    v.clear();
    if (n.kind != Node::Kind::List) {
      d.error(n.span, fmt::format("expected a list, found {}", describe(n)));
      return false;
    }
    bool good = true;
    for (const Node& item : n.items) good &= Value<T>::decode(item, v.emplace_back(), d);
    return good;
  }
  static Node encode(const std::vector<T>& v) {
    Node n;
    n.kind = Node::Kind::List;
    for (const T& item : v) n.items.push_back(Value<T>::encode(item));
    return n;
  }
  static std::string type() { return "list of: " + Value<T>::type(); }
};
template <class Q>
struct Value<Interval<Q>> {
  static bool decode(const Node& n, Interval<Q>& v, base::Diagnostics& d) {
    Node low, high;
    bool has_low = false, has_high = false;
    if (!split_interval(n, low, high, has_low, has_high, v.about, d)) return false;
    bool good = true;
    if (has_low) good &= Value<Q>::decode(low, v.low.emplace(), d);
    if (has_high) good &= Value<Q>::decode(high, v.high.emplace(), d);
    if (good && v.low && v.high && *v.high < *v.low) {
      d.error(n.span, "the range ends below its beginning");
      good = false;
    }
    return good;
  }
  static Node encode(const Interval<Q>& v) {
    std::string text;
    if (v.low && v.high && *v.low == *v.high) {
      text = (v.about ? "~" : "") + Value<Q>::encode(*v.low).text;
    } else if (v.low && v.high) {
      text = Value<Q>::encode(*v.low).text + ".." + Value<Q>::encode(*v.high).text;
    } else if (v.low) {
      text = fmt::format(">{}", Value<Q>::encode(*v.low).text);
    } else if (v.high) {
      text = fmt::format("<{}", Value<Q>::encode(*v.high).text);
    }
    return scalar(text);
  }
  static std::string type() { return Value<Q>::type() + ", or a range such as <X, >X, ~X, X..Y"; }
};

}  // namespace ohmweave::config
