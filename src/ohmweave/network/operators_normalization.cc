// SPDX-License-Identifier: Apache-2.0
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

/// Calls f with a zero of the type of the operands, which must be reals.
template <class F>
void with_reals(const Operation& o, F f) {
  o.require(with_float(o.element(0), f),
            fmt::format("normalises reals, not {}", tensor::name_of(o.element(0))));
}

/// One number per channel in operands 1 to `last`.
void require_per_channel(const Operation& o, size_t last) {
  o.require(o.shape(0).size() >= 2, fmt::format("takes N x C x ..., not {}", tensor::print(o.shape(0))));
  for (size_t k = 1; k <= last; ++k) {
    bool fits = o.shape(k) == Shape{o.shape(0)[1]} && o.element(k) == o.element(0);
    o.require(fits, fmt::format("operand {} of shape {} must have one number for each of {} channels", k + 1,
                                tensor::print(o.shape(k)), o.shape(0)[1]));
  }
}

// BatchNormalization

Types infer_batch_norm(const Operation& o) {
  require_per_channel(o, 4);
  return {o.type(0)};
}
Results batch_norm(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  double epsilon = o.node().real("epsilon");
  with_reals(o, [&](auto zero) {
    using T = decltype(zero);
    const T* x = o.tensor(0).data<T>().data();
    auto scale = o.tensor(1).data<T>(), shift = o.tensor(2).data<T>(), mean = o.tensor(3).data<T>(),
         variance = o.tensor(4).data<T>();
    T* y = out.mutable_data<T>().data();
    int64_t channels = o.shape(0)[1], plane = product(o.shape(0), 2, o.shape(0).size());
    base::parallel_for(o.shape(0)[0] * channels, [&](int64_t row) {
      auto c = static_cast<size_t>(row % channels);
      double factor = static_cast<double>(scale[c]) / std::sqrt(static_cast<double>(variance[c]) + epsilon);
      double middle = static_cast<double>(mean[c]), base = static_cast<double>(shift[c]);
      for (int64_t k = row * plane; k < (row + 1) * plane; ++k)
        y[k] = static_cast<T>((static_cast<double>(x[k]) - middle) * factor + base);
    });
  });
  return {out};
}
/// With training_mode the statistics are those of the batch itself, and what comes out beside the result is the
/// running ones brought up to date by them.
std::vector<ValueId> lift_batch_statistics(Lift& lift, double momentum) {
  if (lift.node.inputs.size() != 5 || lift.shape(0).size() < 2) return lift.finish();  // says what is wrong
  std::vector<int64_t> axes{0};
  for (size_t k = 2; k < lift.shape(0).size(); ++k) axes.push_back(static_cast<int64_t>(k));
  const std::vector<ValueId> in = lift.node.inputs;
  std::vector<ValueId> out = lift.node.outputs;
  auto number = [&](const char* suffix, double v) {
    return lift.constant(suffix, Tensor::of<float>({}, std::vector<float>{static_cast<float>(v)}));
  };
  auto mean = [&](const std::string& suffix, ValueId x, int64_t keep) {
    return lift.add(Op::ReduceMean, suffix, {x, lift.constant(suffix + ".axes", integers_tensor(axes))},
                    {{"keepdims", keep}});
  };
  const ValueId centred = lift.add(Op::Sub, ".centred", {in[0], mean(".kept_mean", in[0], 1)});
  const ValueId now[] = {mean(".mean", in[0], 0),
                         mean(".variance", lift.add(Op::Mul, ".squares", {centred, centred}), 0)};
  lift.node.inputs[3] = now[0];
  lift.node.inputs[4] = now[1];
  lift.node.outputs.resize(1);
  out[0] = lift.finish()[0];
  for (size_t k = 1; k < std::min<size_t>(out.size(), 3); ++k) {
    if (out[k] == kNoValue) continue;
    const std::string name = k == 1 ? ".running_mean" : ".running_variance";
    const ValueId old = lift.add(Op::Mul, name + ".old", {in[k + 2], number(".momentum", momentum)});
    const ValueId fresh = lift.add(Op::Mul, name + ".new", {now[k - 1], number(".rest", 1 - momentum)});
    out[k] = lift.add(Op::Add, name, {old, fresh});
  }
  if (out.size() > 3) lift.fail("has 1 to 3 results in training");
  return out;
}

