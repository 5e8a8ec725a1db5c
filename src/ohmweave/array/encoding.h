// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "ohmweave/config/value.h"
#include "ohmweave/tensor/fixed_point.h"

namespace ohmweave::array {

/// How signed weights stand in cells whose conductance cannot be negative.
enum class Encoding {
  Biased,        // code + 2^(bits-1); a multiple of the sum of the inputs takes that off again
  Flipped,       // the same, and columns with large sums store the complement: saves a bit of the converter
  Differential,  // two columns, for the positive and the negative part, subtracted after conversion
};

/// An input code as it is fed to the rows: digits of `width` bits, the lowest first. Digit k counts weight(k).
/// With one bit at a time a signed code is driven in two's complement and its last bit is subtracted (ISAAC,
/// section V); with wider digits it is driven with 2^(bits-1) added, which a constant of every output takes off
/// again.
struct InputDigits {
  InputDigits(const tensor::FixedPoint& format, int width);

  int width = 1, count = 1;
  int64_t offset = 0;  // what is added to a code before it is driven

  int64_t largest() const { return largest_; }  // of one digit
  int64_t weight(int digit) const;
  /// All digits of a code, the lowest in the low bits.
  uint32_t driven(int32_t code) const {
    return (static_cast<uint32_t>(code) + static_cast<uint32_t>(offset)) & mask_;
  }
  uint32_t driven_mask() const { return mask_; }  // of the bits that are driven
  /// Sum of the squares of all digits.
  int64_t squares(int32_t code) const;
  int64_t digit(int32_t code, int k) const { return driven(code) >> (k * width) & ((1U << width) - 1); }

 private:
  uint32_t mask_;
  int64_t largest_;
  bool subtract_last_;
};

/// A weight as it stands in cells of `width` bits: slice s counts 2^(width s).
struct WeightSlices {
  WeightSlices(const tensor::FixedPoint& format, int width, Encoding encoding);

  int width = 1, count = 1;
  int columns = 1;   // of one slice: 2 for a differential pair
  int64_t bias = 0;  // what is added to a code before it is stored

  int64_t largest() const { return largest_; }  // level of a cell
  /// Level of slice s; `part` 1 is the column of the negative part.
  int64_t level(int32_t code, int slice, int part = 0) const;
  /// The same of many codes.
  void levels(std::span<const int32_t> codes, int slice, int part, std::span<int32_t> levels) const;
  /// Of a differential pair: what its two columns make together.
  int64_t difference(int32_t code, int slice) const {
    return columns == 2 ? level(code, slice, 0) - level(code, slice, 1) : level(code, slice);
  }
  int64_t weight(int slice) const { return int64_t{1} << (width * slice); }

 private:
  bool differential_;
  int64_t largest_;
};

/// A column is flipped if its sum with all inputs at their largest would set the top bit of the largest sum
/// that any column of as many rows could have (ISAAC, section V: "if the MSB would be 1").
bool flips(int64_t column_at_most, int64_t any_column_at_most);
/// The largest sum a column can have, given the largest without encoding: flipping takes off the top bit.
int64_t largest_sum(int64_t any_column_at_most, Encoding encoding);

}  // namespace ohmweave::array

template <>
struct ohmweave::config::Words<ohmweave::array::Encoding> {
  using enum ohmweave::array::Encoding;
  static constexpr std::pair<std::string_view, ohmweave::array::Encoding> values[] = {
      {"biased", Biased}, {"flipped", Flipped}, {"differential", Differential}};
};
