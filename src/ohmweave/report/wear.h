// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/array/writing.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"
#include "ohmweave/report/table.h"

namespace ohmweave::report {

/// What computing takes of the life of cells, in arrays that compute by switching them. Of the layer whose
/// cells switch most for an inference.
struct Wear {
  std::string layer;
  double hottest = 0;  // switches an inference, of the cell that switches most
  double rotated = 0;  // of each, if the columns that work change places with all others of their rows
  array::Sourced<double> endurance;  // switches
  double throughput_per_s = 0;

  std::optional<double> inferences(double switches) const;
  std::optional<double> seconds(double switches) const;
};

/// Nothing if no array switches cells while it computes.
std::optional<Wear> wear(const machine::Machine& machine, const mapping::Mapping& mapping,
                         double throughput_per_s);
Table wear_table(const Wear& wear);
nlohmann::ordered_json wear_json(const std::optional<Wear>& wear);

}  // namespace ohmweave::report
