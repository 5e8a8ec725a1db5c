// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/config/library.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "ohmweave/base/paths.h"
#include "ohmweave/config/fields.h"

namespace ohmweave::config {
namespace {

std::filesystem::path place(std::string_view folder) {
  return std::filesystem::path(base::data_folder()) / "library" / folder;
}

struct Head {
  std::string format, name;

  static constexpr auto fields() {
    return std::tuple{required("format", &Head::format, "what kind of file it is"),
                      required("name", &Head::name, "the file's name without .yaml")};
  }
};

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

std::string take_head(Node& file, std::string_view format, std::string_view what, base::Diagnostics& d) {
  Head head;
  read(file, head, d, file.keys());
  const Node* said = file.find("format");
  if (said != nullptr && head.format != format)
    d.error(said->span, fmt::format("the format of a {} is {}", what, format));
  const Node* name = file.find("name");
  const std::string stem =
      file.span.source ? std::filesystem::path(file.span.source->name).stem().string() : head.name;
  if (name != nullptr && head.name != stem) d.error(name->span, fmt::format("the file is called '{}'", stem));
  for (const char* key : {"format", "name", "sources"}) file.erase(key);
  return head.name;
}

}  // namespace ohmweave::config
