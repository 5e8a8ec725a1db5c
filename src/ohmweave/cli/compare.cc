// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/report/compare.h"

#include <nlohmann/json.hpp>

#include "ohmweave/base/progress.h"
#include "ohmweave/cli/job.h"
#include "ohmweave/cli/output.h"

namespace ohmweave::cli {
namespace {

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

int compare(const Arguments& arguments) {
  Outputs outputs;
  std::vector<MachinePointer> machines;
  for (const std::string& name : names_of_designs(arguments)) {
    machines.push_back(
        load_machine(name, name == "float" ? std::vector<config::Override>{} : arguments.overrides()));
  }
  std::optional<base::OutputFile> values = open_values(outputs, arguments);
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::optional<base::OutputFile> picture = outputs.open(arguments.text("--picture"));
  Job job(arguments);
  const std::vector<report::Report> reports = job.run_all(machines, {values.has_value(), false});
  outputs.print(report::compare_text(reports, colour_on_output()));
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const report::Report& r : reports) list.push_back(report::to_json(r));
  write_json(json, list);
  write_text(picture, report::compare_picture(reports));
  if (base::interrupted() != 0) throw base::Interrupted();
  for (const report::Report& r : reports) check_fits(r);
  write_outputs(values, reports, true);
  return 0;
}

}  // namespace ohmweave::cli
