// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/fixed_point.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include <fmt/format.h>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/wide_vectors.h"
#include "ohmweave/tensor/narrow_codes.h"

namespace ohmweave::tensor {
namespace {

/// Calls body(first, last, scale, zero point) for stretches of elements that share a scale.
template <class Body>
void for_each_scale(const Shape& shape, const Quantization& q, Body body) {
  int64_t total = count(shape);
  if (!q.per_channel()) return body(int64_t{0}, total, q.scales[0], q.zero_point());
  auto axis = static_cast<size_t>(q.axis);
  OHMWEAVE_CHECK(axis < shape.size() && static_cast<int64_t>(q.scales.size()) == shape[axis],
                 "one scale per channel expected");
  int64_t inner = 1;
  for (size_t k = axis + 1; k < shape.size(); ++k) inner *= shape[k];
  for (int64_t at = 0, channel = 0; at < total; at += inner, channel = (channel + 1) % shape[axis]) {
    const auto c = static_cast<size_t>(channel);
    body(at, at + inner, q.scales[c], q.zero_point(c));
  }
}

template <class Code>
void cut(const float* from, int64_t count, const Cut& code_of, Code* to) {
  base::with_wide_vectors([=] {
    for (int64_t k = 0; k < count; ++k) to[k] = static_cast<Code>(code_of(from[k]));
  });
}
/// Codes of more than 16 bits, which floats do not hold.
void cut_wide(const float* from, int64_t count, const FixedPoint& format, float scale, int32_t zero,
              int32_t* to) {
  for (int64_t k = 0; k < count; ++k) {
    const double code = std::nearbyint(static_cast<double>(from[k]) / scale) + zero;
    to[k] =
        std::isnan(code) ? zero : static_cast<int32_t>(std::clamp<double>(code, format.least(), format.most()));
  }
}

template <class Code>
Tensor quantized(const Tensor& reals, const Quantization& q) {
  OHMWEAVE_CHECK(q.format.bits <= 16 || q.format.is_signed, "codes of more than 16 bits have a sign");
  Tensor codes = Tensor::uninitialized(ElementOf<Code>::value, reals.shape());
  const float* from = reals.data<float>().data();
  Code* to = codes.mutable_data<Code>().data();
  for_each_scale(reals.shape(), q, [&](int64_t first, int64_t last, float scale, int32_t zero) {
    constexpr int64_t kBlock = 1 << 16;
    base::parallel_for((last - first + kBlock - 1) / kBlock, [&](int64_t block) {
      const int64_t begin = first + block * kBlock, count = std::min(last - begin, kBlock);
      if constexpr (std::is_same_v<Code, int32_t>) {
        if (q.format.bits > 16) return cut_wide(from + begin, count, q.format, scale, zero, to + begin);
      }
      cut(from + begin, count, Cut(q.format, scale, zero), to + begin);
    });
  });
  return codes;
}

}  // namespace

std::string print(const FixedPoint& f) { return fmt::format("{}int{}", f.is_signed ? "" : "u", f.bits); }

bool Quantization::has_zero_points() const {
  return std::any_of(zero_points.begin(), zero_points.end(), [](int32_t z) { return z != 0; });
}

bool operator==(const Quantization& a, const Quantization& b) {
  if (!(a.format == b.format) || a.scales != b.scales || (a.scales.size() > 1 && a.axis != b.axis))
    return false;
  for (size_t k = 0; k < a.scales.size(); ++k) {
    if (a.zero_point(k) != b.zero_point(k)) return false;
  }
  return true;
}

Tensor quantize(const Tensor& reals, const Quantization& q) { return quantized<int32_t>(reals, q); }

Tensor quantize_narrowly(const Tensor& reals, const Quantization& q) {
  return with_narrowest(q.format, [&](auto code) { return quantized<decltype(code)>(reals, q); });
}

void round_to_codes(const float* from, float* to, int64_t count, const Quantization& q) {
  OHMWEAVE_CHECK(!q.per_channel() && q.format.bits <= 16, "one scale and codes of at most 16 bits expected");
  constexpr int64_t kBlock = 1 << 14;
  base::parallel_for((count + kBlock - 1) / kBlock, [&](int64_t block) {
    const int64_t begin = block * kBlock, end = std::min(count, begin + kBlock);
    base::with_wide_vectors([=, scale = q.scales[0], cut = Cut(q)] {
      for (int64_t k = begin; k < end; ++k) to[k] = cut.above_zero(from[k]) * scale;
    });
  });
}

Tensor dequantize(const Tensor& codes, const Quantization& q) {
  Tensor reals = Tensor::uninitialized(Element::Float32, codes.shape());
  float* to = reals.mutable_data<float>().data();
  with_codes(codes, [&](const auto* from) {
    for_each_scale(codes.shape(), q, [&](int64_t first, int64_t last, float scale, int32_t zero) {
      base::with_wide_vectors([=] {
        for (int64_t k = first; k < last; ++k) to[k] = static_cast<float>(from[k] - zero) * scale;
      });
    });
  });
  return reals;
}

}  // namespace ohmweave::tensor
