// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/units/quantity.h"

namespace ohmweave::execution {

using units::Picoseconds;

/// When the units of one resource are in use. Reservations may fill gaps that earlier ones left.
class Calendar {
 public:
  explicit Calendar(int64_t units) : units_(units), profile_{{kAlways, 0}} {}

  /// The first time from `t` on at which `units` are free for as long as `lasts`.
  Picoseconds fit(Picoseconds t, Picoseconds lasts, int64_t units) const;
  void book(Picoseconds t, Picoseconds lasts, int64_t units);
  /// Nobody will ask about times before `now` any more.
  void forget(Picoseconds now);
  void shift(Picoseconds by);

  /// Calls visit(time - now, units in use from then on) for every change after `now`, the use at `now` first.
  template <class Visit>
  void describe(Picoseconds now, Visit visit) const {
    const size_t k = at(now);
    visit(Picoseconds{0}, profile_[k].used);
    for (size_t j = k + 1; j < profile_.size(); ++j) visit(profile_[j].from - now, profile_[j].used);
  }

 private:
  static constexpr Picoseconds kAlways = INT64_MIN / 2;
  struct Step {
    Picoseconds from;
    int64_t used;
  };
  /// The step that holds at time t.
  size_t at(Picoseconds t) const;
  /// Makes a step begin at time t; returns it.
  size_t cut(Picoseconds t);

  int64_t units_;
  std::vector<Step> profile_;  // from profile_[first_] on; neighbours differ; ends with nothing in use
  size_t first_ = 0;
};

}  // namespace ohmweave::execution
