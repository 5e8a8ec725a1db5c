// SPDX-License-Identifier: Apache-2.0
// Elementary functions of single precision made of additions, multiplications, divisions and roots only: every
// one of these rounds as IEEE 754 says, so that compilers may use any instruction set and the bits stay the
// same. Errors are a few units in the last place.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#define OHMWEAVE_INLINE inline __attribute__((always_inline))

namespace ohmweave::device {

/// Natural logarithm of a normal number above zero: 2 artanh of (m - 1) / (m + 1), m within [0.7, 1.42).
OHMWEAVE_INLINE float natural_log(float x) {
  const auto bits = std::bit_cast<int32_t>(x);
  const int32_t exponent = (bits - 0x3f330000) >> 23;  // m = x / 2^exponent
  const float m = std::bit_cast<float>(bits - exponent * (1 << 23));
  const float s = (m - 1.0F) / (m + 1.0F), q = s * s;
  const float series = q * (1.0F / 3 + q * (1.0F / 5 + q * (1.0F / 7 + q * (1.0F / 9))));
  return static_cast<float>(exponent) * 0.693147181F + 2.0F * (s + s * series);
}

/// exp(x) for |x| below 80; what lies beyond counts as 80.
OHMWEAVE_INLINE float exponential(float x) {
  x = x < -80.0F ? -80.0F : x;
  x = x > 80.0F ? 80.0F : x;
  const float t = x * 1.44269504F;
  const auto n = static_cast<int32_t>(t + (t < 0 ? -0.5F : 0.5F));
  const auto f = static_cast<float>(n);
  const float r = (x - f * 0.693359375F) - f * -2.12194440e-4F;  // ln 2 in two parts, the first exact with n
  const float series =
      1.0F +
      r * (1.0F + r * (1.0F / 2 + r * (1.0F / 6 + r * (1.0F / 24 + r * (1.0F / 120 + r * (1.0F / 720))))));
  return series * std::bit_cast<float>((n + 127) << 23);
}

/// Two independent normal numbers of two uniform words (Box and Muller, 1958). Their size ends at 6.66.
OHMWEAVE_INLINE void two_normals(uint32_t a, uint32_t b, float& first, float& second) {
  const float u = (static_cast<float>(static_cast<int32_t>(a >> 1)) + 0.5F) * 0x1p-31F;
  const float l = -2.0F * natural_log(u);
  const float radius = std::sqrt(l > 0.0F ? l : 0.0F);
  const float turn = static_cast<float>(static_cast<int32_t>(b >> 1)) * 0x1p-29F;  // quarters, 0 to 4
  const auto quarter = static_cast<int32_t>(turn + 0.5F);
  const float r = (turn - static_cast<float>(quarter)) * 1.57079633F, q = r * r;
  const float sine = r * (1.0F + q * (-1.0F / 6 + q * (1.0F / 120 + q * (-1.0F / 5040 + q * (1.0F / 362880)))));
  const float cosine = 1.0F + q * (-1.0F / 2 + q * (1.0F / 24 + q * (-1.0F / 720 + q * (1.0F / 40320))));
  const bool odd = (quarter & 1) != 0;
  const float x = odd ? sine : cosine, y = odd ? cosine : sine;
  const bool x_negative = ((quarter + 1) & 2) != 0, y_negative = (quarter & 2) != 0;
  first = radius * (x_negative ? -x : x);
  second = radius * (y_negative ? -y : y);
}

}  // namespace ohmweave::device
