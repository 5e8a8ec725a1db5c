// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/window_lanes.h"

#include <algorithm>
#include <cstring>

#include "ohmweave/array/input_vectors.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/wide_vectors.h"
#include "ohmweave/tensor/narrow_codes.h"

namespace ohmweave::execution {
namespace {

constexpr int64_t kLanes = array::InputVectors::kLanes;

/// A call of memcpy costs more than most lines are long: pieces of a fixed size, the last of which overlaps.
template <int64_t kPiece>
void copy_pieces(const uint8_t* from, int64_t count, uint8_t* to) {
  for (int64_t k = 0; k < count - kPiece; k += kPiece) std::memcpy(to + k, from + k, kPiece);
  std::memcpy(to + count - kPiece, from + count - kPiece, kPiece);
}
void copy_bytes(const uint8_t* from, int64_t count, uint8_t* to) {
  if (count >= 16) return copy_pieces<16>(from, count, to);
  if (count >= 8) return copy_pieces<8>(from, count, to);
  for (int64_t k = 0; k < count; ++k) to[k] = from[k];
}

/// Neighbouring windows of a line.
struct Run {
  int64_t lane, count, from;
};
struct Runs {
  Run of[kLanes];
  int64_t count = 0, longest = 0;

  void add(const Run& run) {
    of[count++] = run;
    longest = std::max(longest, run.count);
  }
};

/// Which rows, as the planes they look at and the places there.
struct Rows {
  int64_t channel, element, count;  // of the first: its channel, its place in the kernel
  const std::vector<int64_t>& looks_at;
  int64_t plane;
};

/// Every run as a piece of so many bytes: what that is too much is written over by the next run or row.
template <size_t kBytes>
void copy_rows(const uint8_t* planes, Rows rows, const Runs& runs, uint8_t* to) {
  const auto kernel = static_cast<int64_t>(rows.looks_at.size());
  const uint8_t* channel = planes + rows.channel * rows.plane;
  for (; rows.count > 0; --rows.count, to += kLanes) {
    const uint8_t* from = channel + rows.looks_at[static_cast<size_t>(rows.element)];
    for (int64_t k = 0; k < runs.count; ++k) std::memcpy(to + runs.of[k].lane, from + runs.of[k].from, kBytes);
    if (++rows.element == kernel) rows.element = 0, channel += rows.plane;
  }
}
auto* copy_of(int64_t longest) {
  return longest <= 8    ? copy_rows<8>
         : longest <= 16 ? copy_rows<16>
         : longest <= 32 ? copy_rows<32>
                         : copy_rows<64>;
}

}  // namespace

WindowLanes::WindowLanes(const network::Convolution& g, int32_t padding, const tensor::Tensor& codes, bool wide)
    : convolution_(g),
      padding_(padding),
      lines_((g.output_size[0] - 1) * g.stride[0] + g.kernel[0]),
      width_(g.output_size[1] + (g.kernel[1] - 1) / g.stride[1]),
      plane_(lines_ * g.stride[1] * width_) {
  const int64_t step = g.stride[1];
  for (int64_t line = 0; line < g.kernel[0]; ++line) {
    for (int64_t column = 0; column < g.kernel[1]; ++column)
      looks_at_.push_back((line * step + column % step) * width_ + column / step);
  }
  thread_local std::vector<uint8_t> memory[2];
  const int64_t planes = codes.dim(0) * g.input_channels;
  const auto bytes = static_cast<size_t>(planes * plane_ + kLanes);
  for (int part = 0; part < (wide ? 2 : 1); ++part) {
    if (memory[part].size() < bytes) memory[part].resize(bytes);
    uint8_t* to = memory[part].data();
    (part == 0 ? low_ : high_) = to;
    tensor::with_codes(codes, [&](const auto* from) {
      base::parallel_for(planes, [&](int64_t plane) {
        fill(from + plane * g.input_size[0] * g.input_size[1], 8 * part, to + plane * plane_);
      });
    });
  }
}

/// A plane of bits shift..shift + 7 of codes.
template <class Code>
void WindowLanes::fill(const Code* codes, int shift, uint8_t* to) const {
  const int64_t height = convolution_.input_size[0], width = convolution_.input_size[1],
                above = convolution_.pad_begin[0], step = convolution_.stride[1];
  for (int64_t y = -above; y < lines_ - above; ++y) {
    for (int64_t phase = 0; phase < step; ++phase, to += width_) {
      if (y >= 0 && y < height)
        fill_line(codes + y * width, shift, phase, to);
      else
        std::memset(to, padding_ >> shift & 255, static_cast<size_t>(width_));
    }
  }
}

/// Every stride-th column of a line, the padding included, from column `phase` on.
template <class Code>
void WindowLanes::fill_line(const Code* codes, int shift, int64_t phase, uint8_t* to) const {
  const int64_t width = convolution_.input_size[1], step = convolution_.stride[1];
  const int64_t left = phase - convolution_.pad_begin[1];  // the column of the first byte
  const int64_t begin = std::min(left < 0 ? (-left + step - 1) / step : 0, width_);
  const int64_t end = std::max(left < width ? std::min(width_, (width - 1 - left) / step + 1) : 0, begin);
  const auto padding = static_cast<uint8_t>(padding_ >> shift);
  for (int64_t k = 0; k < begin; ++k) to[k] = padding;
  for (int64_t k = end; k < width_; ++k) to[k] = padding;
  const Code* from = codes + (left + begin * step);
  const int64_t count = end - begin;
  if (step == 1 && sizeof(Code) == 1 && shift == 0) {
    copy_bytes(reinterpret_cast<const uint8_t*>(from), count, to + begin);
  } else if (step == 1) {
    base::with_wide_vectors([=, bytes = to + begin] {
      for (int64_t k = 0; k < count; ++k) bytes[k] = static_cast<uint8_t>(from[k] >> shift);
    });
  } else {
    for (int64_t k = 0; k < count; ++k) to[begin + k] = static_cast<uint8_t>(from[k * step] >> shift);
  }
}

void WindowLanes::copy(int64_t first_window, int64_t windows, int64_t first, int64_t first_row, int64_t rows,
                       uint8_t* low, uint8_t* high) const {
  const network::Convolution& g = convolution_;
  const int64_t wide = g.output_size[1], positions = g.output_size[0] * wide, step = g.stride[1];
  Runs runs;
  for (int64_t lane = std::max<int64_t>(-first, 0), end = std::min(kLanes, windows - first); lane < end;) {
    const int64_t window = first_window + first + lane, position = window % positions, x = position % wide;
    const int64_t from =
        window / positions * g.input_channels * plane_ + position / wide * g.stride[0] * step * width_ + x;
    const int64_t count = std::min(wide - x, end - lane);
    runs.add({lane, count, from});
    lane += count;
  }
  const auto kernel = static_cast<int64_t>(looks_at_.size());  // rows are channel, line, column
  const Rows all{first_row / kernel, first_row % kernel, rows, looks_at_, plane_};
  const auto copy_all = copy_of(runs.longest);
  copy_all(low_, all, runs, low);
  if (high != nullptr) copy_all(high_, all, runs, high);
}

}  // namespace ohmweave::execution
