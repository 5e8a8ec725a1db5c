// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/window_lanes.h"

#include <vector>

#include <gtest/gtest.h>

#include "ohmweave/array/input_vectors.h"
#include "ohmweave/base/random.h"

namespace ohmweave::execution {
namespace {

using array::InputVectors;

/// `same`: with windows as many as the input has columns.
network::Convolution random_convolution(base::RandomStream& random, bool same) {
  const auto pick = [&](int64_t least, int64_t most) {
    return least + static_cast<int64_t>(random.below(static_cast<uint64_t>(most - least + 1)));
  };
  network::Convolution g;
  g.input_channels = pick(1, 4);
  for (int axis = 0; axis < 2; ++axis) {
    g.input_size.push_back(pick(1, 90));
    g.pad_begin.push_back(pick(0, 3));
    g.pad_end.push_back(pick(0, 3));
    if (same && axis == 1) {
      g.kernel.push_back(g.pad_begin.back() + g.pad_end.back() + 1);
      g.stride.push_back(1);
      g.stride.front() = 1;
      g.output_size.push_back(g.input_size.back());
      g.output_size.front() = g.input_size[0] + g.pad_begin[0] + g.pad_end[0] - g.kernel[0] + 1;
      continue;
    }
    const int64_t padded = g.input_size.back() + g.pad_begin.back() + g.pad_end.back();
    g.kernel.push_back(pick(1, std::min<int64_t>(padded, 5)));
    g.stride.push_back(pick(1, 4));
    g.output_size.push_back((padded - g.kernel.back()) / g.stride.back() + 1);
  }
  return g;
}

/// The code that row `row` of a window sees.
int32_t seen(const network::Convolution& g, const std::vector<int32_t>& codes, int64_t window, int64_t row,
             int32_t padding) {
  const int64_t positions = g.output_size[0] * g.output_size[1], kernel = g.kernel[0] * g.kernel[1];
  const int64_t y =
      window % positions / g.output_size[1] * g.stride[0] - g.pad_begin[0] + row % kernel / g.kernel[1];
  const int64_t x = window % g.output_size[1] * g.stride[1] - g.pad_begin[1] + row % g.kernel[1];
  if (y < 0 || y >= g.input_size[0] || x < 0 || x >= g.input_size[1]) return padding;
  const int64_t channel = window / positions * g.input_channels + row / kernel;
  return codes[static_cast<size_t>((channel * g.input_size[0] + y) * g.input_size[1] + x)];
}

TEST(WindowLanes, AreTheBytesThatWindowsSee) {
  using tensor::Element;
  constexpr Element kElements[] = {Element::Int32, Element::Int8, Element::UInt8, Element::Int16,
                                   Element::UInt16};
  base::RandomStream random(1, 2, 3);
  for (int repeat = 0; repeat < 600; ++repeat) {
    const network::Convolution g = random_convolution(random, repeat % 2 == 0);
    const int64_t samples = 3, rows = g.input_channels * g.kernel[0] * g.kernel[1];
    std::vector<int32_t> codes(
        static_cast<size_t>(samples * g.input_channels * g.input_size[0] * g.input_size[1]));
    const tensor::Element element = kElements[repeat % 5];
    for (int32_t& c : codes) c = static_cast<int32_t>(random.below(65536)) - 32768;
    const tensor::Tensor input =
        tensor::Tensor::of({samples, static_cast<int64_t>(codes.size()) / samples}, codes).to(element);
    const tensor::Tensor again = input.to(tensor::Element::Int32);  // what is left of them in that element
    codes.assign(again.data<int32_t>().begin(), again.data<int32_t>().end());
    const auto padding = static_cast<int32_t>(random.below(1000)) - 500;
    const int64_t all = samples * g.output_size[0] * g.output_size[1];
    const auto first_window = static_cast<int64_t>(random.below(static_cast<uint64_t>(all)));
    const auto count = static_cast<int64_t>(1 + random.below(static_cast<uint64_t>(all - first_window)));
    const bool wide = repeat % 4 < 2;
    const WindowLanes windows(g, padding, input, wide, {first_window, count});
    const auto first_row = static_cast<int64_t>(random.below(static_cast<uint64_t>(rows)));
    const int64_t first = static_cast<int64_t>(random.below(100)) - 50;
    const auto size = static_cast<size_t>((rows + 1) * InputVectors::kLanes);
    std::vector<uint8_t> low(size), high(size);
    windows.copy(first, first_row, rows - first_row, low.data(), wide ? high.data() : nullptr);
    for (int64_t lane = 0; lane < InputVectors::kLanes; ++lane) {
      const int64_t window = first_window + first + lane;
      if (first + lane < 0 || first + lane >= count) continue;
      for (int64_t row = first_row; row < rows; ++row) {
        const auto at = static_cast<size_t>((row - first_row) * InputVectors::kLanes + lane);
        const auto code = static_cast<uint32_t>(seen(g, codes, window, row, padding));
        ASSERT_EQ(low[at], code & 255) << "window " << window << ", row " << row;
        if (!wide) continue;
        ASSERT_EQ(high[at], code >> 8 & 255) << "window " << window << ", row " << row;
      }
    }
  }
}

}  // namespace
}  // namespace ohmweave::execution
