// SPDX-License-Identifier: Apache-2.0
// Which elements of an axis an element of the resized axis is made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ohmweave::network {

struct Resizing {
  std::string mode, coordinates, rounding;  // as Resize of ONNX names them; rounding "simple" is opset 10's
  double cubic_a = -0.75;
  bool exclude_outside = false, antialias = false;
};
/// One axis of `from` elements that becomes one of `to`.
struct ResizedAxis {
  int64_t from = 1, to = 1;
  double scale = 1;           // to / from but for rounding
  double begin = 0, end = 1;  // the region that tf_crop_and_resize takes
};

/// An element of the result: sum of weight * element over consecutive taps. Outside of the region: no taps.
struct Taps {
  std::vector<int64_t> index;
  std::vector<double> weight;
};
std::vector<Taps> taps_of(const Resizing& how, const ResizedAxis& axis);

}  // namespace ohmweave::network
