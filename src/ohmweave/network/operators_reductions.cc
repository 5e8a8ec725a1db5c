// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/base/parallel.h"
#include "ohmweave/network/broadcast.h"
#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

bool contains(const std::vector<int64_t>& list, int64_t x) {
  return std::find(list.begin(), list.end(), x) != list.end();
}

/// Axes are an operand, counted from 0; none given means all.
void complete_axes(Graph& graph, Node& node) {
  Operation o(graph, node);
  auto rank = static_cast<int64_t>(o.shape(0).size());
  std::vector<int64_t> axes = o.has(1) ? o.integers(1) : std::vector<int64_t>{};
  for (int64_t& a : axes) a = o.axis(a, o.shape(0).size());
  std::sort(axes.begin(), axes.end());
  o.require(std::adjacent_find(axes.begin(), axes.end()) == axes.end(), "an axis is named twice");
  bool nothing = axes.empty() && node.integer("noop_with_empty_axes") != 0;
  if (axes.empty() && !nothing) {
    for (int64_t a = 0; a < rank; ++a) axes.push_back(a);
  }
  node.attributes["noop_with_empty_axes"] = static_cast<int64_t>(axes.empty());
  node.inputs.resize(2, kNoValue);
  node.inputs[1] = add_constant(graph, node.name + ".axes", integers_tensor(axes));
}

Shape reduced(const Shape& from, const std::vector<int64_t>& axes, bool keep) {
  Shape to;
  for (size_t k = 0; k < from.size(); ++k) {
    bool gone = contains(axes, static_cast<int64_t>(k));
    if (!gone || keep) to.push_back(gone ? 1 : from[k]);
  }
  return to;
}
Types infer_reduction(const Operation& o) {
  return {{o.element(0), reduced(o.shape(0), o.integers(1), o.node().integer("keepdims") != 0)}};
}

/// The operand as outer positions times reduced elements.
struct Split {
  Shape kept, gone;
  std::vector<int64_t> kept_strides, gone_strides;
};
Split split(const Shape& from, const std::vector<int64_t>& axes) {
  Split s;
  std::vector<int64_t> own = strides_of(from);
  for (size_t k = 0; k < from.size(); ++k) {
    bool gone = contains(axes, static_cast<int64_t>(k));
    (gone ? s.gone : s.kept).push_back(from[k]);
    (gone ? s.gone_strides : s.kept_strides).push_back(own[k]);
  }
  return s;
}
int64_t place(int64_t index, const Shape& shape, const std::vector<int64_t>& strides) {
  int64_t at = 0;
  for (size_t k = shape.size(); k-- > 0; index /= shape[k]) at += index % shape[k] * strides[k];
  return at;
}

/// to[i] = finish(fold of step over the elements that fall on i, in row-major order). Sums of reals run in
/// double, so that they are as exact as float results can be.
template <class T, class A, class Step, class Finish>
void fold(const Operation& o, Tensor& out, A begin, Step step, Finish finish) {
  Split s = split(o.shape(0), o.integers(1));
  int64_t many = tensor::count(s.gone);
  int64_t inner = s.gone.empty() ? 1 : s.gone.back(), stride = s.gone.empty() ? 0 : s.gone_strides.back();
  const T* from = o.tensor(0).data<T>().data();
  T* to = out.mutable_data<T>().data();
  constexpr int64_t kBlock = 1 << 14;
  int64_t group = std::max<int64_t>(kBlock / std::max<int64_t>(many, 1), 1), total = out.size();
  base::parallel_for((total + group - 1) / group, [&](int64_t task) {
    for (int64_t i = task * group; i < std::min(total, (task + 1) * group); ++i) {
      const T* base = from + (many == 0 ? 0 : place(i, s.kept, s.kept_strides));
      A value = begin;
      for (int64_t row = 0; row < many; row += std::max<int64_t>(inner, 1)) {
        const T* p = base + place(row, s.gone, s.gone_strides);
        for (int64_t k = 0; k < inner; ++k) value = step(value, p[k * stride]);
      }
      to[i] = finish(value, many);
    }
  });
}

template <class T>
using Wide = std::conditional_t<std::is_floating_point_v<T>, double, int64_t>;

