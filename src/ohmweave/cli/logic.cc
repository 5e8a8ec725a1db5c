// SPDX-License-Identifier: Apache-2.0
// `logic`: arithmetic or a netlist as gates inside the rows of a memory.
#include <algorithm>
#include <functional>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/array/logic_compiled.h"
#include "ohmweave/array/logic_costs.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/logic_arrays.h"
#include "ohmweave/cli/logic_gate.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/mapping/logic/netlist_verification.h"
#include "ohmweave/mapping/logic/simpler.h"
#include "ohmweave/network/data.h"
#include "ohmweave/report/logic_picture.h"
#include "ohmweave/report/table.h"
#include "ohmweave/units/text.h"

namespace ohmweave::cli {
namespace {

using array::Gate;
using array::LogicProgram;
using mapping::Arithmetic;
using mapping::LogicFormat;
using mapping::LogicValues;
using mapping::LogicVerification;

/// What is run in the rows, wherever it comes from.
struct Job {
  std::string title;
  std::vector<std::pair<std::string, std::string>> about;  // what people and programs are told of it
  LogicProgram program;
  LogicFormat format;           // of the operands; of a netlist: whole numbers
  bool negative = true;         // operands may be
  bool signed_results = false;  // where operands are signed
  std::function<LogicValues(int64_t rows, uint64_t seed)> draw;
  std::function<LogicVerification(const LogicValues&, const LogicValues&, int64_t rows)> verify;
};

/// What the run gave.
struct Run {
  int64_t rows = 0;
  LogicValues operands, results;
  NumberKind kind = NumberKind::Unsigned;
  array::LogicTally tally;
  LogicVerification verification;
  array::LogicCosts costs;
  array::LogicCounts counts;
  array::LogicBill bill;
  double failures = 0;
};

const mapping::LogicMethod& method_of(const Arguments& arguments) {
  const auto methods = mapping::logic_methods();
  if (!arguments.given("--method")) return methods.front();
  const std::string name = arguments.text("--method");
  std::vector<std::string> known;
  for (const mapping::LogicMethod& method : methods) {
    if (method.name == name) return method;
    known.emplace_back(method.name);
  }
  base::fail("--method", fmt::format("there is no method '{}'; there are {}{}", name, fmt::join(known, ", "),
                                     base::did_you_mean(name, known)));
}

std::optional<Arithmetic> arithmetic_of(const std::string& word, std::vector<std::string>& known) {
  for (int k = 0; k <= static_cast<int>(Arithmetic::Fdiv); ++k) {
    const auto operation = static_cast<Arithmetic>(k);
    if (mapping::name_of(operation) == word) return operation;
    known.emplace_back(mapping::name_of(operation));
  }
  return {};
}

Job arithmetic_job(Arithmetic operation, const Arguments& arguments) {
  const LogicFormat format = mapping::parse_logic_format(arguments.required("--format"));
  const bool floating = operation >= Arithmetic::Fadd;
  if (floating != format.floating() && operation != Arithmetic::Mac) {
    const std::string word(mapping::name_of(operation));
    base::fail("--format", fmt::format("{} is of {} numbers, and {} is not; there is {}", word,
                                       floating ? "floating-point" : "whole", to_string(format),
                                       floating ? word.substr(1) : "f" + word));
  }
  const mapping::LogicMethod& method = method_of(arguments);
  if (const std::string why = method.refusal(operation, format); !why.empty())
    base::fail("--method", fmt::format("{} has no {} of {}: {}", method.name, mapping::name_of(operation),
                                       to_string(format), why));
  Job job;
  job.title = fmt::format("{} of {}", mapping::name_of(operation), to_string(format));
  job.about = {{"operation", std::string(mapping::name_of(operation))},
               {"number_format", to_string(format)},
               {"method", std::string(method.name)},
               {"source", std::string(method.source)}};
  if (!method.leaves.empty()) job.about.emplace_back("domain", std::string(method.leaves));
  job.program = method.build(operation, format);
  job.format = format;
  job.negative = job.signed_results = operation == Arithmetic::Add || operation == Arithmetic::Sub;
  const LogicProgram& program = job.program;
  job.draw = [=, &method](int64_t rows, uint64_t seed) {
    return random_operands(method, operation, format, method.build(operation, format), rows, seed);
  };
  job.verify = [=, &method](const LogicValues& operands, const LogicValues& results, int64_t) {
    return verify(method, operation, format, program, operands, results);
  };
  return job;
}

Job netlist_job(const std::string& path, const Arguments& arguments) {
  const mapping::Netlist netlist = mapping::load_netlist(path);
  const auto fan_in = static_cast<int>(arguments.integer("--fan-in", 2, 2));
  if (fan_in > mapping::kMostNorInputs)
    base::fail("--fan-in",
               fmt::format("{} inputs are too many; a NOR has 2 to {}", fan_in, mapping::kMostNorInputs));
  const mapping::NorNetwork network = mapping::map_to_nor(netlist, {.most_inputs = fan_in});
  const int64_t cells = arguments.integer("--cells", 1024, 1);
  if (cells > 65536)
    base::fail("--cells", fmt::format("{} cells are too many; a row has at most 65536", cells));
  mapping::RowSchedule schedule = mapping::schedule_row(netlist, network, static_cast<int>(cells));
  Job job;
  job.title = netlist.name.empty() ? path : netlist.name;
  job.about = {{"netlist", path},
               {"method", "simpler"},
               {"source", "Ben-Hur et al., SIMPLER MAGIC, TCAD 39(10), 2020"},
               {"netlist_gates", std::to_string(netlist.gates.size())},
               {"simpler_cycles", std::to_string(schedule.cycles())},
               {"reinitialisations", std::to_string(schedule.reinitialisations)},
               {"least_cells", std::to_string(schedule.least_cells)}};
  job.program = std::move(schedule.program);
  job.draw = [program = job.program](int64_t rows, uint64_t seed) {
    return mapping::random_bits(program, rows, seed);
  };
  job.verify = [netlist](const LogicValues& operands, const LogicValues& results, int64_t rows) {
    return verify(netlist, operands, results, rows);
  };
  return job;
}

Job job_of(const Arguments& arguments) {
  const std::string& what = arguments.operand(0);
  std::vector<std::string> known;
  if (const auto operation = arithmetic_of(what, known)) return arithmetic_job(*operation, arguments);
  if (mapping::is_netlist_file(what)) return netlist_job(what, arguments);
  base::fail(what, fmt::format("is neither an operation ({}), nor the file of a netlist, nor 'gate'{}",
                               fmt::join(known, ", "), base::did_you_mean(what, known)));
}

enum class Subject { Program, Gate };
/// Options that only one subject of the command has.
std::vector<std::string> options_of_one(Subject subject) {
  if (subject == Subject::Gate) return {"--device", "--gate", "--inputs", "--voltage", "--pulse", "--spice"};
  return {"--format", "--method",   "--cells",      "--fan-in",
          "--rows",   "--operands", "--technology", "--failure-probability",
          "--seed",   "--threads",  "--result",     "--listing"};
}

std::vector<std::string> paths(const std::string& text) {
  std::vector<std::string> out;
  for (size_t begin = 0; begin <= text.size() && !text.empty();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    out.push_back(text.substr(begin, comma - begin));
    begin = comma + 1;
  }
  return out;
}

void read_operands(const Job& job, const std::vector<std::string>& files, Run& run) {
  if (files.size() != job.program.inputs.size()) {
    std::vector<std::string> names;
    for (const auto& input : job.program.inputs)
      names.push_back(fmt::format("{} ({} bits)", input.name, input.cells.size()));
    base::fail("--operands",
               fmt::format("{} files for {} operands: {}", files.size(), names.size(), fmt::join(names, ", ")));
  }
  for (size_t i = 0; i < files.size(); ++i) {
    const auto bits = static_cast<int>(job.program.inputs[i].cells.size());
    RowNumbers numbers = read_row_numbers(files[i], bits, job.format, job.negative);
    if (i > 0 && numbers.rows != run.rows)
      base::fail(files[i], fmt::format("has {} rows, but {} has {}", numbers.rows, files[0], run.rows));
    run.rows = numbers.rows;
    if (numbers.kind == NumberKind::Real || (numbers.kind == NumberKind::Signed && job.signed_results))
      run.kind = numbers.kind;
    run.operands.push_back(std::move(numbers.words));
  }
}

double probability_of(const Arguments& arguments) {
  const double p = arguments.real("--failure-probability", 0);
  if (!(p >= 0 && p <= 1))
    base::fail("--failure-probability", fmt::format("{} is no probability, from 0 to 1", p));
  return p;
}

Run run_job(const Job& job, const Arguments& arguments) {
  Run run;
  run.costs = array::load_logic_costs(
      arguments.given("--technology") ? arguments.text("--technology") : "floatpim", arguments.overrides());
  run.failures = probability_of(arguments);
  constexpr int64_t kMostRows = int64_t{1} << 26;
  if (arguments.given("--operands")) {
    if (arguments.given("--rows")) base::fail("--rows", "operands have as many rows as their files");
    read_operands(job, paths(arguments.text("--operands")), run);
  } else {
    run.rows = arguments.integer("--rows", 1024, 1);
    if (run.rows > kMostRows)
      base::fail("--rows", fmt::format("{} rows are too many; {} are possible", run.rows, kMostRows));
    run.operands = job.draw(run.rows, arguments.seed());
  }
  array::LogicArray rows(run.rows, job.program.bitlines);
  for (size_t i = 0; i < run.operands.size(); ++i) rows.write(job.program.inputs[i].cells, run.operands[i]);
  rows.run(job.program, {run.failures, arguments.seed()}, run.tally);
  for (const auto& output : job.program.outputs) run.results.push_back(rows.read(output.cells));
  run.verification = job.verify(run.operands, run.results, run.rows);
  run.counts = count(job.program);
  run.bill = bill(run.costs, run.counts, run.tally, run.rows);
  return run;
}

std::string rows_in_words(const Run& run) {
  const LogicVerification& v = run.verification;
  std::string text = fmt::format("{} of {} are right", v.verified - v.wrong, v.verified);
  if (v.verified < run.rows) text += fmt::format("; {} are outside the method's domain", run.rows - v.verified);
  if (v.first) text += fmt::format("; the first wrong one is row {}", *v.first);
  return text;
}

std::string to_text(const Job& job, const Run& run, const report::Style& style) {
  report::Table t({{"", report::Align::Left}, {"", report::Align::Left, true}});
  for (const auto& [key, value] : job.about) {
    std::string words = key;
    std::replace(words.begin(), words.end(), '_', ' ');
    t.add({words, value});
  }
  const int64_t inits = run.counts.init_cycles;
  t.add({"cycles", fmt::format("{}, {} of them initialise", run.counts.cycles, inits)});
  std::string kinds;
  for (int g = 0; g < array::kGates; ++g) {
    const int64_t n = run.counts.of[g];
    if (n > 0)
      kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", n, array::kind_of(static_cast<Gate>(g)).name);
  }
  t.add({"gates", fmt::format("{} ({})", run.counts.gates(), kinds)});
  t.add({"cells of a row",
         fmt::format("{} in {} partitions", job.program.bitlines, job.program.partition_count())});
  t.add({"technology", run.costs.title});
  t.add({"latency", units::print(run.bill.latency)});
  t.add({"energy", fmt::format("{} in {} rows: gates {}, initialisations {}, searches {}",
                               units::print(run.bill.energy()), run.rows, units::print(run.bill.gates),
                               units::print(run.bill.initialisations), units::print(run.bill.searches))});
  t.add({"switches",
         fmt::format("{:.4g} a row, {:.4g} of them in initialisations",
                     static_cast<double>(run.tally.to_zero + run.tally.to_one) / static_cast<double>(run.rows),
                     static_cast<double>(run.tally.init_to_zero + run.tally.init_to_one) /
                         static_cast<double>(run.rows))});
  t.add({"rows", rows_in_words(run)});
  return style.bold(job.title) + "\n\n" + t.text(style, 2, columns_of_output());
}

/// "a is c0..c7", for those who read a listing.
std::string places_of(const LogicProgram& program) {
  std::string text;
  for (const auto* operands : {&program.inputs, &program.outputs})
    for (const array::LogicOperand& operand : *operands) {
      text += fmt::format("{}{} is", operands == &program.inputs ? "operand " : "result ", operand.name);
      for (size_t begin = 0, end = 0; begin < operand.cells.size(); begin = end) {
        for (end = begin + 1; end < operand.cells.size() && operand.cells[end] == operand.cells[end - 1] + 1;)
          ++end;
        text += fmt::format("{} c{}", begin > 0 ? "," : "", operand.cells[begin]);
        if (end - begin > 1) text += fmt::format("..c{}", operand.cells[end - 1]);
      }
      text += "\n";
    }
  return text;
}

nlohmann::ordered_json to_json(const Job& job, const Run& run, uint64_t seed) {
  nlohmann::ordered_json out{{"format", "ohmweave-logic-run/1"}};
  for (const auto& [key, value] : job.about) out[key] = value;
  out["cycles"] = run.counts.cycles;
  out["init_cycles"] = run.counts.init_cycles;
  out["gates"] = run.counts.gates();
  out["inits"] = run.counts.inits();
  out["searches"] = run.counts[Gate::Search];
  out["cells"] = job.program.bitlines;
  out["partitions"] = job.program.partition_count();
  out["technology"] = run.costs.name;
  out["latency_s"] = run.bill.latency.si();
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
  out["seed"] = seed;
  out["failure_probability"] = run.failures;
  out["verified_rows"] = run.verification.verified;
  out["wrong_rows"] = run.verification.wrong;
  return out;
}

}  // namespace

int logic(const Arguments& arguments) {
  const bool one_gate = arguments.operand(0) == "gate";
  for (const std::string& option : options_of_one(one_gate ? Subject::Program : Subject::Gate)) {
    if (arguments.given(option))
      base::fail(option, one_gate ? "says nothing of 'logic gate', which is about one gate"
                                  : "is of 'logic gate' alone");
  }
  if (one_gate) return run_gate(arguments);
  Outputs outputs;
  base::use_threads(static_cast<int>(arguments.integer("--threads", 0, 1)));
  const Job job = job_of(arguments);
  const std::vector<std::string> result_paths = paths(arguments.text("--result"));
  if (result_paths.size() > job.program.outputs.size())
    base::fail("--result", fmt::format("{} files, but there are {} results", result_paths.size(),
                                       job.program.outputs.size()));
  std::vector<std::optional<base::OutputFile>> results;
  for (const std::string& path : result_paths) results.push_back(outputs.open(path));
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::optional<base::OutputFile> picture = outputs.open(arguments.text("--picture"));
  const Run run = run_job(job, arguments);
  outputs.print(to_text(job, run, {colour_on_output()}));
  if (arguments.given("--listing")) outputs.print("\n" + places_of(job.program) + listing(job.program));
  for (size_t i = 0; i < results.size(); ++i) {
    const auto bits = static_cast<int>(job.program.outputs[i].cells.size());
    write_text(results[i], network::write_npy(row_numbers(run.results[i], bits, job.format, run.kind)));
  }
  write_text(picture, report::logic_picture(job.program, job.title));
  write_json(json, to_json(job, run, arguments.seed()));
  return run.verification.wrong > 0 && run.failures == 0 ? 1 : 0;
}

}  // namespace ohmweave::cli
