// SPDX-License-Identifier: Apache-2.0
// `logic`: arithmetic or a netlist as gates inside the rows of a memory.
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/parallel.h"
#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/logic_arrays.h"
#include "ohmweave/cli/logic_gate.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/logic/nor_network.h"
#include "ohmweave/network/data.h"
#include "ohmweave/report/logic_picture.h"
#include "ohmweave/report/logic_run.h"

namespace ohmweave::cli {
namespace {

using report::LogicJob;
using report::LogicRun;

/// Options that say nothing of what is run: some are of operations, others of netlists.
void refuse_others(const Arguments& arguments, bool netlist) {
  const std::vector<std::string> others =
      netlist ? std::vector<std::string>{"--format", "--method", "--initialisation"}
              : std::vector<std::string>{"--cells", "--fan-in", "--partitions"};
  for (const std::string& option : others) {
    if (arguments.given(option))
      base::fail(option, netlist
                             ? "is of operations; gates of a netlist are its own, and SIMPLER schedules them"
                             : "is of netlists; an operation takes what its method needs");
  }
}

report::LogicSpec spec_of(const Arguments& arguments) {
  report::LogicSpec spec;
  spec.operation = arguments.operand(0);
  const bool netlist = logic::is_netlist_file(spec.operation);
  refuse_others(arguments, netlist);
  if (!netlist) spec.format = arguments.required("--format");
  spec.method = arguments.text("--method");
  if (const std::string how = arguments.text("--initialisation"); !how.empty()) {
    base::Diagnostics d;
    config::Node word = config::scalar(how);
    word.span = base::whole("--initialisation");
    config::Value<logic::CellInitialisation>::decode(word, spec.initialisation, d);
    d.stop_if_errors();
  }
  const int64_t cells = arguments.integer("--cells", spec.cells, 1),
                fan_in = arguments.integer("--fan-in", spec.fan_in, 2),
                partitions = arguments.integer("--partitions", spec.partitions, 1);
  if (cells > 65536)
    base::fail("--cells", fmt::format("{} cells are too many; a row has at most 65536", cells));
  if (fan_in > logic::kMostNorInputs)
    base::fail("--fan-in",
               fmt::format("{} inputs are too many; a NOR has 2 to {}", fan_in, logic::kMostNorInputs));
  spec.cells = static_cast<int>(cells);
  if (partitions > cells)
    base::fail("--partitions", fmt::format("{} partitions are too many for {} cells", partitions, cells));
  spec.fan_in = static_cast<int>(fan_in);
  spec.partitions = static_cast<int>(partitions);
  return spec;
}

enum class Subject { Program, Gate };
/// Options that only one subject of the command has.
std::vector<std::string> options_of_one(Subject subject) {
  if (subject == Subject::Gate) return {"--memristor", "--gate", "--inputs", "--voltage", "--pulse", "--spice"};
  return {"--format",     "--method",  "--initialisation", "--cells",      "--fan-in",
          "--partitions", "--rows",    "--operands",       "--technology", "--failure-probability",
          "--seed",       "--threads", "--result",         "--listing"};
}

struct Operands {
  int64_t rows = 0;
  logic::LogicValues values;
  NumberKind kind = NumberKind::Unsigned;
};

Operands read_operands(const LogicJob& job, const std::vector<std::string>& files) {
  if (files.size() != job.program.inputs.size()) {
    std::vector<std::string> names;
    for (const auto& input : job.program.inputs)
      names.push_back(fmt::format("{} ({} bits)", input.name, input.cells.size()));
    base::fail("--operands",
               fmt::format("{} files for {} operands: {}", files.size(), names.size(), fmt::join(names, ", ")));
  }
  Operands out;
  for (size_t i = 0; i < files.size(); ++i) {
    const auto bits = static_cast<int>(job.program.inputs[i].cells.size());
    RowNumbers numbers = read_row_numbers(files[i], bits, job.format, job.signed_operands);
    if (i > 0 && numbers.rows != out.rows)
      base::fail(files[i], fmt::format("has {} rows, but {} has {}", numbers.rows, files[0], out.rows));
    out.rows = numbers.rows;
    if (numbers.kind == NumberKind::Real || (numbers.kind == NumberKind::Signed && job.signed_results))
      out.kind = numbers.kind;
    out.values.push_back(std::move(numbers.words));
  }
  return out;
}

Operands operands_of(const LogicJob& job, const Arguments& arguments) {
  if (arguments.given("--operands")) {
    if (arguments.given("--rows")) base::fail("--rows", "operands have as many rows as their files");
    return read_operands(job, arguments.pieces("--operands"));
  }
  constexpr int64_t kMostRows = int64_t{1} << 26;
  const int64_t rows = arguments.integer("--rows", 1024, 1);
  if (rows > kMostRows)
    base::fail("--rows", fmt::format("{} rows are too many; {} are possible", rows, kMostRows));
  return {rows, job.draw(rows, arguments.seed()), NumberKind::Unsigned};
}

LogicRun settings_of(const Arguments& arguments) {
  LogicRun how;
  how.seed = arguments.seed();
  how.failures = arguments.real("--failure-probability", 0);
  if (!(how.failures >= 0 && how.failures <= 1))
    base::fail("--failure-probability", fmt::format("{} is no probability, from 0 to 1", how.failures));
  const std::string technology = arguments.text("--technology");
  how.costs = logic::load_logic_costs(technology.empty() ? "floatpim" : technology, arguments.overrides());
  return how;
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
  Outputs outputs(arguments);
  base::use_threads(static_cast<int>(arguments.integer("--threads", 0, 1)));
  const LogicJob job(spec_of(arguments));
  LogicRun how = settings_of(arguments);
  const std::vector<std::string> files = arguments.pieces("--result");
  if (files.size() > job.program.outputs.size())
    base::fail("--result",
               fmt::format("{} files, but there are {} results", files.size(), job.program.outputs.size()));
  std::vector<std::optional<base::OutputFile>> results;
  for (const std::string& path : files) results.push_back(outputs.open(path));
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::optional<base::OutputFile> picture = outputs.open(arguments.text("--picture"));
  const Operands operands = operands_of(job, arguments);
  how.rows = operands.rows;
  const LogicRun run = report::run_logic(job, operands.values, std::move(how));
  outputs.print(logic_text(job, run, {colour_on_output()}, columns_of_output()));
  if (arguments.given("--listing")) outputs.print("\n" + report::logic_listing(job.program));
  for (size_t i = 0; i < results.size(); ++i) {
    const auto bits = static_cast<int>(job.program.outputs[i].cells.size());
    write_text(results[i], network::write_npy(row_numbers(run.results[i], bits, job.format, operands.kind)));
  }
  write_text(picture, report::logic_picture(job.program, job.title));
  write_json(json, logic_json(job, run));
  return run.faulty() ? 1 : 0;
}

}  // namespace ohmweave::cli
