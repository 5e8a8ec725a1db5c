// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ohmweave/base/diagnostics.h"
#include "ohmweave/base/random.h"
#include "ohmweave/mapping/logic/netlist.h"

namespace ohmweave::mapping {

/// A text as a file t.netlist.
std::shared_ptr<const base::Source> netlist_source(std::string_view text);

/// Gates of all kinds, of inputs and of gates before them, in BLIF or in our form.
Netlist random_netlist(base::RandomStream& random, int inputs, int gates, int outputs);

}  // namespace ohmweave::mapping
