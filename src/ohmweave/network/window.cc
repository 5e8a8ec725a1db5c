// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/window.h"

#include <algorithm>

#include <fmt/format.h>

namespace ohmweave::network {
namespace {

using Integers = std::vector<int64_t>;

void check(const Operation& o, const char* name, const Integers& values, size_t expected, int64_t least) {
  o.require(values.size() == expected,
            fmt::format("{} has {} numbers, {} expected", name, values.size(), expected));
  constexpr int64_t kMost = int64_t{1} << 31;
  for (int64_t v : values) o.require(v >= least && v < kMost, fmt::format("{} has a {}", name, v));
}

/// Pads by which the result has extent / stride elements; odd ones go to the end (upper) or to the beginning
/// (lower).
Integers same_pads(const Operation& o, const Node& node, bool upper) {
  const Integers &kernel = node.integers("kernel_shape"), &stride = node.integers("strides"),
                 &dilation = node.integers("dilations");
  size_t n = kernel.size();
  Integers pads(2 * n);
  for (size_t k = 0; k < n; ++k) {
    int64_t extent = o.shape(0)[2 + k], windows = (extent + stride[k] - 1) / stride[k];
    int64_t all = std::max<int64_t>((windows - 1) * stride[k] + (kernel[k] - 1) * dilation[k] + 1 - extent, 0);
    pads[k] = upper ? all / 2 : all - all / 2;
    pads[n + k] = all - pads[k];
  }
  return pads;
}

}  // namespace

std::vector<Parameter> window_attributes(std::vector<Parameter> more) {
  for (const char* key : {"kernel_shape", "strides", "dilations", "pads"}) more.push_back({key, Integers{}});
  more.push_back({"auto_pad", std::string("NOTSET")});
  return more;
}

void complete_window(Graph& graph, Node& node, const std::vector<int64_t>& kernel) {
  Operation o(graph, node);
  o.require(o.shape(0).size() >= 3, fmt::format("takes N x C x spatial, not {}", tensor::print(o.shape(0))));
  size_t spatial = o.shape(0).size() - 2;
  auto list = [&](const char* key, const Integers& otherwise, int64_t least) {
    auto& values = std::get<Integers>(node.attributes[key]);
    if (values.empty()) values = otherwise;
    check(o, key, values, otherwise.size(), least);
  };
  o.require(!kernel.empty() || !node.integers("kernel_shape").empty(), "needs the attribute 'kernel_shape'");
  list("kernel_shape", kernel.empty() ? Integers(spatial, 1) : kernel, 1);
  o.require(kernel.empty() || node.integers("kernel_shape") == kernel,
            "kernel_shape is not the shape of the weights");
  list("strides", Integers(spatial, 1), 1);
  list("dilations", Integers(spatial, 1), 1);
  const std::string mode = node.text("auto_pad");
  o.require(mode == "NOTSET" || mode == "VALID" || mode == "SAME_UPPER" || mode == "SAME_LOWER",
            fmt::format("auto_pad '{}' is not known", mode));
  if (mode == "VALID") node.attributes["pads"] = Integers(2 * spatial, 0);
  if (mode == "SAME_UPPER" || mode == "SAME_LOWER")
    node.attributes["pads"] = same_pads(o, node, mode == "SAME_UPPER");
  list("pads", Integers(2 * spatial, 0), 0);
  node.attributes["auto_pad"] = std::string("NOTSET");
}

Pooling window_of(const Node& node) {
  const Integers& pads = node.integers("pads");
  auto middle = pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2);
  return {node.integers("kernel_shape"),
          node.integers("strides"),
          node.integers("dilations"),
          {pads.begin(), middle},
          {middle, pads.end()}};
}

std::vector<int64_t> window_extents(const Operation& o, const Pooling& w, bool ceil) {
  Integers out;
  for (size_t k = 0; k < w.kernel.size(); ++k) {
    int64_t padded = o.shape(0)[2 + k] + w.pad_begin[k] + w.pad_end[k];
    int64_t room = padded - (w.kernel[k] - 1) * w.dilation[k] - 1;
    o.require(room >= 0,
              fmt::format("the window of {} is larger than the padded input of {}", w.kernel[k], padded));
    int64_t n = (room + (ceil ? w.stride[k] - 1 : 0)) / w.stride[k] + 1;
    if (ceil && (n - 1) * w.stride[k] >= o.shape(0)[2 + k] + w.pad_begin[k])
      --n;  // a window wholly in the padding does not count
    out.push_back(n);
  }
  return out;
}

Pooling stretched_to(const Pooling& window, const tensor::Shape& input, const tensor::Shape& output) {
  Pooling w = window;
  for (size_t k = 0; k < w.kernel.size(); ++k) {
    int64_t end = (output[2 + k] - 1) * w.stride[k] + (w.kernel[k] - 1) * w.dilation[k] + 1;
    w.pad_end[k] = end - input[2 + k] - w.pad_begin[k];
  }
  return w;
}

Covered covered(const Pooling& w, size_t axis, int64_t position, int64_t extent) {
  Covered c;
  int64_t begin = position * w.stride[axis] - w.pad_begin[axis], step = w.dilation[axis];
  c.skipped = begin < 0 ? (-begin + step - 1) / step : 0;
  c.first = begin + c.skipped * step;
  int64_t left = w.kernel[axis] - c.skipped;
  c.count = c.first >= extent ? 0 : std::max<int64_t>(std::min(left, (extent - c.first + step - 1) / step), 0);
  return c;
}

}  // namespace ohmweave::network
