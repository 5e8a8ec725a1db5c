// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ohmweave/array/encoding.h"
#include "ohmweave/circuit/adc.h"

namespace ohmweave::array {

/// Columns over the same rows whose sums the converter may not return exactly. What their conversions lose is
/// added to the exact sums of the outputs they belong to: everything after the converter is linear.
class LossyColumns {
 public:
  /// `largest`: the largest sum any of these columns can have, which the converter's range is set for.
  LossyColumns(const InputDigits& digits, int cell_bits, int64_t rows, std::shared_ptr<const circuit::Adc> adc,
               int64_t largest);

  /// Whether a column of these levels can come back as another sum.
  bool can_lose(std::span<const int32_t> levels) const;
  /// Adds a column, one level per row, and returns its number.
  int64_t add_column(std::span<const int32_t> levels);
  /// One unit that the column loses changes the output by `coefficient`.
  void add_target(int64_t column, int64_t output, int64_t coefficient);
  bool empty() const { return columns_ == 0; }

  /// Memory of add_losses, to be used again by the same thread.
  struct Scratch {
    std::vector<uint64_t> inputs;
    std::vector<int64_t> losses;
  };
  /// Adds to the sums of one vector what its conversions lose. `inputs`: codes of these rows.
  void add_losses(const int32_t* inputs, int64_t* sums, Scratch& scratch) const;

  /// Columns that are counted together, and the planes of bits that the innermost loop counts.
  static constexpr int64_t kLane = 16;
  struct Planes {
    const uint64_t* cells;   // [lane][bit of the level][word of 64 rows][column of the lane]
    const uint64_t* inputs;  // [bit of the input][word of 64 rows]
    const int64_t* weights;  // of the digits
    const int32_t* losses;   // by sum, if there is a table
    const circuit::Adc* adc;
    int64_t largest, lanes, words;
    int cell_bits, digits, digit_width;
  };

 private:
  void cut(const int32_t* inputs, uint64_t* planes) const;

  struct Target {
    int64_t column, output, coefficient;
  };
  InputDigits digits_;
  int cell_bits_;
  int64_t rows_, words_, largest_, columns_ = 0;
  std::shared_ptr<const circuit::Adc> adc_;
  std::vector<int64_t> weights_;
  std::vector<int32_t> losses_;  // by sum; none if the converter just clips, or for too many sums
  std::vector<uint64_t> cells_;
  std::vector<Target> targets_;
};

}  // namespace ohmweave::array
