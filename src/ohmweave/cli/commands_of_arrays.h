// SPDX-License-Identifier: Apache-2.0
// Parts of the list of commands (commands.cc): what is about one array.
#pragma once

#include "ohmweave/cli/commands.h"

namespace ohmweave::cli {

inline constexpr Option kThreads{"--threads", "N",
                                 "processors to use; results do not depend on it (default: all)"};

Command circuit_command();
Command logic_command();

}  // namespace ohmweave::cli
