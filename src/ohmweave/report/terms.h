// SPDX-License-Identifier: Apache-2.0
// The terms of a comparison: what was made equal, what differs all the same, and what machines do within one
// budget of area or power.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/config/value.h"
#include "ohmweave/report/aspects.h"

namespace ohmweave::report {

enum class Budget {
  Area,       // of the machines
  Power,      // that they draw on average while the network runs
  PeakPower,  // that they draw at most
};

struct Terms {
  std::optional<Budget> iso;
  double budget = 0;  // SI; 0: what the first design with costs takes
  /// By report: the node that figures of a machine were scaled from, if they were.
  std::vector<std::optional<units::Length>> scaled_from;
};

/// "Equal" and "Different" in words: network, samples, technology, precision, chips.
struct TermsInWords {
  std::vector<std::string> equal, different;
};
TermsInWords in_words(const std::vector<Report>& reports, const Terms& terms);

/// The budget that machines share: the one asked for, or that of the first report with costs; nothing if there
/// is none.
std::optional<double> budget_of(const std::vector<Report>& reports, const Terms& terms);
/// Of what a budget counts.
double taken(const Costs& costs, Budget kind);
/// How many whole machines the budget pays for. They take turns with inferences: throughput multiplies, latency
/// and energy of an inference stay.
int64_t machines_within(const Costs& costs, Budget kind, double budget);

/// What reports are compared by within a budget: whole machines and their throughput, and throughput by area
/// and by energy, which do not depend on whole numbers.
std::vector<Aspect> budget_aspects(Budget kind, double budget);
/// "area of 683.4 mm^2".
std::string budget_text(Budget kind, double budget);
/// The key `terms` of a report in the JSON of a comparison (docs/report_format.md).
nlohmann::ordered_json terms_json(const std::vector<Report>& reports, size_t which, const Terms& terms);

}  // namespace ohmweave::report

template <>
struct ohmweave::config::Words<ohmweave::report::Budget> {
  using enum ohmweave::report::Budget;
  static constexpr std::pair<std::string_view, ohmweave::report::Budget> values[] = {
      {"area", Area}, {"power", Power}, {"peak_power", PeakPower}};
};
