// SPDX-License-Identifier: Apache-2.0
// Elements picked or replaced one by one, by indices that are data.
#include <algorithm>
#include <cstring>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/network/broadcast.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;
constexpr int kNone = Batching::kNone;

int64_t product(const Shape& shape, size_t first, size_t last) {
  return std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(first),
                         shape.begin() + static_cast<std::ptrdiff_t>(last), int64_t{1}, std::multiplies<>());
}
void require_indices(const Operation& o, size_t k) {
  o.require(o.element(k) == Element::Int64 || o.element(k) == Element::Int32, "indices must be int32 or int64");
}
/// 0 <= index < extent of one that may count from the end.
int64_t checked_index(const Operation& o, int64_t index, int64_t extent) {
  o.require(index >= -extent && index < extent, fmt::format("index {} of {} elements", index, extent));
  return index < 0 ? index + extent : index;
}
void complete_axis(Graph& graph, Node& node) {
  Operation o(graph, node);
  node.attributes["axis"] = o.axis(node.integer("axis"), o.shape(0).size());
}

// GatherElements, ScatterElements: one index for each element, along one axis

/// For every element of `indices` the place in a tensor of shape `shape` that it names.
std::vector<int64_t> places_along(const Operation& o, const Shape& shape, const Tensor& indices, size_t axis) {
  Tensor wide = indices.to(Element::Int64);
  auto index = wide.data<int64_t>();
  std::vector<int64_t> strides = strides_of(shape), places(index.size()), at(shape.size(), 0);
  int64_t place = 0;  // of `at`, without the axis
  for (size_t k = 0; k < places.size(); ++k) {
    places[k] = place + checked_index(o, index[k], shape[axis]) * strides[axis];
    for (size_t a = shape.size(); a-- > 0;) {
      const int64_t stride = a == axis ? 0 : strides[a];
      place += stride;
      if (++at[a] < indices.dim(a)) break;
      place -= at[a] * stride;
      at[a] = 0;
    }
  }
  return places;
}
/// Indices have as many axes as the operand, and no more elements along any but `axis`.
void require_along(const Operation& o) {
  require_indices(o, 1);
  auto axis = static_cast<size_t>(o.node().integer("axis"));
  bool fits = o.shape(1).size() == o.shape(0).size();
  for (size_t k = 0; k < o.shape(0).size() && fits; ++k) fits = k == axis || o.shape(1)[k] <= o.shape(0)[k];
  o.require(fits, fmt::format("indices of shape {} do not fit {}", tensor::print(o.shape(1)),
                              tensor::print(o.shape(0))));
}
Types infer_gather_elements(const Operation& o) {
  require_along(o);
  return {{o.element(0), o.shape(1)}};
}
Results gather_elements(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  std::vector<int64_t> places =
      places_along(o, o.shape(0), o.tensor(1), static_cast<size_t>(o.node().integer("axis")));
  std::byte* target = out.mutable_raw();
  with_bytes(t[0].element, [&](auto zero) {
    using T = decltype(zero);
    const T* from = reinterpret_cast<const T*>(o.tensor(0).raw());
    T* to = reinterpret_cast<T*>(target);
    for (size_t k = 0; k < places.size(); ++k) to[k] = from[places[k]];
  });
  return {out};
}
/// All operands count samples along one axis, which indices do not name.
bool batch_along(const Operation& o, Batching& b) {
  for (int axis : b.operands) {
    if (axis == kNone || axis != b.operands[0] || axis == o.node().integer("axis")) return false;
  }
  b.results[0] = b.operands[0];
  return true;
}

/// What a scatter does with an element and an update for it.
template <class T>
T reduced(const std::string& how, T old, T update) {
  if constexpr (!std::is_same_v<T, bool>) {
    if (how == "add") return wrap_add(old, update);
    if (how == "mul") return wrap_multiply(old, update);
    if (how == "max") return std::max(old, update);
    if (how == "min") return std::min(old, update);
  }
  return update;
}
void require_reduction(const Operation& o) {
  const std::string& how = o.node().text("reduction");
  bool known = how == "none" || how == "add" || how == "mul" || how == "max" || how == "min";
  o.require(known, fmt::format("reduction '{}' is not known", how));
  o.require(o.element(2) == o.element(0), "updates must be of the type of the operand");
  o.require(how == "none" || o.element(0) != Element::Bool, "truth values cannot be reduced");
}
/// The operand with `each` neighbouring elements from places[k] on brought up to date by updates[k * each..].
Tensor scattered(const Operation& o, const std::vector<int64_t>& places, int64_t each) {
  Tensor out = o.tensor(0);
  const std::string& how = o.node().text("reduction");
  with_any(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    auto to = out.mutable_data<T>();
    auto updates = o.tensor(2).data<T>();
    size_t k = 0;
    for (int64_t place : places) {
      for (int64_t i = 0; i < each; ++i, ++k) {
        T& element = to[static_cast<size_t>(place + i)];
        element = reduced<T>(how, element, updates[k]);
      }
    }
  });
  return out;
}
Types infer_scatter_elements(const Operation& o) {
  require_along(o);
  require_reduction(o);
  o.require(o.shape(2) == o.shape(1), fmt::format("updates of shape {} for indices of shape {}",
                                                  tensor::print(o.shape(2)), tensor::print(o.shape(1))));
  return {o.type(0)};
}
Results scatter_elements(const Operation& o, const Types&) {
  auto axis = static_cast<size_t>(o.node().integer("axis"));
  return {scattered(o, places_along(o, o.shape(0), o.tensor(1), axis), 1)};
}

