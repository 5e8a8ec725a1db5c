// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/timing/own_use.h"

#include <algorithm>

namespace ohmweave::execution {

bool exclude_each_other(const std::vector<Busy>& steps, int64_t units) {
  return std::all_of(steps.begin(), steps.end(), [&](const Busy& s) { return 2 * s.units > units; });
}

OwnUse own_use(const std::vector<std::vector<Busy>>& by_resource) {
  std::vector<OwnUse::Range> ranges;
  for (const std::vector<Busy>& steps : by_resource) {
    for (const Busy& later : steps) {
      for (const Busy& earlier : steps) {
        const OwnUse::Range r{earlier.at - later.at - later.lasts, earlier.at + earlier.lasts - later.at};
        if (r.high > 0 && later.lasts > 0 && earlier.lasts > 0) ranges.push_back(r);
      }
    }
  }
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.low < b.low; });
  OwnUse out;
  for (const OwnUse::Range& r : ranges) {
    if (r.low < out.interval || (out.interval == 0 && r.low < 0)) {
      out.interval = std::max(out.interval, r.high);
    } else if (!out.forbidden.empty() && r.low < out.forbidden.back().high) {
      out.forbidden.back().high = std::max(out.forbidden.back().high, r.high);
    } else {
      out.forbidden.push_back(r);
    }
  }
  return out;
}

}  // namespace ohmweave::execution
