// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/base/random.h"
#include "ohmweave/logic/netlist.h"
#include "ohmweave/logic/program.h"

namespace ohmweave::logic {

/// A text as a file t.netlist.
std::shared_ptr<const base::Source> netlist_source(std::string_view text);

/// Gates of all kinds, of inputs and of gates before them.
Netlist random_netlist(base::RandomStream& random, int inputs, int gates, int outputs);

/// The number at a port in one of 64 vectors; `words` are those of all inputs or outputs.
uint64_t number_of(const NetlistPort& port, const std::vector<uint64_t>& words, size_t vector);

/// Runs a program on 64 random rows, in an array that holds rubbish, and compares them with the netlist.
void expect_computes(const Netlist& netlist, const LogicProgram& program, base::RandomStream& random);

}  // namespace ohmweave::logic
