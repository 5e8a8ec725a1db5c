// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/numbers.h"

#include <charconv>
#include <cmath>

#include "ohmweave/base/check.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {

using nlohmann::ordered_json;

std::string in_unit(double si, std::string_view unit, int digits) {
  std::optional<units::Unit> u = units::parse_unit(unit);
  OHMWEAVE_CHECK(u.has_value(), "not a unit");
  std::string out = units::print(si / u->factor, {}, digits);
  return unit.empty() ? out : out + " " + std::string(unit);
}

std::string percent(double fraction, int digits) { return units::print(100 * fraction, {}, digits) + " %"; }

ordered_json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  return value;
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