// GatherND, ScatterND: the last axis of the indices is a place

/// Places in the operand of the tuples along the last axis of `indices`; each tuple names a stretch of
/// elements. `batch_dims` leading axes are walked by both.
std::vector<int64_t> places_of_tuples(const Operation& o, const Tensor& indices, size_t batch_dims) {
  const Shape& shape = o.shape(0);
  Tensor wide = indices.to(Element::Int64);
  auto index = wide.data<int64_t>();
  auto length = static_cast<size_t>(indices.shape().back());
  std::vector<int64_t> strides = strides_of(shape);
  int64_t tuples = product(indices.shape(), 0, indices.rank() - 1),
          batches = product(indices.shape(), 0, batch_dims), of_batch = batches == 0 ? 0 : tuples / batches,
          batch_stride = product(shape, batch_dims, shape.size());
  std::vector<int64_t> places(static_cast<size_t>(tuples));
  for (int64_t k = 0; k < tuples; ++k) {
    int64_t place = k / of_batch * batch_stride;
    for (size_t i = 0; i < length; ++i) {
      const size_t axis = batch_dims + i;
      place += checked_index(o, index[static_cast<size_t>(k) * length + i], shape[axis]) * strides[axis];
    }
    places[static_cast<size_t>(k)] = place;
  }
  return places;
}
size_t batch_dims_of(const Operation& o) {
  int64_t n = o.node().integer("batch_dims");
  auto least = static_cast<int64_t>(std::min(o.shape(0).size(), o.shape(1).size()));
  o.require(n >= 0 && n < std::max<int64_t>(least, 1), fmt::format("batch_dims {} of {} axes", n, least));
  return static_cast<size_t>(n);
}
/// Length of the tuples.
size_t require_tuples(const Operation& o, size_t batch_dims) {
  require_indices(o, 1);
  o.require(!o.shape(1).empty(), "indices must have an axis at least");
  int64_t length = o.shape(1).back();
  bool fits = length >= 0 && length <= static_cast<int64_t>(o.shape(0).size() - batch_dims);
  o.require(fits, fmt::format("indices of {} numbers into {} axes", length, o.shape(0).size() - batch_dims));
  return static_cast<size_t>(length);
}
Types infer_gather_nd(const Operation& o) {
  const size_t batch_dims = batch_dims_of(o), length = require_tuples(o, batch_dims);
  for (size_t k = 0; k < batch_dims; ++k)
    o.require(o.shape(0)[k] == o.shape(1)[k], "the leading axes of operand and indices must be the same");
  Shape to(o.shape(1).begin(), o.shape(1).end() - 1);
  to.insert(to.end(), o.shape(0).begin() + static_cast<std::ptrdiff_t>(batch_dims + length), o.shape(0).end());
  return {{o.element(0), to}};
}
Results gather_nd(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  const size_t batch_dims = batch_dims_of(o), length = static_cast<size_t>(o.shape(1).back());
  const size_t size = tensor::size_of(t[0].element);
  const auto each = static_cast<size_t>(product(o.shape(0), batch_dims + length, o.shape(0).size())) * size;
  std::byte* to = out.mutable_raw();
  for (int64_t place : places_of_tuples(o, o.tensor(1), batch_dims)) {
    std::memcpy(to, o.tensor(0).raw() + static_cast<size_t>(place) * size, each);
    to += each;
  }
  return {out};
}
/// Samples are apart along axis 0 if both walk it, or if every place is within a sample that stands in the
/// tail.
bool batch_gather_nd(const Operation& o, Batching& b) {
  const size_t batch_dims = batch_dims_of(o);
  if (b.operands[0] != b.operands[1] || b.operands[0] == kNone) {
    if (b.operands[0] != kNone || b.operands[1] + 1 >= static_cast<int>(o.shape(1).size()) || batch_dims > 0)
      return false;  // a table that all samples share
    b.results[0] = b.operands[1];
    return true;
  }
  b.results[0] = b.operands[0];
  return b.operands[0] < static_cast<int>(batch_dims);
}
Types infer_scatter_nd(const Operation& o) {
  const size_t length = require_tuples(o, 0);
  require_reduction(o);
  Shape expected(o.shape(1).begin(), o.shape(1).end() - 1);
  expected.insert(expected.end(), o.shape(0).begin() + static_cast<std::ptrdiff_t>(length), o.shape(0).end());
  o.require(o.shape(2) == expected, fmt::format("updates of shape {}, {} expected", tensor::print(o.shape(2)),
                                                tensor::print(expected)));
  return {o.type(0)};
}
Results scatter_nd(const Operation& o, const Types&) {
  const auto length = static_cast<size_t>(o.shape(1).back());
  return {scattered(o, places_of_tuples(o, o.tensor(1), 0), product(o.shape(0), length, o.shape(0).size()))};
}
bool batch_never(const Operation&, Batching&) { return false; }

