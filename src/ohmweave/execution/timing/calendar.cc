// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/timing/calendar.h"

#include <algorithm>
#include <cstddef>

namespace ohmweave::execution {

size_t Calendar::at(Picoseconds t) const {
  if (t >= profile_.back().from) return profile_.size() - 1;
  size_t k = first_;
  if (profile_.size() - k > 16) {
    auto after = std::upper_bound(profile_.begin() + static_cast<ptrdiff_t>(k), profile_.end(), t,
                                  [](Picoseconds x, const Step& s) { return x < s.from; });
    return after == profile_.begin() + static_cast<ptrdiff_t>(k)
               ? k
               : static_cast<size_t>(after - profile_.begin()) - 1;
  }
  while (k + 1 < profile_.size() && profile_[k + 1].from <= t) ++k;
  return k;
}

Picoseconds Calendar::fit(Picoseconds t, Picoseconds lasts, int64_t units) const {
  if (lasts == 0) return t;
  for (size_t k = at(t); k < profile_.size() && profile_[k].from < t + lasts; ++k) {
    if (profile_[k].used + units > units_) t = profile_[k + 1].from;
  }
  return t;
}

size_t Calendar::cut(Picoseconds t) {
  const size_t k = at(t);
  if (profile_[k].from == t) return k;
  profile_.insert(profile_.begin() + static_cast<ptrdiff_t>(k) + 1, {t, profile_[k].used});
  return k + 1;
}

void Calendar::book(Picoseconds t, Picoseconds lasts, int64_t units) {
  if (lasts == 0) return;
  const size_t begin = cut(t), end = cut(t + lasts);
  for (size_t k = begin; k < end; ++k) profile_[k].used += units;
  for (size_t k : {end, begin}) {  // a step equal to the one before it is none
    if (k > first_ && profile_[k].used == profile_[k - 1].used)
      profile_.erase(profile_.begin() + static_cast<ptrdiff_t>(k));
  }
}

void Calendar::forget(Picoseconds now) {
  first_ = at(now);
  if (first_ < 32) return;
  profile_.erase(profile_.begin(), profile_.begin() + static_cast<ptrdiff_t>(first_));
  first_ = 0;
}

void Calendar::shift(Picoseconds by) {
  for (Step& s : profile_) s.from += by;
}

}  // namespace ohmweave::execution
