// SPDX-License-Identifier: Apache-2.0
// The same elements in another order, or some of them, or some of them more than once.
#include <algorithm>
#include <cstring>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/network/broadcast.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using tensor::Shape;
using tensor::Tensor;
constexpr int kNone = Batching::kNone;

int64_t product(const Shape& shape, size_t first, size_t last) {
  return std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(first),
                         shape.begin() + static_cast<std::ptrdiff_t>(last), int64_t{1}, std::multiplies<>());
}

/// Element (i, j, ..) of the result is element begin + i * strides[0] + j * strides[1] + .. of `in`.
Tensor copy_strided(const Tensor& in, const Shape& shape, int64_t begin, const std::vector<int64_t>& strides) {
  Tensor out = Tensor::uninitialized(in.element(), shape);
  if (out.size() == 0) return out;
  std::byte* target = out.mutable_raw();
  Walk<1> walk(shape, {strides});
  with_bytes(in.element(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = reinterpret_cast<const T*>(in.raw()) + begin;
    T* to = reinterpret_cast<T*>(target);
    walk.run(
        [&](int64_t at, int64_t n, const std::array<int64_t, 1>& place, const std::array<int64_t, 1>& step) {
          const T* source = from + place[0];
          if (step[0] == 1)
            std::copy(source, source + n, to + at);
          else
            for (int64_t k = 0; k < n; ++k) to[at + k] = source[k * step[0]];
        });
  });
  return out;
}

bool only_first_batched(const Batching& b) {
  return b.operands[0] != kNone &&
         std::all_of(b.operands.begin() + 1, b.operands.end(), [](int a) { return a == kNone; });
}

// Transpose

void complete_transpose(Graph& graph, Node& node) {
  size_t rank = graph.value(node.inputs[0]).shape.size();
  auto& order = std::get<std::vector<int64_t>>(node.attributes["perm"]);
  if (!order.empty()) return;
  for (size_t k = rank; k-- > 0;) order.push_back(static_cast<int64_t>(k));
}
Types infer_transpose(const Operation& o) {
  const std::vector<int64_t>& order = o.node().integers("perm");
  Shape to;
  std::vector<bool> seen(o.shape(0).size(), false);
  for (int64_t axis : order) {
    bool good = axis >= 0 && axis < static_cast<int64_t>(seen.size()) && !seen[static_cast<size_t>(axis)];
    o.require(good, "perm must name every axis once");
    seen[static_cast<size_t>(axis)] = true;
    to.push_back(o.shape(0)[static_cast<size_t>(axis)]);
  }
  o.require(order.size() == seen.size(), "perm must name every axis once");
  return {{o.element(0), to}};
}
Results transpose(const Operation& o, const Types& t) {
  std::vector<int64_t> own = strides_of(o.shape(0)), strides;
  for (int64_t axis : o.node().integers("perm")) strides.push_back(own[static_cast<size_t>(axis)]);
  return {copy_strided(o.tensor(0), t[0].shape, 0, strides)};
}
bool batch_transpose(const Operation& o, Batching& b) {
  const std::vector<int64_t>& order = o.node().integers("perm");
  b.results[0] = static_cast<int>(std::find(order.begin(), order.end(), b.operands[0]) - order.begin());
  return true;
}

// Concat

