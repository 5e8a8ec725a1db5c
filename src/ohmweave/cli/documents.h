// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ohmweave/cli/commands.h"

namespace ohmweave::cli {

/// What the table of commands says, in the forms people and programs read it.
std::string help_text();
std::string help_text(const Command& command);
std::string markdown();                                   // docs/cli.md
std::string manual();                                     // ohmweave.1, man macros
std::string completion_script(const std::string& shell);  // bash, zsh or fish

/// Exit codes and what they say, for help and documents.
struct ExitCode {
  std::string_view code, what;
};
const std::vector<ExitCode>& exit_codes();

}  // namespace ohmweave::cli
