// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/config/node.h"

namespace ohmweave::report {

/// An SI value in a unit of units::parse_unit that we name ourselves, "483.5 GOPS/mm^2".
std::string in_unit(double si, std::string_view unit, int digits = 4);
/// A fraction as "12.3 %".
std::string percent(double fraction, int digits = 3);

/// A finite number, else null: JSON has no infinities.
nlohmann::ordered_json number(double value);
nlohmann::ordered_json maybe(const std::optional<double>& value);  // null for nothing
/// A configuration as JSON: mappings, lists, true and false, numbers; quantities stay text ("16 mW").
nlohmann::ordered_json config_json(const config::Node& node);

}  // namespace ohmweave::report
