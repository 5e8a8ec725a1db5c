// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/report/baseline_standing.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {

/// A machine in full: every figure of its file with its origin, and its measurements beside the model.
std::string baseline_text(const Baseline& baseline, const Style& style, int columns);
/// A measurement beside the model (docs/report_format.md, `baselines[].measured[]`).
nlohmann::ordered_json comparison_json(const Comparison& comparison);

}  // namespace ohmweave::report
