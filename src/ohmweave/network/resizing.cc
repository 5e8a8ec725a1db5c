// SPDX-License-Identifier: Apache-2.0
// By the definition of Resize in ONNX (operator sets 10 to 19) and its reference implementation.
#include "ohmweave/network/resizing.h"

#include <algorithm>
#include <cmath>

namespace ohmweave::network {
namespace {

/// Place in the operand of an index of the result.
double original(const Resizing& how, const ResizedAxis& a, int64_t index) {
  const auto j = static_cast<double>(index), from = static_cast<double>(a.from), to = static_cast<double>(a.to);
  const std::string& mode = how.coordinates;
  if (mode == "align_corners") return a.to == 1 ? 0.0 : j * (from - 1) / (to - 1);
  if (mode == "asymmetric") return j / a.scale;
  if (mode == "tf_half_pixel_for_nn") return (j + 0.5) / a.scale;
  if (mode == "pytorch_half_pixel" && a.to == 1) return 0;
  if (mode == "tf_crop_and_resize") {
    if (a.to == 1) return 0.5 * (a.begin + a.end) * (from - 1);
    return a.begin * (from - 1) + j * (a.end - a.begin) * (from - 1) / (to - 1);
  }
  const double place = (j + 0.5) / a.scale - 0.5;
  if (mode == "half_pixel_symmetric") return from / 2 * (1 - to / (a.scale * from)) + place;
  return place;
}

double nearest(const Resizing& how, const ResizedAxis& a, double x) {
  if (how.rounding == "floor") return std::floor(x);
  if (how.rounding == "ceil") return std::ceil(x);
  if (how.rounding == "round_prefer_ceil") return std::floor(x + 0.5);
  if (how.rounding == "simple") return a.scale < 1 ? std::ceil(x) : std::floor(x);
  return std::ceil(x - 0.5);
}

/// Weight of an element at distance x; cubic: Keys 1981 with the coefficient a.
double kernel(const Resizing& how, double x) {
  x = std::abs(x);
  if (how.mode == "linear") return std::max(1 - x, 0.0);
  const double a = how.cubic_a;
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

Taps taps_at(const Resizing& how, const ResizedAxis& a, double x) {
  Taps taps;
  const int64_t last = a.from - 1;
  const auto most = static_cast<double>(last);
  if (how.mode == "nearest") {
    taps.index = {static_cast<int64_t>(std::clamp(nearest(how, a, x), 0.0, most))};
    taps.weight = {1};
    return taps;
  }
  // Shrinking with antialias makes the kernel as much wider.
  const double narrow = how.antialias ? std::min(a.scale, 1.0) : 1.0, reach = how.mode == "linear" ? 1 : 2;
  const double floor = std::floor(x), ratio = x - floor;
  const auto first = static_cast<int64_t>(std::floor(-reach / narrow)) + 1, count = 2 - 2 * first;
  double sum = 0;
  for (int64_t k = first; k < first + count; ++k) {
    const double at = floor + static_cast<double>(k),
                 weight = kernel(how, (static_cast<double>(k) - ratio) * narrow);
    if (how.exclude_outside && (at < 0 || at > most)) continue;
    taps.index.push_back(static_cast<int64_t>(std::clamp(at, 0.0, most)));
    taps.weight.push_back(weight);
    sum += weight;
  }
  if ((how.exclude_outside || how.antialias) && sum != 0) {
    for (double& w : taps.weight) w /= sum;
  }
  return taps;
}

}  // namespace

std::vector<Taps> taps_of(const Resizing& how, const ResizedAxis& axis) {
  std::vector<Taps> out;
  for (int64_t j = 0; j < axis.to; ++j) {
    const double x = original(how, axis, j);
    const bool outside =
        how.coordinates == "tf_crop_and_resize" && (x < 0 || x > static_cast<double>(axis.from - 1));
    out.push_back(outside ? Taps{} : taps_at(how, axis, x));
  }
  return out;
}

}  // namespace ohmweave::network
