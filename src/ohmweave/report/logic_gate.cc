// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/logic_gate.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/report/plot.h"
#include "ohmweave/report/readable.h"
#include "ohmweave/report/table.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

constexpr double kLongestSwitch = 1e-3;  // s; a gate that takes longer is of no use

std::string volts_text(double volts) { return units::print(units::Voltage::from_si(volts)); }

std::string limit_text(const logic::GateLimit& limit) {
  return fmt::format("{} {}, else {}", limit.above ? "above" : "below", volts_text(limit.volts),
                     limit.otherwise);
}

void check_voltage(const GateReport& r) {
  const logic::GateWindow& window = r.window;
  if (window.empty())
    base::fail("--gate",
               fmt::format("no voltage works for {} of memristors '{}': {}; and {}", gate_name(r.circuit),
                           r.memristor, limit_text(window.least), limit_text(window.most)));
  if (window.contains(r.volts)) return;
  base::fail("--voltage",
             fmt::format("{} is outside of the window of {}, {} to {}: {}", volts_text(r.volts),
                         gate_name(r.circuit), volts_text(window.least.volts), volts_text(window.most.volts),
                         (r.volts <= window.least.volts ? window.least : window.most).otherwise));
}

/// Binomial weights: how many of the values of the inputs have this many at 1.
double share_of(int inputs, int ones) {
  double ways = 1;
  for (int k = 0; k < ones; ++k) ways = ways * (inputs - k) / (k + 1);
  return ways / std::pow(2, inputs);
}

logic::Gate gate_of(const std::string& word) {
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

/// The time of the gate: what was asked for, if it is enough for its slowest switch, or just that.
double pulse_of(const GateReport& r, double wanted) {
  double slowest = 0;
  int slowest_ones = 0;
  for (int ones = r.circuit.switches_from(); ones <= r.circuit.inputs; ++ones) {
    const double delay = integrate(r.circuit, r.volts, ones, kLongestSwitch, true).delay;
    if (!(delay <= slowest)) slowest_ones = ones;
    slowest = std::max(slowest, delay);
  }
  if (std::isinf(slowest))
    base::fail("--voltage", fmt::format("at {} the output takes more than {}", volts_text(r.volts),
                                        seconds_text(kLongestSwitch)));
  if (wanted > 0 && wanted < slowest)
    base::fail("--pulse", fmt::format("{} are too short: with {} of the inputs at 1 the output takes {}",
                                      seconds_text(wanted), slowest_ones, seconds_text(slowest)));
  return wanted > 0 ? wanted : slowest * (1 + 1e-9);
}

}  // namespace

std::string gate_name(const logic::LogicGateCircuit& circuit) {
  if (circuit.inputs == 1) return "NOT";
  return fmt::format("{} of {} inputs", logic::kind_of(circuit.gate).name, circuit.inputs);
}

GateReport report_gate(const GateSpec& spec) {
  const logic::Gate gate = gate_of(spec.gate);
  const logic::GateKind& kind = logic::kind_of(gate);
  const int inputs = spec.inputs == 0 ? kind.least_inputs : spec.inputs;
  if (inputs < kind.least_inputs || inputs > kind.most_inputs)
    base::fail("--inputs",
               fmt::format("a {} has {} to {} inputs", kind.name, kind.least_inputs, kind.most_inputs));
  const device::Memristor memristor = device::load_memristor(spec.memristor, spec.changes);
  const device::Vteam& cell = memristor.cell;
  GateReport r{.memristor = memristor.name, .title = memristor.title, .circuit = {gate, inputs, cell}};
  r.volts = spec.volts > 0 ? spec.volts : cell.spec().reset_voltage.si();
  r.window = r.circuit.window();
  check_voltage(r);
  r.pulse = pulse_of(r, spec.pulse);
  for (int ones = 0; ones <= inputs; ++ones) {
    r.runs.push_back(integrate(r.circuit, r.volts, ones, r.pulse, false));
    r.mean_energy += share_of(inputs, ones) * r.runs.back().energy;
  }
  const bool sets = r.circuit.sets();
  r.initialisation_volts = (sets ? cell.spec().reset_voltage : cell.spec().set_voltage).si();
  r.initialisation = sets ? reset_of(cell, r.initialisation_volts) : set_of(cell, r.initialisation_volts);
  r.bare = sets ? set_of(cell, r.volts) : reset_of(cell, r.volts);
  return r;
}