void complete_concat(Graph& graph, Node& node) {
  Operation o(graph, node);
  node.attributes["axis"] = o.axis(node.integer("axis"), o.shape(0).size());
}
Types infer_concat(const Operation& o) {
  auto axis = static_cast<size_t>(o.node().integer("axis"));
  Shape to = o.shape(0);
  for (size_t k = 1; k < o.operands(); ++k) {
    o.require(o.has(k) && o.element(k) == o.element(0) && o.shape(k).size() == to.size(),
              fmt::format("operand {} does not fit the others", k + 1));
    for (size_t a = 0; a < to.size(); ++a) {
      int64_t extent = o.shape(k)[a];
      if (a == axis)
        to[a] += extent;
      else if (to[a] == 1)
        to[a] = extent;
      else
        o.require(extent == to[a] || extent == 1,
                  fmt::format("operands of shapes {} and {} cannot be joined along axis {}",
                              tensor::print(o.shape(0)), tensor::print(o.shape(k)), axis));
    }
  }
  return {{o.element(0), to}};
}
Results concat(const Operation& o, const Types& t) {
  auto axis = static_cast<size_t>(o.node().integer("axis"));
  Tensor out = Tensor::uninitialized(t[0].element, t[0].shape);
  size_t size = tensor::size_of(t[0].element);
  int64_t outer = product(t[0].shape, 0, axis), whole = product(t[0].shape, axis, t[0].shape.size());
  std::byte* to = out.mutable_raw();
  for (size_t k = 0; k < o.operands(); ++k) {
    Shape shape = t[0].shape;
    shape[axis] = o.shape(k)[axis];
    Tensor part = o.shape(k) == shape
                      ? o.tensor(k)
                      : copy_strided(o.tensor(k), shape, 0, broadcast_strides(o.shape(k), shape));
    auto bytes = static_cast<size_t>(product(shape, axis, shape.size())) * size;
    for (int64_t row = 0; row < outer; ++row) {
      std::memcpy(to + static_cast<size_t>(row * whole) * size, part.raw() + static_cast<size_t>(row) * bytes,
                  bytes);
    }
    to += bytes;
  }
  return {out};
}
/// An operand without a batch is the same for all samples, and repeated: its extent there is 1.
bool batch_concat(const Operation& o, Batching& b) {
  int axis = kNone;
  for (int a : b.operands) {
    if (a != kNone && axis != kNone && a != axis) return false;
    if (a != kNone) axis = a;
  }
  if (axis == o.node().integer("axis")) return false;
  for (size_t k = 0; k < o.operands(); ++k) {
    if (b.operands[k] == kNone && o.shape(k)[static_cast<size_t>(axis)] != 1) return false;
  }
  b.results[0] = axis;
  return true;
}
std::vector<ValueId> lift_concat(Lift& lift) {
  if (lift.opset < 4 && !lift.has("axis")) lift.node.attributes["axis"] = int64_t{1};
  return lift.finish();
}

// Split

void complete_split(Graph& graph, Node& node) {
  Operation o(graph, node);
  int64_t axis = o.axis(node.integer("axis"), o.shape(0).size());
  node.attributes["axis"] = axis;
  if (o.has(1)) return;
  auto parts = static_cast<int64_t>(node.outputs.size());
  int64_t extent = o.shape(0)[static_cast<size_t>(axis)], each = (extent + parts - 1) / parts;
  std::vector<int64_t> sizes;
  for (int64_t k = 0; k < parts; ++k) sizes.push_back(std::clamp<int64_t>(extent - k * each, 0, each));
  node.inputs.resize(2, kNoValue);
  node.inputs[1] = add_constant(graph, node.name + ".split", integers_tensor(sizes));
}
Types infer_split(const Operation& o) {
  auto axis = static_cast<size_t>(o.node().integer("axis"));
  std::vector<int64_t> sizes = o.integers(1);
  o.require(sizes.size() == o.outputs(), fmt::format("{} sizes for {} results", sizes.size(), o.outputs()));
  int64_t left = o.shape(0)[axis];
  Types types;
  for (int64_t size : sizes) {
    o.require(size >= 0 && size <= left,
              fmt::format("the parts do not add up to the extent {} of axis {}", o.shape(0)[axis], axis));
    left -= size;
    types.push_back(o.type(0));
    types.back().shape[axis] = size;
  }
  o.require(left == 0,
            fmt::format("the parts do not add up to the extent {} of axis {}", o.shape(0)[axis], axis));
  return types;
}
Results split(const Operation& o, const Types& t) {
  auto axis = static_cast<size_t>(o.node().integer("axis"));
  std::vector<int64_t> strides = strides_of(o.shape(0));
  Results out;
  int64_t begin = 0;
  for (const Type& part : t) {
    out.push_back(copy_strided(o.tensor(0), part.shape, begin, strides));
    begin += part.shape[axis] * strides[axis];
  }
  return out;
}
bool batch_split(const Operation& o, Batching& b) {
  if (!only_first_batched(b) || b.operands[0] == o.node().integer("axis")) return false;
  std::fill(b.results.begin(), b.results.end(), b.operands[0]);
  return true;
}
std::vector<ValueId> lift_split(Lift& lift) {
  lift.list_to_operand("split", 1);
  int64_t parts = lift.take("num_outputs", static_cast<int64_t>(lift.node.outputs.size()));
  if (parts != static_cast<int64_t>(lift.node.outputs.size()))
    lift.fail("num_outputs is not the number of results");
  return lift.finish();
}