template <class Step, class Finish>
Results fold_sums(const Operation& o, const Types& t, int begin, Step step, Finish finish) {
  Tensor out(t[0].element, t[0].shape);
  bool fits = with_one_of<float, double, int32_t, uint32_t, int64_t, uint64_t, int8_t, uint8_t>(
      o.element(0), [&](auto zero) {
        using T = decltype(zero);
        using A = Wide<T>;
        fold<T, A>(
            o, out, static_cast<A>(begin), [&](A a, T x) { return step(a, static_cast<A>(x)); },
            [&](A a, int64_t n) { return convert<T>(finish(a, n)); });
      });
  o.require(fits, fmt::format("takes numbers, not {}", tensor::name_of(o.element(0))));
  return {out};
}
constexpr auto kAsIs = [](auto a, int64_t) { return a; };
constexpr auto kPlus = [](auto a, auto x) { return wrap_add(a, x); };
constexpr auto kPlusSquare = [](auto a, auto x) { return wrap_add(a, wrap_multiply(x, x)); };
constexpr auto kPlusMagnitude = [](auto a, auto x) {
  return wrap_add(a, x < 0 ? wrap_subtract(decltype(x){}, x) : x);
};

Results reduce_sum(const Operation& o, const Types& t) { return fold_sums(o, t, 0, kPlus, kAsIs); }
Results reduce_mean(const Operation& o, const Types& t) {
  return fold_sums(o, t, 0, kPlus,
                   [](auto a, int64_t n) { return static_cast<double>(a) / static_cast<double>(n); });
}
Results reduce_product(const Operation& o, const Types& t) {
  return fold_sums(
      o, t, 1, [](auto a, auto x) { return wrap_multiply(a, x); }, kAsIs);
}
Results reduce_l1(const Operation& o, const Types& t) { return fold_sums(o, t, 0, kPlusMagnitude, kAsIs); }
Results reduce_l2(const Operation& o, const Types& t) {
  return fold_sums(o, t, 0, kPlusSquare, [](auto a, int64_t) { return std::sqrt(static_cast<double>(a)); });
}
Results reduce_sum_square(const Operation& o, const Types& t) { return fold_sums(o, t, 0, kPlusSquare, kAsIs); }
Results reduce_log_sum(const Operation& o, const Types& t) {
  return fold_sums(o, t, 0, kPlus, [](auto a, int64_t) { return std::log(static_cast<double>(a)); });
}

/// The largest (or least) element is taken out first, so that no exponential overflows.
Results reduce_log_sum_exp(const Operation& o, const Types& t) {
  struct Running {
    double most = -std::numeric_limits<double>::infinity(), sum = 0;
  };
  Tensor out(t[0].element, t[0].shape);
  bool fits = with_float(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    auto step = [](Running r, T value) {
      auto x = static_cast<double>(value);
      if (x == r.most) return Running{r.most, r.sum + 1};  // also where both are infinite
      if (x > r.most) return Running{x, r.sum * std::exp(r.most - x) + 1};
      return Running{r.most, r.sum + std::exp(x - r.most)};
    };
    fold<T, Running>(o, out, Running{}, step,
                     [](Running r, int64_t) { return static_cast<T>(r.most + std::log(r.sum)); });
  });
  o.require(fits, fmt::format("takes reals, not {}", tensor::name_of(o.element(0))));
  return {out};
}

template <class Better>
Results fold_extreme(const Operation& o, const Types& t, bool largest, Better better) {
  Tensor out(t[0].element, t[0].shape);
  with_any(o.element(0), [&](auto zero) {
    using T = decltype(zero);
    using Limits = std::numeric_limits<T>;
    T begin = Limits::has_infinity ? (largest ? -Limits::infinity() : Limits::infinity())
                                   : (largest ? Limits::lowest() : Limits::max());
    fold<T, T>(
        o, out, begin, [&](T a, T x) { return better(x, a) || x != x ? x : a; }, kAsIs);
  });
  return {out};
}
Results reduce_max(const Operation& o, const Types& t) {
  return fold_extreme(o, t, true, [](auto x, auto than) { return x > than; });
}
Results reduce_min(const Operation& o, const Types& t) {
  return fold_extreme(o, t, false, [](auto x, auto than) { return x < than; });
}

