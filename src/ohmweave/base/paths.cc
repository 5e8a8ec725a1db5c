// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/paths.h"

#include <filesystem>
#include <system_error>

namespace ohmweave::base {
namespace {

std::string find_data_folder() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path candidates[] = {program.parent_path().parent_path() / "share" / "ohmweave",
                                 OHMWEAVE_SOURCE_DATA, OHMWEAVE_INSTALL_DATA};
  for (const fs::path& candidate : candidates) {
    if (fs::is_directory(candidate / "designs", ignored)) return candidate.string();
  }
  return OHMWEAVE_INSTALL_DATA;
}

}  // namespace

std::string version() { return OHMWEAVE_VERSION; }

const std::string& data_folder() {
  static const std::string folder = find_data_folder();
  return folder;
}

}  // namespace ohmweave::base