// OneHot

void complete_one_hot(Graph& graph, Node& node) {
  Operation o(graph, node);
  node.attributes["axis"] = o.axis(node.integer("axis"), o.shape(0).size() + 1);
}
int64_t depth_of(const Operation& o) {
  o.require(o.has_values(1), "operand 2, the depth, must be known before the network runs: it decides a shape");
  o.require(o.tensor(1).size() == 1, "the depth must be one number");
  Tensor wide = o.tensor(1).to(Element::Int64);
  return wide.data<int64_t>()[0];
}
Types infer_one_hot(const Operation& o) {
  const int64_t depth = depth_of(o);
  o.require(depth > 0, fmt::format("a depth of {}", depth));
  o.require(tensor::count(o.shape(2)) == 2, "values must be two: off and on");
  Shape to = o.shape(0);
  to.insert(to.begin() + o.node().integer("axis"), depth);
  return {{o.element(2), to}};
}
/// Indices outside of the depth are nowhere on.
Results one_hot(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape), wide = o.tensor(0).to(Element::Int64);
  auto index = wide.data<int64_t>();
  const int64_t depth = depth_of(o);
  const int64_t inner = product(o.shape(0), static_cast<size_t>(o.node().integer("axis")), o.shape(0).size());
  std::byte* target = out.mutable_raw();
  with_bytes(t[0].element, [&](auto zero) {
    using T = decltype(zero);
    const T* values = reinterpret_cast<const T*>(o.tensor(2).raw());
    T* to = reinterpret_cast<T*>(target);
    std::fill_n(to, out.size(), values[0]);
    for (size_t k = 0; k < index.size(); ++k) {
      if (index[k] < -depth || index[k] >= depth) continue;
      const int64_t on = index[k] < 0 ? index[k] + depth : index[k], at = static_cast<int64_t>(k);
      to[(at / inner * depth + on) * inner + at % inner] = values[1];
    }
  });
  return {out};
}
bool batch_one_hot(const Operation& o, Batching& b) {
  if (!batch_like_first(o, b)) return false;
  if (b.operands[0] >= o.node().integer("axis")) ++b.results[0];
  return true;
}

}  // namespace

std::vector<Operator> indexing_operators() {
  const Parameter axis{"axis", int64_t{0}}, reduction{"reduction", std::string("none")};
  std::vector<Operator> all;
  all.push_back({.op = Op::GatherElements,
                 .name = "GatherElements",
                 .least_inputs = 2,
                 .most_inputs = 2,
                 .attributes = {axis},
                 .complete = complete_axis,
                 .infer = infer_gather_elements,
                 .evaluate = gather_elements,
                 .batch = batch_along});
  all.push_back({.op = Op::ScatterElements,
                 .name = "ScatterElements",
                 .least_inputs = 3,
                 .most_inputs = 3,
                 .attributes = {axis, reduction},
                 .complete = complete_axis,
                 .infer = infer_scatter_elements,
                 .evaluate = scatter_elements,
                 .batch = batch_along});
  all.push_back({.op = Op::GatherND,
                 .name = "GatherND",
                 .least_inputs = 2,
                 .most_inputs = 2,
                 .attributes = {{"batch_dims", int64_t{0}}},
                 .infer = infer_gather_nd,
                 .evaluate = gather_nd,
                 .batch = batch_gather_nd});
  all.push_back({.op = Op::ScatterND,
                 .name = "ScatterND",
                 .least_inputs = 3,
                 .most_inputs = 3,
                 .attributes = {reduction},
                 .infer = infer_scatter_nd,
                 .evaluate = scatter_nd,
                 .batch = batch_never});
  all.push_back({.op = Op::OneHot,
                 .name = "OneHot",
                 .least_inputs = 3,
                 .most_inputs = 3,
                 .attributes = {{"axis", int64_t{-1}}},
                 .complete = complete_one_hot,
                 .infer = infer_one_hot,
                 .evaluate = one_hot,
                 .batch = batch_one_hot});
  for (Operator& o : all) o.family = Family::Reduction;  // any element of the operand may be needed
  return all;
}

}  // namespace ohmweave::network
