// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/units/text.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace ohmweave::units {
namespace {

struct Symbol {
  std::string_view name;
  Dimension dimension;
  double factor;
  bool prefixed;  // takes SI prefixes
};

// Dimension order: metre, kilogram, second, ampere, kelvin, bit.
constexpr Symbol kSymbols[] = {
    {"m", {1, 0, 0, 0, 0, 0}, 1, true},
    {"g", {0, 1, 0, 0, 0, 0}, 1e-3, true},
    {"s", {0, 0, 1, 0, 0, 0}, 1, true},
    {"A", {0, 0, 0, 1, 0, 0}, 1, true},
    {"K", {0, 0, 0, 0, 1, 0}, 1, true},
    {"Hz", {0, 0, -1, 0, 0, 0}, 1, true},
    {"Sps", {0, 0, -1, 0, 0, 0}, 1, true},
    {"OPS", {0, 0, -1, 0, 0, 0}, 1, true},
    {"J", {2, 1, -2, 0, 0, 0}, 1, true},
    {"W", {2, 1, -3, 0, 0, 0}, 1, true},
    {"V", {2, 1, -3, -1, 0, 0}, 1, true},
    {"ohm", {2, 1, -3, -2, 0, 0}, 1, true},
    {"Ohm", {2, 1, -3, -2, 0, 0}, 1, true},
    {"\u03a9", {2, 1, -3, -2, 0, 0}, 1, true},
    {"S", {-2, -1, 3, 2, 0, 0}, 1, true},
    {"F", {-2, -1, 4, 2, 0, 0}, 1, true},
    {"C", {0, 0, 1, 1, 0, 0}, 1, true},
    {"B", {0, 0, 0, 0, 0, 1}, 8, true},
    {"eV", {2, 1, -2, 0, 0, 0}, 1.602176634e-19, true},
    {"bit", {0, 0, 0, 0, 0, 1}, 1, true},
    {"b", {0, 0, 0, 0, 0, 1}, 1, true},
    {"OP", {0, 0, 0, 0, 0, 0}, 1, true},
    {"min", {0, 0, 1, 0, 0, 0}, 60, false},
    {"h", {0, 0, 1, 0, 0, 0}, 3600, false},
    {"day", {0, 0, 1, 0, 0, 0}, 86400, false},
    {"%", {0, 0, 0, 0, 0, 0}, 0.01, false},
};

struct Prefix {
  std::string_view name;
  double factor;
};
constexpr Prefix kPrefixes[] = {
    {"Ki", 1024.0},   {"Mi", 1048576.0}, {"Gi", 1073741824.0}, {"Ti", 1099511627776.0},
    {"P", 1e15},      {"T", 1e12},       {"G", 1e9},           {"M", 1e6},
    {"k", 1e3},       {"m", 1e-3},       {"u", 1e-6},          {"\u00b5", 1e-6},
    {"\u03bc", 1e-6}, {"n", 1e-9},       {"p", 1e-12},         {"f", 1e-15},
    {"a", 1e-18}};

std::optional<Unit> symbol(std::string_view word) {
  for (const Symbol& s : kSymbols) {
    if (word == s.name) return Unit{s.dimension, s.factor};
  }
  for (const Prefix& p : kPrefixes) {
    if (!word.starts_with(p.name)) continue;
    for (const Symbol& s : kSymbols) {
      bool binary = p.name.ends_with('i');
      if (s.prefixed && word.substr(p.name.size()) == s.name && (!binary || s.dimension[5] == 1))
        return Unit{s.dimension, s.factor * p.factor};
    }
  }
  return std::nullopt;
}

class UnitReader {  // expression: factor { (* | / | blank) factor }, factor: (symbol | 1 | '(' expression ')')
                    // [^ [-] digit]
 public:
  explicit UnitReader(std::string_view text) : text_(text) {}
  std::optional<Unit> read() {
    std::optional<Unit> u = expression();
    skip();
    return at_ == text_.size() ? u : std::nullopt;
  }

