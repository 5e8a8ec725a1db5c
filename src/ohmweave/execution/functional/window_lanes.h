// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ohmweave/network/graph.h"
#include "ohmweave/tensor/tensor.h"

namespace ohmweave::execution {

/// The windows of a convolution over planes, without gaps between what it looks at, as lanes
/// (array::InputVectors): a row of neighbouring windows is a run of bytes of a plane. Planes are kept with
/// their padding, columns that lie as far apart as windows beside each other.
class WindowLanes {
 public:
  /// Takes the codes of inputs, samples first; `wide`: more than their low bytes. The planes are memory that
  /// the thread uses again, so that there is one at a time of each thread.
  WindowLanes(const network::Convolution& convolution, int32_t padding, const tensor::Tensor& codes, bool wide);
  WindowLanes(const WindowLanes&) = delete;
  WindowLanes& operator=(const WindowLanes&) = delete;
  /// As InputVectors::lanes, of the windows [first_window, first_window + windows) of all samples.
  void copy(int64_t first_window, int64_t windows, int64_t first, int64_t first_row, int64_t rows, uint8_t* low,
            uint8_t* high) const;

 private:
  template <class Code>
  void fill(const Code* codes, int shift, uint8_t* to) const;
  template <class Code>
  void fill_line(const Code* codes, int shift, int64_t phase, uint8_t* to) const;

  const network::Convolution& convolution_;
  int32_t padding_;
  int64_t lines_, width_, plane_;  // of a plane: lines, bytes of a line of every stride-th column, bytes
  std::vector<int64_t> looks_at_;  // of a window: where each element of the kernel looks in a plane
  const uint8_t *low_ = nullptr, *high_ = nullptr;
};

}  // namespace ohmweave::execution
