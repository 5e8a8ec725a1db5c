// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/logic_run.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/logic/array.h"
#include "ohmweave/units/text.h"

namespace ohmweave::report {
namespace {

using logic::Gate;
using logic::LogicProgram;
using logic::LogicVerification;

std::string words_of(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

std::string rows_in_words(const LogicRun& run) {
  const LogicVerification& v = run.verification;
  std::string text = fmt::format("{} of {} are right", v.verified - v.wrong, v.verified);
  if (v.verified < run.rows) text += fmt::format("; {} are outside the method's domain", run.rows - v.verified);
  if (v.first) text += fmt::format("; the first wrong one is row {}", *v.first);
  return text;
}

}  // namespace

LogicRun run_logic(const LogicJob& job, const logic::LogicValues& operands, LogicRun how) {
  logic::LogicArray rows(how.rows, job.program.bitlines);
  for (size_t i = 0; i < operands.size(); ++i) rows.write(job.program.inputs[i].cells, operands[i]);
  rows.run(job.program, {how.failures, how.seed}, how.tally);
  for (const logic::LogicOperand& output : job.program.outputs) how.results.push_back(rows.read(output.cells));
  how.verification = job.verify(operands, how.results, how.rows);
  how.counts = count(job.program);
  how.bill = bill(how.costs, how.counts, how.tally, how.rows);
  return how;
}

std::string logic_text(const LogicJob& job, const LogicRun& run, const Style& style, int columns) {
  Table t({{"", Align::Left}, {"", Align::Left, true}});
  for (const auto& [key, value] : job.about) {
    t.add({words_of(key), value});
  }
  for (const auto& [key, value] : job.figures) t.add({words_of(key), std::to_string(value)});
  const int64_t inits = run.counts.init_cycles;
  t.add({"cycles", fmt::format("{}, {} of them initialise", run.counts.cycles, inits)});
  std::string kinds;
  for (int g = 0; g < logic::kGates; ++g) {
    const int64_t n = run.counts.of[g];
    if (n > 0)
      kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", n, logic::kind_of(static_cast<Gate>(g)).name);
  }
  t.add({"gates", fmt::format("{} ({})", run.counts.gates(), kinds)});
  t.add({"cells of a row",
         fmt::format("{} in {} partitions", job.program.bitlines, job.program.partition_count())});
  t.add({"technology", run.costs.title});
  t.add({"latency", units::print(run.bill.latency)});
  if (job.formula)
    t.add({"formula", fmt::format("{} cycles, {} of them searches, as published: {}", job.formula->cycles,
                                  (*job.formula)[Gate::Search],
                                  units::print(bill(run.costs, *job.formula, {}, run.rows).latency))});
  t.add({"energy", fmt::format("{} in {} rows: gates {}, initialisations {}, searches {}",
                               units::print(run.bill.energy()), run.rows, units::print(run.bill.gates),
                               units::print(run.bill.initialisations), units::print(run.bill.searches))});
  t.add({"switches",
         fmt::format("{:.4g} a row, {:.4g} of them in initialisations",
                     static_cast<double>(run.tally.to_zero + run.tally.to_one) / static_cast<double>(run.rows),
                     static_cast<double>(run.tally.init_to_zero + run.tally.init_to_one) /
                         static_cast<double>(run.rows))});
  t.add({"rows", rows_in_words(run)});
  return style.bold(job.title) + "\n\n" + t.text(style, 2, columns);
}

std::string logic_listing(const LogicProgram& program) {
  std::string text;
  for (const auto* operands : {&program.inputs, &program.outputs})
    for (const logic::LogicOperand& operand : *operands) {
      text += fmt::format("{}{} is", operands == &program.inputs ? "operand " : "result ", operand.name);
      for (size_t begin = 0, end = 0; begin < operand.cells.size(); begin = end) {
        for (end = begin + 1; end < operand.cells.size() && operand.cells[end] == operand.cells[end - 1] + 1;)
          ++end;
        text += fmt::format("{} c{}", begin > 0 ? "," : "", operand.cells[begin]);
        if (end - begin > 1) text += fmt::format("..c{}", operand.cells[end - 1]);
      }
      text += "\n";
    }
  return text + listing(program);
}

nlohmann::ordered_json logic_json(const LogicJob& job, const LogicRun& run) {
  nlohmann::ordered_json out{{"format", "ohmweave-logic-run/1"}};
  for (const auto& [key, value] : job.about) out[key] = value;
  for (const auto& [key, value] : job.figures) out[key] = value;
  out["cycles"] = run.counts.cycles;
  out["init_cycles"] = run.counts.init_cycles;
  out["gates"] = run.counts.gates();
  out["inits"] = run.counts.inits();
  out["searches"] = run.counts[Gate::Search];
  out["cells"] = job.program.bitlines;
  out["partitions"] = job.program.partition_count();
  out["technology"] = run.costs.name;
  out["latency_s"] = run.bill.latency.si();
  if (job.formula) {
    const units::Time latency = bill(run.costs, *job.formula, {}, run.rows).latency;
    out["formula"] = {{"cycles", job.formula->cycles},
                      {"searches", (*job.formula)[Gate::Search]},
                      {"latency_s", latency.si()}};
  }
  out["energy_J"] = run.bill.energy().si();
  out["energy_of_J"] = {{"gates", run.bill.gates.si()},
                        {"initialisations", run.bill.initialisations.si()},
                        {"searches", run.bill.searches.si()}};
  const auto hottest = std::max_element(run.tally.switches.begin(), run.tally.switches.end());
  out["switches"] = {{"to_zero", run.tally.to_zero},
                     {"to_one", run.tally.to_one},
                     {"in_initialisations", run.tally.init_to_zero + run.tally.init_to_one},
                     {"hottest_cell", hottest - run.tally.switches.begin()},
                     {"of_hottest_cell", hottest == run.tally.switches.end() ? 0 : *hottest}};
  out["rows"] = run.rows;
  out["seed"] = run.seed;
  out["failure_probability"] = run.failures;
  out["verified_rows"] = run.verification.verified;
  out["wrong_rows"] = run.verification.wrong;
  return out;
}

}  // namespace ohmweave::report
