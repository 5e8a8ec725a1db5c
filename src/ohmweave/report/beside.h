// SPDX-License-Identifier: Apache-2.0
// Other machines beside a report's own.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/report/aspects.h"
#include "ohmweave/report/report.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {

/// A baseline by its configuration ("gtx1080:batch=1") with its figures for a network. Throws base::Failure.
Beside beside(const std::string& configuration, const network::Graph& graph);

/// How many times better ours is: theirs over ours for latency and energy, ours over theirs for throughput.
/// The bounds are those of the baseline.
struct Ratios {
  Bounded latency, throughput, energy;
};
Ratios ratios(const Costs& ours, const Standing& theirs);

/// A member of `baselines` (docs/report_format.md). `ours`: null where there is nothing to compare.
nlohmann::ordered_json beside_json(const Beside& theirs, const Costs* ours);
/// A paragraph and a table for each baseline of a report.
std::string beside_text(const Report& report, const Style& style);

/// How many times better than each baseline designs are, as lines of a comparison; and what there is to know of
/// the baselines' figures.
std::vector<Aspect> beside_aspects(const std::vector<Report>& reports);
std::string beside_remarks(const std::vector<Report>& reports, const Style& style);

}  // namespace ohmweave::report
