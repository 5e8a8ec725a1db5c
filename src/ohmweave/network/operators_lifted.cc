// SPDX-License-Identifier: Apache-2.0
// Names of files that are other operators in a line or two. Nobody after the import has to know them.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/network/broadcast.h"
#include "ohmweave/network/onnx_tensor.h"
#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;
using Integers = std::vector<int64_t>;

ValueId reduce(Lift& lift, Op op, const std::string& suffix, ValueId x, const Integers& axes) {
  return lift.add(op, suffix, {x, lift.constant(suffix + ".axes", integers_tensor(axes))},
                  {{"keepdims", int64_t{1}}});
}
ValueId reshape(Lift& lift, const std::string& suffix, ValueId x, const Integers& shape) {
  return lift.add(Op::Reshape, suffix, {x, lift.constant(suffix + ".shape", integers_tensor(shape))});
}

/// 1 on a diagonal. Only the shape of the operand counts, so that it is known.
std::vector<ValueId> lift_eye(Lift& lift) {
  const Value& like = lift.graph().value(lift.node.inputs[0]);
  const int64_t k = lift.take("k", int64_t{0});
  Element element = like.element;
  if (lift.has("dtype")) {
    auto stated = element_of_onnx(lift.take("dtype", int64_t{0}));
    if (!stated) lift.fail("the type is not supported");
    element = *stated;
  }
  if (like.shape.size() != 2) lift.fail(fmt::format("takes matrices, not {}", tensor::print(like.shape)));
  const int64_t rows = like.shape[0], columns = like.shape[1];
  constexpr int64_t kMost = int64_t{1} << 28;
  if (rows > 0 && columns > kMost / rows) lift.fail("makes a constant that is too large");
  Tensor eye(Element::Float64, like.shape);
  auto to = eye.mutable_data<double>();
  for (int64_t row = 0; row < rows; ++row) {
    if (k > -rows && k < columns && row + k >= 0 && row + k < columns)
      to[static_cast<size_t>(row * columns + row + k)] = 1;
  }
  return {lift.constant("", eye.to(element))};
}

std::vector<ValueId> lift_cast_like(Lift& lift) {
  const Element element = lift.graph().value(lift.node.inputs[1]).element;
  return lift.finish_as(Op::Cast, {lift.node.inputs[0]}, {{"to", static_cast<int64_t>(element)}});
}

/// Along axes: less the mean, divided by the deviation.
std::vector<ValueId> lift_mean_variance(Lift& lift) {
  const Integers axes = lift.take("axes", Integers{0, 2, 3});
  const ValueId x = lift.node.inputs[0];
  const Element element = lift.graph().value(x).element;
  const ValueId centred = lift.add(Op::Sub, ".centred", {x, reduce(lift, Op::ReduceMean, ".mean", x, axes)});
  const ValueId squares = lift.add(Op::Mul, ".squares", {centred, centred});
  const ValueId deviation =
      lift.add(Op::Sqrt, ".deviation", {reduce(lift, Op::ReduceMean, ".variance", squares, axes)});
  const ValueId divisor = lift.add(Op::Add, ".divisor", {deviation, lift.number(".epsilon", 1e-9, element)});
  return lift.finish_as(Op::Div, {centred, divisor});
}