std::string gate_text(const GateReport& r) {
  const device::Vteam& cell = r.circuit.cell;
  std::string out =
      fmt::format("{} at {}, memristors '{}': {} for 1, {} for 0\n\n", gate_name(r.circuit),
                  volts_text(r.volts), r.memristor, units::print(units::Resistance::from_si(cell.on())),
                  units::print(units::Resistance::from_si(cell.off())));
  out += fmt::format("  window {} to {}\n", volts_text(r.window.least.volts), volts_text(r.window.most.volts));
  for (const logic::GateLimit& limit : r.window.limits) out += fmt::format("    {}\n", limit_text(limit));
  out += "\n";
  Table table({{"inputs at 1"}, {"output"}, {"after"}, {"energy"}});
  for (const logic::GateRun& run : r.runs)
    table.add({fmt::format("{}", run.ones), run.output_state < 0.5 ? "1" : "0",
               run.switched ? seconds_text(run.delay) : "", joules_text(run.energy)});
  out += table.text({});
  out += fmt::format("\n  gate            {}, {} in the mean of all values of its inputs\n",
                     seconds_text(r.pulse), joules_text(r.mean_energy));
  out += fmt::format("  initialisation  {}, {} by {}\n", seconds_text(r.initialisation.seconds),
                     joules_text(r.initialisation.joules), volts_text(r.initialisation_volts));
  if (std::isfinite(r.bare.seconds))
    out += fmt::format("  output alone    {}, {} by {}\n", seconds_text(r.bare.seconds),
                       joules_text(r.bare.joules), volts_text(r.volts));
  return out;
}

nlohmann::ordered_json gate_json(const GateReport& r) {
  nlohmann::ordered_json out{{"format", "ohmweave-logic-gate/1"}};
  out["memristor"] = r.memristor;
  out["gate"] = logic::kind_of(r.circuit.gate).name;
  out["inputs"] = r.circuit.inputs;
  out["voltage_V"] = r.volts;
  auto& window = out["window"];
  window["above_V"] = r.window.least.volts;
  window["below_V"] = r.window.most.volts;
  for (const logic::GateLimit& limit : r.window.limits)
    window["limits"].push_back(
        {{limit.above ? "above_V" : "below_V", limit.volts}, {"otherwise", limit.otherwise}});
  for (const logic::GateRun& run : r.runs) {
    nlohmann::ordered_json one;
    one["ones"] = run.ones;
    one["output"] = run.output_state < 0.5 ? 1 : 0;
    one["delay_s"] = run.switched ? nlohmann::ordered_json(run.delay) : nlohmann::ordered_json(nullptr);
    one["energy_J"] = run.energy;
    out["values"].push_back(one);
  }
  out["delay_s"] = r.pulse;
  out["energy_J"] = r.mean_energy;
  out["initialisation"] = {{"voltage_V", r.initialisation_volts},
                           {"delay_s", r.initialisation.seconds},
                           {"energy_J", r.initialisation.joules}};
  const bool switches = std::isfinite(r.bare.seconds);
  out["output_alone"] = {{"delay_s", switches ? nlohmann::ordered_json(r.bare.seconds) : nullptr},
                         {"energy_J", switches ? nlohmann::ordered_json(r.bare.joules) : nullptr}};
  return out;
}

std::string gate_picture(const GateReport& r) {
  constexpr double kWidth = 860, kHead = 34, kPlot = 290;
  Svg svg(std::string(kChartStyle) + std::string(kPlotStyle));
  svg.text({12, 22},
           fmt::format("{} at {}, memristors '{}'", gate_name(r.circuit), volts_text(r.volts), r.memristor),
           "head", Svg::Anchor::Start);
  Plot waves{"time", "s", "voltage across the output, by inputs at 1", "V", true, true, {}};
  for (const logic::GateRun& run : r.runs) {
    Series one{"", {}, run.ones, true, false}, name{fmt::format("{}", run.ones), {}, run.ones, false, false};
    const double half = (run.samples.front().output_volts + run.samples.back().output_volts) / 2;
    for (const logic::GateSample& s : run.samples) {
      if (s.seconds >= r.pulse / 1000) one.points.push_back({s.seconds, s.output_volts});
      if (name.points.empty() && s.seconds > 0 && s.output_volts >= half)
        name.points.push_back({s.seconds, s.output_volts});
    }
    waves.series.push_back(std::move(one));
    waves.series.push_back(std::move(name));
  }
  Plot window{"time of the gate", "s", "voltage, from end to end of the window", "V", true, false, {}};
  Series delays{"", {}, 0, true, false};
  constexpr int kSteps = 60;
  const double low = r.window.least.volts, high = r.window.most.volts;
  for (int k = 1; k < kSteps; ++k) {
    const double volts = low + (high - low) * k / kSteps;
    const double delay = integrate(r.circuit, volts, r.circuit.switches_from(), kLongestSwitch, true).delay;
    if (std::isfinite(delay)) delays.points.push_back({delay, volts});
  }
  for (const double end : {low, high}) {
    if (!delays.points.empty())
      window.series.push_back(
          {"", {{delays.points.back().x, end}, {delays.points.front().x, end}}, 6, true, true});
  }
  window.series.push_back(std::move(delays));
  window.series.push_back({volts_text(r.volts), {{r.pulse, r.volts}}, 4, false, false});
  const Point size{kWidth / 2 - 14, kPlot - 8};
  draw_plot(svg, {8, kHead}, size, waves);
  draw_plot(svg, {kWidth / 2 + 6, kHead}, size, window);
  return svg.document({kWidth, kHead + kPlot}, gate_name(r.circuit));
}

}  // namespace ohmweave::report
