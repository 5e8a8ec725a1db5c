// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "ohmweave/base/files.h"
#include "ohmweave/cli/arguments.h"

namespace ohmweave::cli {

/// Whether what is printed goes to somebody who sees colours (NO_COLOR: see no-color.org).
bool colour_on_output();
bool colour_on_errors();

/// Width for tables: of the terminal, or as wide as they like where a file or a program takes them.
int columns_of_output();

/// Prints on standard output; throws base::OutputClosed when nobody reads any more.
void print(std::string_view text);

/// Files that a command writes, opened before its work starts so that it fails then and not after. A file that
/// is not finished (the work failed or was interrupted) leaves what stood there before as it was.
class Outputs {
 public:
  explicit Outputs(const Arguments& arguments) : arguments_(arguments) {}

  /// Opens `path` unless it is empty. Every output needs a place of its own, which no other word of the command
  /// line may say: what is read is not written over.
  std::optional<base::OutputFile> open(const std::string& path);
  /// Text for people, where standard output is not taken by a file.
  void print(std::string_view text) const;

 private:
  const Arguments& arguments_;
  std::set<std::filesystem::path> places_;
  bool standard_output_ = false;
};

/// Writes text to a file, if there is one, and finishes it.
void write_text(std::optional<base::OutputFile>& file, std::string_view text);
/// Writes JSON to a file, indented, and finishes it.
void write_json(std::optional<base::OutputFile>& file, const nlohmann::ordered_json& json);

}  // namespace ohmweave::cli
