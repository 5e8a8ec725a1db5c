// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace ohmweave::circuit {

/// Which physical converter: what is wrong with it depends on nothing else. Converters of a place may share
/// parts (a ramp); `number` tells them apart.
struct Instance {
  uint64_t seed = 0, place = 0;
  int64_t number = 0;
};

/// What one converter makes of an analog sum, counted in steps of one cell driven by the least digit. What
/// comes after it takes code c for zero + c * step, whatever the converter's errors.
struct Transfer {
  double zero = 0, step = 1;
  int64_t most = 255;  // codes are 0..most
  /// The sums from which on the converter gives the next code, ascending; empty for an ideal converter, whose
  /// code is floor((what it sees - zero) / step + 1/2), held within 0..most.
  std::vector<double> thresholds;
  /// The code before the first threshold and after each of them; empty: 0, 1, 2, ... most.
  std::vector<int32_t> codes;
  double noise = 0;  // deviation of a sum from one conversion to the next, in steps of a cell
  /// What an ideal converter sees of a sum is (sum + offset) * gain.
  double offset = 0, gain = 1;

  bool ideal() const { return thresholds.empty(); }
  /// The code of a sum, without noise: the definition that kernels are tested against.
  int64_t code(double sum) const;
  /// Whether every whole sum in [0, sum] comes back as itself, every time.
  bool exact_up_to(int64_t sum) const { return clips() && noise == 0 && sum <= most; }
  /// Whether the code of a whole sum is the sum, held within 0..most.
  bool clips() const { return ideal() && zero == 0 && step == 1 && offset == 0 && gain == 1; }
  /// The same converter where every sum arrives `by` larger.
  Transfer shifted(double by) const;
  /// The same codes, whose values count so many times as much.
  Transfer scaled(double by) const;
  double value(int64_t code) const { return zero + static_cast<double>(code) * step; }
  bool operator==(const Transfer&) const = default;
};

}  // namespace ohmweave::circuit
