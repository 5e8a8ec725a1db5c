// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ohmweave/logic/program.h"

namespace ohmweave::report {

/// The cells of a row over the cycles of a program: when they are initialised, written by a gate, and until
/// when what they hold is read.
std::string logic_picture(const logic::LogicProgram& program, const std::string& title);

}  // namespace ohmweave::report