/// Statistics may be asked for where a file was written for training; in use they are as given. Before opset 9
/// they could stand for every element of a sample (spatial = 0): then it is arithmetic.
std::vector<ValueId> lift_batch_norm(Lift& lift) {
  for (const char* old : {"consumed_inputs", "is_test"}) lift.node.attributes.erase(old);
  const double momentum = lift.take("momentum", 0.9);
  if (lift.take("training_mode", int64_t{0}) != 0) return lift_batch_statistics(lift, momentum);
  size_t wanted = static_cast<size_t>(std::count_if(lift.node.outputs.begin(), lift.node.outputs.end(),
                                                    [](ValueId v) { return v != kNoValue; }));
  if (wanted > 1) lift.fail("results beyond the first are for training, which is not supported");
  lift.node.outputs.resize(1);
  bool per_channel =
      lift.take("spatial", int64_t{1}) != 0 || (lift.has_operand(0) && lift.shape(0).size() <= 2);
  if (per_channel || lift.node.inputs.size() != 5) return lift.finish();
  Tensor epsilon = Tensor::of<float>({}, std::vector<float>{static_cast<float>(lift.take("epsilon", 1e-5))});
  const std::vector<ValueId> in = lift.node.inputs;
  ValueId deviation = lift.add(Op::Sqrt, ".deviation",
                               {lift.add(Op::Add, ".variance", {in[4], lift.constant(".epsilon", epsilon)})});
  ValueId factor = lift.add(Op::Div, ".factor", {in[1], deviation});
  ValueId scaled = lift.add(Op::Mul, ".scaled", {lift.add(Op::Sub, ".centred", {in[0], in[3]}), factor});
  lift.node.op = Op::Add;
  lift.node.inputs = {scaled, in[2]};
  return lift.finish();
}

// InstanceNormalization and LayerNormalization: statistics of the data itself

struct Statistics {
  double mean = 0, factor = 0;  // 1 / deviation
};
template <class T>
Statistics statistics(const T* x, int64_t n, double epsilon) {
  double mean = 0, variance = 0;
  for (int64_t k = 0; k < n; ++k) mean += static_cast<double>(x[k]);
  mean /= static_cast<double>(n);
  for (int64_t k = 0; k < n; ++k)
    variance += (static_cast<double>(x[k]) - mean) * (static_cast<double>(x[k]) - mean);
  return {mean, 1 / std::sqrt(variance / static_cast<double>(n) + epsilon)};
}

Types infer_instance_norm(const Operation& o) {
  require_per_channel(o, 2);
  return {o.type(0)};
}
Results instance_norm(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  with_reals(o, [&](auto zero) {
    using T = decltype(zero);
    const T* x = o.tensor(0).data<T>().data();
    auto scale = o.tensor(1).data<T>(), shift = o.tensor(2).data<T>();
    T* y = out.mutable_data<T>().data();
    int64_t channels = o.shape(0)[1], plane = product(o.shape(0), 2, o.shape(0).size());
    base::parallel_for(o.shape(0)[0] * channels, [&](int64_t row) {
      auto c = static_cast<size_t>(row % channels);
      Statistics s = statistics(x + row * plane, plane, o.node().real("epsilon"));
      for (int64_t k = row * plane; k < (row + 1) * plane; ++k) {
        y[k] = static_cast<T>((static_cast<double>(x[k]) - s.mean) * s.factor * static_cast<double>(scale[c]) +
                              static_cast<double>(shift[c]));
      }
    });
  });
  return {out};
}

