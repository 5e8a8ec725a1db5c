// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "ohmweave/network/graph.h"

namespace ohmweave::network {

/// y = scale * x + shift with one pair per channel (axis 1).
struct Affine {
  ValueId input = kNoValue;
  std::vector<double> scale, shift;

  /// This one first, then `next`.
  void then(const Affine& next);
};
/// A batch normalisation with known statistics, or arithmetic with a known number per channel; else nothing.
std::optional<Affine> affine(const Graph& graph, const Node& node);

}  // namespace ohmweave::network
