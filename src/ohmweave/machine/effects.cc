// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/machine/effects.h"

#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/array/kinds.h"
#include "ohmweave/circuit/converter_errors.h"
#include "ohmweave/device/device.h"

namespace ohmweave::machine {
namespace {

/// Fields that are effects, by the kind of what they belong to. Taken away, each leaves what it is about ideal.
/// Those of cells are told by device::effects.
struct FieldOfEffect {
  std::string_view kind, field, effect;
};
constexpr FieldOfEffect kFields[] = {
    {"array", "wires", "wires"},
    {"dac", "offset", "drivers"},
    {"dac", "gain_error", "drivers"},
    {"dac", "level_mismatch", "drivers"},
    {"sense_amplifier", "offset", "sense amplifiers"},
    {"sense_amplifier", "noise", "sense amplifiers"},
    {"integrate_fire", "threshold_variation", "converter errors"},
    {"integrate_fire", "leak", "converter errors"},
    {"integrate_fire", "reset_loss", "converter errors"},
    {"integrate_fire", "noise", "converter errors"},
};
constexpr std::string_view kResolution = "converter range and resolution";

void add(std::vector<Effect>& effects, std::string_view name, config::Override change) {
  auto at = std::find_if(effects.begin(), effects.end(), [&](const Effect& e) { return e.name == name; });
  if (at == effects.end()) at = effects.insert(effects.end(), {std::string(name), {}});
  at->changes.push_back(std::move(change));
}

/// Whether a field says something: it was written, and is not switched off.
bool says_something(const config::Node& node, std::string_view field) {
  const config::Node* own = node.find(field);
  if (own == nullptr || own->defaulted || own->text == "none") return false;
  const config::Node* kind = own->find("kind");
  return kind == nullptr || kind->text != "none";
}

void find(const config::Node& node, const std::string& path, std::string_view kind,
          std::vector<Effect>& found) {
  for (const FieldOfEffect& f : kFields) {
    if (f.kind == kind && says_something(node, f.field))
      add(found, f.effect, {fmt::format("{}.{}", path, f.field), ""});
  }
  if (kind == "cell") {
    device::CellSpec spec;
    base::Diagnostics none;  // the machine was built of this
    config::Node cell = node;
    config::read(cell, spec, none);
    for (const device::Effect& e : device::effects(spec)) add(found, e.name, {path + "." + e.key, e.off});
  }
  if (kind == "adc") {
    for (const config::FieldInfo& f : config::describe_fields<circuit::ConverterErrors>()) {
      if (says_something(node, f.name))
        add(found, "converter errors", {fmt::format("{}.{}", path, f.name), ""});
    }
    add(found, kResolution, {path + ".range", "clip"});
    for (const char* field : {"low", "high", "bounds", "calibration", "percentile"}) {
      if (node.find(field) != nullptr) add(found, kResolution, {fmt::format("{}.{}", path, field), ""});
    }
    add(found, kResolution, {path + ".bits", "16"});
  }
  if (kind == "integrate_fire") {  // as many spikes as a sum counts, rounded
    add(found, kResolution, {path + ".bits", "20"});
    add(found, kResolution, {path + ".initial_charge", "0.5"});
    if (node.find("threshold") != nullptr) add(found, kResolution, {path + ".threshold", ""});
  }
  for (const config::Member& m : node.members) {
    const config::Node* word = m.value.find("kind");
    const bool array = word != nullptr && array::find_kind(word->text) != nullptr;
    const std::string_view kind_of = word != nullptr ? std::string_view(word->text) : std::string_view();
    const std::string_view below = m.key == "cell" ? "cell" : array ? "array" : kind_of;
    find(m.value, path.empty() ? m.key : path + "." + m.key, below, found);
  }
}

void erase(config::Node& root, const std::string& path) {
  config::Node* at = &root;
  size_t begin = 0;
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', begin)) {
    at = at->find(path.substr(begin, dot - begin));
    begin = dot + 1;
  }
  at->erase(path.substr(begin));
}

}  // namespace

std::vector<Effect> effects(const Machine& machine) {
  std::vector<Effect> out;
  find(machine.design, "", "", out);
  return out;
}

Machine without(const Machine& machine, std::span<const Effect> off) {
  config::Node design = machine.design;
  std::string configuration = machine.configuration;
  for (const Effect& e : off) {
    configuration += " without " + e.name;
    for (const config::Override& change : e.changes) {
      if (change.value.empty())
        erase(design, change.path);
      else
        config::apply(design, {change});
    }
  }
  return build(std::move(design), configuration);
}

}  // namespace ohmweave::machine