void complete_axis(Graph& graph, Node& node) {
  Operation o(graph, node);
  node.attributes["axis"] = o.axis(node.integer("axis"), o.shape(0).size());
}
Types infer_layer_norm(const Operation& o) {
  auto axis = o.node().integer("axis");
  Shape normalised(o.shape(0).begin() + axis, o.shape(0).end()), kept = o.shape(0);
  std::fill(kept.begin() + axis, kept.end(), 1);
  for (size_t k : {1, 2}) {
    bool fits =
        !o.has(k) || (o.element(k) == o.element(0) && tensor::count(o.shape(k)) == tensor::count(normalised));
    o.require(fits, fmt::format("operand {} must have the shape {}", k + 1, tensor::print(normalised)));
  }
  return {o.type(0), {o.element(0), kept}, {o.element(0), kept}};
}
Results layer_norm(const Operation& o, const Types& t) {
  Results results;
  for (size_t k = 0; k < 3; ++k) results.emplace_back(t[k].element, t[k].shape);
  auto axis = static_cast<size_t>(o.node().integer("axis"));
  int64_t rows = product(o.shape(0), 0, axis), n = product(o.shape(0), axis, o.shape(0).size());
  with_reals(o, [&](auto zero) {
    using T = decltype(zero);
    const T* x = o.tensor(0).data<T>().data();
    const T* scale = o.tensor(1).data<T>().data();
    const T* shift = o.has(2) ? o.tensor(2).data<T>().data() : nullptr;
    T *y = results[0].mutable_data<T>().data(), *mean = results[1].mutable_data<T>().data(),
      *factor = results[2].mutable_data<T>().data();
    base::parallel_for(rows, [&](int64_t row) {
      Statistics s = statistics(x + row * n, n, o.node().real("epsilon"));
      mean[row] = static_cast<T>(s.mean);
      factor[row] = static_cast<T>(s.factor);
      for (int64_t k = 0; k < n; ++k) {
        double value =
            (static_cast<double>(x[row * n + k]) - s.mean) * s.factor * static_cast<double>(scale[k]);
        y[row * n + k] = static_cast<T>(value + (shift ? static_cast<double>(shift[k]) : 0.0));
      }
    });
  });
  results.resize(o.outputs());
  return results;
}
bool batch_layer_norm(const Operation& o, Batching& b) {
  if (!batch_like_first(o, b) || b.operands[0] >= o.node().integer("axis")) return false;
  std::fill(b.results.begin(), b.results.end(), b.operands[0]);
  return true;
}

// LRN: divided by (bias + alpha / size * sum of squares of `size` neighbouring channels) ^ beta

Types infer_lrn(const Operation& o) {
  o.require(o.shape(0).size() >= 2, fmt::format("takes N x C x ..., not {}", tensor::print(o.shape(0))));
  o.require(o.node().integer("size") > 0, "size must be positive");
  return {o.type(0)};
}
Results lrn(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  int64_t size = o.node().integer("size"), channels = o.shape(0)[1],
          plane = product(o.shape(0), 2, o.shape(0).size());
  double alpha = o.node().real("alpha") / static_cast<double>(size), beta = o.node().real("beta"),
         bias = o.node().real("bias");
  with_reals(o, [&](auto zero) {
    using T = decltype(zero);
    const T* x = o.tensor(0).data<T>().data();
    T* y = out.mutable_data<T>().data();
    base::parallel_for(o.shape(0)[0] * channels, [&](int64_t row) {
      int64_t c = row % channels, sample = row - c;
      int64_t first = std::max<int64_t>(c - (size - 1) / 2, 0), last = std::min(c + size / 2, channels - 1);
      for (int64_t k = 0; k < plane; ++k) {
        double sum = 0;
        for (int64_t other = first; other <= last; ++other) {
          auto v = static_cast<double>(x[(sample + other) * plane + k]);
          sum += v * v;
        }
        y[row * plane + k] =
            static_cast<T>(static_cast<double>(x[row * plane + k]) / std::pow(bias + alpha * sum, beta));
      }
    });
  });
  return {out};
}

// Softmax, LogSoftmax

template <bool kLog>
Results softmax(const Operation& o, const Types& t) {
  Tensor out(t[0].element, t[0].shape);
  auto axis = static_cast<size_t>(o.node().integer("axis"));
  int64_t n = o.shape(0)[axis], stride = product(o.shape(0), axis + 1, o.shape(0).size()),
          rows = n == 0 ? 0 : out.size() / n;
  with_reals(o, [&](auto zero) {
    using T = decltype(zero);
    const T* from = o.tensor(0).data<T>().data();
    T* to = out.mutable_data<T>().data();
    base::parallel_for(rows, [&](int64_t row) {
      int64_t begin = row / stride * stride * n + row % stride;
      const T* x = from + begin;
      T* y = to + begin;
      T most = x[0];
      for (int64_t k = 1; k < n; ++k) most = std::max(most, x[k * stride]);
      double sum = 0;
      for (int64_t k = 0; k < n; ++k) {
        T e = std::exp(x[k * stride] - most);
        if constexpr (!kLog) y[k * stride] = e;
        sum += static_cast<double>(e);
      }
      double log_sum = std::log(sum);
      for (int64_t k = 0; k < n; ++k) {
        if constexpr (kLog)
          y[k * stride] = static_cast<T>(static_cast<double>(x[k * stride] - most) - log_sum);
        else
          y[k * stride] = static_cast<T>(static_cast<double>(y[k * stride]) / sum);
      }
    });
  });
  return {out};
}
bool batch_softmax(const Operation& o, Batching& b) {
  return batch_like_first(o, b) && b.operands[0] != o.node().integer("axis");
}
}  // namespace

