// SPDX-License-Identifier: Apache-2.0
// Reading of library/baselines.
#include "ohmweave/report/baseline.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ohmweave/base/files.h"
#include "ohmweave/base/paths.h"
#include "ohmweave/config/annotations.h"
#include "ohmweave/config/configuration.h"
#include "ohmweave/machine/design.h"
#include "ohmweave/report/baseline_standing.h"
#include "ohmweave/report/numbers.h"

namespace ohmweave::report {
namespace {

namespace fs = std::filesystem;

fs::path folder() { return fs::path(base::data_folder()) / "library" / "baselines"; }

std::string path_of(const std::string& name) {
  if (name.find('/') != std::string::npos || name.ends_with(".yaml")) return name;
  const std::vector<std::string> known = baseline_names();
  if (std::find(known.begin(), known.end(), name) != known.end()) return folder() / (name + ".yaml");
  std::string hint = base::did_you_mean(name, known);
  if (hint.empty()) {
    for (const std::string& k : known) hint += (hint.empty() ? "; known: " : ", ") + k;
  }
  base::fail("baseline", fmt::format("there is no baseline '{}'{}", name, hint));
}

const BaselineKind* kind_of(const config::Node& file, base::Diagnostics& d) {
  const config::Node* word = file.find("model");
  std::vector<std::string> known;
  for (const BaselineKind& k : baseline_kinds()) {
    if (word != nullptr && word->text == k.word) return &k;
    known.emplace_back(k.word);
  }
  if (word != nullptr) config::report_unknown_word(*word, "model", known, d);
  return nullptr;
}

std::vector<std::string> names_of(const std::vector<config::FieldInfo>& fields) {
  std::vector<std::string> out;
  for (const config::FieldInfo& f : fields) out.push_back(f.name);
  return out;
}

/// The fields of a model out of a file, with those of a section of assumptions laid over them.
config::Node model_fields(const config::Node& plain, const std::vector<std::string>& fields,
                          const config::Node* assumptions, base::Diagnostics& d) {
  config::Node out = config::mapping(plain.span);
  for (const std::string& name : fields) {
    if (const config::Node* value = plain.find(name)) out.set(name, *value);
  }
  if (assumptions == nullptr) return out;
  for (const config::Member& m : assumptions->members) {
    if (config::is_provenance_key(m.key)) continue;
    if (std::find(fields.begin(), fields.end(), m.key) == fields.end()) report_unknown_key(m, fields, d);
    out.set(m.key, m.value);
  }
  return out;
}

std::vector<Measured> read_measured(const config::Node& file, base::Diagnostics& d) {
  std::vector<Measured> out;
  const config::Node* rows = file.find("measured");
  if (rows == nullptr) return out;
  if (rows->kind != config::Node::Kind::List) {
    d.error(rows->span, fmt::format("expected a list, found {}", config::describe(*rows)));
    return out;
  }
  for (const config::Node& row : rows->items) {
    config::Node plain = config::without_annotations(row);
    Measured& m = out.emplace_back();
    if (!config::read(plain, m, d)) continue;
    if (m.time.has_value() == m.throughput.has_value())
      d.error(row.span, "a measurement has a time or a throughput");
    m.from = config::provenance_of(row, "network");
    if (m.from.empty()) d.error(row.span, "a measurement needs a source of its own; add 'from:'");
  }
  return out;
}

}  // namespace

std::vector<std::string> baseline_names() {
  std::vector<std::string> out;
  std::error_code missing;
  for (const fs::directory_entry& e : fs::directory_iterator(folder(), missing)) {
    if (e.path().extension() == ".yaml") out.push_back(e.path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Baseline load_baseline(const std::string& configuration, const std::vector<config::Override>& set) {
  config::Configuration asked = config::parse_configuration(configuration);
  asked.changes.insert(asked.changes.end(), set.begin(), set.end());
  Baseline out;
  out.file = config::load(path_of(asked.name), asked.changes);
  out.configuration = config::text_of(asked);
  base::Diagnostics d;
  config::check_provenance(out.file, d);
  config::Node plain = config::without_annotations(out.file);
  const BaselineKind* kind = kind_of(plain, d);
  const std::vector<std::string> fields =
      kind != nullptr ? names_of(kind->fields()) : std::vector<std::string>{};
  std::vector<std::string> known = fields;
  for (const char* section : {"sources", "measured", "pessimistic", "optimistic"}) known.emplace_back(section);
  if (kind != nullptr || plain.find("model") == nullptr)
    config::read(plain, static_cast<BaselineHead&>(out), d, known);
  if (!out.format.empty() && out.format != "ohmweave-baseline/1")
    d.error(plain.find("format")->span, "expected ohmweave-baseline/1");
  out.measured = read_measured(out.file, d);
  if (kind != nullptr) {
    const auto made = [&](const config::Node* assumptions) {
      config::Node node = model_fields(plain, fields, assumptions, d);
      return kind->make(node, out.name, d);
    };
    out.machine = made(nullptr);
    if (const config::Node* section = plain.find("pessimistic")) out.pessimistic = made(section);
    if (const config::Node* section = plain.find("optimistic")) out.optimistic = made(section);
    if ((plain.find("pessimistic") == nullptr) != (plain.find("optimistic") == nullptr))
      d.error(plain.span, "'pessimistic' and 'optimistic' go together");
  }
  d.stop_if_errors();
  return out;
}

nlohmann::ordered_json baseline_json(const Baseline& b, const network::Graph* network) {
  const Peak peak = b.machine->peak();
  nlohmann::ordered_json out;
  out["design"]["name"] = b.name;
  out["design"]["title"] = b.title;
  out["design"]["peak"] = {
      {"ops_per_s", peak.ops_per_s}, {"ops_per_J", peak.ops_per_s / peak.power_W}, {"power_W", peak.power_W}};
  if (peak.area_m2) {
    out["design"]["peak"]["ops_per_s_per_m2"] = peak.ops_per_s / *peak.area_m2;
    out["design"]["area_m2"] = *peak.area_m2;
  }
  if (peak.weights_B) out["design"]["weights_B"] = *peak.weights_B;
  if (!network) return out;
  const Standing s = standing(b, *network);
  nlohmann::ordered_json& costs = out["costs"];
  costs["latency_s"] = number(s.latency_s.value);
  costs["throughput_per_s"] = number(s.throughput_per_s.value);
  costs["energy_per_inference_J"] = number(s.energy_J.value);
  costs["average_power_W"] = number(s.energy_J.value * s.throughput_per_s.value);
  if (s.model.area_m2) costs["area_m2"] = *s.model.area_m2;
  for (const auto& [part, joules] : s.model.energy) costs["energy_breakdown_J"][part] = number(joules);
  costs["used_of_peak"] = number(s.model.used_of_peak);
  out["mapping"]["chips"] = s.model.chips;
  return out;
}

}  // namespace ohmweave::report
