// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ohmweave/network/graph.h"

namespace ohmweave::network {

/// Which values can never be negative, whatever the data: results of rectifiers and the like, and of what makes
/// nothing negative of such. `inputs`: whether the graph's inputs are so. One entry per value; floats only.
std::vector<bool> never_negative(const Graph& graph, const std::vector<bool>& inputs);

}  // namespace ohmweave::network
