// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/network/broadcast.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using tensor::Shape;
using tensor::Tensor;

/// Pads stand for all axes: begins, then ends.
void complete_pad(Graph& graph, Node& node) {
  Operation o(graph, node);
  if (!o.has(3)) return;
  std::vector<int64_t> some = o.integers(1), axes = o.integers(3);
  size_t rank = o.shape(0).size();
  o.require(some.size() == 2 * axes.size(), fmt::format("{} pads for {} axes", some.size(), axes.size()));
  std::vector<int64_t> all(2 * rank, 0);
  for (size_t k = 0; k < axes.size(); ++k) {
    auto axis = static_cast<size_t>(o.axis(axes[k], rank));
    all[axis] = some[k];
    all[rank + axis] = some[axes.size() + k];
  }
  node.inputs.resize(3);
  node.inputs[1] = add_constant(graph, node.name + ".pads", integers_tensor(all));
}

Types infer_pad(const Operation& o) {
  std::vector<int64_t> pads = o.integers(1);
  Shape to = o.shape(0);
  o.require(pads.size() == 2 * to.size(), fmt::format("{} pads for {} axes", pads.size(), to.size()));
  o.require(!o.has(2) || (o.element(2) == o.element(0) && tensor::count(o.shape(2)) == 1),
            "the value to pad with must be one number of the type of the operand");
  const std::string& mode = o.node().text("mode");
  for (size_t k = 0; k < to.size(); ++k) {
    int64_t begin = pads[k], end = pads[to.size() + k], extent = to[k];
    constexpr int64_t kMost = int64_t{1} << 40;
    o.require(std::max(begin, end) < kMost && std::min(begin, end) > -kMost, "pads are too large");
    bool reflects = mode != "reflect" || std::max(begin, end) < std::max<int64_t>(extent, 1);
    bool has_edge = mode == "constant" || extent > 0 || (begin <= 0 && end <= 0);
    o.require(reflects && has_edge,
              fmt::format("mode '{}' cannot pad an extent of {} by {} and {}", mode, extent, begin, end));
    to[k] += begin + end;
  }
  return {{o.element(0), to}};
}

/// For each index of the result along one axis the index of the operand, -1 where the value to pad with stands.
std::vector<int64_t> sources(const std::string& mode, int64_t extent, int64_t begin, int64_t length) {
  std::vector<int64_t> out(static_cast<size_t>(length));
  for (int64_t k = 0; k < length; ++k) {
    int64_t at = k - begin;
    if (at < 0 || at >= extent) {
      if (mode == "constant") at = -1;
      if (mode == "edge") at = std::clamp<int64_t>(at, 0, extent - 1);
      if (mode == "reflect") at = at < 0 ? -at : 2 * (extent - 1) - at;
      if (mode == "wrap") at = (at % extent + extent) % extent;
    }
    out[static_cast<size_t>(k)] = at;
  }
  return out;
}

/// The indices [begin, end) of the result along an axis that stand side by side in the operand.
struct Stretch {
  int64_t begin = 0, end = 0;
};
Stretch middle(int64_t extent, int64_t begin, int64_t length) {
  const int64_t first = std::clamp<int64_t>(begin, 0, length);
  return {first, std::clamp<int64_t>(begin + extent, first, length)};
}

/// A line of the result that stands, but for what is added to it, at `from`.
template <class T>
void pad_line(const T* from, const std::vector<int64_t>& source, const Stretch& whole, T value, T* line) {
  const auto pick = [&](int64_t k) {
    const int64_t at = source[static_cast<size_t>(k)];
    line[k] = at < 0 ? value : from[at];
  };
  for (int64_t k = 0; k < whole.begin; ++k) pick(k);
  if (whole.begin < whole.end)
    std::copy_n(from + source[static_cast<size_t>(whole.begin)], whole.end - whole.begin, line + whole.begin);
  for (int64_t k = whole.end; k < static_cast<int64_t>(source.size()); ++k) pick(k);
}

