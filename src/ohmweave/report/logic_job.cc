// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/logic/netlist_verification.h"
#include "ohmweave/logic/partition_schedule.h"
#include "ohmweave/logic/simpler.h"
#include "ohmweave/report/logic_run.h"

namespace ohmweave::report {
namespace {

using logic::Arithmetic;
using logic::LogicFormat;
using logic::LogicValues;

const logic::LogicMethod& method_of(const std::string& name) {
  if (name.empty()) return logic::logic_methods().front();
  if (const logic::LogicMethod* method = logic::find_logic_method(name)) return *method;
  const std::vector<std::string> known = logic::logic_method_names();
  base::fail(name, fmt::format("there is no such method; there are {}{}", fmt::join(known, ", "),
                               base::did_you_mean(name, known)));
}

std::optional<Arithmetic> arithmetic_of(const std::string& word, std::vector<std::string>& known) {
  for (int k = 0; k <= static_cast<int>(Arithmetic::Fdiv); ++k) {
    const auto operation = static_cast<Arithmetic>(k);
    if (logic::name_of(operation) == word) return operation;
    known.emplace_back(logic::name_of(operation));
  }
  return {};
}

/// Whole numbers for operations of whole numbers; Mac is of both.
void check_format(Arithmetic operation, LogicFormat format) {
  const bool floating = operation >= Arithmetic::Fadd;
  if (floating == format.floating() || operation == Arithmetic::Mac) return;
  const std::string word(logic::name_of(operation));
  base::fail(
      to_string(format),
      fmt::format("{} is of {} numbers; of {} ones there is {}", word, floating ? "floating-point" : "whole",
                  floating ? "whole" : "floating-point", floating ? word.substr(1) : "f" + word));
}

}  // namespace

LogicJob::LogicJob(const LogicSpec& spec) {
  std::vector<std::string> known;
  if (arithmetic_of(spec.operation, known)) {
    compute(spec);
  } else if (logic::is_netlist_file(spec.operation)) {
    compile(spec);
  } else {
    base::fail(spec.operation,
               fmt::format("is neither an operation ({}), nor the file of a netlist, nor 'gate'{}",
                           fmt::join(known, ", "), base::did_you_mean(spec.operation, known)));
  }
}

void LogicJob::compute(const LogicSpec& spec) {
  std::vector<std::string> known;
  const Arithmetic operation = *arithmetic_of(spec.operation, known);
  format = logic::parse_logic_format(spec.format);
  check_format(operation, format);
  const logic::LogicMethod& method = method_of(spec.method);
  if (const std::string why = method.refusal(operation, format); !why.empty())
    base::fail(std::string(method.name),
               fmt::format("has no {} of {}: {}", spec.operation, to_string(format), why));
  title = fmt::format("{} of {}", spec.operation, to_string(format));
  about = {{"operation", spec.operation},
           {"number_format", to_string(format)},
           {"method", std::string(method.name)},
           {"source", std::string(method.source)}};
  if (!method.leaves.empty()) about.emplace_back("domain", std::string(method.leaves));
  program = build(method, operation, format, spec.initialisation);
  if (spec.initialisation == logic::CellInitialisation::Bulk) about.emplace_back("initialisation", "bulk");
  if (method.formula != nullptr) {
    if (const auto published = method.formula(operation, format)) formula = published->counts;
  }
  signed_operands = signed_results = operation == Arithmetic::Add || operation == Arithmetic::Sub;
  draw = [=, &method, own = program, of = format](int64_t rows, uint64_t seed) {
    return random_operands(method, operation, of, own, rows, seed);
  };
  verify = [=, &method, own = program, of = format](const LogicValues& operands, const LogicValues& results,
                                                    int64_t) {
    return logic::verify(method, operation, of, own, operands, results);
  };
}

void LogicJob::compile(const LogicSpec& spec) {
  const logic::Netlist netlist = logic::load_netlist(spec.operation);
  const logic::NorNetwork network = logic::map_to_nor(netlist, {.most_inputs = spec.fan_in});
  title = netlist.name.empty() ? spec.operation : netlist.name;
  const auto gates = static_cast<int64_t>(netlist.gates.size());
  if (spec.partitions == 1) {
    logic::RowSchedule schedule = logic::schedule_row(netlist, network, spec.cells);
    about = {{"netlist", spec.operation},
             {"method", "simpler"},
             {"source", "Ben-Hur et al., SIMPLER MAGIC, TCAD 39(10), 2020"}};
    figures = {{"netlist_gates", gates},
               {"simpler_cycles", schedule.cycles()},
               {"reinitialisations", schedule.reinitialisations},
               {"least_cells", schedule.least_cells}};
    program = std::move(schedule.program);
  } else {
    logic::PartitionSchedule schedule =
        logic::schedule_partitions(netlist, network, spec.cells, spec.partitions);
    about = {
        {"netlist", spec.operation}, {"method", "partitions"}, {"source", "list scheduling, this project"}};
    figures = {{"netlist_gates", gates},
               {"reinitialisations", schedule.reinitialisations},
               {"gates_across_partitions", schedule.across}};
    program = std::move(schedule.program);
  }
  draw = [own = program](int64_t rows, uint64_t seed) { return logic::random_bits(own, rows, seed); };
  verify = [netlist](const LogicValues& operands, const LogicValues& results, int64_t rows) {
    return logic::verify(netlist, operands, results, rows);
  };
}

}  // namespace ohmweave::report
