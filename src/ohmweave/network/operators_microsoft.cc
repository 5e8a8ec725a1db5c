// SPDX-License-Identifier: Apache-2.0
// Names of onnxruntime's own domain, as its optimizer writes them (onnxruntime, docs/ContribOperators.md).
#include <numeric>

#include <fmt/format.h>

#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using Integers = std::vector<int64_t>;

std::vector<ValueId> lift_gelu(Lift& lift) {
  return lift.finish_as(Op::Gelu, {lift.node.inputs[0]}, {{"approximate", std::string("none")}});
}
ValueId with_bias(Lift& lift) {
  const ValueId x = lift.node.inputs[0];
  return lift.has_operand(1) ? lift.add(Op::Add, ".biased", {x, lift.node.inputs[1]}) : x;
}
std::vector<ValueId> lift_bias_gelu(Lift& lift) {
  return lift.finish_as(Op::Gelu, {with_bias(lift)}, {{"approximate", std::string("none")}});
}
std::vector<ValueId> lift_fast_gelu(Lift& lift) {
  return lift.finish_as(Op::Gelu, {with_bias(lift)}, {{"approximate", std::string("tanh")}});
}
/// x sigmoid(alpha x).
std::vector<ValueId> lift_quick_gelu(Lift& lift) {
  const double alpha = lift.take("alpha", 1.702);
  const ValueId x = lift.node.inputs[0];
  const ValueId scaled =
      lift.add(Op::Mul, ".scaled", {x, lift.number(".alpha", alpha, lift.graph().value(x).element)});
  return lift.finish_as(Op::Mul, {x, lift.add(Op::Sigmoid, ".gate", {scaled})});
}

/// The last two axes swapped; with `batch` the first axis stands before them at first.
ValueId swapped(Lift& lift, size_t k, bool swap, bool batch) {
  const ValueId x = lift.node.inputs[k];
  const size_t rank = lift.shape(k).size();
  if (batch) lift.fail("transBatchA and transBatchB are not supported");
  if (!swap || rank < 2) return x;
  Integers order(rank);
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[rank - 1], order[rank - 2]);
  return lift.add(Op::Transpose, fmt::format(".swapped{}", k), {x}, {{"perm", order}});
}
std::vector<ValueId> lift_fused_matmul(Lift& lift) {
  const bool a = lift.take("transA", int64_t{0}) != 0, b = lift.take("transB", int64_t{0}) != 0;
  const bool batch_a = lift.take("transBatchA", int64_t{0}) != 0,
             batch_b = lift.take("transBatchB", int64_t{0}) != 0;
  const double alpha = lift.take("alpha", 1.0);
  const std::vector<ValueId> operands{swapped(lift, 0, a, batch_a), swapped(lift, 1, b, batch_b)};
  if (alpha == 1) return lift.finish_as(Op::MatMul, operands);
  return lift.finish_as(Op::Mul, {lift.add(Op::MatMul, ".product", operands), lift.number(".alpha", alpha)});
}

