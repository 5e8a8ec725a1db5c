// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "ohmweave/base/progress.h"
#include "ohmweave/cli/job.h"
#include "ohmweave/cli/output.h"

namespace ohmweave::cli {
namespace {

void write_trace(std::optional<base::OutputFile>& file, const report::Report& report) {
  if (!file) return;
  report::write_trace(*report.mapping, report.costs->timing,
                      [&](std::string_view bytes) { file->write(bytes); });
  file->commit();
}

}  // namespace

int run(const Arguments& arguments) {
  Outputs outputs(arguments);
  const MachinePointer machine = load_machine(arguments.required("--design"), arguments.overrides());
  std::optional<base::OutputFile> values = open_values(outputs, arguments);
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::optional<base::OutputFile> trace = outputs.open(arguments.text("--trace"));
  if (trace && !machine) base::fail("--trace", "the exact reference has no pipeline to show");
  const bool layers = arguments.given("--layers");
  if (layers && !arguments.given("--data"))
    base::fail("--layers", "needs --data: without samples nothing is computed");
  if (layers && !machine) base::fail("--layers", "the exact reference has no errors to show");
  const bool causes = sensitivity(arguments);
  const int64_t seeds = trials(arguments);
  for (const char* option : {"--sensitivity", "--trials", "--recalibrate"}) {
    if (!machine && arguments.given(option)) base::fail(option, "the exact reference has nothing that errs");
  }
  if (!machine && arguments.given("--no-reference"))
    base::fail("--no-reference", "'--design float' is the exact reference");
  Job job(arguments);
  std::vector<report::Report> reports(1);
  report::Report& report = reports[0];
  job.run(machine, {values.has_value(), trace.has_value(), layers, causes, seeds}, report);
  check_fits(report);
  outputs.print(report::to_text(report, colour_on_output()));
  write_json(json, report::to_json(report));
  write_trace(trace, report);
  write_outputs(values, reports, false);
  if (base::interrupted() != 0) throw base::Interrupted();
  return 0;
}

}  // namespace ohmweave::cli
