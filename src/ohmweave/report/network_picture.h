// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ohmweave/network/graph.h"

namespace ohmweave::report {

/// A node in a few words: "Conv 3×3 /2, 64", "Gemm 1000", "MaxPool 2×2 /2", "Add".
std::string describe_node(const network::Graph& graph, const network::Node& node);
/// Extents without the batch: "64×56×56".
std::string print_extents(const tensor::Shape& shape);

/// A picture of a network as SVG: boxes for products and joints with what follows them, coloured by family, the
/// size of data at the arrows, and repeated parts once. The same network gives the same text.
std::string network_picture(const network::Graph& graph);

}  // namespace ohmweave::report
