// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/units/quantity.h"

namespace ohmweave::execution {

using units::Picoseconds;

/// When a stage may fire again, as far as resources go that no other stage uses: the forbidden latencies of its
/// reservation table (Davidson, 1971). Two firings must not begin closer than `interval`, nor at a distance
/// inside one of `forbidden`, where a late step of the earlier would meet an early step of the later.
struct OwnUse {
  struct Range {
    Picoseconds low, high;  // distances strictly between
  };
  Picoseconds interval = 0;
  std::vector<Range> forbidden;  // beyond the interval, in rising order, apart
  /// Firings further back than this many are out of reach.
  int64_t reach() const { return forbidden.empty() ? 1 : forbidden.back().high / interval + 2; }
};

/// One step of a firing on a resource of its own.
struct Busy {
  Picoseconds at, lasts;
  int64_t units;
};

/// Whether no two of these steps, of whatever firings, can ever be at the same time on a resource with that
/// many units. Only then distances tell all.
bool exclude_each_other(const std::vector<Busy>& steps, int64_t units);

/// The forbidden latencies of all resources together; each must exclude sharing.
OwnUse own_use(const std::vector<std::vector<Busy>>& by_resource);

}  // namespace ohmweave::execution
