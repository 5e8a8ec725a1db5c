// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/quantize_sign.h"

#include <algorithm>

namespace ohmweave::network {
namespace {

using tensor::Element;

enum class Sign {
  Any,      // results may be negative whatever the operands
  Never,    // results never are
  AsAll,    // results are not if no operand is
  AsOne,    // results are not if one operand is not
  Product,  // as AsAll; also a square
  Bound,    // results are not below the bound that operand 1 says
};

Sign sign_of(Op op) {
  switch (op) {
    case Op::Relu:
    case Op::Sigmoid:
    case Op::HardSigmoid:
    case Op::Exp:
    case Op::Sqrt:
    case Op::Abs:
    case Op::Softplus:
    case Op::Softmax:
    case Op::ReduceL1:
    case Op::ReduceL2:
    case Op::ReduceSumSquare:
      return Sign::Never;
    case Op::Clip:
      return Sign::Bound;
    case Op::Mul:
      return Sign::Product;
    case Op::Max:
      return Sign::AsOne;
    case Op::LeakyRelu:
    case Op::HardSwish:
    case Op::Elu:
    case Op::Selu:
    case Op::PRelu:
    case Op::Tanh:
    case Op::Erf:
    case Op::Reciprocal:
    case Op::Floor:
    case Op::Ceil:
    case Op::Round:
    case Op::Sign:
    case Op::Identity:
    case Op::Dropout:
    case Op::Cast:
    case Op::Add:
    case Op::Div:
    case Op::Pow:
    case Op::Min:
    case Op::Sum:
    case Op::Mean:
    case Op::Where:
    case Op::LRN:
    case Op::MaxPool:
    case Op::AveragePool:
    case Op::GlobalMaxPool:
    case Op::GlobalAveragePool:
    case Op::ReduceMean:
    case Op::ReduceSum:
    case Op::ReduceMax:
    case Op::ReduceMin:
    case Op::ReduceProd:
      return Sign::AsAll;
    default:
      return family_of(op) == Family::View ? Sign::AsAll : Sign::Any;
  }
}

bool holds_no_negative(const Value& v) {
  if (!v.constant) return false;
  auto values = v.constant->data<float>();
  return std::all_of(values.begin(), values.end(), [](float x) { return x >= 0; });
}

}  // namespace

std::vector<bool> never_negative(const Graph& graph, const std::vector<bool>& inputs) {
  std::vector<bool> never(graph.values.size(), false);
  for (size_t k = 0; k < graph.inputs.size(); ++k) never[graph.inputs[k]] = inputs[k];
  for (const Node& node : graph.nodes) {
    const Sign sign = sign_of(node.op);
    if (sign == Sign::Any) continue;
    auto is_float = [&](ValueId v) { return v != kNoValue && graph.value(v).element == Element::Float32; };
    auto good = [&](ValueId v) {
      return graph.value(v).is_constant ? holds_no_negative(graph.value(v)) : never[v];
    };
    bool all = true, one = false;
    for (ValueId v : node.inputs) {
      if (!is_float(v) || sign == Sign::Never) continue;
      all = all && good(v);
      one = one || good(v);
    }
    bool result = sign == Sign::Never || all || (sign == Sign::AsOne && one);
    if (sign == Sign::Product) result = result || node.inputs[0] == node.inputs[1];
    if (sign == Sign::Bound)
      result =
          good(node.inputs[0]) && (node.inputs.size() < 3 || !is_float(node.inputs[2]) || good(node.inputs[2]));
    if (sign == Sign::Bound && node.inputs.size() > 1 && is_float(node.inputs[1]))
      result = result || good(node.inputs[1]);
    for (ValueId v : node.outputs) {
      if (is_float(v)) never[v] = result;
    }
  }
  return never;
}

}  // namespace ohmweave::network
