// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include <fmt/format.h>

#include "ohmweave/circuit/component.h"
#include "ohmweave/cli/arguments.h"
#include "ohmweave/cli/output.h"
#include "ohmweave/config/annotations.h"
#include "ohmweave/config/load.h"
#include "ohmweave/device/device.h"
#include "ohmweave/device/vteam.h"
#include "ohmweave/logic/costs.h"
#include "ohmweave/machine/design.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/mapping/settings.h"
#include "ohmweave/network/network.h"
#include "ohmweave/report/baseline.h"
#include "ohmweave/report/claims.h"

namespace ohmweave::cli {
namespace {

/// A component of the library: what a design says by `use: circuits/NAME`.
void check_circuit(const std::string& path) {
  config::Node node = config::without_annotations(config::load(path));
  for (const char* key : {"format", "name", "sources"}) node.erase(key);
  base::Diagnostics d;
  const config::Node* word = node.find("kind");
  const circuit::Kind* kind = word != nullptr ? circuit::find_kind(word->text) : nullptr;
  if (kind == nullptr) {
    std::vector<std::string> known;
    for (const circuit::Kind& k : circuit::kinds()) known.emplace_back(k.word);
    if (word == nullptr) base::fail(node.span, "a component needs a 'kind'");
    config::report_unknown_word(*word, "kind", known, d);
  } else {
    kind->make(node, d);
  }
  d.stop_if_errors();
}

void check_design(const std::string& path) {
  const machine::Machine machine = machine::load(path.find('/') == std::string::npos ? "./" + path : path);
  mapping::read_settings(machine);
}

/// Reads a file as what it says it is; the Failure that comes out says what is wrong.
void check_file(const std::string& path) {
  const std::string ending = std::filesystem::path(path).extension().string();
  if (ending == ".onnx") {
    network::import_onnx(path);
    return;
  }
  if (ending != ".yaml" && ending != ".yml") base::fail(path, "neither a .onnx nor a .yaml file");
  const config::Node file = config::parse_yaml(base::read_source(path));
  const config::Node* format = file.find("format");
  const std::string says = format != nullptr ? format->text : "";
  if (format == nullptr && file.find("layers") != nullptr) {
    network::read_text(path);
  } else if (says == "ohmweave-device/1") {
    device::read_device(path);
  } else if (says == "ohmweave-circuit/1") {
    check_circuit(path);
  } else if (says == "ohmweave-logic/1") {
    logic::load_logic_costs(std::filesystem::absolute(path).string());
  } else if (says == "ohmweave-memristor/1") {
    device::load_memristor(std::filesystem::absolute(path).string());
  } else if (says == "ohmweave-claims/1") {
    report::read_claims_file(path);
  } else if (says == "ohmweave-baseline/1") {
    report::load_baseline(path);
  } else {
    check_design(path);
  }
}

}  // namespace

int check(const Arguments& arguments) {
  base::Diagnostics wrong;
  for (const std::string& path : arguments.operands()) {
    try {
      check_file(path);
    } catch (const base::Failure& failure) {
      wrong.append(failure.diagnostics());
    }
  }
  wrong.stop_if_errors();
  return 0;
}

}  // namespace ohmweave::cli