void complete_arg(Graph& graph, Node& node) {
  Operation o(graph, node);
  node.attributes["axis"] = o.axis(node.integer("axis"), o.shape(0).size());
}
Types infer_arg(const Operation& o) {
  o.require(o.shape(0)[static_cast<size_t>(o.node().integer("axis"))] > 0, "there is nothing to choose from");
  return {{Element::Int64, reduced(o.shape(0), {o.node().integer("axis")}, o.node().integer("keepdims") != 0)}};
}
template <class Better>
Results arg(const Operation& o, const Types& t, Better better) {
  auto axis = static_cast<size_t>(o.node().integer("axis"));
  bool last = o.node().integer("select_last_index") != 0;
  Split s = split(o.shape(0), {o.node().integer("axis")});
  Tensor out(t[0].element, t[0].shape);
  auto to = out.mutable_data<int64_t>();
  bool fits = with_number(o.element(0), [&](auto zero) {
    const auto* from = o.tensor(0).data<decltype(zero)>().data();
    for (size_t i = 0; i < to.size(); ++i) {
      const auto* p = from + place(static_cast<int64_t>(i), s.kept, s.kept_strides);
      int64_t stride = s.gone_strides[0];
      for (int64_t k = 1; k < o.shape(0)[axis]; ++k) {
        auto x = p[k * stride], best = p[to[i] * stride];
        if (better(x, best) || (last && x == best)) to[i] = k;
      }
    }
  });
  o.require(fits, fmt::format("takes numbers, not {}", tensor::name_of(o.element(0))));
  return {out};
}
Results arg_max(const Operation& o, const Types& t) {
  return arg(o, t, [](auto x, auto than) { return x > than; });
}
Results arg_min(const Operation& o, const Types& t) {
  return arg(o, t, [](auto x, auto than) { return x < than; });
}

bool batch_over(const Operation& o, Batching& b, const std::vector<int64_t>& axes) {
  if (b.operands[0] == Batching::kNone || contains(axes, b.operands[0])) return false;
  auto before = std::count_if(axes.begin(), axes.end(), [&](int64_t a) { return a < b.operands[0]; });
  b.results[0] = b.operands[0] - (o.node().integer("keepdims") != 0 ? 0 : static_cast<int>(before));
  return true;
}
bool batch_reduction(const Operation& o, Batching& b) { return batch_over(o, b, o.integers(1)); }
bool batch_arg(const Operation& o, Batching& b) { return batch_over(o, b, {o.node().integer("axis")}); }

std::vector<ValueId> lift_axes(Lift& lift) {
  lift.list_to_operand("axes", 1);
  return lift.finish();
}

Operator reduction(Op op, const char* name, Results (*evaluate)(const Operation&, const Types&)) {
  return {.op = op,
          .name = name,
          .family = Family::Reduction,
          .most_inputs = 2,
          .attributes = {{"keepdims", int64_t{1}}, {"noop_with_empty_axes", int64_t{0}}},
          .complete = complete_axes,
          .infer = infer_reduction,
          .evaluate = evaluate,
          .batch = batch_reduction,
          .lift = lift_axes};
}
Operator choice(Op op, const char* name, Results (*evaluate)(const Operation&, const Types&)) {
  return {.op = op,
          .name = name,
          .family = Family::Reduction,
          .attributes = {{"axis", int64_t{0}}, {"keepdims", int64_t{1}}, {"select_last_index", int64_t{0}}},
          .complete = complete_arg,
          .infer = infer_arg,
          .evaluate = evaluate,
          .batch = batch_arg};
}

}  // namespace

std::vector<Operator> reduction_operators() {
  return {reduction(Op::ReduceMean, "ReduceMean", reduce_mean),
          reduction(Op::ReduceSum, "ReduceSum", reduce_sum),
          reduction(Op::ReduceMax, "ReduceMax", reduce_max),
          reduction(Op::ReduceMin, "ReduceMin", reduce_min),
          reduction(Op::ReduceProd, "ReduceProd", reduce_product),
          reduction(Op::ReduceL1, "ReduceL1", reduce_l1),
          reduction(Op::ReduceL2, "ReduceL2", reduce_l2),
          reduction(Op::ReduceSumSquare, "ReduceSumSquare", reduce_sum_square),
          reduction(Op::ReduceLogSum, "ReduceLogSum", reduce_log_sum),
          reduction(Op::ReduceLogSumExp, "ReduceLogSumExp", reduce_log_sum_exp),
          choice(Op::ArgMax, "ArgMax", arg_max),
          choice(Op::ArgMin, "ArgMin", arg_min)};
}

}  // namespace ohmweave::network
