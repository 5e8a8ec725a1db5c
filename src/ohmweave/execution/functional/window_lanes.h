// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/array/input_vectors.h"
#include "ohmweave/network/graph.h"
#include "ohmweave/tensor/tensor.h"

namespace ohmweave::execution {

/// Some windows of a convolution over planes, without gaps between what it looks at, as lanes
/// (array::InputVectors). Of every plane of the input, what each column of the kernel looks at is kept as a
/// plane of its own: a byte per window, padding included, so that a row of the windows of a sample is a run of
/// bytes. Where windows do not overlap from line to line, their lines are sorted by the lines of the kernel.
/// Where windows follow each other as the codes do, and processors can leave bytes out, codes of a byte are
/// read where they lie.
class WindowLanes {
 public:
  /// Which windows, of those of all samples.
  struct Range {
    int64_t first, count;
  };
  /// Takes the codes of inputs, samples first, which stay as they are meanwhile; `wide`: more than their low
  /// bytes. The planes are memory that the thread uses again, so that there is one at a time of each thread.
  WindowLanes(const network::Convolution& convolution, int32_t padding, const tensor::Tensor& codes, bool wide,
              const Range& windows);
  WindowLanes(const WindowLanes&) = delete;
  WindowLanes& operator=(const WindowLanes&) = delete;
  /// As InputVectors::lanes, of these windows.
  void copy(int64_t first, int64_t first_row, int64_t rows, uint8_t* low, uint8_t* high) const;

 private:
  static constexpr int64_t kLanes = array::InputVectors::kLanes;
  /// Neighbouring windows of a sample.
  struct Run {
    int64_t lane, count, sample, position;  // of the first: the sample among all, the place there
  };
  struct Runs {
    Run of[kLanes];
    int64_t count = 0, longest = 0;
  };
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
  /// Of the windows from number `first` on.
  Runs runs_of(int64_t first) const;
  /// window_lanes_in_place.cc: whether codes are read where they lie, and reading them.
  static bool follows(const network::Convolution& convolution, const tensor::Tensor& codes);
  void copy_in_place(const Runs& runs, int64_t first_row, int64_t rows, uint8_t* to) const;
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
  bool in_place_;
  // Of planes:
  int64_t first_sample_ = 0, samples_ = 0;  // that the windows are of
  int64_t first_line_ = 0, last_line_ = 0;  // of windows, in the first and the last of them
  int64_t most_lines_ = 0;                  // of windows in a sample
  int64_t column_ = 0, plane_ = 0;  // bytes that are kept of a plane, for a column of the kernel and for all
  std::vector<int64_t> looks_at_;   // of the first window: where each element of the kernel looks in a plane
  std::vector<Column> columns_;     // of the kernel
  const uint8_t *low_ = nullptr, *high_ = nullptr;  // planes, or the codes themselves
};

}  // namespace ohmweave::execution