// Slice

/// Where a slice begins, how many elements it takes and at what step, per axis of the operand.
struct Cut {
  std::vector<int64_t> begin, count, step;
};
Cut cut_of(const Operation& o) {
  const Shape& shape = o.shape(0);
  Cut cut{std::vector<int64_t>(shape.size(), 0), shape, std::vector<int64_t>(shape.size(), 1)};
  std::vector<int64_t> starts = o.integers(1), ends = o.integers(2), axes = o.integers(3),
                       steps = o.integers(4);
  o.require(starts.size() == ends.size() && starts.size() == axes.size() && starts.size() == steps.size(),
            "starts, ends, axes and steps are of different lengths");
  for (size_t k = 0; k < axes.size(); ++k) {
    auto axis = static_cast<size_t>(o.axis(axes[k], shape.size()));
    int64_t extent = shape[axis], step = steps[k];
    o.require(step != 0 && step > INT64_MIN, fmt::format("a step of {}", step));
    if (extent == 0) continue;
    auto clip = [&](int64_t at, int64_t low, int64_t high) {
      return std::clamp(at < 0 ? at + extent : at, low, high);
    };
    int64_t begin = step > 0 ? clip(starts[k], 0, extent) : clip(starts[k], 0, extent - 1);
    int64_t end = step > 0 ? clip(ends[k], 0, extent) : clip(ends[k], -1, extent - 1);
    int64_t way = step > 0 ? end - begin : begin - end, pace = std::abs(step);
    cut.begin[axis] = begin;
    cut.count[axis] = way <= 0 ? 0 : (way - 1) / pace + 1;
    cut.step[axis] = step;
  }
  return cut;
}
/// Axes count from 0 and steps are there.
void complete_slice(Graph& graph, Node& node) {
  Operation o(graph, node);
  size_t n = o.integers(1).size();
  std::vector<int64_t> axes = o.has(3) ? o.integers(3) : std::vector<int64_t>(n);
  if (!o.has(3)) std::iota(axes.begin(), axes.end(), 0);
  for (int64_t& a : axes) a = o.axis(a, o.shape(0).size());
  std::vector<int64_t> steps = o.has(4) ? o.integers(4) : std::vector<int64_t>(n, 1);
  node.inputs.resize(5, kNoValue);
  node.inputs[3] = add_constant(graph, node.name + ".axes", integers_tensor(axes));
  node.inputs[4] = add_constant(graph, node.name + ".steps", integers_tensor(steps));
}
Types infer_slice(const Operation& o) { return {{o.element(0), cut_of(o).count}}; }
Results slice(const Operation& o, const Types& t) {
  Cut cut = cut_of(o);
  std::vector<int64_t> strides = strides_of(o.shape(0));
  int64_t begin = 0;
  for (size_t k = 0; k < strides.size(); ++k) {
    begin += cut.begin[k] * strides[k];
    // Along an axis with one element at most, any stride will do, and this one cannot overflow.
    strides[k] = t[0].shape[k] > 1 ? strides[k] * cut.step[k] : 0;
  }
  return {copy_strided(o.tensor(0), t[0].shape, begin, strides)};
}
bool batch_slice(const Operation& o, Batching& b) {
  if (!only_first_batched(b)) return false;
  Cut cut = cut_of(o);
  auto axis = static_cast<size_t>(b.operands[0]);
  std::vector<int64_t> starts = o.integers(1), ends = o.integers(2), axes = o.integers(3);
  for (size_t k = 0; k < axes.size(); ++k) {
    if (axes[k] != b.operands[0]) continue;
    if (cut.begin[axis] != 0 || cut.count[axis] != b.batch || cut.step[axis] != 1) return false;
    ends[k] = INT64_MAX;  // all samples, however many there are
    b.replaced[2] = ends;
  }
  b.results[0] = b.operands[0];
  return true;
}
std::vector<ValueId> lift_slice(Lift& lift) {
  lift.list_to_operand("starts", 1);
  lift.list_to_operand("ends", 2);
  lift.list_to_operand("axes", 3);
  return lift.finish();
}

