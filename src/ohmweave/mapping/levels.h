// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ohmweave/mapping/context.h"

namespace ohmweave::mapping {

/// Neighbouring instances of a group of the machine.
struct Range {
  int64_t first = 0, count = 1;
  int64_t last() const { return first + count - 1; }
  bool operator==(const Range&) const = default;
};

/// Instances of `level`, the group that layers are placed in or one around it, that a region lies in. Regions
/// are those of the first copy of the network; the other copies have instances of their own.
Range range_of(const Context& c, const machine::Node& level, const Region& region);

/// Whether several copies of the network have to share an instance of `level`.
bool shared_by_samples(const Context& c, const machine::Node& level);

/// Instances of `level` that an item of a task's output reaches, and those of them that it was not made in;
/// means over all items.
struct Traffic {
  double received = 1, foreign = 0;
};
Traffic traffic(const Context& c, const Task& task, const machine::Node& level);

}  // namespace ohmweave::mapping
