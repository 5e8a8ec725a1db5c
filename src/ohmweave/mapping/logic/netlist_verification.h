// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/mapping/logic/netlist.h"
#include "ohmweave/mapping/logic/verification.h"

namespace ohmweave::mapping {

/// Uniform random bits for the inputs of a program.
LogicValues random_bits(const array::LogicProgram& program, int64_t rows, uint64_t seed);

/// Compares what rows gave with the gates of the netlist, evaluated one by one.
LogicVerification verify(const Netlist& netlist, const LogicValues& operands, const LogicValues& results,
                         int64_t rows);

}  // namespace ohmweave::mapping
