// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/array/encoding.h"

#include <algorithm>
#include <bit>

#include "ohmweave/circuit/adc.h"

namespace ohmweave::array {
namespace {

int64_t ones(int bits) { return (int64_t{1} << bits) - 1; }

}  // namespace

InputDigits::InputDigits(const tensor::FixedPoint& format, int digit_width)
    : width(digit_width),
      count((format.bits + digit_width - 1) / digit_width),
      offset(format.is_signed && digit_width > 1 ? int64_t{1} << (format.bits - 1) : 0),
      mask_(static_cast<uint32_t>(ones(format.bits))),
      largest_(ones(std::min(digit_width, format.bits))),
      subtract_last_(format.is_signed && digit_width == 1) {}

int64_t InputDigits::weight(int digit) const {
  const int64_t w = int64_t{1} << (width * digit);
  return subtract_last_ && digit + 1 == count ? -w : w;
}

int64_t InputDigits::squares(int32_t code) const {
  if (width == 1) return std::popcount(driven(code));
  int64_t sum = 0;
  for (int k = 0; k < count; ++k) sum += digit(code, k) * digit(code, k);
  return sum;
}

WeightSlices::WeightSlices(const tensor::FixedPoint& format, int cell_width, Encoding encoding)
    : width(cell_width),
      count((format.bits + cell_width - 1) / cell_width),
      differential_(encoding == Encoding::Differential) {
  const int64_t half = int64_t{1} << (format.bits - 1);
  columns = differential_ && format.is_signed ? 2 : 1;
  bias = !differential_ && format.is_signed ? half : 0;
  largest_ = count > 1 ? ones(width) : columns == 2 ? half : ones(format.bits);
}

int64_t WeightSlices::level(int32_t code, int slice, int part) const {
  int32_t out = 0;
  levels({&code, 1}, slice, part, {&out, 1});
  return out;
}

void WeightSlices::levels(std::span<const int32_t> codes, int slice, int part,
                          std::span<int32_t> levels) const {
  const auto mask = static_cast<uint32_t>(ones(width)), added = static_cast<uint32_t>(bias);
  const int down = slice * width;
  const auto set = [&](const auto& stored) {  // without a sign, in 32 bits
    for (size_t k = 0; k < codes.size(); ++k)
      levels[k] = static_cast<int32_t>(static_cast<uint32_t>(stored(codes[k])) >> down & mask);
  };
  if (!differential_) {
    set([&](int32_t code) { return static_cast<uint32_t>(code) + added; });
  } else if (part == 0) {
    set([](int32_t code) { return std::max(code, 0); });
  } else {
    set([](int32_t code) { return std::max(-code, 0); });
  }
}

bool flips(int64_t column_at_most, int64_t any_column_at_most) {
  return column_at_most >= int64_t{1} << (circuit::bits_of(any_column_at_most) - 1);
}

int64_t largest_sum(int64_t any_column_at_most, Encoding encoding) {
  if (encoding != Encoding::Flipped) return any_column_at_most;
  const int64_t top_bit = int64_t{1} << (circuit::bits_of(any_column_at_most) - 1);
  return std::max(top_bit - 1, any_column_at_most - top_bit);
}

}  // namespace ohmweave::array
