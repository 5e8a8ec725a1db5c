// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/window_lanes.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "ohmweave/array/input_vectors.h"
#include "ohmweave/base/parallel.h"

namespace ohmweave::execution {
namespace {

constexpr int64_t kLanes = array::InputVectors::kLanes;
constexpr int64_t kPiece = 16;  // bytes that are copied at once

/// Neighbouring windows of a line.
struct Run {
  int64_t lane, count, from;
};

void copy_run(const uint8_t* from, int64_t count, uint8_t* to) {
  for (int64_t k = 0; k < count; k += kPiece) std::memcpy(to + k, from + k, kPiece);
}

}  // namespace

WindowLanes::WindowLanes(const network::Convolution& g, int32_t padding, const int32_t* codes, int64_t samples,
                         bool wide)
    : convolution_(g),
      padding_(padding),
      lines_((g.output_size[0] - 1) * g.stride[0] + g.kernel[0]),
      width_(g.output_size[1] + (g.kernel[1] - 1) / g.stride[1]),
      plane_(lines_ * g.stride[1] * width_) {
  thread_local std::vector<uint8_t> memory[2];
  const auto bytes = static_cast<size_t>(samples * g.input_channels * plane_ + kPiece);
  for (int part = 0; part < (wide ? 2 : 1); ++part) {
    if (memory[part].size() < bytes) memory[part].resize(bytes);
    uint8_t* to = memory[part].data();
    (part == 0 ? low_ : high_) = to;
    base::parallel_for(samples * g.input_channels, [&](int64_t plane) {
      fill(codes + plane * g.input_size[0] * g.input_size[1], 8 * part, to + plane * plane_);
    });
  }
}

/// A plane of bits shift..shift + 7 of codes.
void WindowLanes::fill(const int32_t* codes, int shift, uint8_t* to) const {
  const network::Convolution& g = convolution_;
  const int64_t height = g.input_size[0], width = g.input_size[1], step = g.stride[1];
  for (int64_t y = -g.pad_begin[0]; y < lines_ - g.pad_begin[0]; ++y) {
    for (int64_t phase = 0; phase < step; ++phase, to += width_) {
      const int64_t left = phase - g.pad_begin[1];  // the column of the first byte
      std::fill_n(to, width_, static_cast<uint8_t>(padding_ >> shift));
      if (y < 0 || y >= height) continue;
      const int64_t begin = left < 0 ? (-left + step - 1) / step : 0;
      const int64_t end = left < width ? std::min(width_, (width - 1 - left) / step + 1) : 0;
      const int32_t* from = codes + y * width + left;
      if (step == 1) {
        for (int64_t k = begin; k < end; ++k) to[k] = static_cast<uint8_t>(from[k] >> shift);
      } else {
        for (int64_t k = begin; k < end; ++k) to[k] = static_cast<uint8_t>(from[k * step] >> shift);
      }
    }
  }
}

void WindowLanes::copy(int64_t first_window, int64_t windows, int64_t first, int64_t first_row, int64_t rows,
                       uint8_t* low, uint8_t* high) const {
  const network::Convolution& g = convolution_;
  const int64_t wide = g.output_size[1], positions = g.output_size[0] * wide, step = g.stride[1];
  Run runs[kLanes];
  int64_t count = 0;
  for (int64_t lane = std::max<int64_t>(-first, 0), end = std::min(kLanes, windows - first); lane < end;) {
    const int64_t window = first_window + first + lane, position = window % positions, x = position % wide;
    const int64_t from =
        window / positions * g.input_channels * plane_ + position / wide * g.stride[0] * step * width_ + x;
    runs[count] = {lane, std::min(wide - x, end - lane), from};
    lane += runs[count++].count;
  }
  const int64_t kernel = g.kernel[0] * g.kernel[1];
  for (int64_t row = first_row; row < first_row + rows;
       ++row, low += kLanes) {  // rows are channel, line, column
    const int64_t line = row % kernel / g.kernel[1], column = row % g.kernel[1];
    const int64_t from = row / kernel * plane_ + (line * step + column % step) * width_ + column / step;
    for (int64_t k = 0; k < count; ++k)  // what a piece has too much is written over by the next
      copy_run(low_ + from + runs[k].from, runs[k].count, low + runs[k].lane);
    if (high == nullptr) continue;
    for (int64_t k = 0; k < count; ++k)
      copy_run(high_ + from + runs[k].from, runs[k].count, high + runs[k].lane);
    high += kLanes;
  }
}

}  // namespace ohmweave::execution
