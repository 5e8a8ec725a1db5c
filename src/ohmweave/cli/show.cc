// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/cli/job.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/device/device.h"
#include "ohmweave/report/baseline_text.h"
#include "ohmweave/report/network_picture.h"
#include "ohmweave/report/network_report.h"
#include "ohmweave/report/table.h"
#include "ohmweave/units/text.h"

namespace ohmweave::cli {
namespace {

using report::Align;
using report::Style;
using report::Table;

void show_design(const Arguments& arguments) {
  Outputs outputs;
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  report::Report described;
  described.machine = load_machine(arguments.operand(1), arguments.overrides());
  if (!described.machine) base::fail("float", "the exact reference has no parts to show");
  described.design = described.machine->configuration;
  outputs.print(report::to_text(described, colour_on_output()));
  write_json(json, report::to_json(described));
}

/// Every scalar of a configuration under its path.
void add_fields(const config::Node& node, const std::string& path, Table& t) {
  if (node.kind == config::Node::Kind::Mapping) {
    for (const config::Member& m : node.members) {
      if (config::is_provenance_key(m.key)) continue;
      add_fields(m.value, path.empty() ? m.key : path + "." + m.key, t);
    }
    return;
  }
  t.add({path, config::text_of(node)});
}

void show_device(const Arguments& arguments, const Style& style) {
  const device::Device device = device::load_device(arguments.operand(1));
  std::string out = fmt::format("{}  {}\n\n", style.bold(device.name), device.title);
  for (const char* section : {"characteristics", "typical"}) {
    const config::Node* node = device.file.find(section);
    if (node == nullptr || node->kind != config::Node::Kind::Mapping) continue;
    Table t({{section, Align::Left}, {"", Align::Left}});
    add_fields(*node, "", t);
    out += t.text(style, 2, columns_of_output());
    out += "  " + style.dim("from " + config::provenance_of(device.file, section)) + "\n\n";
  }
  if (const config::Node* sources = device.file.find("sources")) {
    Table t({{"source", Align::Left}, {"", Align::Left, true}});
    add_fields(*sources, "", t);
    out += t.text(style, 2, columns_of_output());
  }
  print(out);
}

void show_network(const Arguments& arguments, const Style& style) {
  Outputs outputs;
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::optional<base::OutputFile> picture = outputs.open(arguments.text("--picture"));
  network::LoadOptions options = load_options(arguments);
  options.allow_unsupported = true;
  const network::Loaded loaded = network::load(arguments.operand(1), options);
  outputs.print(report::network_text(loaded, style, columns_of_output()));
  write_json(json, report::network_json(loaded));
  if (picture) write_text(picture, report::network_picture(loaded.graph));
}

void show_baseline(const Arguments& arguments, const Style& style) {
  Outputs outputs;
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  const report::Baseline baseline = report::load_baseline(arguments.operand(1), arguments.overrides());
  outputs.print(report::baseline_text(baseline, style, columns_of_output()));
  nlohmann::ordered_json described = report::baseline_json(baseline, nullptr);
  described["measured"] = nlohmann::ordered_json::array();
  for (const report::Comparison& c : report::comparisons(baseline))
    described["measured"].push_back(report::comparison_json(c));
  write_json(json, described);
}

}  // namespace

int show(const Arguments& arguments) {
  const std::string& what = arguments.operand(0);
  const Style style{colour_on_output()};
  if (what != "network" && !arguments.text("--picture").empty()) base::fail("--picture", "draws networks");
  if (what == "design") show_design(arguments);
  if (what == "device") show_device(arguments, style);
  if (what == "network") show_network(arguments, style);
  if (what == "baseline") show_baseline(arguments, style);
  return 0;
}

}  // namespace ohmweave::cli
