// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "ohmweave/network/affine.h"

namespace ohmweave::network {

/// Nodes computed together: a convolution or a batch normalisation and what happens to its result on the way to
/// memory.
struct Group {
  NodeId first = 0;                  // the convolution or normalisation
  std::optional<Affine> scaled;      // per channel, right after it (of a normalisation: itself)
  ValueId added = kNoValue;          // an activation added to it
  std::optional<NodeId> activation;  // Relu, LeakyRelu or Clip
  ValueId result = kNoValue;
};
/// Groups by their last node, which is where they run, and all nodes that are part of one.
struct Groups {
  std::map<NodeId, Group> at;
  std::vector<bool> member;
};
Groups find_groups(const Graph& graph);
/// Groups of one convolution each.
Groups lone_groups(const Graph& graph);

/// Bounds or slope of an activation that is exact to compute in any place; nothing for other nodes.
struct ExactActivation {
  Op op = Op::Relu;
  float alpha = 0, beta = 0;
};
std::optional<ExactActivation> exact_activation(const Graph& graph, const Node& node);

}  // namespace ohmweave::network
