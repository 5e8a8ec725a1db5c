// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/cli/show_converter.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/paths.h"
#include "ohmweave/cli/job.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/config/annotations.h"
#include "ohmweave/config/load.h"
#include "ohmweave/machine/design.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/report/converter.h"

namespace ohmweave::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "ohmweave-circuit/1";
constexpr int64_t kConverters = 100;

fs::path circuits() { return fs::path(base::data_folder()) / "library" / "circuits"; }

/// The file of a circuit, of the library or any; empty if the name must be that of a design.
std::string circuit_file(const std::string& name) {
  if (const fs::path own = circuits() / (name + ".yaml"); fs::exists(own)) return own.string();
  if (!name.ends_with(".yaml") || !fs::exists(name)) return "";
  const config::Node file = config::parse_yaml(base::read_source(name));
  const config::Node* format = file.find("format");
  return format != nullptr && format->text == kFormat ? name : "";
}

std::shared_ptr<const circuit::Component> read_circuit(const std::string& path,
                                                       const std::vector<config::Override>& changes) {
  config::Node node = config::without_annotations(config::load(path, changes));
  for (const char* key : {"format", "name", "sources"}) node.erase(key);
  base::Diagnostics d;
  const config::Node* word = node.find("kind");
  const circuit::Kind* kind = word != nullptr ? circuit::find_kind(word->text) : nullptr;
  if (kind == nullptr) base::fail(path, "not a component: it has no known 'kind'");
  std::shared_ptr<const circuit::Component> made = kind->make(node, d);
  d.stop_if_errors();
  return made;
}

struct Found {
  std::string name;
  std::shared_ptr<const circuit::Component> component;
};

/// Fails unless this is the name of a design, with its changes, or a path.
void check_design(const std::string& configuration) {
  const std::string name = configuration.substr(0, configuration.find(':'));
  if (name.find('/') != std::string::npos || name.ends_with(".yaml") || name == "float") return;
  std::vector<std::string> known;
  for (const machine::NamedDesign& d : machine::named_designs()) known.push_back(d.name);
  for (const fs::directory_entry& e : fs::directory_iterator(circuits()))
    known.push_back(e.path().stem().string());
  std::sort(known.begin(), known.end());
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  const std::string hint = base::did_you_mean(name, known);
  base::fail(name, fmt::format("there is no converter or design of this name{}",
                               hint.empty() ? fmt::format("; known: {}", fmt::join(known, ", ")) : hint));
}

/// What converts sums: the circuit of this name, or all of a design's.
std::vector<Found> find_converters(const Arguments& arguments) {
  const std::string& name = arguments.operand(1);
  std::vector<Found> out;
  if (const std::string file = circuit_file(name); !file.empty()) {
    out.push_back({fs::path(file).stem().string(), read_circuit(file, arguments.overrides())});
    if (!report::converts(*out.front().component)) base::fail(name, "does not convert sums");
    return out;
  }
  check_design(name);
  const MachinePointer machine = load_machine(name, arguments.overrides());
  if (!machine) base::fail("float", "the exact reference has no converters");
  for (const machine::Node* node : machine->nodes()) {
    if (node->component && report::converts(*node->component))
      out.push_back({name + " " + node->path, node->component});
  }
  if (out.empty()) base::fail(name, "has nothing that converts sums");
  return out;
}

}  // namespace

void show_converter(const Arguments& arguments, const report::Style& style) {
  Outputs outputs(arguments);
  std::optional<base::OutputFile> json = outputs.open(arguments.text("--json"));
  std::optional<base::OutputFile> picture = outputs.open(arguments.text("--picture"));
  const int64_t count = arguments.integer("--samples", kConverters, 1);
  std::string text;
  nlohmann::ordered_json described = nlohmann::ordered_json::array();
  std::string drawn;
  for (const Found& found : find_converters(arguments)) {
    const report::Converter measured =
        report::measure_converter(found.name, found.component, arguments.seed(), count);
    text += (text.empty() ? "" : "\n") + report::converter_text(measured, style, columns_of_output());
    described.push_back(report::converter_json(measured));
    if (drawn.empty() && picture) drawn = report::converter_picture(measured);
  }
  outputs.print(text);
  write_json(json, described.size() == 1 ? described.front() : described);
  if (picture) write_text(picture, drawn);
}

}  // namespace ohmweave::cli
