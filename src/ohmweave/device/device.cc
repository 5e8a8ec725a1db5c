// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/device.h"

#include <algorithm>

#include "ohmweave/config/library.h"
#include "ohmweave/config/load.h"

namespace ohmweave::device {
namespace {

constexpr std::string_view kFormat = "ohmweave-device/1", kFolder = "devices";

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
  config::Node body = device.file;
  device.name = config::take_head(body, kFormat, "device", d);
  config::read(body, device.cell, d);
  d.stop_if_errors();
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
