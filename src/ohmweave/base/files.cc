// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/base/files.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ohmweave/base/check.h"

namespace ohmweave::base {
namespace {

[[noreturn]] void standard_output_failed(int reason) {
  if (reason == EPIPE) throw OutputClosed();
  fail("standard output",
       fmt::format("cannot write: {}", reason != 0 ? std::strerror(reason) : "input/output error"));
}

}  // namespace

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
  if (is_standard_output()) {
    file_ = stdout;
    return;
  }
  struct stat status {};
  const bool exists = ::stat(path_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) fail(path_, "cannot write: it is a directory");
  if (path_.starts_with("/dev/") || path_.starts_with("/proc/") || (exists && !S_ISREG(status.st_mode))) {
    file_ = std::fopen(path_.c_str(), "wb");  // a special file has no place beside it
    if (file_ == nullptr) fail_with(errno);
    return;
  }
  target_ = path_;
  if (exists) {
    if (::access(path_.c_str(), W_OK) != 0) fail_with(errno);
    std::unique_ptr<char, void (*)(void*)> real(::realpath(path_.c_str(), nullptr), std::free);
    if (real) target_ = real.get();
  }
  open_beside();
  if (exists) ::fchmod(::fileno(file_), status.st_mode & 07777U);
}

void OutputFile::open_beside() {
  temporary_ = fmt::format("{}.part{}", target_, ::getpid());
  file_ = std::fopen(temporary_.c_str(), "wb");
  if (file_ == nullptr) {
    int reason = errno;
    temporary_.clear();
    fail_with(reason);
  }
}

void OutputFile::fail_with(int reason) const {
  fail(path_, fmt::format("cannot write: {}", std::strerror(reason)));
}

bool OutputFile::is_standard_output() const { return path_ == "-" || path_ == "/dev/stdout"; }

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      file_(std::exchange(other.file_, nullptr)) {}

OutputFile::~OutputFile() {
  if (file_ != nullptr && file_ != stdout) std::fclose(file_);
  if (!temporary_.empty()) std::remove(temporary_.c_str());
}

void OutputFile::write(std::string_view bytes) {
  OHMWEAVE_CHECK(file_ != nullptr, "a file is written after it was committed");
  if (file_ == stdout) return print(bytes);
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) fail_with(errno);
}

void OutputFile::commit() {
  OHMWEAVE_CHECK(file_ != nullptr, "a file is committed twice");
  std::FILE* done = std::exchange(file_, nullptr);
  if (done == stdout) return flush_standard_output();
  bool bad = std::fclose(done) != 0;
  if (!bad && !temporary_.empty()) bad = std::rename(temporary_.c_str(), target_.c_str()) != 0;
  if (bad) fail_with(errno);
  temporary_.clear();
}

void print(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) standard_output_failed(errno);
}

void flush_standard_output() {
  errno = 0;
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) standard_output_failed(errno);
}

}  // namespace ohmweave::base
