// SPDX-License-Identifier: Apache-2.0
// Pooling, plainly; the reference runs it by oneDNN.
#include <algorithm>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/window.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

void complete_pooling(Graph& graph, Node& node) { complete_window(graph, node, {}); }

Types infer_pooling(const Operation& o) {
  Shape to{o.shape(0)[0], o.shape(0)[1]};
  for (int64_t n : window_extents(o, window_of(o.node()), o.node().integer("ceil_mode") != 0)) to.push_back(n);
  return {{o.element(0), to}, {Element::Int64, to}};
}

/// Calls body(at, window) for every window of one plane: `at` its place in the result, `window` what it covers
/// by axis.
template <class Body>
void each_window(const Pooling& w, const Shape& in, const Shape& out, Body body) {
  size_t spatial = w.kernel.size();
  std::vector<int64_t> position(spatial, 0);
  std::vector<Covered> window(spatial);
  int64_t windows = std::accumulate(out.begin() + 2, out.end(), int64_t{1}, std::multiplies<>());
  for (int64_t at = 0; at < windows; ++at) {
    for (size_t k = 0; k < spatial; ++k) window[k] = covered(w, k, position[k], in[2 + k]);
    body(at, window);
    for (size_t k = spatial; k-- > 0;) {
      if (++position[k] < out[2 + k]) break;
      position[k] = 0;
    }
  }
}
/// Calls body(index in the plane) for every element a window covers.
template <class Body>
void each_element(const Pooling& w, const std::vector<Covered>& window, const Shape& in, size_t axis,
                  int64_t base, Body& body) {
  const Covered& c = window[axis];
  for (int64_t k = 0; k < c.count; ++k) {
    int64_t index = base * in[2 + axis] + c.first + k * w.dilation[axis];
    if (axis + 1 == window.size())
      body(index);
    else
      each_element(w, window, in, axis + 1, index, body);
  }
}

/// Index of a plane's element when the first spatial axis runs fastest.
int64_t column_major(int64_t index, const Shape& in) {
  int64_t out = 0, place = 1;
  std::vector<int64_t> at(in.size() - 2);
  for (size_t k = at.size(); k-- > 0; index /= in[2 + k]) at[k] = index % in[2 + k];
  for (size_t k = 0; k < at.size(); place *= in[2 + k], ++k) out += at[k] * place;
  return out;
}

Results max_pool(const Operation& o, const Types& t) {
  Pooling w = window_of(o.node());
  const Shape &in = o.shape(0), &out = t[0].shape;
  Results results{Tensor(t[0].element, out)};
  if (o.outputs() > 1) results.emplace_back(Element::Int64, out);
  int64_t* where = o.outputs() > 1 ? results[1].mutable_data<int64_t>().data() : nullptr;
  int64_t from_plane = tensor::count(in) / std::max<int64_t>(in[0] * in[1], 1),
          to_plane = tensor::count(out) / std::max<int64_t>(in[0] * in[1], 1);
  bool by_columns = o.node().integer("storage_order") != 0;
  bool fits = with_one_of<float, double, int8_t, uint8_t>(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    using Limits = std::numeric_limits<T>;
    const T* from = o.tensor(0).data<T>().data();
    T* to = results[0].mutable_data<T>().data();
    base::parallel_for(in[0] * in[1], [&](int64_t plane) {
      const T* elements = from + plane * from_plane;
      each_window(w, in, out, [&](int64_t at, const std::vector<Covered>& window) {
        T best = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
        int64_t place = 0;
        auto take = [&](int64_t index) {
          if (elements[index] > best) best = elements[index], place = index;
        };
        each_element(w, window, in, 0, 0, take);
        to[plane * to_plane + at] = best;
        if (where)
          where[plane * to_plane + at] = plane * from_plane + (by_columns ? column_major(place, in) : place);
      });
    });
  });
  o.require(fits, fmt::format("does not pool {}", tensor::name_of(o.element(0))));
  return results;
}

/// Elements of the window that lie in the padded input: the end of the padding bounds windows that ceil_mode
/// lets over.
int64_t padded_size(const Pooling& w, const Shape& in, const Shape& out, int64_t at) {
  int64_t size = 1;
  for (size_t k = w.kernel.size(); k-- > 0; at /= out[2 + k]) {
    int64_t begin = at % out[2 + k] * w.stride[k], end = in[2 + k] + w.pad_begin[k] + w.pad_end[k];
    size *= std::min(w.kernel[k], (end - begin + w.dilation[k] - 1) / w.dilation[k]);
  }
  return size;
}

