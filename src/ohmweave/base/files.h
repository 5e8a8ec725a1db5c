// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ohmweave/base/diagnostics.h"

namespace ohmweave::base {

/// The whole file, or a Failure that names it and the reason.
std::string read_file(const std::string& path);
std::shared_ptr<const Source> read_source(const std::string& path);

/// A file that appears whole or not at all: written beside its place under another name, and renamed by
/// commit(). The constructor fails if the place cannot be written, so long work can check its outputs before it
/// starts.
class OutputFile {
 public:
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(OutputFile&&) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;

  void write(std::string_view bytes);
  /// Fails if not all bytes reached the disk.
  void commit();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string temporary_;
  std::FILE* file_ = nullptr;
};

}  // namespace ohmweave::base
