// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/network/graph.h"
#include "ohmweave/tensor/tensor.h"

namespace ohmweave::execution {

/// Some windows of a convolution over planes, without gaps between what it looks at, as lanes
/// (array::InputVectors). Of every plane of the input, what each column of the kernel looks at is kept as a
/// plane of its own: a byte per window, padding included, so that a row of the windows of a sample is a run of
/// bytes. Where windows do not overlap from line to line, their lines are sorted by the lines of the kernel.
class WindowLanes {
 public:
  /// Which windows, of those of all samples.
  struct Range {
    int64_t first, count;
  };
  /// Takes the codes of inputs, samples first; `wide`: more than their low bytes. The planes are memory that
  /// the thread uses again, so that there is one at a time of each thread.
  WindowLanes(const network::Convolution& convolution, int32_t padding, const tensor::Tensor& codes, bool wide,
              const Range& windows);
  WindowLanes(const WindowLanes&) = delete;
  WindowLanes& operator=(const WindowLanes&) = delete;
  /// As InputVectors::lanes, of these windows.
  void copy(int64_t first, int64_t first_row, int64_t rows, uint8_t* low, uint8_t* high) const;

 private:
  /// Lines of windows of a sample.
  struct Lines {
    int64_t first, count;
  };
  /// Of the windows of a line, those [begin, end) in which a column of the kernel sees the input, the first of
  /// all at its column `left`; and the same for the windows of lines that follow each other, if it is not all
  /// of them.
  struct Column {
    int64_t left, begin, end;
    std::vector<uint8_t> seen;
  };
  void lay_out();
  void find_columns();
  Lines lines_of(int64_t sample) const;
  template <int kShift, class Code>
  void fill(const Code* codes, const Lines& lines, uint8_t* to) const;
  template <int kShift, class Code>
  void take_seen(const Code* from, uint8_t padding, const Column& column, int64_t count, uint8_t* to) const;
  template <int kShift, class Code>
  void fill_column(const Code* codes, const Column& column, const Lines& lines, int64_t phase,
                   uint8_t* to) const;

  const network::Convolution& convolution_;
  int32_t padding_;
  Range windows_;
  int64_t first_sample_, samples_;  // that the windows are of
  int64_t first_line_, last_line_;  // of windows, in the first and the last of them
  int64_t most_lines_;              // of windows in a sample
  int64_t column_ = 0, plane_ = 0;  // bytes that are kept of a plane, for a column of the kernel and for all
  std::vector<int64_t> looks_at_;   // of the first window: where each element of the kernel looks in a plane
  std::vector<Column> columns_;     // of the kernel
  const uint8_t *low_ = nullptr, *high_ = nullptr;
};

}  // namespace ohmweave::execution