/// A sum and its normalisation. Of the results the first and the sum itself (the fourth) are there.
std::vector<ValueId> skip_norm(Lift& lift, size_t bias, bool mean) {
  const std::vector<ValueId> in = lift.node.inputs, wanted = lift.node.outputs;
  const double epsilon = lift.take("epsilon", 1e-5);
  ValueId sum = lift.add(Op::Add, ".sum", {in[0], in[1]});
  if (lift.has_operand(bias)) sum = lift.add(Op::Add, ".biased", {sum, in[bias]});
  for (size_t k : {1, 2}) {
    if (k < wanted.size() && wanted[k] != kNoValue) lift.fail("the mean and the deviation are not supported");
  }
  ValueId out;
  if (mean) {
    std::vector<ValueId> operands{sum, in[2]};
    if (lift.has_operand(3)) operands.push_back(in[3]);
    out = lift.finish_as(Op::LayerNormalization, operands, {{"epsilon", epsilon}})[0];
  } else {
    const ValueId squares = lift.add(Op::Mul, ".squares", {sum, sum});
    const ValueId average =
        lift.add(Op::ReduceMean, ".mean", {squares, lift.constant(".axes", integers_tensor({-1}))},
                 {{"keepdims", int64_t{1}}});
    const ValueId stable = lift.add(Op::Add, ".stable", {average, lift.number(".epsilon", epsilon)});
    const ValueId normal = lift.add(Op::Div, ".normal", {sum, lift.add(Op::Sqrt, ".root", {stable})});
    out = lift.finish_as(Op::Mul, {normal, in[2]})[0];
  }
  return {out, kNoValue, kNoValue, sum};
}
std::vector<ValueId> lift_skip_layer_norm(Lift& lift) { return skip_norm(lift, 4, true); }
std::vector<ValueId> lift_skip_simplified_norm(Lift& lift) { return skip_norm(lift, 3, false); }

/// A convolution, what is added to it, and an activation.
std::vector<ValueId> lift_fused_conv(Lift& lift) {
  const std::string activation = lift.take("activation", std::string());
  std::vector<double> parameters;
  if (lift.has("activation_params")) {
    auto* list = std::get_if<std::vector<double>>(&lift.node.attributes["activation_params"]);
    if (list) parameters = *list;
    lift.node.attributes.erase("activation_params");
  }
  const std::string name = lift.node.name;
  const std::vector<ValueId> in = lift.node.inputs;
  lift.node.op = Op::Conv;
  if (lift.node.inputs.size() > 3) lift.node.inputs.resize(3);
  const bool adds = in.size() > 3 && in[3] != kNoValue;
  if (activation.empty() && !adds) return lift.finish();
  lift.node.name = name + ".convolution";
  ValueId at = lift.finish()[0];
  lift.node.name = name;
  if (adds && activation.empty()) return lift.finish_as(Op::Add, {at, in[3]});
  if (adds) at = lift.add(Op::Add, ".sum", {at, in[3]});
  if (activation == "Clip" && parameters.size() == 2)
    return lift.finish_as(Op::Clip,
                          {at, lift.number(".low", parameters[0]), lift.number(".high", parameters[1])});
  if (activation == "LeakyRelu" && parameters.size() == 1)
    return lift.finish_as(Op::LeakyRelu, {at}, {{"alpha", parameters[0]}});
  if (activation == "HardSigmoid" && parameters.size() == 2)
    return lift.finish_as(Op::HardSigmoid, {at}, {{"alpha", parameters[0]}, {"beta", parameters[1]}});
  for (Op op : {Op::Relu, Op::Tanh, Op::Sigmoid}) {
    if (activation == name_of(op)) return lift.finish_as(op, {at});
  }
  lift.fail(fmt::format("the activation '{}' is not supported", activation));
}

}  // namespace

std::vector<Operator> microsoft_forms() {
  auto form = [](const char* name, size_t operands, std::vector<ValueId> (*lift)(Lift&)) {
    return Operator{.op = Op::Identity, .name = name, .least_inputs = operands, .lift = lift};
  };
  return {
      form("com.microsoft.Gelu", 1, lift_gelu),
      form("com.microsoft.BiasGelu", 2, lift_bias_gelu),
      form("com.microsoft.FastGelu", 1, lift_fast_gelu),
      form("com.microsoft.QuickGelu", 1, lift_quick_gelu),
      form("com.microsoft.FusedMatMul", 2, lift_fused_matmul),
      form("com.microsoft.FusedConv", 2, lift_fused_conv),
      form("com.microsoft.SkipLayerNormalization", 3, lift_skip_layer_norm),
      form("com.microsoft.SkipSimplifiedLayerNormalization", 3, lift_skip_simplified_norm),
  };
}

}  // namespace ohmweave::network
