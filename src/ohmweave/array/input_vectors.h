// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace ohmweave::array {

/// The input vectors of a product, made in the form that arrays ask for.
class InputVectors {
 public:
  static constexpr int64_t kLanes = 64;

  virtual ~InputVectors() = default;
  /// The codes of all of them, vectors x groups*rows. Ask on one thread; they stay until the product is done.
  virtual std::span<const int32_t> codes() = 0;
  /// Whether lanes() can be asked.
  virtual bool has_lanes() const { return false; }
  /// The bytes of codes as [row][kLanes]: `rows` rows from `first_row` on (of groups*rows) of the vectors from
  /// `first` on, one per lane; lanes that no vector stands in (`first` may be below 0) have anything. `low`
  /// takes bits 0..7 of the codes in two's complement, `high` the next eight (null: nobody asks for them). Up
  /// to kLanes bytes behind the last row may be written. Any thread may ask.
  virtual void lanes(int64_t first, int64_t first_row, int64_t rows, uint8_t* low, uint8_t* high) const = 0;
};

}  // namespace ohmweave::array
