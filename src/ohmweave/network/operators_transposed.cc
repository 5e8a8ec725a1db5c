// SPDX-License-Identifier: Apache-2.0
// ConvTranspose: every element of the input adds its kernel to the output.
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/network/onednn.h"
#include "ohmweave/network/window.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;
using Integers = std::vector<int64_t>;

/// Fills in what the file leaves out, and turns auto_pad and output_shape into pads.
void complete_transposed(Graph& graph, Node& node) {
  Operation o(graph, node);
  const Shape &x = o.shape(0), &w = o.shape(1);
  o.require(
      x.size() >= 3 && w.size() == x.size(),
      fmt::format("weights of shape {} do not fit an input of shape {}", tensor::print(w), tensor::print(x)));
  const size_t spatial = x.size() - 2;
  const Integers kernel(w.begin() + 2, w.end());
  auto list = [&](const char* key, const Integers& otherwise, int64_t least) -> Integers& {
    constexpr int64_t kMost = int64_t{1} << 31;
    auto& values = std::get<Integers>(node.attributes[key]);
    if (values.empty()) values = otherwise;
    o.require(values.size() == otherwise.size(),
              fmt::format("{} has {} numbers, {} expected", key, values.size(), otherwise.size()));
    for (int64_t v : values) o.require(v >= least && v < kMost, fmt::format("{} has a {}", key, v));
    return values;
  };
  o.require(list("kernel_shape", kernel, 1) == kernel, "kernel_shape is not the shape of the weights");
  const Integers &stride = list("strides", Integers(spatial, 1), 1),
                 &dilation = list("dilations", Integers(spatial, 1), 1);
  Integers &more = list("output_padding", Integers(spatial, 0), 0),
           &pads = list("pads", Integers(2 * spatial, 0), 0);
  auto& wanted = std::get<Integers>(node.attributes["output_shape"]);
  if (wanted.size() == x.size())
    wanted.erase(wanted.begin(), wanted.begin() + 2);  // some say samples and channels too
  const std::string mode = node.text("auto_pad");
  const bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  o.require(mode == "NOTSET" || mode == "VALID" || same, fmt::format("auto_pad '{}' is not known", mode));
  if (mode == "VALID") pads.assign(2 * spatial, 0);
  if (wanted.empty() && same) {
    for (size_t k = 0; k < spatial; ++k) wanted.push_back(x[2 + k] * stride[k]);
  }
  if (!wanted.empty()) {
    list("output_shape", Integers(spatial, 0), 0);
    for (size_t k = 0; k < spatial; ++k) {
      int64_t all = stride[k] * (x[2 + k] - 1) + more[k] + (kernel[k] - 1) * dilation[k] + 1 - wanted[k];
      if (all < 0) more[k] -= all, all = 0;  // the rest has no kernel over it
      pads[k] = mode == "SAME_UPPER" ? all / 2 : all - all / 2;
      pads[spatial + k] = all - pads[k];
    }
  }
  wanted.clear();
  node.attributes["auto_pad"] = std::string("NOTSET");
}

Types infer_transposed(const Operation& o) {
  for (size_t k = 0; k < o.operands(); ++k) {
    o.require(!o.has(k) || o.element(k) == Element::Float32,
              fmt::format("computes in float32, operand {} does not", k + 1));
  }
  const Shape &x = o.shape(0), &w = o.shape(1);
  const int64_t groups = o.node().integer("group");
  bool fits = w.size() == x.size() && groups > 0 && w[0] == x[1] && w[0] > 0 && w[1] > 0 && x[1] % groups == 0;
  o.require(fits, fmt::format("weights of shape {} in {} groups do not fit an input of shape {}",
                              tensor::print(w), groups, tensor::print(x)));
  Shape to{x[0], w[1] * groups};
  o.require(!o.has(2) || o.shape(2) == Shape{to[1]},
            fmt::format("one bias for each of {} channels expected", to[1]));
  const Pooling window = window_of(o.node());
  const Integers& more = o.node().integers("output_padding");
  for (size_t k = 0; k < window.kernel.size(); ++k) {
    int64_t extent = window.stride[k] * (x[2 + k] - 1) + more[k] + (window.kernel[k] - 1) * window.dilation[k] +
                     1 - window.pad_begin[k] - window.pad_end[k];
    o.require(extent >= 0 && x[2 + k] > 0, fmt::format("an extent of {} cannot be padded by {} and {}",
                                                       x[2 + k], window.pad_begin[k], window.pad_end[k]));
    to.push_back(extent);
  }
  return {{Element::Float32, to}};
}

