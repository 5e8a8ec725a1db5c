// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/execution/functional/functional.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/mapping.h"

namespace ohmweave::report {

struct Report;

/// What one source of errors does to a figure of the values.
struct SensitivityRow {
  std::string name;
  double alone = 0;    // if nothing else erred
  double without = 0;  // if everything else erred
};
/// Which layer loses the accuracy, and which effect does.
struct Sensitivity {
  std::string key;                      // of the figure (report::Aspect)
  double none = 0, all = 0;             // with exact sums, and as the machine is
  std::vector<SensitivityRow> layers;   // products in arrays, in the program's order
  std::vector<SensitivityRow> effects;  // of cells, wires and converters (machine::effects)
};

/// What effects are tried on: a network mapped onto a changed machine, and its weights programmed.
using Mapped = std::function<mapping::Mapping(const machine::Machine&)>;
using Programmed =
    std::function<std::unique_ptr<execution::Functional>(const mapping::Mapping&, const machine::Machine&)>;
/// The figure, of a machine's execution.
using Score = std::function<double(execution::Functional&)>;
/// Runs the samples twice for every layer and effect.
Sensitivity sensitivity(const machine::Machine& machine, const mapping::Mapping& mapping, const Mapped& mapped,
                        const Programmed& programmed, const std::string& key, const Score& score);

/// What the figures are, beside their heading.
constexpr const char* kSensitivityNote = "if a layer's sums or an effect alone err, and if all but it do";
std::string sensitivity_text(const Sensitivity& s, const Report& report, bool colour);
nlohmann::ordered_json sensitivity_json(const Sensitivity& s);

}  // namespace ohmweave::report