Results average_pool(const Operation& o, const Types& t) {
  Pooling w = window_of(o.node());
  const Shape &in = o.shape(0), &out = t[0].shape;
  Tensor result(t[0].element, out);
  bool with_padding = o.node().integer("count_include_pad") != 0;
  int64_t from_plane = tensor::count(in) / std::max<int64_t>(in[0] * in[1], 1),
          to_plane = tensor::count(out) / std::max<int64_t>(in[0] * in[1], 1);
  bool fits = with_float(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    const T* from = o.tensor(0).data<T>().data();
    T* to = result.mutable_data<T>().data();
    base::parallel_for(in[0] * in[1], [&](int64_t plane) {
      each_window(w, in, out, [&](int64_t at, const std::vector<Covered>& window) {
        double sum = 0;
        int64_t n = 0;
        auto take = [&](int64_t index) {
          sum += static_cast<double>(from[plane * from_plane + index]);
          ++n;
        };
        each_element(w, window, in, 0, 0, take);
        if (with_padding) n = padded_size(w, in, out, at);
        to[plane * to_plane + at] = static_cast<T>(n > 0 ? sum / static_cast<double>(n) : 0.0);
      });
    });
  });
  o.require(fits, fmt::format("does not pool {}", tensor::name_of(o.element(0))));
  return {result};
}

Types infer_global(const Operation& o) {
  o.require(o.shape(0).size() >= 3, fmt::format("takes N x C x spatial, not {}", tensor::print(o.shape(0))));
  Shape to(o.shape(0).size(), 1);
  to[0] = o.shape(0)[0];
  to[1] = o.shape(0)[1];
  return {{o.element(0), to}};
}
/// The plane of every sample and channel reduced to one number.
template <class F>
Results each_plane(const Operation& o, const Types& t, F f) {
  Tensor result(t[0].element, t[0].shape);
  int64_t planes = result.size(), plane = o.tensor(0).size() / std::max<int64_t>(planes, 1);
  bool fits = with_float(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    const T* from = o.tensor(0).data<T>().data();
    T* to = result.mutable_data<T>().data();
    base::parallel_for(planes, [&](int64_t k) { to[k] = f(from + k * plane, from + (k + 1) * plane); });
  });
  o.require(fits, fmt::format("does not pool {}", tensor::name_of(o.element(0))));
  return {result};
}
Results global_average(const Operation& o, const Types& t) {
  return each_plane(o, t, [](const auto* begin, const auto* end) {
    return static_cast<std::remove_cvref_t<decltype(*begin)>>(std::accumulate(begin, end, 0.0) /
                                                              static_cast<double>(end - begin));
  });
}
Results global_max(const Operation& o, const Types& t) {
  return each_plane(o, t, [](const auto* begin, const auto* end) {
    return begin == end ? std::remove_cvref_t<decltype(*begin)>{} : *std::max_element(begin, end);
  });
}

bool batch_pooling(const Operation& o, Batching& b) {
  if (!batch_samples(o, b)) return false;
  std::fill(b.results.begin(), b.results.end(), 0);
  return o.outputs() == 1;  // indices would count through other samples
}

}  // namespace

std::vector<Operator> window_operators() {
  std::vector<Operator> all;
  all.push_back({.op = Op::MaxPool,
                 .name = "MaxPool",
                 .most_outputs = 2,
                 .attributes = window_attributes({{"ceil_mode", int64_t{0}}, {"storage_order", int64_t{0}}}),
                 .complete = complete_pooling,
                 .infer = infer_pooling,
                 .evaluate = max_pool,
                 .batch = batch_pooling});
  all.push_back(
      {.op = Op::AveragePool,
       .name = "AveragePool",
       .attributes = window_attributes({{"ceil_mode", int64_t{0}}, {"count_include_pad", int64_t{0}}}),
       .complete = complete_pooling,
       .infer = infer_pooling,
       .evaluate = average_pool,
       .batch = batch_pooling});
  all.push_back({.op = Op::GlobalMaxPool,
                 .name = "GlobalMaxPool",
                 .infer = infer_global,
                 .evaluate = global_max,
                 .batch = batch_samples});
  all.push_back({.op = Op::GlobalAveragePool,
                 .name = "GlobalAveragePool",
                 .infer = infer_global,
                 .evaluate = global_average,
                 .batch = batch_samples});
  for (Operator& o : all) o.family = Family::Window;
  return all;
}

}  // namespace ohmweave::network
