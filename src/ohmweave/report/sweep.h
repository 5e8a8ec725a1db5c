// SPDX-License-Identifier: Apache-2.0
// One network on all points of a grid of designs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/report/aspects.h"
#include "ohmweave/report/grid.h"

namespace ohmweave::report {

struct SweepPoint {
  bool done = false;
  std::vector<double> figures;  // by aspect, NaN where it is not known; empty after an error
  std::string error;            // why there are none, on one line

  std::optional<double> figure(size_t aspect) const;
};

/// A sweep, finished or not.
struct Sweep {
  std::string network, design;
  Grid grid;
  std::vector<Aspect> aspects;     // columns, in order
  std::vector<size_t> objectives;  // of the aspects
  std::vector<SweepPoint> points;  // of the grid

  int64_t done() const;
  /// Points that are done and that no other is better than in the objectives.
  std::vector<bool> front() const;
};

SweepPoint point_of(const Report& report, const std::vector<Aspect>& aspects);
/// The aspects that objectives "energy,throughput" name. Failure: an unknown one, or one twice.
std::vector<size_t> parse_objectives(const std::string& text, const std::vector<Aspect>& aspects);

/// A line of heads, then a line per point that is done, in the order of the grid: the values of the axes, the
/// aspects, `pareto` (1 on the front, 0 off it) and `error`. By RFC 4180, but with plain newlines.
std::string sweep_csv(const Sweep& sweep);
/// A field as CSV has it: in quotes where it holds a comma, a quote or a newline.
std::string csv_field(const std::string& text);
/// The front as a table, what there is beside it, and the errors by reason.
std::string sweep_text(const Sweep& sweep, bool colour);
/// The format "ohmweave-sweep/1" (docs/report_format.md).
nlohmann::ordered_json to_json(const Sweep& sweep);
/// All points by the first two objectives, and the front.
std::string sweep_picture(const Sweep& sweep);

}  // namespace ohmweave::report
