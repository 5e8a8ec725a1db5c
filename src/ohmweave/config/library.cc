// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/config/library.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/base/paths.h"

namespace ohmweave::config {
namespace {

std::filesystem::path place(std::string_view folder) {
  return std::filesystem::path(base::data_folder()) / "library" / folder;
}

}  // namespace

std::vector<std::string> library_names(std::string_view folder) {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(place(folder), missing))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string library_path(std::string_view folder, std::string_view what, const std::string& name) {
  if (name.find('/') != std::string::npos || name.ends_with(".yaml")) return name;
  const std::vector<std::string> known = library_names(folder);
  if (std::find(known.begin(), known.end(), name) == known.end())
    base::fail(name, fmt::format("there is no such {}{}", what, base::did_you_mean(name, known)));
  return (place(folder) / (name + ".yaml")).string();
}

}  // namespace ohmweave::config
