// SPDX-License-Identifier: Apache-2.0
// Along one axis: sums so far, the largest elements; and triangles of matrices.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

int64_t product(const Shape& shape, size_t first, size_t last) {
  return std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(first),
                         shape.begin() + static_cast<std::ptrdiff_t>(last), int64_t{1}, std::multiplies<>());
}
/// One number of an operand of whole numbers.
int64_t number_of(const Operation& o, size_t k, const char* what) {
  std::vector<int64_t> values = o.integers(k);
  o.require(values.size() == 1, fmt::format("{} must be one number", what));
  return values[0];
}

// CumSum

size_t cumulated_axis(const Operation& o) {
  return static_cast<size_t>(o.axis(number_of(o, 1, "the axis"), o.shape(0).size()));
}
Results cumulative_sum(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  const size_t axis = cumulated_axis(o);
  const bool exclusive = o.node().integer("exclusive") != 0, reverse = o.node().integer("reverse") != 0;
  const int64_t n = o.shape(0)[axis], stride = product(o.shape(0), axis + 1, o.shape(0).size()),
                rows = n == 0 ? 0 : out.size() / n;
  bool fits = with_number(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    const T* from = o.tensor(0).data<T>().data();
    T* to = out.mutable_data<T>().data();
    base::parallel_for(rows, [&](int64_t row) {
      const int64_t begin = row / stride * stride * n + row % stride;
      T sum{};
      for (int64_t k = 0; k < n; ++k) {
        const int64_t at = begin + (reverse ? n - 1 - k : k) * stride;
        const T with = wrap_add(sum, from[at]);
        to[at] = exclusive ? sum : with;
        sum = with;
      }
    });
  });
  o.require(fits, fmt::format("takes numbers, not {}", tensor::name_of(o.element(0))));
  return {out};
}
bool batch_cumulative_sum(const Operation& o, Batching& b) {
  return batch_like_first(o, b) && o.has_values(1) && b.operands[0] != static_cast<int>(cumulated_axis(o));
}

// TopK

void complete_top_k(Graph& graph, Node& node) {
  Operation o(graph, node);
  node.attributes["axis"] = o.axis(node.integer("axis"), o.shape(0).size());
}
Types infer_top_k(const Operation& o) {
  auto axis = static_cast<size_t>(o.node().integer("axis"));
  const int64_t k = number_of(o, 1, "k"), extent = o.shape(0)[axis];
  o.require(k >= 0 && k <= extent, fmt::format("the first {} of {} elements", k, extent));
  Shape to = o.shape(0);
  to[axis] = k;
  return {{o.element(0), to}, {Element::Int64, to}};
}
/// In order, of equal ones the first first. No-numbers come before all others of the largest.
Results top_k(const Operation& o, const Types& t) {
  Results results{Tensor(t[0].element, t[0].shape), Tensor(Element::Int64, t[1].shape)};
  auto axis = static_cast<size_t>(o.node().integer("axis"));
  const bool largest = o.node().integer("largest") != 0;
  const int64_t n = o.shape(0)[axis], k = t[0].shape[axis],
                stride = product(o.shape(0), axis + 1, o.shape(0).size()),
                rows = n == 0 ? 0 : tensor::count(o.shape(0)) / n;
  bool fits = with_number(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    const T* from = o.tensor(0).data<T>().data();
    T* values = results[0].mutable_data<T>().data();
    int64_t* indices = results[1].mutable_data<int64_t>().data();
    base::parallel_for(rows, [&](int64_t row) {
      const T* x = from + row / stride * stride * n + row % stride;
      const int64_t to = row / stride * stride * k + row % stride;
      auto greater = [](T a, T b) {
        if constexpr (std::is_floating_point_v<T>) {
          if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && !std::isnan(b);
        }
        return a > b;
      };
      std::vector<int64_t> order(static_cast<size_t>(n));
      std::iota(order.begin(), order.end(), int64_t{0});
      std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](int64_t a, int64_t b) {
        const T u = x[a * stride], v = x[b * stride];
        if (greater(u, v)) return largest;
        if (greater(v, u)) return !largest;
        return a < b;
      });
      for (int64_t i = 0; i < k; ++i) {
        values[to + i * stride] = x[order[static_cast<size_t>(i)] * stride];
        indices[to + i * stride] = order[static_cast<size_t>(i)];
      }
    });
  });
  o.require(fits, fmt::format("takes numbers, not {}", tensor::name_of(o.element(0))));
  results.resize(o.outputs());
  return results;
}
bool batch_top_k(const Operation& o, Batching& b) {
  return batch_like_first(o, b) && b.operands[0] != o.node().integer("axis");
}
/// Before opset 10 the number was an attribute.
std::vector<ValueId> lift_top_k(Lift& lift) {
  if (lift.has("k")) lift.set_operand(1, lift.constant(".k", integers_tensor({lift.take("k", int64_t{0})})));
  return lift.finish();
}

