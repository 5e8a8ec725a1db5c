// SPDX-License-Identifier: Apache-2.0
// Geometry of sliding windows: convolutions and pooling.
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/network/operators.h"

namespace ohmweave::network {

/// Attributes kernel_shape, strides, dilations, pads, auto_pad that all windows have.
std::vector<Parameter> window_attributes(std::vector<Parameter> more);
/// Fills them in for an input of extents N x C x spatial: every one of them stands for all spatial axes, and
/// auto_pad is resolved to pads. `kernel` is used where kernel_shape is not given, and has to agree where it
/// is.
void complete_window(Graph& graph, Node& node, const std::vector<int64_t>& kernel);
Pooling window_of(const Node& node);
/// Extents of the result along the spatial axes. `ceil`: windows that stand half outside at the end count.
std::vector<int64_t> window_extents(const Operation& o, const Pooling& window, bool ceil);
/// Where windows lie, with the end padded so far that every window of the result fits.
Pooling stretched_to(const Pooling& window, const tensor::Shape& input, const tensor::Shape& output);

/// Indices in `extent` that the window at `position` covers: first, count, at distance `step`.
struct Covered {
  int64_t first = 0, count = 0, skipped = 0;  // `skipped`: kernel elements before the first that lie outside
};
Covered covered(const Pooling& window, size_t axis, int64_t position, int64_t extent);

}  // namespace ohmweave::network
