// SPDX-License-Identifier: Apache-2.0
// Quantized operators of ONNX and of onnxruntime (com.microsoft) become DequantizeLinear, the operator on reals
// and QuantizeLinear. Sums of products of 8-bit codes come to the same as in whole numbers up to float32's
// rounding.
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/network/operators.h"

namespace ohmweave::network {
namespace {

using tensor::Element;
using tensor::Shape;
using tensor::Tensor;

ValueId operand(const Lift& lift, size_t k) {
  if (!lift.has_operand(k)) lift.fail(fmt::format("operand {} is missing", k + 1));
  return lift.node.inputs[k];
}
ValueId operand_or_none(const Lift& lift, size_t k) {
  return lift.has_operand(k) ? lift.node.inputs[k] : kNoValue;
}
std::vector<ValueId> without_missing(std::vector<ValueId> ids) {
  while (!ids.empty() && ids.back() == kNoValue) ids.pop_back();
  return ids;
}

/// Scales that have extents of 1 beside the axis's own as a list of them.
ValueId listed(Lift& lift, ValueId v, const std::string& suffix) {
  if (v == kNoValue || lift.graph().value(v).shape.size() <= 1) return v;
  const Shape& shape = lift.graph().value(v).shape;
  if (std::count_if(shape.begin(), shape.end(), [](int64_t n) { return n != 1; }) > 1)
    lift.fail(fmt::format("scales or zero points of shape {} are not supported", tensor::print(shape)));
  return lift.add(Op::Reshape, suffix,
                  {v, lift.constant(suffix + "_shape", integers_tensor({tensor::count(shape)}))});
}

/// Operands k, k+1, k+2 are codes, scale and zero point: their reals. A node that makes them already is used
/// again.
ValueId reals_of(Lift& lift, ValueId codes, ValueId scale, ValueId zero, int64_t axis,
                 const std::string& suffix) {
  scale = listed(lift, scale, suffix + "_scale");
  zero = listed(lift, zero, suffix + "_zero_point");
  for (NodeId id : lift.graph().consumers(codes)) {
    const Node& node = lift.graph().nodes[id];
    const bool same = node.op == Op::DequantizeLinear && node.inputs[0] == codes && node.inputs[1] == scale &&
                      node.inputs[2] == zero && tensor::count(lift.graph().value(scale).shape) == 1;
    if (same) return node.outputs[0];
  }
  return lift.add(Op::DequantizeLinear, suffix, without_missing({codes, scale, zero}), {{"axis", axis}});
}
ValueId reals_of(Lift& lift, size_t k, const std::string& suffix, int64_t axis = 1) {
  return reals_of(lift, operand(lift, k), operand(lift, k + 1), operand_or_none(lift, k + 2), axis, suffix);
}
/// The codes of a result; operands k and k+1 are scale and zero point. Without a zero point they have the type
/// of `like`.
std::vector<ValueId> codes_of(Lift& lift, ValueId reals, size_t k, size_t like) {
  ValueId zero = operand_or_none(lift, k + 1);
  if (zero == kNoValue)
    zero = lift.constant(".zero_point", Tensor(lift.graph().value(operand(lift, like)).element, {}));
  return {lift.add(Op::QuantizeLinear, ".codes", {reals, operand(lift, k), zero})};
}
/// A bias in whole numbers counts steps of the product.
ValueId bias_of(Lift& lift, ValueId bias, ValueId input_scale, ValueId weight_scale) {
  const ValueId scale =
      lift.add(Op::Mul, ".bias_scale", {listed(lift, input_scale, ".input_scale"), weight_scale});
  return lift.add(Op::DequantizeLinear, ".bias", {bias, scale}, {{"axis", int64_t{0}}});
}
int64_t last_axis(const Lift& lift, size_t k, int64_t from_end) {
  return std::max<int64_t>(static_cast<int64_t>(lift.shape(k).size()) - from_end, 0);
}

std::vector<ValueId> lift_convolution(Lift& lift) {
  std::vector<ValueId> operands{reals_of(lift, 0, ".input"), reals_of(lift, 3, ".weights", 0)};
  if (lift.has_operand(8))
    operands.push_back(bias_of(lift, lift.node.inputs[8], lift.node.inputs[1], lift.node.inputs[4]));
  return codes_of(lift, lift.add(Op::Conv, "", operands, std::move(lift.node.attributes)), 6, 0);
}
std::vector<ValueId> lift_matmul(Lift& lift) {
  operand(lift, 3);
  const ValueId a = reals_of(lift, 0, ".left", last_axis(lift, 0, 2)),
                b = reals_of(lift, 3, ".right", last_axis(lift, 3, 1));
  return codes_of(lift, lift.add(Op::MatMul, "", {a, b}), 6, 0);
}
/// A, its scale and zero point, B, the same, a bias C in steps of the product; the result's scale and zero
/// point, or none of them: then it is reals.
std::vector<ValueId> lift_gemm(Lift& lift) {
  const bool turned = lift.has("transB") && lift.take("transB", int64_t{0}) != 0;
  const double alpha = lift.take("alpha", 1.0);
  std::vector<ValueId> operands{reals_of(lift, 0, ".left", 0), reals_of(lift, 3, ".right", turned ? 0 : 1)};
  if (lift.has_operand(6)) {
    ValueId scale = lift.node.inputs[1];
    if (alpha != 1)
      scale = lift.add(
          Op::Mul, ".scale",
          {scale,
           lift.constant(".alpha", Tensor::of<float>({}, std::vector<float>{static_cast<float>(alpha)}))});
    operands.push_back(bias_of(lift, lift.node.inputs[6], scale, operand(lift, 4)));
  }
  const ValueId y =
      lift.add(Op::Gemm, "", operands,
               {{"alpha", alpha}, {"transA", lift.take("transA", int64_t{0})}, {"transB", int64_t{turned}}});
  if (!lift.has_operand(7)) return {y};
  return codes_of(lift, y, 7, 0);
}

template <Op kOp>
std::vector<ValueId> lift_elementwise(Lift& lift) {
  return codes_of(lift, lift.add(kOp, "", {reals_of(lift, 0, ".left"), reals_of(lift, 3, ".right")}), 6, 0);
}
template <Op kOp>
std::vector<ValueId> lift_function(Lift& lift) {
  if (lift.take("channels_last", int64_t{0}) != 0) lift.fail("channels_last is not supported");
  if (kOp == Op::Softmax) {
    const int64_t opset = lift.take("opset", lift.opset), rank = static_cast<int64_t>(lift.shape(0).size());
    const int64_t axis = lift.take("axis", opset < 13 ? int64_t{1} : int64_t{-1});
    if (opset < 13 && axis != -1 && axis != rank - 1)
      lift.fail("normalises several axes together, which is not supported");
    lift.node.attributes["axis"] = axis;
  }
  const ValueId y = lift.add(kOp, "", {reals_of(lift, 0, ".reals")}, std::move(lift.node.attributes));
  return codes_of(lift, y, 3, 0);
}
std::vector<ValueId> lift_concatenation(Lift& lift) {
  std::vector<ValueId> parts;
  for (size_t k = 2; k < lift.node.inputs.size(); k += 3)
    parts.push_back(reals_of(lift, k, fmt::format(".part{}", parts.size())));
  if (parts.empty()) lift.fail("has no parts");
  return codes_of(lift, lift.add(Op::Concat, "", parts, std::move(lift.node.attributes)), 0, 2);
}

/// The product of reals that codes and scales stand for, and a bias.
std::vector<ValueId> with_bias(Lift& lift, ValueId a, ValueId b, size_t bias) {
  if (!lift.has_operand(bias)) return {lift.add(Op::MatMul, "", {a, b})};
  const ValueId y = lift.add(Op::MatMul, "", {a, b});
  return {lift.add(Op::Add, ".biased", {y, lift.node.inputs[bias]})};
}
std::vector<ValueId> lift_dynamic_matmul(Lift& lift) {
  std::vector<ValueId> codes = lift.add({.name = lift.node.name + ".codes",
                                         .op = Op::DynamicQuantizeLinear,
                                         .inputs = {operand(lift, 0)},
                                         .outputs = {0, 0, 0},
                                         .attributes = {}});
  const ValueId a = reals_of(lift, codes[0], codes[1], codes[2], 1, ".left");
  const int64_t axis = lift.has_operand(1) ? last_axis(lift, 1, 1) : 0;
  const ValueId b =
      reals_of(lift, operand(lift, 1), operand(lift, 2), operand_or_none(lift, 3), axis, ".right");
  return with_bias(lift, a, b, 4);
}
/// A, B, their scales, their zero points, a bias.
std::vector<ValueId> lift_integer_to_float(Lift& lift) {
  operand(lift, 1);
  const ValueId a = reals_of(lift, operand(lift, 0), operand(lift, 2), operand_or_none(lift, 4),
                             last_axis(lift, 0, 2), ".left");
  const ValueId b = reals_of(lift, operand(lift, 1), operand(lift, 3), operand_or_none(lift, 5),
                             last_axis(lift, 1, 1), ".right");
  return with_bias(lift, a, b, 6);
}
std::vector<ValueId> lift_same(Lift& lift) { return lift.finish(); }

}  // namespace

std::vector<Operator> quantized_forms() {
  auto form = [](const char* name, std::vector<ValueId> (*lift)(Lift&), Op op = Op::Identity) {
    return Operator{.op = op, .name = name, .lift = lift};
  };
  return {form("QLinearConv", lift_convolution),
          form("QLinearMatMul", lift_matmul),
          form("com.microsoft.QGemm", lift_gemm),
          form("com.microsoft.QLinearAdd", lift_elementwise<Op::Add>),
          form("com.microsoft.QLinearMul", lift_elementwise<Op::Mul>),
          form("com.microsoft.QLinearAveragePool", lift_function<Op::AveragePool>),
          form("com.microsoft.QLinearGlobalAveragePool", lift_function<Op::GlobalAveragePool>),
          form("com.microsoft.QLinearLeakyRelu", lift_function<Op::LeakyRelu>),
          form("com.microsoft.QLinearSigmoid", lift_function<Op::Sigmoid>),
          form("com.microsoft.QLinearSoftmax", lift_function<Op::Softmax>),
          form("com.microsoft.QLinearConcat", lift_concatenation),
          form("com.microsoft.DynamicQuantizeMatMul", lift_dynamic_matmul),
          form("com.microsoft.MatMulIntegerToFloat", lift_integer_to_float),
          form("com.microsoft.QuantizeLinear", lift_same, Op::QuantizeLinear),
          form("com.microsoft.DequantizeLinear", lift_same, Op::DequantizeLinear)};
}

}  // namespace ohmweave::network