// Hardmax: 1 at the first of the largest

void complete_hardmax(Graph& graph, Node& node) {
  Operation o(graph, node);
  node.attributes["axis"] = o.axis(node.integer("axis"), o.shape(0).size());
}
Results hardmax(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  auto axis = static_cast<size_t>(o.node().integer("axis"));
  const int64_t n = o.shape(0)[axis], stride = product(o.shape(0), axis + 1, o.shape(0).size()),
                rows = n == 0 ? 0 : out.size() / n;
  bool fits = with_float(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    const T* from = o.tensor(0).data<T>().data();
    T* to = out.mutable_data<T>().data();
    base::parallel_for(rows, [&](int64_t row) {
      const int64_t begin = row / stride * stride * n + row % stride;
      int64_t most = 0;
      for (int64_t k = 1; k < n; ++k) {
        if (from[begin + k * stride] > from[begin + most * stride]) most = k;
      }
      to[begin + most * stride] = 1;
    });
  });
  o.require(fits, fmt::format("takes reals, not {}", tensor::name_of(o.element(0))));
  return {out};
}

// Trilu: a triangle of the matrices in the last two axes, zeros beside it

Types infer_trilu(const Operation& o) {
  o.require(o.shape(0).size() >= 2, fmt::format("takes matrices, not {}", tensor::print(o.shape(0))));
  return {o.type(0)};
}
Results triangle(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  const bool upper = o.node().integer("upper") != 0;
  const int64_t rows = o.shape(0)[o.shape(0).size() - 2], columns = o.shape(0).back();
  // Diagonals beyond the corners are as good as those at them.
  const int64_t k = o.has(1) ? std::clamp(number_of(o, 1, "k"), -rows, columns) : 0;
  std::byte* target = out.mutable_raw();
  with_bytes(t[0].element, [&](auto zero) {
    using T = decltype(zero);
    const T* from = reinterpret_cast<const T*>(o.tensor(0).raw());
    T* to = reinterpret_cast<T*>(target);
    base::parallel_for(columns == 0 ? 0 : out.size() / columns, [&](int64_t line) {
      const int64_t diagonal = std::clamp<int64_t>(line % rows + k + (upper ? 0 : 1), 0, columns);
      const int64_t first = upper ? diagonal : 0, last = upper ? columns : diagonal;
      std::copy(from + line * columns + first, from + line * columns + last, to + line * columns + first);
    });
  });
  return {out};
}
bool batch_triangle(const Operation& o, Batching& b) {
  return batch_like_first(o, b) && b.operands[0] + 2 < static_cast<int>(o.shape(0).size());
}

}  // namespace

std::vector<Operator> ordering_operators() {
  std::vector<Operator> all;
  all.push_back({.op = Op::CumSum,
                 .name = "CumSum",
                 .family = Family::Reduction,
                 .least_inputs = 2,
                 .most_inputs = 2,
                 .attributes = {{"exclusive", int64_t{0}}, {"reverse", int64_t{0}}},
                 .infer = infer_like_first,
                 .evaluate = cumulative_sum,
                 .batch = batch_cumulative_sum});
  all.push_back({.op = Op::TopK,
                 .name = "TopK",
                 .family = Family::Reduction,
                 .least_inputs = 2,
                 .most_inputs = 2,
                 .most_outputs = 2,
                 .attributes = {{"axis", int64_t{-1}}, {"largest", int64_t{1}}, {"sorted", int64_t{1}}},
                 .complete = complete_top_k,
                 .infer = infer_top_k,
                 .evaluate = top_k,
                 .batch = batch_top_k,
                 .lift = lift_top_k});
  all.push_back({.op = Op::Hardmax,
                 .name = "Hardmax",
                 .family = Family::Normalization,
                 .attributes = {{"axis", int64_t{-1}}},
                 .complete = complete_hardmax,
                 .infer = infer_like_first,
                 .evaluate = hardmax,
                 .batch = batch_top_k,
                 .lift = lift_together});
  all.push_back({.op = Op::Trilu,
                 .name = "Trilu",
                 .family = Family::Elementwise,
                 .most_inputs = 2,
                 .attributes = {{"upper", int64_t{1}}},
                 .infer = infer_trilu,
                 .evaluate = triangle,
                 .batch = batch_triangle});
  return all;
}

}  // namespace ohmweave::network
