// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/fixed_point.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"

namespace ohmweave::tensor {
namespace {

/// Calls body(first, last, scale) for stretches of elements that share a scale.
template <class Body>
void for_each_scale(const Shape& shape, const Quantization& q, Body body) {
  int64_t total = count(shape);
  if (!q.per_channel()) return body(int64_t{0}, total, q.scales[0]);
  auto axis = static_cast<size_t>(q.axis);
  OHMWEAVE_CHECK(axis < shape.size() && static_cast<int64_t>(q.scales.size()) == shape[axis], "one scale per channel expected");
  int64_t inner = 1;
  for (size_t k = axis + 1; k < shape.size(); ++k) inner *= shape[k];
  for (int64_t at = 0, channel = 0; at < total; at += inner, channel = (channel + 1) % shape[axis]) {
    body(at, at + inner, q.scales[static_cast<size_t>(channel)]);
  }
}

}  // namespace

std::string print(const FixedPoint& f) { return fmt::format("{}int{}", f.is_signed ? "" : "u", f.bits); }

Tensor quantize(const Tensor& reals, const Quantization& q) {
  Tensor codes(Element::Int32, reals.shape());
  const float* from = reals.data<float>().data();
  int32_t* to = codes.mutable_data<int32_t>().data();
  const auto least = static_cast<float>(q.format.least()), most = static_cast<float>(q.format.most());
  for_each_scale(reals.shape(), q, [&](int64_t first, int64_t last, float scale) {
    constexpr int64_t kBlock = 1 << 16;
    base::parallel_for((last - first + kBlock - 1) / kBlock, [&](int64_t block) {
      for (int64_t k = first + block * kBlock, end = std::min(last, k + kBlock); k < end; ++k) {
        to[k] = static_cast<int32_t>(std::clamp(std::nearbyint(from[k] / scale), least, most));
      }
    });
  });
  return codes;
}

Tensor dequantize(const Tensor& codes, const Quantization& q) {
  Tensor reals(Element::Float32, codes.shape());
  const int32_t* from = codes.data<int32_t>().data();
  float* to = reals.mutable_data<float>().data();
  for_each_scale(codes.shape(), q, [&](int64_t first, int64_t last, float scale) {
    for (int64_t k = first; k < last; ++k) to[k] = static_cast<float>(from[k]) * scale;
  });
  return reals;
}

}  // namespace ohmweave::tensor