 private:
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  char peek() {
    skip();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  std::optional<Unit> expression() {
    std::optional<Unit> total = factor();
    while (total && peek() != '\0' && peek() != ')') {
      int sign = 1;
      if (peek() == '*' || peek() == '/') sign = text_[at_++] == '/' ? -1 : 1;
      std::optional<Unit> next = factor();
      if (!next) return std::nullopt;
      for (size_t k = 0; k < total->dimension.size(); ++k) total->dimension[k] += sign * next->dimension[k];
      total->factor *= sign > 0 ? next->factor : 1 / next->factor;
    }
    return total;
  }
  std::optional<Unit> factor() {
    std::optional<Unit> base;
    if (peek() == '(') {
      base = in_parentheses();
    } else if (peek() == '1') {
      ++at_;
      if (peek() == '/') base = Unit{};  // "1/s"; a second number is no unit
    } else {
      size_t start = at_;
      while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
      base = symbol(text_.substr(start, at_ - start));
    }
    return base ? raised(*base) : std::nullopt;
  }
  std::optional<Unit> in_parentheses() {
    if (depth_ == kDeepest) return std::nullopt;
    ++at_;
    ++depth_;
    std::optional<Unit> inside = expression();
    --depth_;
    if (peek() != ')') return std::nullopt;
    ++at_;
    return inside;
  }
  std::optional<Unit> raised(Unit base) {  // to the power that follows: mm^2, and mm2 as papers print it
    auto digit = [&] { return at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])); };
    const bool caret = at_ < text_.size() && text_[at_] == '^';
    if (!caret && !digit()) return base;
    if (caret) ++at_;
    const bool negative = caret && at_ < text_.size() && text_[at_] == '-';
    if (negative) ++at_;
    if (!digit()) return std::nullopt;
    const int power = (text_[at_++] - '0') * (negative ? -1 : 1);
    for (int& d : base.dimension) d *= power;
    base.factor = std::pow(base.factor, power);
    return base;
  }
  static bool is_letter(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalpha(byte) || byte >= 0x80U ||
           c == '%';  // the micro sign and the ohm sign take several bytes
  }

  static constexpr int kDeepest = 20;
  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// "; did you mean 'GHz'?" for GHZ: units are case-sensitive, and people forget it.
std::string other_case(std::string_view word) {
  auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  for (const Prefix& p : kPrefixes) {
    for (const Symbol& s : kSymbols) {
      const std::string unit = std::string(p.name) + std::string(s.name);
      if (std::equal(word.begin(), word.end(), unit.begin(), unit.end(), same)) {
        return fmt::format("; did you mean '{}'?", unit);
      }
    }
  }
  return "";
}

std::string significant(double value, int digits) {
  if (value == 0) return "0";
  int whole = static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
  std::string out = fmt::format("{:.{}f}", value, std::max(0, digits - std::max(whole, 1)));
  if (out.find('.') != std::string::npos) {
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
  }
  return out;
}

struct Scaled {
  std::string number, prefix;
};

Scaled scaled(double value, int power, int digits) {  // power 2: an area, whose prefix counts twice
  constexpr Prefix kSteps[] = {{"P", 1e15}, {"T", 1e12}, {"G", 1e9},  {"M", 1e6},   {"k", 1e3},   {"", 1},
                               {"m", 1e-3}, {"u", 1e-6}, {"n", 1e-9}, {"p", 1e-12}, {"f", 1e-15}, {"a", 1e-18}};
  double size = std::abs(value);
  if (size == 0 || !std::isfinite(value)) return {size == 0 ? "0" : fmt::format("{}", value), ""};
  const double rounding = 1 - 0.5 * std::pow(10.0, -digits);
  const double most = 1e6 * std::pow(kSteps[0].factor, power);  // beyond, digits would fill lines
  for (const Prefix& p : kSteps) {
    if (size > most) break;
    double step = std::pow(p.factor, power);
    if (size >= step * rounding) return {significant(value / step, digits), std::string(p.name)};
  }
  return {fmt::format("{:.{}g}", value, digits), ""};
}

}  // namespace

std::optional<Unit> parse_unit(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return Unit{};
  return UnitReader(text).read();
}

std::optional<Measure> parse_measure(std::string_view text, ParseError* error) {
  auto wrong = [&](std::string_view part, std::string message) {
    if (error) *error = {static_cast<size_t>(part.data() - text.data()), part.size(), std::move(message)};
    return std::nullopt;
  };
  double number = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem == std::errc::result_out_of_range)
    return wrong(text, fmt::format("'{}' is too large or too small", text));
  if (problem != std::errc() || !std::isfinite(number)) {
    return wrong(text, fmt::format("'{}' does not begin with a number", text));
  }
  std::string_view word = trimmed(text.substr(static_cast<size_t>(end - text.data())));
  std::optional<Unit> unit = parse_unit(word);
  if (!unit) return wrong(word, fmt::format("'{}' is no unit{}", word, other_case(word)));
  const double si = number * unit->factor;
  if (!std::isfinite(si)) return wrong(text, fmt::format("'{}' is too large", text));
  return Measure{si, unit->dimension, static_cast<size_t>(word.data() - text.data())};
}

