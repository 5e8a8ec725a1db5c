// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include "ohmweave/base/files.h"
#include "ohmweave/base/paths.h"
#include "ohmweave/config/configuration.h"
#include "ohmweave/machine/machine.h"
#include "ohmweave/machine/shorthand.h"

namespace ohmweave::machine {
namespace {

namespace fs = std::filesystem;

fs::path designs_folder() { return fs::path(base::data_folder()) / "designs"; }

std::string path_of(const std::string& name) {
  if (name.find('/') != std::string::npos || name.ends_with(".yaml")) return name;
  std::vector<std::string> known;
  for (const NamedDesign& d : named_designs()) {
    if (d.name == name) return d.path;
    known.push_back(d.name);
  }
  const std::string hint = base::did_you_mean(name, known);
  std::string list;
  for (const std::string& k : known) list += (list.empty() ? "" : ", ") + k;
  base::fail("--design",
             fmt::format("there is no design '{}'{}", name, hint.empty() ? "; known: " + list : hint));
}

}  // namespace

std::vector<NamedDesign> named_designs() {
  std::vector<NamedDesign> out;
  std::error_code missing;
  for (const fs::directory_entry& entry : fs::directory_iterator(designs_folder(), missing)) {
    const fs::path file = entry.path() / "design.yaml";
    if (!fs::exists(file)) continue;
    const config::Node design = config::parse_yaml(base::read_source(file.string()));
    const config::Node* title = design.find("title");
    out.push_back({entry.path().filename().string(), title != nullptr ? title->text : "", file.string()});
  }
  std::sort(out.begin(), out.end(), [](const NamedDesign& a, const NamedDesign& b) { return a.name < b.name; });
  return out;
}

Machine load(const std::string& configuration, const std::vector<config::Override>& more) {
  config::Configuration asked = config::parse_configuration(configuration);
  asked.changes.insert(asked.changes.end(), more.begin(), more.end());
  config::Node design = config::load(path_of(asked.name));
  for (const config::Override& change : asked.changes) apply(change, design);
  return build(std::move(design), config::text_of(asked));
}

}  // namespace ohmweave::machine
