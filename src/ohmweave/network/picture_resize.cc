// SPDX-License-Identifier: Apache-2.0
// Resampling as Pillow does it (libImaging, Resample.c and Geometry.c): a separable filter whose support grows
// with the shrinking, first along rows, then along columns, weights in 22 bits of fraction and results rounded
// to 8 bits after each.
#include <algorithm>
#include <cmath>

#include "ohmweave/base/check.h"
#include "ohmweave/network/picture.h"

namespace ohmweave::network {
namespace {

constexpr int kFraction = 32 - 8 - 2;  // bits: sums of 8-bit pixels stay within 32, with two to spare

double bilinear(double x) { return std::max(0.0, 1 - std::abs(x)); }
double bicubic(double x) {  // Keys (1981), a = -0.5
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/// Which pixels an output takes, and how much of each.
struct Taps {
  int64_t begin = 0;
  std::vector<int32_t> weights;
};
std::vector<Taps> taps(int64_t from, int64_t to, Interpolation how) {
  double (*filter)(double) = how == Interpolation::Bicubic ? &bicubic : &bilinear;
  const double scale = static_cast<double>(from) / static_cast<double>(to), stretch = std::max(scale, 1.0);
  const double support = (how == Interpolation::Bicubic ? 2.0 : 1.0) * stretch, shrink = 1.0 / stretch;
  std::vector<Taps> out(static_cast<size_t>(to));
  std::vector<double> weights;
  for (int64_t k = 0; k < to; ++k) {
    const double centre = (static_cast<double>(k) + 0.5) * scale;
    const int64_t begin = std::max<int64_t>(static_cast<int64_t>(centre - support + 0.5), 0);
    const int64_t end = std::min(static_cast<int64_t>(centre + support + 0.5), from);
    weights.clear();
    double sum = 0;
    for (int64_t x = begin; x < end; ++x) {
      weights.push_back(filter((static_cast<double>(x) - centre + 0.5) * shrink));
      sum += weights.back();
    }
    Taps& t = out[static_cast<size_t>(k)];
    t.begin = begin;
    for (double w : weights) {
      if (sum != 0) w /= sum;
      t.weights.push_back(static_cast<int32_t>(w * (1 << kFraction) + (w < 0 ? -0.5 : 0.5)));
    }
  }
  return out;
}

uint8_t rounded(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kFraction, 0, 255)); }
constexpr int32_t kHalf = 1 << (kFraction - 1);

template <int64_t kChannels>
void along_rows(const Picture& picture, const std::vector<Taps>& taps, Picture& out) {
  uint8_t* to = out.pixels.data();
  for (int64_t y = 0; y < picture.height; ++y) {
    const uint8_t* row = picture.pixels.data() + y * picture.width * kChannels;
    for (const Taps& t : taps) {
      int32_t sums[kChannels];
      std::fill(std::begin(sums), std::end(sums), kHalf);
      const uint8_t* from = row + t.begin * kChannels;
      for (int32_t w : t.weights) {
        for (int64_t c = 0; c < kChannels; ++c) sums[c] += w * from[c];
        from += kChannels;
      }
      for (int32_t sum : sums) *to++ = rounded(sum);
    }
  }
}

void along_columns(const Picture& picture, const std::vector<Taps>& taps, Picture& out) {
  const auto row = static_cast<size_t>(picture.width * picture.channels);
  std::vector<int32_t> sums(row);
  uint8_t* to = out.pixels.data();
  for (const Taps& t : taps) {
    std::fill(sums.begin(), sums.end(), kHalf);
    const uint8_t* from = picture.pixels.data() + static_cast<size_t>(t.begin) * row;
    for (int32_t w : t.weights) {
      for (size_t x = 0; x < row; ++x) sums[x] += w * from[x];
      from += row;
    }
    for (int32_t sum : sums) *to++ = rounded(sum);
  }
}

/// The pixel under the middle of each output; positions are added up as Pillow does, so that they round alike.
std::vector<int64_t> nearest(int64_t from, int64_t to) {
  std::vector<int64_t> out;
  const double step = static_cast<double>(from) / static_cast<double>(to);
  double at = step * 0.5;
  for (int64_t k = 0; k < to; ++k, at += step) out.push_back(std::min(static_cast<int64_t>(at), from - 1));
  return out;
}

Picture empty(int64_t height, int64_t width, int64_t channels) {
  return {height, width, channels, std::vector<uint8_t>(static_cast<size_t>(height * width * channels))};
}

Picture by_nearest(const Picture& picture, int64_t height, int64_t width) {
  Picture out = empty(height, width, picture.channels);
  const std::vector<int64_t> columns = nearest(picture.width, width);
  auto to = out.pixels.begin();
  for (int64_t y : nearest(picture.height, height)) {
    const uint8_t* row = picture.pixels.data() + y * picture.width * picture.channels;
    for (int64_t x : columns) to = std::copy_n(row + x * picture.channels, picture.channels, to);
  }
  return out;
}

/// Python's round(): to the nearest whole number, halves to the even one.
int64_t half_to_even(int64_t twice) {
  const int64_t down = twice / 2;
  return twice % 2 != 0 && down % 2 != 0 ? down + 1 : down;
}

}  // namespace

Picture resized(const Picture& picture, int64_t height, int64_t width, Interpolation how) {
  OHMWEAVE_CHECK(height > 0 && width > 0 && picture.height > 0 && picture.width > 0,
                 "a picture without pixels");
  if (height == picture.height && width == picture.width) return picture;
  if (how == Interpolation::Nearest) return by_nearest(picture, height, width);
  Picture out = picture;
  if (width != picture.width) {
    out = empty(picture.height, width, picture.channels);
    const std::vector<Taps> columns = taps(picture.width, width, how);
    picture.channels == 1 ? along_rows<1>(picture, columns, out) : along_rows<3>(picture, columns, out);
  }
  if (height == picture.height) return out;
  Picture both = empty(height, width, picture.channels);
  along_columns(out, taps(picture.height, height, how), both);
  return both;
}

Picture centre_cropped(const Picture& picture, int64_t height, int64_t width) {
  const int64_t h = picture.height, w = picture.width, each = picture.channels;
  // Where smaller, black goes around it, the odd row or column below and to the right.
  const int64_t above = std::max<int64_t>(height - h, 0) / 2, left = std::max<int64_t>(width - w, 0) / 2;
  const int64_t top = half_to_even(std::max<int64_t>(h - height, 0)),
                first = half_to_even(std::max<int64_t>(w - width, 0));
  Picture out = empty(height, width, each);
  for (int64_t y = 0; y < std::min(h, height); ++y) {
    std::copy_n(picture.pixels.begin() + ((top + y) * w + first) * each, std::min(w, width) * each,
                out.pixels.begin() + ((above + y) * width + left) * each);
  }
  return out;
}

Picture fitted(Picture picture, const PictureOptions& how) {
  if (!how.resize.empty()) {
    int64_t height = how.resize.front(), width = how.resize.back();
    if (how.resize.size() == 1) {  // the shorter side; the other keeps the proportions, rounded down
      const auto along = [](int64_t side, int64_t by, int64_t other) {
        return std::max<int64_t>(
            static_cast<int64_t>(static_cast<double>(side * other) / static_cast<double>(by)), 1);
      };
      const bool upright = picture.width <= picture.height;
      height = upright ? along(width, picture.width, picture.height) : height;
      width = upright ? width : along(height, picture.height, picture.width);
    }
    picture = resized(picture, height, width, how.interpolation);
  }
  return how.crop.empty() ? picture : centre_cropped(picture, how.crop.front(), how.crop.back());
}

}  // namespace ohmweave::network
