// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "ohmweave/base/diagnostics.h"

namespace ohmweave::base {

/// The whole file, or a Failure that names it and the reason.
std::string read_file(const std::string& path);
std::shared_ptr<const Source> read_source(const std::string& path);

/// A file that appears whole or not at all: written beside its place under another name, and renamed by
/// commit(). A file that stood there before keeps its permissions; a symbolic link keeps pointing to it. `-`,
/// /dev/stdout and other special files are written as they are. The constructor fails if the place cannot be
/// written, so long work can check its outputs before it starts.
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
  /// Whether the bytes go to standard output, where text for people would spoil them.
  bool is_standard_output() const;

 private:
  void open_beside();
  [[noreturn]] void fail_with(int reason) const;

  std::string path_;       // as the user wrote it
  std::string target_;     // what commit() replaces: path_ with its links followed
  std::string temporary_;  // empty for special files
  std::FILE* file_ = nullptr;
};

/// Thrown when whoever read our standard output has gone (a closed pipe, with SIGPIPE ignored): nothing is left
/// to say.
class OutputClosed : public std::exception {
 public:
  const char* what() const noexcept override { return "standard output was closed"; }
};

/// Writes on standard output; throws OutputClosed, or Failure if it could not be written.
void print(std::string_view text);
/// Pushes out what was printed on standard output; throws OutputClosed, or Failure if it could not be written.
void flush_standard_output();

}  // namespace ohmweave::base
