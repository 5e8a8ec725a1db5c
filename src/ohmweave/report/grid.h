// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ohmweave/config/load.h"

namespace ohmweave::report {

/// A field of a design with the values it takes in a sweep.
struct GridAxis {
  std::string key;
  std::vector<std::string> values;
};

/// One axis of "KEY=V1,V2,...". Commas inside of brackets, braces and quotes belong to a value. `1..8` are all
/// whole numbers from 1 to 8, `2..64*2` every one twice the one before, `8..32+8` every one 8 more. Failure:
/// nothing between commas, a range that never ends or has no numbers, a value twice.
GridAxis parse_axis(const std::string& text);

/// All combinations of the axes' values; the last axis changes from one point to the next.
class Grid {
 public:
  static constexpr int64_t kMostPoints = 1'000'000;
  /// Failure: the same key twice, more points than that.
  explicit Grid(std::vector<GridAxis> axes);

  const std::vector<GridAxis>& axes() const { return axes_; }
  int64_t size() const { return size_; }
  /// The value of every axis at a point.
  std::vector<std::string> values(int64_t point) const;
  std::vector<config::Override> overrides(int64_t point) const;
  /// "chip.tile.ima.adc.bits=7 chips=4"; axes with one value are left out.
  std::string text(int64_t point) const;

 private:
  std::vector<GridAxis> axes_;
  int64_t size_ = 1;
};

}  // namespace ohmweave::report
