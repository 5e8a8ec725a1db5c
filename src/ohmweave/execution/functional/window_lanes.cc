// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/window_lanes.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "ohmweave/array/input_vectors.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/base/wide_vectors.h"
#include "ohmweave/tensor/narrow_codes.h"

namespace ohmweave::execution {
namespace {

constexpr int64_t kLanes = array::InputVectors::kLanes;

/// A call of memcpy costs more than short lines take: pieces of a fixed size, the last of which overlaps.
template <int64_t kPiece>
void copy_pieces(const uint8_t* from, int64_t count, uint8_t* to) {
  for (int64_t k = 0; k < count - kPiece; k += kPiece) std::memcpy(to + k, from + k, kPiece);
  std::memcpy(to + count - kPiece, from + count - kPiece, kPiece);
}
void copy_bytes(const uint8_t* from, int64_t count, uint8_t* to) {
  if (count > 64) {
    std::memcpy(to, from, static_cast<size_t>(count));
    return;
  }
  if (count >= 16) return copy_pieces<16>(from, count, to);
  if (count >= 8) return copy_pieces<8>(from, count, to);
  for (int64_t k = 0; k < count; ++k) to[k] = from[k];
}

/// Every step-th of the low bytes of codes that are shifted to the right.
template <class Code>
void take_bytes(const Code* from, int64_t step, int shift, int64_t count, uint8_t* to) {
  const auto take = [=](auto apart) {
    base::with_wide_vectors([=] {
      for (int64_t k = 0; k < count; ++k) to[k] = static_cast<uint8_t>(from[k * apart] >> shift);
    });
  };
  if (step == 1 && sizeof(Code) == 1 && shift == 0)
    copy_bytes(reinterpret_cast<const uint8_t*>(from), count, to);
  else if (step == 1)
    take(std::integral_constant<int64_t, 1>());
  else if (step == 2)
    take(std::integral_constant<int64_t, 2>());  // of which compilers make vectors
  else
    take(step);
}

/// How many of the places 0 .. count - 1, `step` apart from `first` on, lie below an extent.
int64_t count_below(int64_t extent, int64_t first, int64_t step, int64_t count) {
  return first < extent ? std::min((extent - 1 - first) / step + 1, count) : 0;
}

/// Neighbouring windows of a sample.
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

WindowLanes::WindowLanes(const network::Convolution& g, int32_t padding, const tensor::Tensor& codes, bool wide,
                         const Range& windows)
    : convolution_(g), padding_(padding), windows_(windows) {
  const int64_t across = g.output_size[1], positions = g.output_size[0] * across,
                last = windows.first + windows.count - 1;
  first_sample_ = windows.first / positions;
  samples_ = last / positions - first_sample_ + 1;
  first_line_ = windows.first % positions / across;
  last_line_ = last % positions / across;
  most_lines_ = samples_ > 1 ? g.output_size[0] : last_line_ - first_line_ + 1;
  lay_out();
  thread_local std::vector<uint8_t> memory[2];
  const int64_t planes = samples_ * g.input_channels, elements = g.input_size[0] * g.input_size[1];
  const auto bytes = static_cast<size_t>(planes * plane_ + kLanes);
  for (int part = 0; part < (wide ? 2 : 1); ++part) {
    if (memory[part].size() < bytes) memory[part].resize(bytes);
    uint8_t* to = memory[part].data();
    (part == 0 ? low_ : high_) = to;
    tensor::with_codes(codes, [&](const auto* from) {
      const auto* first = from + first_sample_ * g.input_channels * elements;
      base::parallel_for(planes, [&](int64_t plane) {
        fill(first + plane * elements, 8 * part, lines_of(plane / g.input_channels), to + plane * plane_);
      });
    });
  }
}

/// Line y of the kernel sees, of the lines of windows, what line y % stride sees y / stride lines further on.
void WindowLanes::lay_out() {
  const network::Convolution& g = convolution_;
  const int64_t down = g.kernel[0], step = g.stride[0];
  std::vector<int64_t> begins;  // of what the first lines of the kernel see
  int64_t lines = 0;
  for (int64_t phase = 0; phase < std::min(step, down); ++phase) {
    begins.push_back(lines);
    lines += most_lines_ + (down - 1 - phase) / step;
  }
  column_ = lines * g.output_size[1];
  plane_ = column_ * g.kernel[1];
  for (int64_t y = 0; y < down; ++y) {
    for (int64_t x = 0; x < g.kernel[1]; ++x)
      looks_at_.push_back(x * column_ +
                          (begins[static_cast<size_t>(y % step)] + y / step) * g.output_size[1]);
  }
}

WindowLanes::Lines WindowLanes::lines_of(int64_t sample) const {
  const int64_t first = sample == 0 ? first_line_ : 0,
                last = sample == samples_ - 1 ? last_line_ : convolution_.output_size[0] - 1;
  return {first, last - first + 1};
}

/// What the windows of some lines see of bits shift..shift + 7 of the codes of a plane.
template <class Code>
void WindowLanes::fill(const Code* codes, int shift, const Lines& lines, uint8_t* to) const {
  const network::Convolution& g = convolution_;
  const int64_t across = g.output_size[1], step = g.stride[1];
  for (int64_t x = 0; x < g.kernel[1]; ++x, to += column_) {
    const int64_t left = x - g.pad_begin[1];
    const int64_t begin = left < 0 ? count_below(0, left, step, across) : 0;
    const Column column{left, begin, std::max(count_below(g.input_size[1], left, step, across), begin)};
    uint8_t* first = to;
    for (int64_t phase = 0; phase < std::min(g.stride[0], g.kernel[0]); ++phase) {
      const int64_t more = (g.kernel[0] - 1 - phase) / g.stride[0];
      fill_column(codes, shift, column, {lines.first, lines.count + more}, phase, first);
      first += (most_lines_ + more) * across;
    }
  }
}

/// The same of one column of the kernel and its line `phase`.
template <class Code>
void WindowLanes::fill_column(const Code* codes, int shift, const Column& column, const Lines& lines,
                              int64_t phase, uint8_t* to) const {
  const network::Convolution& g = convolution_;
  const int64_t width = g.input_size[1], across = g.output_size[1], down = g.stride[0], step = g.stride[1];
  const auto padding = static_cast<uint8_t>(padding_ >> shift);
  const int64_t top = lines.first * down + phase - g.pad_begin[0];
  const int64_t seen = column.end - column.begin;
  const int64_t begin = count_below(0, top, down, lines.count),
                end = seen > 0 ? std::max(count_below(g.input_size[0], top, down, lines.count), begin) : begin;
  std::memset(to, padding, static_cast<size_t>(begin * across));
  std::memset(to + end * across, padding, static_cast<size_t>((lines.count - end) * across));
  if (begin == end) return;
  const Code* from = codes + (top + begin * down) * width + column.left + column.begin * step;
  uint8_t* first = to + begin * across;
  const bool whole = step == 1 && down == 1 && width == across;  // lines follow each other here and there
  if (whole) take_bytes(from, 1, shift, (end - begin - 1) * across + seen, first + column.begin);
  for (int64_t line = begin; line < end; ++line, from += down * width, first += across) {
    if (!whole) take_bytes(from, step, shift, seen, first + column.begin);
    for (int64_t k = 0; k < column.begin; ++k) first[k] = padding;
    for (int64_t k = column.end; k < across; ++k) first[k] = padding;
  }
}

void WindowLanes::copy(int64_t first, int64_t first_row, int64_t rows, uint8_t* low, uint8_t* high) const {
  const network::Convolution& g = convolution_;
  const int64_t across = g.output_size[1], positions = g.output_size[0] * across;
  Runs runs;
  for (int64_t lane = std::max<int64_t>(-first, 0), end = std::min(kLanes, windows_.count - first); lane < end;) {
    const int64_t window = windows_.first + first + lane, position = window % positions,
                  sample = window / positions - first_sample_;
    const int64_t count = std::min(positions - position, end - lane);
    runs.add({lane, count, sample * g.input_channels * plane_ + position - lines_of(sample).first * across});
    lane += count;
  }
  const auto kernel = static_cast<int64_t>(looks_at_.size());  // rows are channel, line, column
  const Rows all{first_row / kernel, first_row % kernel, rows, looks_at_, plane_};
  const auto copy_all = copy_of(runs.longest);
  copy_all(low_, all, runs, low);
  if (high != nullptr) copy_all(high_, all, runs, high);
}

}  // namespace ohmweave::execution
