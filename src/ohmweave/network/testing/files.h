// SPDX-License-Identifier: Apache-2.0
// What tests that read files share.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

#include "ohmweave/base/diagnostics.h"

namespace ohmweave::network {

/// A folder of its own for each test, gone afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ohmweave test XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string path() const { return path_.string(); }
  /// Writes a file; its path.
  std::string put(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

/// What the Failure that `work` throws says.
template <class Work>
std::string message_of(Work work) {
  try {
    work();
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "no failure";
}

}  // namespace ohmweave::network