std::optional<CellArea> parse_cell_area(std::string_view text, ParseError* error) {
  double number = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view word = trimmed(text.substr(static_cast<size_t>(end - text.data())));
  if (problem == std::errc() && std::isfinite(number) && (word == "F^2" || word == "F2"))
    return CellArea::from_squares(number);
  if (error) *error = {0, text.size(), fmt::format("'{}' is no cell area, which is measured in F^2", text)};
  return std::nullopt;
}

std::string unit_name(const Dimension& d) {
  struct Name {
    Dimension dimension;
    std::string_view name;
  };
  constexpr Name kNames[] = {
      {{0, 0, 0, 0, 0, 0}, ""},        {{1, 0, 0, 0, 0, 0}, "m"},       {{2, 0, 0, 0, 0, 0}, "m^2"},
      {{0, 0, 1, 0, 0, 0}, "s"},       {{0, 0, -1, 0, 0, 0}, "Hz"},     {{2, 1, -2, 0, 0, 0}, "J"},
      {{2, 1, -3, 0, 0, 0}, "W"},      {{0, 0, 0, 1, 0, 0}, "A"},       {{0, 0, 1, 1, 0, 0}, "C"},
      {{2, 1, -3, -1, 0, 0}, "V"},     {{2, 1, -3, -2, 0, 0}, "ohm"},   {{-2, -1, 3, 2, 0, 0}, "S"},
      {{-2, -1, 4, 2, 0, 0}, "F"},     {{0, 0, 0, 0, 1, 0}, "K"},       {{0, 0, 0, 0, 0, 1}, "bit"},
      {{0, 0, -1, 0, 0, 1}, "bit/s"},  {{2, 1, -2, 0, 0, -1}, "J/bit"}, {{-2, 0, -1, 0, 0, 0}, "OPS/m^2"},
      {{-2, -1, 2, 0, 0, 0}, "OPS/W"}, {{-2, 0, 0, 0, 0, 1}, "bit/m^2"}};
  for (const Name& n : kNames) {
    if (n.dimension == d) return std::string(n.name);
  }
  constexpr std::string_view kBases[] = {"m", "kg", "s", "A", "K", "bit"};
  std::string out;
  for (size_t k = 0; k < d.size(); ++k) {
    if (d[k] != 0) out += fmt::format("{}{}^{}", out.empty() ? "" : "*", kBases[k], d[k]);
  }
  return out;
}

std::string print(double si, const Dimension& d, int digits) {
  if (d == Dimension{0, 0, 0, 0, 0, 1} && std::fmod(si, 8) == 0) {  // whole bytes, in binary steps
    double bytes = si / 8;
    constexpr std::string_view kSteps[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t step = 0;
    while (step + 1 < std::size(kSteps) && std::abs(bytes) >= 1024) bytes /= 1024, ++step;
    return fmt::format("{} {}", significant(bytes, digits), kSteps[step]);
  }
  if (d == Dimension{-2, 0, -1, 0, 0, 0}) {  // computing density, as papers quote it
    Scaled s = scaled(si * 1e-6, 1, digits);
    return fmt::format("{} {}OPS/mm^2", s.number, s.prefix);
  }
  if (d == Dimension{0, 0, -1, 0, 0, 1}) {
    Scaled s = scaled(si / 8, 1, digits);
    return fmt::format("{} {}B/s", s.number, s.prefix);
  }
  std::string name = unit_name(d);
  if (name.empty()) return significant(si, digits);
  Scaled s = scaled(si, d == DimensionOf<Area>::value ? 2 : 1, digits);
  return fmt::format("{} {}{}", s.number, s.prefix, name);
}

std::string print(CellArea a, int digits) { return significant(a.squares(), digits) + " F^2"; }

std::string print_count(double n, int digits) {
  if (std::abs(n) < 1e4) return significant(n, digits);
  Scaled s = scaled(n, 1, digits);
  return s.prefix.empty() ? s.number : fmt::format("{} {}", s.number, s.prefix);
}

std::string write(double si, const Dimension& d) {
  std::string pretty = print(si, d, 15);
  std::optional<Measure> back = parse_measure(pretty);
  if (back && back->si == si && back->dimension == d) return pretty;
  std::string name = unit_name(d);
  return name.empty() ? fmt::format("{}", si) : fmt::format("{} {}", si, name);
}

}  // namespace ohmweave::units
