// SPDX-License-Identifier: Apache-2.0
// `logic gate`: voltage window, delay and energy of one gate of memristors.
#include "ohmweave/cli/logic_gate.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/paths.h"
#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/report/logic_gate.h"
#include "ohmweave/units/text.h"

namespace ohmweave::cli {
namespace {

/// A quantity above zero of an option, or `preset`.
template <class Q>
double quantity(const Arguments& arguments, const std::string& option, double preset,
                std::string_view example) {
  if (!arguments.given(option)) return preset;
  const std::string text = arguments.text(option);
  units::ParseError error;
  const auto parsed = units::parse<Q>(text, &error);
  if (!parsed)
    base::fail(option, fmt::format("'{}' is not understood, as '{}' is: {}", text, example, error.message));
  if (!(parsed->si() > 0) || !std::isfinite(parsed->si()))
    base::fail(option, fmt::format("'{}' is not above 0 and finite", text));
  return parsed->si();
}

}  // namespace

int run_gate(const Arguments& arguments) {
  report::GateSpec spec;
  if (arguments.given("--gate")) spec.gate = arguments.text("--gate");
  if (arguments.given("--memristor")) spec.memristor = arguments.text("--memristor");
  spec.inputs = static_cast<int>(
      std::min<int64_t>(arguments.integer("--inputs", spec.inputs, 1), logic::kMostGateInputs + 1));
  spec.changes = arguments.overrides();
  spec.volts = quantity<units::Voltage>(arguments, "--voltage", spec.volts, "1 V");
  spec.pulse = quantity<units::Time>(arguments, "--pulse", spec.pulse, "2 ns");
  Outputs outputs(arguments);
  std::optional<base::OutputFile> spice = outputs.open(arguments.text("--spice")),
                                  picture = outputs.open(arguments.text("--picture")),
                                  json = outputs.open(arguments.text("--json"));
  const report::GateReport r = report::report_gate(spec);
  outputs.print(report::gate_text(r));
  const int ones = r.circuit.switches_from();
  write_text(spice, spice ? logic::gate_spice(r.circuit, r.volts, ones, r.pulse,
                                              fmt::format("{} with {} at 1, by Ohmweave {}",
                                                          report::gate_name(r.circuit), ones, base::version()))
                          : "");
  write_text(picture, picture ? report::gate_picture(r) : "");
  write_json(json, report::gate_json(r));
  return 0;
}

}  // namespace ohmweave::cli
