// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/network/graph.h"

namespace ohmweave::network {

/// Parameters of each node, whose sum is parameter_count(): those that several nodes read count at the first.
std::vector<int64_t> parameters_by_node(const Graph& graph);

}  // namespace ohmweave::network