/// Before opset 13 all axes from `axis` on (default 1) were normalised together.
std::vector<ValueId> lift_together(Lift& lift) {
  if (lift.opset >= 13 || !lift.has_operand(0)) return lift.finish();
  const Shape shape = lift.shape(0);
  auto rank = static_cast<int64_t>(shape.size());
  int64_t axis = lift.take("axis", int64_t{1});
  if (axis < 0) axis += rank;
  if (axis < 0 || axis > rank) lift.fail(fmt::format("axis {} of {} axes", axis, rank));
  // Together is the same as one of them where the others have one element each.
  int64_t alone = std::min(axis, rank - 1);
  for (int64_t k = axis; k < rank; ++k) {
    if (shape[static_cast<size_t>(k)] != 1) alone = k;
  }
  bool others = axis == rank ||
                product(shape, static_cast<size_t>(axis), shape.size()) != shape[static_cast<size_t>(alone)];
  if (!others && rank > 0) {
    lift.node.attributes["axis"] = alone;
    return lift.finish();
  }
  lift.node.inputs[0] = lift.add(Op::Flatten, ".flat", {lift.node.inputs[0]}, {{"axis", axis}});
  lift.node.attributes["axis"] = int64_t{1};
  std::string name = lift.node.name;
  lift.node.name += ".rows";
  ValueId rows = lift.finish()[0];
  lift.node = {.name = name,
               .op = Op::Reshape,
               .inputs = {rows, lift.constant(".shape", integers_tensor(shape))},
               .outputs = {0},
               .attributes = {}};
  return lift.finish();
}

namespace {

Operator soft(Op op, const char* name, Results (*evaluate)(const Operation&, const Types&)) {
  return {.op = op,
          .name = name,
          .attributes = {{"axis", int64_t{-1}}},
          .complete = complete_axis,
          .infer = infer_like_first,
          .evaluate = evaluate,
          .batch = batch_softmax,
          .lift = lift_together};
}

}  // namespace

std::vector<Operator> normalization_operators() {
  std::vector<Operator> all;
  all.push_back({.op = Op::BatchNormalization,
                 .name = "BatchNormalization",
                 .least_inputs = 5,
                 .most_inputs = 5,
                 .attributes = {{"epsilon", 1e-5}},
                 .infer = infer_batch_norm,
                 .evaluate = batch_norm,
                 .batch = batch_samples,
                 .lift = lift_batch_norm});
  all.push_back({.op = Op::InstanceNormalization,
                 .name = "InstanceNormalization",
                 .least_inputs = 3,
                 .most_inputs = 3,
                 .attributes = {{"epsilon", 1e-5}},
                 .infer = infer_instance_norm,
                 .evaluate = instance_norm,
                 .batch = batch_samples,
                 .lift = lift_consumed});
  all.push_back({.op = Op::LayerNormalization,
                 .name = "LayerNormalization",
                 .least_inputs = 2,
                 .most_inputs = 3,
                 .most_outputs = 3,
                 .attributes = {{"axis", int64_t{-1}}, {"epsilon", 1e-5}, {"stash_type", int64_t{1}}},
                 .complete = complete_axis,
                 .infer = infer_layer_norm,
                 .evaluate = layer_norm,
                 .batch = batch_layer_norm});
  all.push_back({.op = Op::LRN,
                 .name = "LRN",
                 .attributes = {{"size", int64_t{0}, true}, {"alpha", 1e-4}, {"beta", 0.75}, {"bias", 1.0}},
                 .infer = infer_lrn,
                 .evaluate = lrn,
                 .batch = batch_samples});
  all.push_back(soft(Op::Softmax, "Softmax", softmax<false>));
  all.push_back(soft(Op::LogSoftmax, "LogSoftmax", softmax<true>));
  for (Operator& o : all) o.family = Family::Normalization;
  return all;
}

}  // namespace ohmweave::network
