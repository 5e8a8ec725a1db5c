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

logic::Gate gate_of(const Arguments& arguments) {
  std::string word = arguments.given("--gate") ? arguments.text("--gate") : "nor";
  std::vector<std::string> known;
  for (int k = 0; k < logic::kGates; ++k) {
    const auto gate = static_cast<logic::Gate>(k);
    if (!logic::kind_of(gate).switches) continue;
    known.emplace_back(logic::kind_of(gate).name);
    for (char& c : known.back()) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    if (word == known.back()) return gate;
  }
  base::fail("--gate", fmt::format("'{}' is no gate; {} are{}", word, fmt::join(known, ", "),
                                   base::did_you_mean(word, known)));
}

}  // namespace

int run_gate(const Arguments& arguments) {
  const logic::Gate gate = gate_of(arguments);
  const logic::GateKind& kind = logic::kind_of(gate);
  const auto inputs = static_cast<int>(std::min<int64_t>(
      arguments.integer("--inputs", kind.least_inputs, kind.least_inputs), logic::kMostGateInputs + 1));
  if (inputs > kind.most_inputs)
    base::fail("--inputs",
               fmt::format("a {} has {} to {} inputs", kind.name, kind.least_inputs, kind.most_inputs));
  const device::Memristor memristor = device::load_memristor(
      arguments.given("--memristor") ? arguments.text("--memristor") : "floatpim", arguments.overrides());
  const double volts =
      quantity<units::Voltage>(arguments, "--voltage", memristor.cell.spec().reset_voltage.si(), "1 V");
  const double pulse = quantity<units::Time>(arguments, "--pulse", 0, "2 ns");
  Outputs outputs;
  std::optional<base::OutputFile> spice = outputs.open(arguments.text("--spice")),
                                  picture = outputs.open(arguments.text("--picture")),
                                  json = outputs.open(arguments.text("--json"));
  const report::GateReport r = report::report_gate(memristor, gate, inputs, volts, pulse);
  outputs.print(report::gate_text(r));
  const int ones = r.circuit.switches_from();
  write_text(spice, spice ? logic::gate_spice(r.circuit, volts, ones, r.pulse,
                                              fmt::format("{} with {} at 1, by Ohmweave {}",
                                                          report::gate_name(r.circuit), ones, base::version()))
                          : "");
  write_text(picture, picture ? report::gate_picture(r) : "");
  write_json(json, report::gate_json(r));
  return 0;
}

}  // namespace ohmweave::cli
