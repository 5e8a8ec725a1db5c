// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ohmweave::base {

std::string read_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail(path, fmt::format("cannot read: {}", std::strerror(errno)));
  if (S_ISDIR(status.st_mode)) fail(path, "cannot read: it is a directory");
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) fail(path, fmt::format("cannot read: {}", std::strerror(errno)));
  std::string text(static_cast<size_t>(status.st_size), '\0');
  size_t got = std::fread(text.data(), 1, text.size(), file);
  text.resize(got);
  char more[4096];  // pipes and special files tell no size
  while (size_t n = std::fread(more, 1, sizeof more, file)) text.append(more, n);
  bool bad = std::ferror(file) != 0;
  std::fclose(file);
  if (bad) fail(path, "cannot read: input/output error");
  return text;
}

std::shared_ptr<const Source> read_source(const std::string& path) {
  return std::make_shared<const Source>(Source{path, read_file(path)});
}

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  struct stat status {};
  if (::stat(path_.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    if (S_ISDIR(status.st_mode)) fail(path_, "cannot write: it is a directory");
    file_ = std::fopen(path_.c_str(), "wb");  // /dev/stdout and the like have no place beside them
  } else {
    temporary_ = fmt::format("{}.part{}", path_, ::getpid());
    file_ = std::fopen(temporary_.c_str(), "wb");
  }
  if (file_ == nullptr) {
    int reason = errno;
    temporary_.clear();
    fail(path_, fmt::format("cannot write: {}", std::strerror(reason)));
  }
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      file_(std::exchange(other.file_, nullptr)) {}

OutputFile::~OutputFile() {
  if (file_ != nullptr) std::fclose(file_);
  if (!temporary_.empty()) std::remove(temporary_.c_str());
}

void OutputFile::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size())
    fail(path_, fmt::format("cannot write: {}", std::strerror(errno)));
}

void OutputFile::commit() {
  bool bad = std::fclose(std::exchange(file_, nullptr)) != 0;
  if (!bad && !temporary_.empty()) bad = std::rename(temporary_.c_str(), path_.c_str()) != 0;
  if (bad) fail(path_, fmt::format("cannot write: {}", std::strerror(errno)));
  temporary_.clear();
}

}  // namespace ohmweave::base
