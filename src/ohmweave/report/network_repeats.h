// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ohmweave/network/graph.h"

namespace ohmweave::report {

/// Nodes [first, first + length) that come `times` times in a row, each time reading the time before (or the
/// same values) in the same way, with operators, attributes and shapes alike.
struct Repeat {
  size_t first = 0, length = 0, times = 1;
  size_t end() const { return first + length * times; }
};

/// The repeats of a network that save `least` nodes or more when they are shown once, in order.
std::vector<Repeat> find_repeats(const network::Graph& graph, size_t least = 12);

}  // namespace ohmweave::report
