// SPDX-License-Identifier: Apache-2.0
// The input vectors of a product, copied from a sample.
#include <algorithm>

#include "ohmweave/execution/functional/product_layout.h"

namespace ohmweave::execution {

/// gather_window() of plain convolutions over planes, where lines of the window are runs of the plane.
template <class Stored, class Number>
void ProductLayout::gather_square(const Stored* sample, int64_t position, int64_t group, Number padding,
                                  Number* to) const {
  const network::Convolution& g = *convolution_;
  const int64_t height = g.input_size[0], width = g.input_size[1], lines = g.kernel[0], run = g.kernel[1];
  const int64_t top = position / g.output_size[1] * g.stride[0] - g.pad_begin[0],
                left = position % g.output_size[1] * g.stride[1] - g.pad_begin[1];
  const int64_t before = std::clamp(-left, int64_t{0}, run), end = std::clamp(width - left, before, run);
  const int64_t channels = g.input_channels / g.groups;
  const Stored* channel = sample + group * channels * height * width + top * width + left;
  const bool whole = top >= 0 && top + lines <= height && before == 0 && end == run;
  for (int64_t c = 0; c < channels; ++c, channel += height * width) {
    for (int64_t line = 0; line < lines; ++line, to += run) {
      const Stored* from = channel + line * width;
      if (whole && run == 1) {
        *to = *from;
      } else if (whole && run == 3) {
        to[0] = from[0], to[1] = from[1], to[2] = from[2];
      } else if (whole) {
        std::copy_n(from, run, to);
      } else if (top + line < 0 || top + line >= height) {
        std::fill_n(to, run, padding);
      } else {
        std::fill(to, to + before, padding);
        std::copy(from + before, from + end, to + before);
        std::fill(to + end, to + run, padding);
      }
    }
  }
}

/// The window of one output position (of `joined_` neighbours along the last axis) of one group.
template <class Stored, class Number>
void ProductLayout::gather_window(const Stored* sample, int64_t position, int64_t group, Number padding,
                                  Number* to) const {
  const network::Convolution& g = *convolution_;
  const size_t rank = g.kernel.size();
  std::vector<int64_t> start(rank), at(rank, 0);
  int64_t plane = 1;
  for (size_t d = rank; d-- > 0;) {
    start[d] = position % g.output_size[d] * g.stride[d] - g.pad_begin[d];
    position /= g.output_size[d];
    plane *= g.input_size[d];
  }
  const int64_t width = g.kernel.back() + (joined_ - 1) * g.stride.back(), step = g.dilation.back(),
                extent = g.input_size.back(), apart = g.insertion.back();
  const int64_t channels = g.input_channels / g.groups;
  for (int64_t c = 0; c < channels; ++c) {
    const Stored* channel = sample + (group * channels + c) * plane;
    std::fill(at.begin(), at.end(), 0);
    while (true) {  // lines of the window: all kernel positions but the last axis
      int64_t line = 0;
      bool inside = true;
      for (size_t d = 0; d + 1 < rank; ++d) {
        const int64_t x = start[d] + at[d] * g.dilation[d], element = x / g.insertion[d];
        inside &= x >= 0 && x % g.insertion[d] == 0 && element < g.input_size[d];
        line = line * g.input_size[d] + element;
      }
      const Stored* from = channel + line * extent;
      for (int64_t k = 0; k < width; ++k) {
        const int64_t x = start[rank - 1] + k * step;
        const bool stored = inside && x >= 0 && x % apart == 0 && x / apart < extent;
        *to++ = stored ? from[x / apart] : padding;
      }
      size_t d = rank - 1;
      while (d-- > 0 && ++at[d] == g.kernel[d]) at[d] = 0;
      if (d == static_cast<size_t>(-1)) break;
    }
  }
}

template <class Stored, class Number>
void ProductLayout::gather(const Stored* sample, int64_t vector, Number padding, Number* to) const {
  if (!convolution_) {
    std::copy_n(sample + vector * shape_.rows, shape_.rows, to);
    return;
  }
  const int64_t groups = convolution_->groups;
  for (int64_t k = 0; k < shape_.groups; ++k, to += shape_.rows) {
    if (square_) {
      gather_square(sample, vector, k, padding, to);
    } else if (private_kernels_) {
      gather_window(sample, k / groups * joined_, k % groups, padding, to);
    } else {
      gather_window(sample, vector, k, padding, to);
    }
  }
}

template void ProductLayout::gather(const int8_t*, int64_t, int32_t, int32_t*) const;
template void ProductLayout::gather(const uint8_t*, int64_t, int32_t, int32_t*) const;
template void ProductLayout::gather(const int16_t*, int64_t, int32_t, int32_t*) const;
template void ProductLayout::gather(const uint16_t*, int64_t, int32_t, int32_t*) const;
template void ProductLayout::gather(const int32_t*, int64_t, int32_t, int32_t*) const;
template void ProductLayout::gather(const float*, int64_t, float, float*) const;

}  // namespace ohmweave::execution