// Gather

void complete_gather(Graph& graph, Node& node) {
  Operation o(graph, node);
  node.attributes["axis"] = o.axis(node.integer("axis"), o.shape(0).size());
}
Types infer_gather(const Operation& o) {
  auto axis = o.node().integer("axis");
  o.require(o.element(1) == tensor::Element::Int64 || o.element(1) == tensor::Element::Int32,
            "indices must be int32 or int64");
  Shape to = o.shape(0);
  to.erase(to.begin() + axis);
  to.insert(to.begin() + axis, o.shape(1).begin(), o.shape(1).end());
  return {{o.element(0), to}};
}
Results gather(const Operation& o, const Types& t) {
  auto axis = static_cast<size_t>(o.node().integer("axis"));
  Tensor out(t[0].element, t[0].shape), wide = o.tensor(1).to(tensor::Element::Int64);
  auto indices = wide.data<int64_t>();
  int64_t outer = product(o.shape(0), 0, axis), extent = o.shape(0)[axis];
  auto bytes =
      static_cast<size_t>(product(o.shape(0), axis + 1, o.shape(0).size())) * tensor::size_of(t[0].element);
  std::byte* to = out.mutable_raw();
  for (int64_t row = 0; row < outer; ++row) {
    for (int64_t index : indices) {
      o.require(index >= -extent && index < extent, fmt::format("index {} of {} elements", index, extent));
      std::memcpy(
          to,
          o.tensor(0).raw() + static_cast<size_t>(row * extent + (index < 0 ? index + extent : index)) * bytes,
          bytes);
      to += bytes;
    }
  }
  return {out};
}
bool batch_gather(const Operation& o, Batching& b) {
  int axis = static_cast<int>(o.node().integer("axis"));
  if (b.operands[0] != kNone && b.operands[1] != kNone) return false;
  if (b.operands[1] != kNone) {
    b.results[0] = axis + b.operands[1];
    return true;
  }
  if (b.operands[0] == axis) return false;
  b.results[0] = b.operands[0] < axis ? b.operands[0] : b.operands[0] + static_cast<int>(o.shape(1).size()) - 1;
  return true;
}

// Expand, Tile

Types infer_expand(const Operation& o) {
  Shape to = o.integers(1);
  const Shape& from = o.shape(0);
  if (to.size() < from.size()) to.insert(to.begin(), from.size() - to.size(), 1);
  for (size_t k = 0; k < from.size(); ++k) {
    int64_t& extent = to[to.size() - from.size() + k];
    o.require(extent == from[k] || extent == 1 || from[k] == 1,
              fmt::format("{} cannot be stretched to {}", tensor::print(from), tensor::print(o.integers(1))));
    if (extent == 1) extent = from[k];
  }
  return {{o.element(0), to}};
}
Results expand(const Operation& o, const Types& t) {
  return {copy_strided(o.tensor(0), t[0].shape, 0, broadcast_strides(o.shape(0), t[0].shape))};
}
bool batch_expand(const Operation& o, Batching& b) {
  if (!only_first_batched(b)) return false;
  std::vector<int64_t> target = o.integers(1);
  int from_the_end = static_cast<int>(o.shape(0).size()) - b.operands[0];
  auto rank = static_cast<int>(infer_expand(o)[0].shape.size());
  b.results[0] = rank - from_the_end;
  int in_target = static_cast<int>(target.size()) - from_the_end;
  if (in_target >= 0) {
    int64_t& extent = target[static_cast<size_t>(in_target)];
    if (extent != 1 && extent != b.batch) return false;
    extent = 1;
    b.replaced[1] = target;
  }
  return true;
}

