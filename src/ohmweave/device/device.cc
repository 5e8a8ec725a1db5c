// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/device/device.h"

#include <algorithm>
#include <filesystem>

#include "ohmweave/base/paths.h"
#include "ohmweave/config/load.h"

namespace ohmweave::device {
namespace {

constexpr std::string_view kFormat = "ohmweave-device/1";

struct DeviceFile {
  std::string format, name, title;
  Characteristics characteristics;
  std::optional<Typical> typical;

  static constexpr auto fields() {
    using D = DeviceFile;
    return std::tuple{config::required("format", &D::format, "always ohmweave-device/1"),
                      config::required("name", &D::name, "the file's name without .yaml"),
                      config::required("title", &D::title, "the technology, for people"),
                      config::required("characteristics", &D::characteristics, "the technology's table entry"),
                      config::defaulted("typical", &D::typical, "the technology by a second source")};
  }
};

std::filesystem::path folder() { return std::filesystem::path(base::data_folder()) / "library" / "devices"; }

}  // namespace

std::vector<std::string> device_names() {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder(), missing)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Device load_device(const std::string& name) {
  std::vector<std::string> known = device_names();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    base::fail(name, "there is no such device" + base::did_you_mean(name, known));
  }
  return read_device((folder() / (name + ".yaml")).string());
}

Device read_device(const std::string& path) {
  Device device;
  device.path = path;
  device.file = config::load(device.path);
  base::Diagnostics d;
  DeviceFile file;
  config::read(device.file, file, d, {"sources"});
  d.stop_if_errors();
  if (file.format != kFormat) {
    base::fail(device.file.find("format")->span, fmt::format("the format of a device is {}", kFormat));
  }
  const std::string stem = std::filesystem::path(path).stem().string();
  if (file.name != stem) {
    base::fail(device.file.find("name")->span, fmt::format("the file is called '{}'", stem));
  }
  device.name = file.name;
  device.title = file.title;
  device.characteristics = file.characteristics;
  device.typical = file.typical;
  return device;
}

}  // namespace ohmweave::device
