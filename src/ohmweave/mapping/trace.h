// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "ohmweave/network/graph.h"
#include "ohmweave/program/program.h"

namespace ohmweave::mapping {

/// What a firing needs of one axis of a value, as an affine range of one of its loops or as all of it.
using Needs = std::vector<program::Axis>;  // one per axis of the value

/// A value that some stage stores, or an input or constant of the network, and what is needed of it.
struct Origin {
  network::ValueId value = network::kNoValue;
  Needs needs;
};

/// Follows `needs` of a value back through the views (Reshape, Transpose, Pad, Slice, Concat ...) between it
/// and the values that `stored` knows. A view that mixes axes makes the need all of them; that waits longer,
/// never too little.
std::vector<Origin> trace(const network::Graph& graph, network::ValueId value, const Needs& needs,
                          const std::function<bool(network::ValueId)>& stored);

}  // namespace ohmweave::mapping
