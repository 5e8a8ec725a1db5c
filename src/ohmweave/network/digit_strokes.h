// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ohmweave::network {

/// How the pen goes through a point.
enum class Pen : uint8_t { Smooth, Corner, Down };  // Down: the pen is set down here, a new stroke begins

/// A point a digit is written through, in hundredths of its box, from the left and from the top.
struct StrokePoint {
  Pen pen = Pen::Smooth;
  int8_t x = 0, y = 0;
};

/// A way of writing a digit; `weight`: how many of ten people write it so.
class DigitStyle {
 public:
  template <size_t N>
  constexpr DigitStyle(int of_ten, const StrokePoint (&given)[N]) : weight(of_ten), count_(N) {
    static_assert(N <= kMost);
    for (size_t k = 0; k < N; ++k) points_[k] = given[k];
  }
  std::span<const StrokePoint> points() const { return {points_.data(), count_}; }
  int weight;

 private:
  static constexpr size_t kMost = 12;
  std::array<StrokePoint, kMost> points_{};
  size_t count_;
};

/// The ways of writing a digit of 0 to 9.
std::span<const DigitStyle> styles_of(int digit);

}  // namespace ohmweave::network
