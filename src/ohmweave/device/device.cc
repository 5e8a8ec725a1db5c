// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/device.h"

#include <algorithm>
#include <filesystem>

#include "ohmweave/config/library.h"
#include "ohmweave/config/load.h"

namespace ohmweave::device {
namespace {

constexpr std::string_view kFormat = "ohmweave-device/1", kFolder = "devices";

struct Head {
  std::string format, name, title;

  static constexpr auto fields() {
    return std::tuple{config::required("format", &Head::format, "always ohmweave-device/1"),
                      config::required("name", &Head::name, "the file's name without .yaml"),
                      config::required("title", &Head::title, "the technology, for people")};
  }
};

std::vector<std::string> keys_of_cells() {
  std::vector<std::string> keys;
  for (const config::FieldInfo& f : config::describe_fields<CellSpec>()) keys.push_back(f.name);
  return keys;
}

}  // namespace

std::vector<std::string> device_names() { return config::library_names(kFolder); }

Device load_device(const std::string& name, const std::vector<config::Override>& changes) {
  return read_device(config::library_path(kFolder, "device", name), changes);
}

Device read_device(const std::string& path, const std::vector<config::Override>& changes) {
  Device device;
  device.path = path;
  device.file = config::load(device.path, changes);
  base::Diagnostics d;
  Head head;
  std::vector<std::string> others = keys_of_cells();
  others.emplace_back("sources");
  config::read(device.file, head, d, others);
  config::Node body = device.file;
  for (const char* key : {"format", "name", "sources"}) body.erase(key);
  for (const std::string& unknown : body.keys()) {  // told already
    if (!config::is_provenance_key(unknown) && std::find(others.begin(), others.end(), unknown) == others.end())
      body.erase(unknown);
  }
  config::read(body, device.cell, d);
  d.stop_if_errors();
  if (head.format != kFormat) {
    base::fail(device.file.find("format")->span, fmt::format("the format of a device is {}", kFormat));
  }
  const std::string stem = std::filesystem::path(path).stem().string();
  if (head.name != stem) {
    base::fail(device.file.find("name")->span, fmt::format("the file is called '{}'", stem));
  }
  device.name = head.name;
  return device;
}

void use_device(config::Node& cell, const Device& device) {
  const auto is_condition = [](const std::string& key) {
    return key == "bits" || key == "time" || key == "temperature";
  };
  for (const std::string& key : keys_of_cells()) {
    const config::Node* own = cell.find(key);
    if (own != nullptr && (!is_condition(key) || own->defaulted)) cell.erase(key);
  }
  for (const config::Member& m : device.file.members) {
    if (m.key == "format" || m.key == "name" || m.key == "sources") continue;
    if (cell.find(m.key) == nullptr || !is_condition(m.key)) cell.set(m.key, m.value, m.key_span);
  }
}

}  // namespace ohmweave::device
