// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/cli/job.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/device/device.h"
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
  network::LoadOptions options = load_options(arguments);
  options.allow_unsupported = true;
  const network::Loaded loaded = network::load(arguments.operand(1), options);
  const network::Graph& graph = loaded.graph;
  auto count = [](int64_t n) { return units::print_count(static_cast<double>(n)); };
  std::string out =
      fmt::format("{}  {} parameters, {} multiply-accumulates per inference\n\n", style.bold(graph.name),
                  count(network::parameter_count(graph)), count(network::multiply_accumulates(graph)));
  for (network::ValueId v : graph.inputs)
    out += fmt::format("  input {} {}\n", graph.value(v).name, tensor::print(graph.value(v).shape));
  Table t({{"layer", Align::Left, true}, {"operator", Align::Left}, {"output", Align::Left}, {"MACs"}});
  for (network::NodeId id = 0; id < graph.nodes.size(); ++id) {
    const network::Node& node = graph.nodes[id];
    const int64_t macs = network::multiply_accumulates(graph, id);
    const network::ValueId made = node.outputs.empty() ? network::kNoValue : node.outputs[0];
    t.add({node.name, network::name_of(node.op),
           made == network::kNoValue ? "" : tensor::print(graph.value(made).shape),
           macs > 0 ? count(macs) : ""});
  }
  out += "\n" + t.text(style, 2, columns_of_output());
  for (const std::string& node : loaded.unsupported)
    out += fmt::format("  {}: {}\n", style.yellow("not supported"), node);
  print(out);
}

}  // namespace

int show(const Arguments& arguments) {
  const std::string& what = arguments.operand(0);
  const Style style{colour_on_output()};
  if (what == "design") show_design(arguments);
  if (what == "device") show_device(arguments, style);
  if (what == "network") show_network(arguments, style);
  return 0;
}

}  // namespace ohmweave::cli
