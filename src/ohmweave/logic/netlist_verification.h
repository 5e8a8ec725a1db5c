// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/logic/netlist.h"
#include "ohmweave/logic/verification.h"

namespace ohmweave::logic {

/// Uniform random bits for the inputs of a program.
LogicValues random_bits(const LogicProgram& program, int64_t rows, uint64_t seed);

/// Compares what rows gave with the gates of the netlist, evaluated one by one.
LogicVerification verify(const Netlist& netlist, const LogicValues& operands, const LogicValues& results,
                         int64_t rows);

}  // namespace ohmweave::logic
