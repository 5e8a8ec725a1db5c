// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "ohmweave/cli/data_options.h"
#include "ohmweave/cli/job.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/program/text.h"
#include "ohmweave/report/listing.h"

namespace ohmweave::cli {
namespace {

struct Mapped {
  report::Report report;
  std::shared_ptr<const mapping::Mapping> mapping;
};

Mapped mapped(const Arguments& arguments) {
  const std::string design = arguments.required("--design");
  MachinePointer machine = load_machine(design, arguments.overrides());
  if (!machine) base::fail("--design", "nothing is mapped onto the exact reference");
  network::LoadOptions options = load_options(arguments);
  options.allow_unsupported = true;
  const network::Loaded network = network::load(arguments.operand(0), options);
  mapping::Options how;
  how.samples = arguments.integer("--samples", 1, 1);
  Mapped out;
  out.mapping = std::make_shared<const mapping::Mapping>(mapping::compile(network.graph, *machine, how));
  report::Report& r = out.report;
  r.network = network.graph.name;
  r.parameters = network::parameter_count(network.graph);
  r.multiply_accumulates = network::multiply_accumulates(network.graph);
  r.design = machine->configuration;
  r.machine = std::move(machine);
  r.mapping = out.mapping;
  r.not_modelled = network.unsupported;
  r.not_modelled.insert(r.not_modelled.end(), out.mapping->not_modelled.begin(),
                        out.mapping->not_modelled.end());
  r.warnings = out.mapping->warnings;
  return out;
}

}  // namespace

int map(const Arguments& arguments) {
  Outputs outputs(arguments);
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::optional<base::OutputFile> listing = outputs.open(arguments.text("--listing"));
  const Mapped m = mapped(arguments);
  if (listing) {
    const report::Listing commands = report::make_listing(*m.mapping, *m.report.machine);
    listing->write(report::print(commands));
    listing->commit();
    for (const std::string& wrong : report::violations(commands)) outputs.print("listing: " + wrong + "\n");
  }
  outputs.print(report::mapping_text(*m.mapping, *m.report.machine, colour_on_output()));
  write_json(json, report::to_json(m.report));
  return 0;
}

int program(const Arguments& arguments) {
  print(program::print(mapped(arguments).mapping->program));
  return 0;
}

}  // namespace ohmweave::cli
