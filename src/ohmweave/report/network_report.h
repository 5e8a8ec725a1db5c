// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/network/network.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {

/// The layers of a network for people: what each does, what it makes, parameters, multiply-accumulates, totals.
/// Parts that repeat stand once; nodes that only move values are dim.
std::string network_text(const network::Loaded& network, const Style& style, int columns);
/// All of its nodes, format "ohmweave-network/1".
nlohmann::ordered_json network_json(const network::Loaded& network);

}  // namespace ohmweave::report