Results pad(const Operation& o, const Types& t) {
  constexpr int64_t kBlock = 1 << 14;
  std::vector<int64_t> pads = o.integers(1), strides = strides_of(o.shape(0));
  const Shape& shape = t[0].shape;
  if (shape.empty()) return {o.tensor(0)};
  std::vector<std::vector<int64_t>> source;
  for (size_t k = 0; k < shape.size(); ++k)
    source.push_back(sources(o.node().text("mode"), o.shape(0)[k], pads[k], shape[k]));
  Tensor out = Tensor::uninitialized(t[0].element, shape);
  std::byte* target = out.mutable_raw();
  with_bytes(t[0].element, [&](auto zero) {
    using T = decltype(zero);
    T value = o.has(2) ? reinterpret_cast<const T*>(o.tensor(2).raw())[0] : zero;
    const T* from = reinterpret_cast<const T*>(o.tensor(0).raw());
    T* to = reinterpret_cast<T*>(target);
    // Lines stand in planes, so that only planes are looked for axis by axis.
    const size_t rank = shape.size();
    const int64_t inner = shape.back(), lines = rank > 1 ? shape[rank - 2] : 1, plane = lines * inner;
    const Stretch whole = middle(o.shape(0).back(), pads[rank - 1], inner);
    const auto copy_plane = [&](int64_t number) {
      T* first = to + number * plane;
      int64_t begin = 0, rest = number;
      bool outside = false;
      for (size_t axis = rank - std::min<size_t>(rank, 2); axis-- > 0; rest /= shape[axis]) {
        int64_t at = source[axis][static_cast<size_t>(rest % shape[axis])];
        outside |= at < 0;
        begin += at * strides[axis];
      }
      for (int64_t k = 0; k < lines; ++k) {
        const int64_t at = rank > 1 ? source[rank - 2][static_cast<size_t>(k)] : 0;
        if (outside || at < 0)
          std::fill_n(first + k * inner, inner, value);
        else
          pad_line(from + begin + (rank > 1 ? at * strides[rank - 2] : 0), source.back(), whole, value,
                   first + k * inner);
      }
    };
    const int64_t planes = plane == 0 ? 0 : out.size() / plane;
    const int64_t group = std::max<int64_t>(kBlock / std::max<int64_t>(plane, 1), 1);  // planes of one task
    base::parallel_for((planes + group - 1) / group, [&](int64_t task) {
      for (int64_t k = task * group; k < std::min(planes, (task + 1) * group); ++k) copy_plane(k);
    });
  });
  return {out};
}

bool batch_pad(const Operation& o, Batching& b) {
  if (b.operands[0] == Batching::kNone) return false;
  auto axis = static_cast<size_t>(b.operands[0]);
  std::vector<int64_t> pads = o.integers(1);
  if (pads[axis] != 0 || pads[o.shape(0).size() + axis] != 0) return false;
  b.results[0] = b.operands[0];
  return true;
}

/// Opset 1 called the pads paddings; up to 10 they and the value were attributes.
std::vector<ValueId> lift_pad(Lift& lift) {
  lift.list_to_operand("paddings", 1);
  lift.list_to_operand("pads", 1);
  if (lift.has("value")) {
    auto value = static_cast<float>(lift.take("value", 0.0));
    lift.set_operand(2, lift.constant(".value", Tensor::of<float>({}, std::vector<float>{value})));
  }
  return lift.finish();
}

void check_mode(Graph& graph, Node& node) {
  const std::string& mode = node.text("mode");
  Operation(graph, node)
      .require(mode == "constant" || mode == "reflect" || mode == "edge" || mode == "wrap",
               fmt::format("mode '{}' is not known", mode));
  complete_pad(graph, node);
}

}  // namespace

Operator padding_operator() {
  return {.op = Op::Pad,
          .name = "Pad",
          .family = Family::View,
          .least_inputs = 2,
          .most_inputs = 4,
          .attributes = {{"mode", std::string("constant")}},
          .complete = check_mode,
          .infer = infer_pad,
          .evaluate = pad,
          .batch = batch_pad,
          .lift = lift_pad};
}

}  // namespace ohmweave::network
