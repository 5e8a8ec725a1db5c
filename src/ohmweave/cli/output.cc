// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/cli/output.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ohmweave/base/diagnostics.h"

namespace ohmweave::cli {
namespace {

bool shows_colour(int descriptor) {
  const char* no = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if ((no != nullptr && *no != '\0') || terminal == nullptr || std::string_view(terminal) == "dumb")
    return false;
  return ::isatty(descriptor) != 0;
}

}  // namespace

bool colour_on_output() { return shows_colour(STDOUT_FILENO); }
bool colour_on_errors() { return shows_colour(STDERR_FILENO); }

int columns_of_output() {
  constexpr int kUnlimited = 10000, kLeast = 40;
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return kUnlimited;
  return std::max<int>(size.ws_col, kLeast);
}

void print(std::string_view text) {
  base::print(text);
  base::flush_standard_output();
}

std::optional<base::OutputFile> Outputs::open(const std::string& path) {
  if (path.empty()) return std::nullopt;
  std::error_code error;  // opening the file tells
  const std::filesystem::path place = std::filesystem::weakly_canonical(std::filesystem::absolute(path), error);
  if (!places_.insert(error ? std::filesystem::path(path) : place).second)
    base::fail(path, "two outputs cannot go to the same place");
  if (std::filesystem::is_regular_file(path, error) && arguments_.mentions(path) > 1)
    base::fail(path, "the command names it twice; results need a file of their own");
  std::optional<base::OutputFile> file(path);
  if (file->is_standard_output() && standard_output_)
    base::fail(path, "two outputs cannot go to the same place");
  standard_output_ |= file->is_standard_output();
  return file;
}

void Outputs::print(std::string_view text) const {
  if (!standard_output_) cli::print(text);
}

void write_text(std::optional<base::OutputFile>& file, std::string_view text) {
  if (!file) return;
  file->write(text);
  file->commit();
}

void write_json(std::optional<base::OutputFile>& file, const nlohmann::ordered_json& json) {
  if (file) write_text(file, json.dump(2) + "\n");
}

}  // namespace ohmweave::cli