/// Each group of channels is an instance of its own. Scale and bias are one per group, or one per channel.
std::vector<ValueId> lift_group_norm(Lift& lift) {
  const std::vector<ValueId> in = lift.node.inputs;
  const Shape shape = lift.shape(0);
  const int64_t groups = lift.take("num_groups", int64_t{0});
  const double epsilon = lift.take("epsilon", 1e-5);
  lift.take("stash_type", int64_t{1});
  if (shape.size() < 3 || groups < 1 || shape[1] < 1 || shape[1] % groups != 0)
    lift.fail(fmt::format("{} groups do not fit an operand of shape {}", groups, tensor::print(shape)));
  const Element element = lift.graph().value(in[0]).element;
  const bool per_group = lift.shape(1) == Shape{groups};
  std::vector<ValueId> parameters{in[1], in[2]};
  if (!per_group) {
    for (size_t k : {0, 1}) {
      Tensor plain =
          Tensor::of<double>({groups}, std::vector<double>(static_cast<size_t>(groups), k == 0 ? 1.0 : 0.0));
      parameters[k] = lift.constant(k == 0 ? ".ones" : ".zeros", plain.to(element));
    }
  }
  const ValueId grouped = reshape(lift, ".groups", in[0], {0, groups, -1});
  const ValueId normal = lift.add(Op::InstanceNormalization, ".normal", {grouped, parameters[0], parameters[1]},
                                  {{"epsilon", epsilon}});
  Integers back(shape.begin(), shape.end());
  back[0] = 0;
  if (per_group) return lift.finish_as(Op::Reshape, {normal, lift.constant(".shape", integers_tensor(back))});
  Integers each(shape.size() - 1, 1);
  each[0] = shape[1];
  const ValueId scaled = lift.add(Op::Mul, ".scaled",
                                  {reshape(lift, ".back", normal, back), reshape(lift, ".scale", in[1], each)});
  return lift.finish_as(Op::Add, {scaled, reshape(lift, ".bias", in[2], each)});
}

/// Divided by the norm along an axis; where that is 0 the elements are too.
std::vector<ValueId> lift_norm(Lift& lift) {
  const int64_t axis = lift.take("axis", int64_t{-1}), p = lift.take("p", int64_t{2});
  if (p != 1 && p != 2) lift.fail(fmt::format("p is {}: norms are 1 or 2", p));
  const ValueId x = lift.node.inputs[0];
  const Element element = lift.graph().value(x).element;
  const ValueId norm = reduce(lift, p == 1 ? Op::ReduceL1 : Op::ReduceL2, ".norm", x, {axis});
  const ValueId nothing = lift.add(Op::Equal, ".nothing", {norm, lift.number(".zero", 0, element)});
  return lift.finish_as(Op::Div,
                        {x, lift.add(Op::Where, ".divisor", {nothing, lift.number(".one", 1, element), norm})});
}

/// The name of ScatterElements before opset 11.
std::vector<ValueId> lift_scatter(Lift& lift) {
  lift.node.op = Op::ScatterElements;
  return lift.finish();
}

/// x / sqrt(mean(x^2)) along the axes from `axis` on (Zhang and Sennrich 2019); a name that onnxruntime
/// exports.
std::vector<ValueId> lift_root_mean_square(Lift& lift) {
  const std::vector<ValueId> in = lift.node.inputs;
  int64_t axis = lift.take("axis", int64_t{-1});
  const double epsilon = lift.take("epsilon", 1e-5);
  const auto rank = static_cast<int64_t>(lift.shape(0).size());
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) lift.fail(fmt::format("axis {} of {} axes", axis, rank));
  Integers axes(static_cast<size_t>(rank - axis));
  std::iota(axes.begin(), axes.end(), axis);
  const Element element = lift.graph().value(in[0]).element;
  const ValueId squares = lift.add(Op::Mul, ".squares", {in[0], in[0]});
  const ValueId mean = lift.add(
      Op::Add, ".stable",
      {reduce(lift, Op::ReduceMean, ".mean", squares, axes), lift.number(".epsilon", epsilon, element)});
  const ValueId normal = lift.add(Op::Div, ".normal", {in[0], lift.add(Op::Sqrt, ".root", {mean})});
  return lift.finish_as(Op::Mul, {normal, in[1]});
}

}  // namespace

std::vector<Operator> lifted_operators() {
  auto form = [](const char* name, size_t operands, std::vector<ValueId> (*lift)(Lift&)) {
    return Operator{.op = Op::Identity, .name = name, .least_inputs = operands, .lift = lift};
  };
  std::vector<Operator> all = {
      form("EyeLike", 1, lift_eye),
      form("CastLike", 2, lift_cast_like),
      form("MeanVarianceNormalization", 1, lift_mean_variance),
      form("GroupNormalization", 3, lift_group_norm),
      form("LpNormalization", 1, lift_norm),
      form("Scatter", 3, lift_scatter),
      form("SimplifiedLayerNormalization", 2, lift_root_mean_square),
      upsample_form(),
      einsum_form(),
  };
  for (auto forms : {rearranged_forms(), microsoft_forms()}) all.insert(all.end(), forms.begin(), forms.end());
  return all;
}

}  // namespace ohmweave::network
