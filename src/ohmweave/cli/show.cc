// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/cli/data_options.h"
#include "ohmweave/cli/job.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/cli/show_converter.h"
#include "ohmweave/device/device.h"
#include "ohmweave/device/vteam.h"
#include "ohmweave/logic/costs.h"
#include "ohmweave/report/baseline_text.h"
#include "ohmweave/report/device_samples.h"
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
  Outputs outputs(arguments);
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  report::Report described;
  described.machine = load_machine(arguments.operand(1), arguments.overrides());
  if (!described.machine) base::fail("float", "the exact reference has no parts to show");
  described.design = described.machine->configuration;
  outputs.print(report::to_text(described, colour_on_output()));
  write_json(json, report::to_json(described));
}

/// Bits of cells with as many levels as --levels asks for.
int bits_of_levels(const Arguments& arguments) {
  const int64_t levels = arguments.integer("--levels", 2, 2);
  for (int bits = 1; bits <= 8; ++bits) {
    if (levels == int64_t{1} << bits) return bits;
  }
  base::fail("--levels", "cells have 2, 4, 8, 16, 32, 64, 128 or 256 levels");
}

/// Every scalar of a configuration under its path.
void add_fields(const config::Node& node, const std::string& path, Table& t) {
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  const bool of_mappings = !node.items.empty() && node.items[0].kind == config::Node::Kind::Mapping;
  if (node.kind == config::Node::Kind::Mapping) {
    for (const config::Member& m : node.members) {
      if (!config::is_provenance_key(m.key)) add_fields(m.value, below(m.key), t);
    }
  } else if (of_mappings) {
    for (size_t k = 0; k < node.items.size(); ++k) add_fields(node.items[k], below(std::to_string(k + 1)), t);
  } else {
    t.add({path, config::text_of(node)});
  }
}

/// A file of the library: figures with sources of their own, blocks with theirs, and what stands beside them.
std::string library_text(const std::string& name, const std::string& title, const config::Node& file,
                         const Style& style) {
  std::string out = fmt::format("{}  {}\n\n", style.bold(name), title);
  Table beside({{"", Align::Left}, {"", Align::Left}}),
      figures({{"", Align::Left}, {"", Align::Left}, {"from", Align::Left}, {"", Align::Left, true}});
  for (const config::Member& m : file.members) {
    const bool head = m.key == "format" || m.key == "name" || m.key == "title" || m.key == "sources";
    if (head || config::is_provenance_key(m.key)) continue;
    if (m.value.kind != config::Node::Kind::Mapping) {
      if (!m.value.defaulted) beside.add({m.key, config::text_of(m.value)});
    } else if (const config::Node* value = m.value.find("value")) {
      const config::Node* note = m.value.find("note");
      if (note == nullptr) note = m.value.find("why");
      figures.add({m.key, config::text_of(*value), config::provenance_of(file, m.key),
                   note != nullptr ? note->text : ""});
    } else {
      Table t({{m.key, Align::Left}, {"", Align::Left}});
      add_fields(m.value, "", t);
      out += t.text(style, 2, columns_of_output());
      out += "  " + style.dim("from " + config::provenance_of(file, m.key)) + "\n\n";
    }
  }
  for (const Table* t : {&figures, &beside})
    if (!t->empty()) out += t->text(style, 2, columns_of_output()) + "\n";
  if (const config::Node* sources = file.find("sources")) {
    Table t({{"source", Align::Left}, {"", Align::Left, true}});
    add_fields(*sources, "", t);
    out += t.text(style, 2, columns_of_output());
  }
  return out;
}

void show_memristor(const Arguments& arguments, const Style& style) {
  const device::Memristor m = device::load_memristor(arguments.operand(1), arguments.overrides());
  print(library_text(m.name, m.title, m.file, style));
}

void show_technology(const Arguments& arguments, const Style& style) {
  const logic::LogicCosts t = logic::load_logic_costs(arguments.operand(1), arguments.overrides());
  print(library_text(t.name, t.title, t.file, style));
}

void show_device(const Arguments& arguments, const Style& style) {
  const bool samples = arguments.given("--samples");
  for (const char* option : {"--picture", "--levels", "--json"}) {
    if (arguments.given(option) && !samples) base::fail(option, "of a device needs --samples");
  }
  Outputs outputs(arguments);
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::optional<base::OutputFile> picture = outputs.open(arguments.text("--picture"));
  std::vector<config::Override> changes = arguments.overrides();
  if (arguments.given("--levels")) changes.push_back({"bits", std::to_string(bits_of_levels(arguments))});
  const device::Device device = device::load_device(arguments.operand(1), changes);
  std::string out = library_text(device.name, device.cell.title, device.file, style);
  if (samples) {
    const report::DeviceSamples found = report::sample_device(
        device.name, device.cell, arguments.integer("--samples", 1000, 2), arguments.seed());
    out += "\n" + report::samples_text(found, style, columns_of_output());
    write_json(json, report::samples_json(found));
    write_text(picture, report::samples_picture(found));
  }
  outputs.print(out);
}

void show_network(const Arguments& arguments, const Style& style) {
  Outputs outputs(arguments);
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
  Outputs outputs(arguments);
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
  const bool draws = what == "network" || what == "device" || what == "converter";
  if (!draws && !arguments.text("--picture").empty())
    base::fail("--picture", "draws networks, devices and converters");
  if (what != "device" && arguments.given("--levels")) base::fail("--levels", "is for devices");
  for (const char* option : {"--samples", "--seed"}) {
    if (what != "device" && what != "converter" && arguments.given(option))
      base::fail(option, "is for devices and converters");
  }
  if (what == "design") show_design(arguments);
  if (what == "device") show_device(arguments, style);
  if (what == "memristor" || what == "technology") {
    if (arguments.given("--json"))
      base::fail("--json", "is for what a report can be made of, not for files of the library");
    if (what == "memristor")
      show_memristor(arguments, style);
    else
      show_technology(arguments, style);
  }
  if (what == "converter") show_converter(arguments, style);
  if (what == "network") show_network(arguments, style);
  if (what == "baseline") show_baseline(arguments, style);
  return 0;
}

}  // namespace ohmweave::cli
