// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/tensor/floating_sums.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ohmweave/base/check.h"
#include "ohmweave/tensor/floating_kernels.h"

namespace ohmweave::tensor {
namespace {

constexpr int64_t kLanes = FloatingKernel::kLanes;
constexpr int64_t kRowsTogether = 256;  // of lanes: 32 KiB, in the first caches

/// Rows of numbers that stand `stride` apart.
struct Rows {
  const float* at = nullptr;
  int64_t stride = 0, count = 0;

  const float* row(int64_t k) const { return at + k * stride; }
};

int64_t round_up(int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

/// Numbers [first, first + length) of up to kLanes rows, row by row in the lanes.
void turn(const Rows& from, int64_t first_lane, int64_t first, int64_t length, float* lanes) {
  const int64_t used = std::min(kLanes, from.count - first_lane);
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    const float* row = lane < used ? from.row(first_lane + lane) + first : nullptr;
    for (int64_t k = 0; k < length; ++k) lanes[k * kLanes + lane] = row != nullptr ? row[k] : 0.0F;
  }
}

/// All sums of rows of `lanes` with rows of `scalars`: [scalars][lanes of a block]. What each starts with is
/// put there by `begin(first lane, sums)`, and what it ends with taken by `end(first lane, used, sums)`.
template <class Begin, class End>
void multiply(const FloatingKernel& kernel, const FloatingRounding& rounding, const Rows& lanes,
              const Rows& scalars, int64_t length, Begin begin, End end) {
  thread_local std::vector<float> turned, sums;
  turned.resize(static_cast<size_t>(std::min(length, kRowsTogether) * kLanes));
  sums.resize(static_cast<size_t>(scalars.count * kLanes));
  for (int64_t first = 0; first < lanes.count; first += kLanes) {
    begin(first, sums.data());
    for (int64_t row = 0; row < length; row += kRowsTogether) {
      const int64_t rows = std::min(kRowsTogether, length - row);
      turn(lanes, first, row, rows, turned.data());
      kernel.add(rounding, turned.data(), scalars.at + row, scalars.stride, scalars.count, rows, sums.data());
    }
    end(first, std::min(kLanes, lanes.count - first), sums.data());
  }
}

/// NaN of operations has a sign on some processors.
float settled(float x) { return std::isnan(x) ? std::numeric_limits<float>::quiet_NaN() : x; }

}  // namespace

void sum_products(const FloatingKernel& kernel, const FloatingPoint& format, const ProductShape& shape,
                  std::span<const float> weights, std::span<const float> start, std::span<const float> inputs,
                  int64_t vectors, std::span<float> sums) {
  const int64_t in = shape.groups * shape.rows, out = shape.groups * shape.outputs;
  OHMWEAVE_CHECK(static_cast<int64_t>(weights.size()) == out * shape.rows, "weights do not fit the product");
  OHMWEAVE_CHECK(static_cast<int64_t>(inputs.size()) == vectors * in, "inputs do not fit the product");
  OHMWEAVE_CHECK(static_cast<int64_t>(sums.size()) == vectors * out, "sums do not fit the product");
  OHMWEAVE_CHECK(start.empty() || static_cast<int64_t>(start.size()) == out, "one start for each sum expected");
  const FloatingRounding rounding(format);
  for (int64_t group = 0; group < shape.groups; ++group) {
    const Rows held{weights.data() + group * shape.outputs * shape.rows, shape.rows, shape.outputs},
        fed{inputs.data() + group * shape.rows, in, vectors};
    const float* own = start.empty() ? nullptr : start.data() + group * shape.outputs;
    float* to = sums.data() + group * shape.outputs;
    const auto start_of = [own](int64_t output) { return own == nullptr ? 0.0F : own[output]; };
    if (round_up(vectors) * shape.outputs <= round_up(shape.outputs) * vectors) {
      multiply(
          kernel, rounding, fed, held, shape.rows,
          [&](int64_t, float* all) {
            for (int64_t o = 0; o < shape.outputs; ++o) std::fill_n(all + o * kLanes, kLanes, start_of(o));
          },
          [&](int64_t first, int64_t used, const float* all) {
            for (int64_t v = 0; v < used; ++v) {
              for (int64_t o = 0; o < shape.outputs; ++o)
                to[(first + v) * out + o] = settled(all[o * kLanes + v]);
            }
          });
    } else {
      multiply(
          kernel, rounding, held, fed, shape.rows,
          [&](int64_t first, float* all) {
            const int64_t used = std::min(kLanes, shape.outputs - first);
            for (int64_t k = 0; k < vectors * kLanes; ++k)
              all[k] = k % kLanes < used ? start_of(first + k % kLanes) : 0.0F;
          },
          [&](int64_t first, int64_t used, const float* all) {
            for (int64_t v = 0; v < vectors; ++v) {
              for (int64_t o = 0; o < used; ++o) to[v * out + first + o] = settled(all[v * kLanes + o]);
            }
          });
    }
  }
}

void sum_products(const FloatingPoint& format, const ProductShape& shape, std::span<const float> weights,
                  std::span<const float> start, std::span<const float> inputs, int64_t vectors,
                  std::span<float> sums) {
  sum_products(*floating_kernels().front(), format, shape, weights, start, inputs, vectors, sums);
}

}  // namespace ohmweave::tensor
