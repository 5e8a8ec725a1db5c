// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/window_lanes.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <type_traits>

#include "ohmweave/base/parallel.h"
#include "ohmweave/base/wide_vectors.h"
#include "ohmweave/tensor/narrow_codes.h"

namespace ohmweave::execution {
namespace {

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

void fill_bytes(uint8_t value, int64_t count, uint8_t* to) {
  constexpr int64_t kPiece = 16;
  if (count >= kPiece) {
    for (int64_t k = 0; k < count - kPiece; k += kPiece) std::memset(to + k, value, kPiece);
    std::memset(to + count - kPiece, value, kPiece);
  } else {
    for (int64_t k = 0; k < count; ++k) to[k] = value;
  }
}

/// Bits kShift..kShift + 7 of every step-th code.
template <int kShift, class Code>
void take_bytes(const Code* from, int64_t step, int64_t count, uint8_t* to) {
  const auto take = [=](auto apart) {
    base::with_wide_vectors([=] {
      for (int64_t k = 0; k < count; ++k) to[k] = static_cast<uint8_t>(from[k * apart] >> kShift);
    });
  };
  if (step == 1 && sizeof(Code) == 1 && kShift == 0)
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
  if (step == 1) return std::clamp<int64_t>(extent - first, 0, count);  // the usual, without a division
  return first < extent ? std::min((extent - 1 - first) / step + 1, count) : 0;
}

/// Bytes that follow each other.
struct Piece {
  int64_t lane, from;
};

/// Which rows, as the planes they look at and the places there.
struct Rows {
  int64_t channel, element, count;  // of the first: its channel, its place in the kernel
  const std::vector<int64_t>& looks_at;
  int64_t plane;
};

/// Pieces of so many bytes: what that is too much is written over by the next piece or row.
template <size_t kBytes>
void copy_rows(const uint8_t* planes, Rows rows, std::span<const Piece> pieces, uint8_t* to) {
  const auto kernel = static_cast<int64_t>(rows.looks_at.size());
  const uint8_t* channel = planes + rows.channel * rows.plane;
  for (; rows.count > 0; --rows.count, to += array::InputVectors::kLanes) {
    const uint8_t* from = channel + rows.looks_at[static_cast<size_t>(rows.element)];
    for (const Piece& p : pieces) std::memcpy(to + p.lane, from + p.from, kBytes);
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
    : convolution_(g), padding_(padding), windows_(windows), in_place_(!wide && follows(g, codes)) {
  if (in_place_) {
    low_ = reinterpret_cast<const uint8_t*>(codes.raw());
    return;
  }
  const int64_t across = g.output_size[1], positions = g.output_size[0] * across,
                last = windows.first + windows.count - 1;
  first_sample_ = windows.first / positions;
  samples_ = last / positions - first_sample_ + 1;
  first_line_ = windows.first % positions / across;
  last_line_ = last % positions / across;
  most_lines_ = samples_ > 1 ? g.output_size[0] : last_line_ - first_line_ + 1;
  lay_out();
  find_columns();
  thread_local std::vector<uint8_t> memory[2];
  const int64_t planes = samples_ * g.input_channels, elements = g.input_size[0] * g.input_size[1];
  const auto bytes = static_cast<size_t>(planes * plane_ + kLanes);
  const auto take = [&](auto shift, std::vector<uint8_t>& own) {
    if (own.size() < bytes) own.resize(bytes);
    tensor::with_codes(codes, [&](const auto* from) {
      const auto* first = from + first_sample_ * g.input_channels * elements;
      base::parallel_for(planes, [&](int64_t plane) {
        fill<shift()>(first + plane * elements, lines_of(plane / g.input_channels),
                      own.data() + plane * plane_);
      });
    });
    return own.data();
  };
  low_ = take(std::integral_constant<int, 0>(), memory[0]);
  if (wide) high_ = take(std::integral_constant<int, 8>(), memory[1]);
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
      looks_at_.push_back(x * column_ + (begins[static_cast<size_t>(y % step)] + y / step) * g.output_size[1]);
  }
}

void WindowLanes::find_columns() {
  const network::Convolution& g = convolution_;
  const int64_t across = g.output_size[1], step = g.stride[1];
  for (int64_t x = 0; x < g.kernel[1]; ++x) {
    const int64_t left = x - g.pad_begin[1];
    const int64_t begin = left < 0 ? count_below(0, left, step, across) : 0;
    columns_.push_back({left, begin, std::max(count_below(g.input_size[1], left, step, across), begin), {}});
    Column& c = columns_.back();
    if (c.begin == 0 && c.end == across) continue;
    c.seen.resize(static_cast<size_t>((most_lines_ + g.kernel[0]) * across), 0);
    for (auto line = c.seen.begin(); line != c.seen.end(); line += across)
      std::fill(line + c.begin, line + c.end, uint8_t{1});
  }
}

WindowLanes::Lines WindowLanes::lines_of(int64_t sample) const {
  const int64_t first = sample == 0 ? first_line_ : 0,
                last = sample == samples_ - 1 ? last_line_ : convolution_.output_size[0] - 1;
  return {first, last - first + 1};
}

/// What the windows of some lines see of bits kShift..kShift + 7 of the codes of a plane.
template <int kShift, class Code>
void WindowLanes::fill(const Code* codes, const Lines& lines, uint8_t* to) const {
  const network::Convolution& g = convolution_;
  const int64_t across = g.output_size[1];
  for (const Column& column : columns_) {
    uint8_t* first = to;
    for (int64_t phase = 0; phase < std::min(g.stride[0], g.kernel[0]); ++phase) {
      const int64_t more = (g.kernel[0] - 1 - phase) / g.stride[0];
      fill_column<kShift>(codes, column, {lines.first, lines.count + more}, phase, first);
      first += (most_lines_ + more) * across;
    }
    to += column_;
  }
}

/// Bytes of codes of lines of windows that follow each other, from the first that is seen to the last; padding
/// where the column sees nothing.
template <int kShift, class Code>
void WindowLanes::take_seen(const Code* from, uint8_t padding, const Column& column, int64_t count,
                            uint8_t* to) const {
  if (column.begin == 0 && column.end == convolution_.output_size[1])
    return take_bytes<kShift>(from, 1, count, to);
  const uint8_t* seen = column.seen.data() + column.begin;
  base::with_wide_vectors([=] {
    for (int64_t k = 0; k < count; ++k) {
      const auto byte = static_cast<uint8_t>(from[k] >> kShift);
      to[k] = seen[k] != 0 ? byte : padding;
    }
  });
}

/// The same of one column of the kernel and its line `phase`.
template <int kShift, class Code>
void WindowLanes::fill_column(const Code* codes, const Column& column, const Lines& lines, int64_t phase,
                              uint8_t* to) const {
  const network::Convolution& g = convolution_;
  const int64_t width = g.input_size[1], across = g.output_size[1], down = g.stride[0], step = g.stride[1];
  const auto padding = static_cast<uint8_t>(padding_ >> kShift);
  const int64_t top = lines.first * down + phase - g.pad_begin[0];
  const int64_t seen = column.end - column.begin;
  const int64_t begin = count_below(0, top, down, lines.count),
                end = seen > 0 ? std::max(count_below(g.input_size[0], top, down, lines.count), begin) : begin;
  fill_bytes(padding, begin * across, to);
  fill_bytes(padding, (lines.count - end) * across, to + end * across);
  if (begin == end) return;
  const Code* from = codes + (top + begin * down) * width + column.left + column.begin * step;
  uint8_t* first = to + begin * across;
  if (step == 1 && down == 1 && width == across) {  // lines follow each other here and there
    fill_bytes(padding, column.begin, first);
    take_seen<kShift>(from, padding, column, (end - begin - 1) * across + seen, first + column.begin);
    fill_bytes(padding, across - column.end, to + (end - 1) * across + column.end);
    return;
  }
  for (int64_t line = begin; line < end; ++line, from += down * width, first += across) {
    take_bytes<kShift>(from, step, seen, first + column.begin);
    fill_bytes(padding, column.begin, first);
    fill_bytes(padding, across - column.end, first + column.end);
  }
}

WindowLanes::Runs WindowLanes::runs_of(int64_t first) const {
  const int64_t positions = convolution_.output_size[0] * convolution_.output_size[1];
  Runs out;
  for (int64_t lane = std::max<int64_t>(-first, 0), end = std::min(kLanes, windows_.count - first);
       lane < end;) {
    const int64_t window = windows_.first + first + lane, position = window % positions;
    const int64_t count = std::min(positions - position, end - lane);
    out.of[out.count++] = {lane, count, window / positions, position};
    out.longest = std::max(out.longest, count);
    lane += count;
  }
  return out;
}

void WindowLanes::copy(int64_t first, int64_t first_row, int64_t rows, uint8_t* low, uint8_t* high) const {
  const Runs runs = runs_of(first);
  if (in_place_) return copy_in_place(runs, first_row, rows, low);
  Piece pieces[kLanes];
  for (int64_t k = 0; k < runs.count; ++k) {
    const Run& run = runs.of[k];
    const int64_t sample = run.sample - first_sample_;
    pieces[k] = {run.lane, sample * convolution_.input_channels * plane_ + run.position -
                               lines_of(sample).first * convolution_.output_size[1]};
  }
  const auto kernel = static_cast<int64_t>(looks_at_.size());  // rows are channel, line, column
  const Rows all{first_row / kernel, first_row % kernel, rows, looks_at_, plane_};
  const std::span<const Piece> own(pieces, static_cast<size_t>(runs.count));
  const auto copy_all = copy_of(runs.longest);
  copy_all(low_, all, own, low);
  if (high != nullptr) copy_all(high_, all, own, high);
}

}  // namespace ohmweave::execution
