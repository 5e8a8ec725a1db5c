// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/progress.h"
#include "ohmweave/cli/job.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/network/data.h"

namespace ohmweave::cli {
namespace {

std::string data_needed(const Arguments& arguments) {
  std::string path = arguments.text("--outputs");
  if (!path.empty() && !arguments.given("--data"))
    base::fail("--outputs", "needs --data: without samples there are no outputs");
  return path;
}

void check_fits(const report::Report& report) {
  if (report.mapping && !report.mapping->fits) base::fail(report.network, report.mapping->misfit);
}

/// The raw outputs of one machine or, along a new first axis, of several.
void write_outputs(std::optional<base::OutputFile>& file, const std::vector<report::Report>& reports,
                   bool several) {
  if (!file) return;
  std::vector<tensor::Tensor> all;
  for (const report::Report& r : reports) {
    tensor::Tensor outputs = tensor::concatenate(r.values->outputs);
    tensor::Shape shape = outputs.shape();
    if (several) shape.insert(shape.begin(), 1);
    all.push_back(outputs.reshaped(shape));
  }
  file->write(network::write_npy(tensor::concatenate(all)));
  file->commit();
}

void write_trace(std::optional<base::OutputFile>& file, const report::Report& report) {
  if (!file) return;
  report::write_trace(*report.mapping, report.costs->timing,
                      [&](std::string_view bytes) { file->write(bytes); });
  file->commit();
}

std::vector<std::string> names_of_designs(const Arguments& arguments) {
  std::vector<std::string> out;
  arguments.required("--designs");
  for (const std::string& list : arguments.all("--designs")) {
    for (size_t at = 0; at <= list.size();) {
      const size_t comma = std::min(list.find(',', at), list.size());
      out.push_back(list.substr(at, comma - at));
      at = comma + 1;
    }
  }
  return out;
}

}  // namespace

int run(const Arguments& arguments) {
  Outputs outputs;
  const MachinePointer machine = load_machine(arguments.required("--design"), arguments.overrides());
  std::optional<base::OutputFile> values = outputs.open(data_needed(arguments));
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::optional<base::OutputFile> trace = outputs.open(arguments.text("--trace"));
  if (trace && !machine) base::fail("--trace", "the exact reference has no pipeline to show");
  Job job(arguments);
  std::vector<report::Report> reports(1);
  report::Report& report = reports[0];
  job.run(machine, {values.has_value(), trace.has_value()}, report);
  check_fits(report);
  outputs.print(report::to_text(report, colour_on_output()));
  write_json(json, report::to_json(report));
  write_trace(trace, report);
  write_outputs(values, reports, false);
  if (base::interrupted() != 0) throw base::Interrupted();
  return 0;
}

int compare(const Arguments& arguments) {
  Outputs outputs;
  std::vector<MachinePointer> machines;
  for (const std::string& name : names_of_designs(arguments)) {
    machines.push_back(
        load_machine(name, name == "float" ? std::vector<config::Override>{} : arguments.overrides()));
  }
  std::optional<base::OutputFile> values = outputs.open(data_needed(arguments));
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  Job job(arguments);
  std::vector<report::Report> reports;
  for (const MachinePointer& machine : machines) {
    job.run(machine, {values.has_value(), false}, reports.emplace_back());
    if (base::interrupted() != 0) break;
  }
  outputs.print(report::compare_text(reports, colour_on_output()));
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const report::Report& r : reports) list.push_back(report::to_json(r));
  write_json(json, list);
  if (base::interrupted() != 0) throw base::Interrupted();
  for (const report::Report& r : reports) check_fits(r);
  write_outputs(values, reports, true);
  return 0;
}

}  // namespace ohmweave::cli
