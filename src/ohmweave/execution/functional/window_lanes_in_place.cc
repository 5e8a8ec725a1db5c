// SPDX-License-Identifier: Apache-2.0
// Windows side by side that see as many columns as there are: what a row of them sees is a run of the codes,
// but for the lanes whose window reaches beyond its line. Those are left out of one load and have padding.
#include <algorithm>

#include "ohmweave/execution/functional/window_lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ohmweave::execution {

#if defined(__x86_64__)
namespace {

/// What an element of the kernel sees in the first plane: these lanes of a run, of codes that follow each
/// other.
struct Look {
  uint64_t seen;
  int64_t from, lane;
};

/// Lanes [begin, end), none if they are in the other order.
uint64_t lanes(int64_t begin, int64_t end) {
  const auto below = [](int64_t n) {
    return n >= 64 ? ~uint64_t{0} : (uint64_t{1} << std::max<int64_t>(n, 0)) - 1;
  };
  return below(end) & ~below(begin);
}

/// Rows from element `element` of the kernel on, of `runs` looks each; what is written beyond a run is written
/// over by the next run or row.
[[gnu::target("avx512f,avx512bw")]] void copy_seen(const uint8_t* channel, int64_t plane,
                                                   const std::vector<Look>& looks, int64_t runs,
                                                   int64_t element, int64_t rows, uint8_t padding,
                                                   uint8_t* to) {
  const __m512i unseen = _mm512_set1_epi8(static_cast<char>(padding));
  const Look *look = looks.data() + element * runs, *end = looks.data() + looks.size();
  for (int64_t row = 0; row < rows; ++row, to += array::InputVectors::kLanes) {
    for (int64_t k = 0; k < runs; ++k, ++look)
      _mm512_storeu_si512(to + look->lane, _mm512_mask_loadu_epi8(unseen, look->seen, channel + look->from));
    if (look == end) look = looks.data(), channel += plane;
  }
}

}  // namespace
#endif

bool WindowLanes::follows([[maybe_unused]] const network::Convolution& g,
                          [[maybe_unused]] const tensor::Tensor& codes) {
#if defined(__x86_64__)
  static const bool masks = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
  return masks && tensor::size_of(codes.element()) == 1 && g.stride[0] == 1 && g.stride[1] == 1 &&
         g.output_size[1] == g.input_size[1];
#else
  return false;
#endif
}

void WindowLanes::copy_in_place([[maybe_unused]] const Runs& runs, [[maybe_unused]] int64_t first_row,
                                [[maybe_unused]] int64_t rows, [[maybe_unused]] uint8_t* to) const {
#if defined(__x86_64__)
  const network::Convolution& g = convolution_;
  const int64_t down = g.kernel[0], across = g.kernel[1], height = g.input_size[0], width = g.input_size[1],
                plane = height * width;
  thread_local std::vector<Look> looks;  // by element, by run
  looks.resize(static_cast<size_t>(down * across * runs.count));
  for (int64_t k = 0; k < runs.count; ++k) {
    const Run& run = runs.of[k];
    const int64_t sample = run.sample * g.input_channels * plane;
    for (int64_t x = 0; x < across; ++x) {
      const int64_t left = x - g.pad_begin[1], begin = std::max<int64_t>(-left, 0),
                    end = std::min(width - left, width);
      uint64_t in_line = 0;  // lanes whose window sees a column
      for (int64_t line = -(run.position % width); line < run.count; line += width)
        in_line |= lanes(line + begin, line + end);
      for (int64_t y = 0; y < down; ++y) {
        const int64_t top = y - g.pad_begin[0];
        const uint64_t seen =
            lanes(-top * width - run.position, std::min((height - top) * width - run.position, run.count));
        looks[static_cast<size_t>((y * across + x) * runs.count + k)] = {
            in_line & seen, sample + run.position + top * width + left, run.lane};
      }
    }
  }
  const int64_t kernel = down * across;
  copy_seen(low_ + first_row / kernel * plane, plane, looks, runs.count, first_row % kernel, rows,
            static_cast<uint8_t>(padding_), to);
#endif
}

}  // namespace ohmweave::execution
