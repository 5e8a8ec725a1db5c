// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "ohmweave/units/quantity.h"

namespace ohmweave::execution {

using units::Picoseconds;

/// The last part of a long list of times, by their place in the whole list.
class Tail {
 public:
  int64_t first() const { return first_; }  // of those still here
  int64_t end() const { return end_; }
  int64_t size() const { return static_cast<int64_t>(mask_) + 1; }
  bool full() const { return end_ - first_ == size(); }
  Picoseconds operator[](int64_t i) const { return ring_[static_cast<size_t>(i) & mask_]; }
  /// There must be room: see full().
  void push(Picoseconds t) { ring_[static_cast<size_t>(end_++) & mask_] = t; }
  void drop_before(int64_t i) { first_ = std::max(first_, i); }
  void grow() { rebuild(2 * size(), 0, 0); }
  /// What stands at place i stands `items` further on afterwards, `by` later.
  void shift(int64_t items, Picoseconds by) { rebuild(size(), items, by); }

 private:
  void rebuild(int64_t size, int64_t items, Picoseconds by) {
    auto ring = std::make_unique_for_overwrite<Picoseconds[]>(static_cast<size_t>(size));
    const size_t mask = static_cast<size_t>(size) - 1;
    for (int64_t i = first_; i < end_; ++i) ring[static_cast<size_t>(i + items) & mask] = (*this)[i] + by;
    ring_ = std::move(ring);
    mask_ = mask;
    first_ += items;
    end_ += items;
  }

  std::unique_ptr<Picoseconds[]> ring_ = std::make_unique_for_overwrite<Picoseconds[]>(16);
  size_t mask_ = 15;
  int64_t first_ = 0, end_ = 0;
};

}  // namespace ohmweave::execution
