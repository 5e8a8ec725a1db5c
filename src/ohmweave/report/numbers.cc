// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/check.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {

using nlohmann::ordered_json;

namespace {

/// So many digits that tell something, however small the number is; no exponent.
std::string significant(double value, int digits, int most_decimals = 15) {
  if (value == 0 || !std::isfinite(value)) return fmt::format("{}", value);
  const int whole = static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
  std::string out = fmt::format("{:.{}f}", value, std::clamp(digits - whole, 0, most_decimals));
  if (out.find('.') == std::string::npos) return out;
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out;
}

}  // namespace

std::string in_unit(double si, std::string_view unit, int digits) {
  std::optional<units::Unit> u = units::parse_unit(unit);
  OHMWEAVE_CHECK(u.has_value(), "not a unit");
  std::string out = significant(si / u->factor, digits);
  return unit.empty() ? out : out + " " + std::string(unit);
}

std::string percent(double fraction, int digits) {
  constexpr double kLeast = 0.0001;
  if (fraction > 0 && fraction < kLeast) return "< 0.01 %";
  return significant(100 * fraction, digits, 2) + " %";
}

ordered_json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  return value;
}

ordered_json maybe(const std::optional<double>& value) {
  return value ? number(*value) : ordered_json(nullptr);
}

namespace {

ordered_json scalar_json(const config::Node& node) {
  const std::string& text = node.text;
  if (node.quoted) return text;
  if (text.empty()) return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  const char* end = text.data() + text.size();
  int64_t whole = 0;
  if (auto [at, problem] = std::from_chars(text.data(), end, whole); problem == std::errc() && at == end)
    return whole;
  double real = 0;
  if (auto [at, problem] = std::from_chars(text.data(), end, real);
      problem == std::errc() && at == end && std::isfinite(real))
    return real;
  return text;
}

}  // namespace

ordered_json config_json(const config::Node& node) {
  switch (node.kind) {
    case config::Node::Kind::Scalar:
      return scalar_json(node);
    case config::Node::Kind::List: {
      ordered_json out = ordered_json::array();
      for (const config::Node& item : node.items) out.push_back(config_json(item));
      return out;
    }
    case config::Node::Kind::Mapping:
      break;
  }
  ordered_json out = ordered_json::object();
  for (const config::Member& m : node.members) out[m.key] = config_json(m.value);
  return out;
}

}  // namespace ohmweave::report