Types infer_tile(const Operation& o) {
  std::vector<int64_t> repeats = o.integers(1);
  Shape to = o.shape(0);
  o.require(repeats.size() == to.size(), "one repeat per axis expected");
  for (size_t k = 0; k < to.size(); ++k) {
    o.require(repeats[k] >= 0 && (to[k] == 0 || repeats[k] <= (int64_t{1} << 40) / to[k]),
              fmt::format("{} repeats", repeats[k]));
    to[k] *= repeats[k];
  }
  return {{o.element(0), to}};
}
Results tile(const Operation& o, const Types& t) {
  std::vector<int64_t> repeats = o.integers(1), own = strides_of(o.shape(0)), strides;
  Shape split;  // every axis as (repeat, extent)
  for (size_t k = 0; k < repeats.size(); ++k) {
    split.insert(split.end(), {repeats[k], o.shape(0)[k]});
    strides.insert(strides.end(), {0, own[k]});
  }
  return {copy_strided(o.tensor(0), split, 0, strides).reshaped(t[0].shape)};
}
bool batch_tile(const Operation& o, Batching& b) {
  if (!only_first_batched(b) || o.integers(1)[static_cast<size_t>(b.operands[0])] != 1) return false;
  b.results[0] = b.operands[0];
  return true;
}
/// Opset 1 had two operands, how often and along which axis.
std::vector<ValueId> lift_tile(Lift& lift) {
  if (lift.opset >= 6 || lift.node.inputs.size() < 3) return lift.finish();
  auto times = constant_integers(lift.graph(), lift.node, 1),
       axis = constant_integers(lift.graph(), lift.node, 2);
  auto rank = static_cast<int64_t>(lift.shape(0).size());
  if (!times || !axis || times->size() != 1 || axis->size() != 1 || (*axis)[0] < 0 || (*axis)[0] >= rank)
    lift.fail("tiles and axis must be known numbers");
  std::vector<int64_t> repeats(lift.shape(0).size(), 1);
  repeats[static_cast<size_t>((*axis)[0])] = (*times)[0];
  lift.node.inputs.resize(2);
  lift.set_operand(1, lift.constant(".repeats", integers_tensor(repeats)));
  return lift.finish();
}

}  // namespace

std::vector<Operator> moving_operators() {
  std::vector<Operator> all;
  all.push_back({.op = Op::Transpose,
                 .name = "Transpose",
                 .attributes = {{"perm", std::vector<int64_t>{}}},
                 .complete = complete_transpose,
                 .infer = infer_transpose,
                 .evaluate = transpose,
                 .batch = batch_transpose});
  all.push_back({.op = Op::Concat,
                 .name = "Concat",
                 .most_inputs = Operator::kAny,
                 .attributes = {{"axis", int64_t{0}, true}},
                 .complete = complete_concat,
                 .infer = infer_concat,
                 .evaluate = concat,
                 .batch = batch_concat,
                 .lift = lift_concat});
  all.push_back({.op = Op::Split,
                 .name = "Split",
                 .most_inputs = 2,
                 .most_outputs = Operator::kAny,
                 .attributes = {{"axis", int64_t{0}}},
                 .complete = complete_split,
                 .infer = infer_split,
                 .evaluate = split,
                 .batch = batch_split,
                 .lift = lift_split});
  all.push_back({.op = Op::Slice,
                 .name = "Slice",
                 .least_inputs = 3,
                 .most_inputs = 5,
                 .complete = complete_slice,
                 .infer = infer_slice,
                 .evaluate = slice,
                 .batch = batch_slice,
                 .lift = lift_slice});
  all.push_back({.op = Op::Gather,
                 .name = "Gather",
                 .least_inputs = 2,
                 .most_inputs = 2,
                 .attributes = {{"axis", int64_t{0}}},
                 .complete = complete_gather,
                 .infer = infer_gather,
                 .evaluate = gather,
                 .batch = batch_gather});
  all.push_back({.op = Op::Expand,
                 .name = "Expand",
                 .least_inputs = 2,
                 .most_inputs = 2,
                 .infer = infer_expand,
                 .evaluate = expand,
                 .batch = batch_expand});
  all.push_back({.op = Op::Tile,
                 .name = "Tile",
                 .least_inputs = 2,
                 .most_inputs = 3,
                 .infer = infer_tile,
                 .evaluate = tile,
                 .batch = batch_tile,
                 .lift = lift_tile});
  all.push_back(padding_operator());
  for (Operator& o : all) o.family = Family::View;
  return all;
}

}  // namespace ohmweave::network