/// Where the kernel's elements lie over one line of the result: for every element of the kernel along an axis
/// and every position of the input its place, or -1 outside.
Integers landing(const Pooling& w, size_t axis, int64_t from, int64_t to) {
  Integers out;
  for (int64_t element = 0; element < w.kernel[axis]; ++element) {
    for (int64_t at = 0; at < from; ++at) {
      const int64_t place = at * w.stride[axis] + element * w.dilation[axis] - w.pad_begin[axis];
      out.push_back(place >= 0 && place < to ? place : -1);
    }
  }
  return out;
}

/// Adds the columns [kernel elements][positions of the input] of one channel to its plane of the result.
class Spread {
 public:
  Spread(const Pooling& w, const Shape& in, const Shape& out) : kernel_(w.kernel), in_(in), out_(out) {
    for (size_t k = 0; k < kernel_.size(); ++k) places_.push_back(landing(w, k, in[2 + k], out[2 + k]));
  }
  void add(const float* columns, float* plane) const { add_axis(0, 0, 0, 0, columns, plane); }

 private:
  void add_axis(size_t axis, int64_t element, int64_t position, int64_t place, const float* columns,
                float* plane) const {
    const int64_t from = in_[2 + axis], to = out_[2 + axis];
    int64_t positions = 1;
    for (size_t k = 2; k < in_.size(); ++k) positions *= in_[k];
    for (int64_t e = 0; e < kernel_[axis]; ++e) {
      const int64_t* line = places_[axis].data() + e * from;
      const int64_t which = element * kernel_[axis] + e;
      for (int64_t at = 0; at < from; ++at) {
        if (line[at] < 0) continue;
        const int64_t source = position * from + at, target = place * to + line[at];
        if (axis + 1 == kernel_.size())
          plane[target] += columns[which * positions + source];
        else
          add_axis(axis + 1, which, source, target, columns, plane);
      }
    }
  }
  Integers kernel_;
  Shape in_, out_;
  std::vector<Integers> places_;
};

/// Of every group the product of its kernels and its input, which is then spread over the result.
Results convolve_transposed(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  if (out.size() == 0) return {out};
  const Shape &x = o.shape(0), &w = o.shape(1), &y = t[0].shape;
  const int64_t groups = o.node().integer("group"), channels = x[1] / groups, outputs = w[1];
  const int64_t positions = tensor::count(x) / (x[0] * x[1]), plane = out.size() / (y[0] * y[1]),
                elements = tensor::count(w) / (w[0] * w[1]);
  const Spread spread(window_of(o.node()), x, y);
  const Product shape{outputs * elements, positions, channels, true, false, false};
  Tensor columns(Element::Float32, {outputs * elements, positions});
  const float *from = o.tensor(0).data<float>().data(), *weights = o.tensor(1).data<float>().data();
  const float* bias = o.has(2) ? o.tensor(2).data<float>().data() : nullptr;
  float *to = out.mutable_data<float>().data(), *between = columns.mutable_data<float>().data();
  for (int64_t k = 0; k < x[0] * groups; ++k) {
    const int64_t group = k % groups;
    multiply(shape, {weights + group * channels * outputs * elements}, {from + k * channels * positions},
             between);
    base::parallel_for(outputs, [&](int64_t n) {
      float* target = to + (k * outputs + n) * plane;
      std::fill_n(target, plane, bias ? bias[group * outputs + n] : 0.0F);
      spread.add(between + n * elements * positions, target);
    });
  }
  return {out};
}

}  // namespace

std::vector<Operator> transposed_operators() {
  return {{.op = Op::ConvTranspose,
           .name = "ConvTranspose",
           .family = Family::Product,
           .least_inputs = 2,
           .most_inputs = 3,
           .attributes = window_attributes(
               {{"group", int64_t{1}}, {"output_padding", Integers{}}, {"output_shape", Integers{}}}),
           .complete = complete_transposed,
           .infer = infer_transposed,
           .evaluate = convolve_transposed,
           .batch = batch_samples}};
}

}  // namespace ohmweave::network
