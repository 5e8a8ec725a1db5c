// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/execution/functional/values.h"

#include <algorithm>
#include <cstring>

#include "ohmweave/base/check.h"
#include "ohmweave/base/parallel.h"
#include "ohmweave/network/network.h"
#include "ohmweave/tensor/narrow_codes.h"

namespace ohmweave::execution {

using network::Family;
using network::kNoValue;
using network::Node;
using network::NodeId;
using network::ValueId;
using tensor::Element;
using tensor::Quantization;
using tensor::Tensor;

namespace {

/// Whether a number is the real of a code, to the bit.
bool has_code(const Tensor& number, const Quantization& format) {
  const Tensor back = tensor::dequantize(tensor::quantize_narrowly(number, format), format);
  return std::memcmp(back.raw(), number.raw(), number.bytes()) == 0;
}

}  // namespace

void Values::put(ValueId v, Tensor reals) {
  const auto& format = graph_.value(v).format;
  if (format) {
    codes_[v] = tensor::quantize_narrowly(reals, *format);
  } else if (floating_ && reals.element() == Element::Float32) {
    reals_[v] = tensor::round(reals, *floating_);
  } else {
    reals_[v] = std::move(reals);
  }
}

void Values::drop(ValueId v) {
  codes_.erase(v);
  reals_.erase(v);
}

Tensor Values::reals(ValueId v) const {
  if (auto it = reals_.find(v); it != reals_.end()) return it->second;
  const network::Value& value = graph_.value(v);
  if (const auto codes = stored_codes(v)) return tensor::dequantize(*codes, *value.format);
  if (value.is_constant) return *value.constant;
  std::vector<Tensor> inputs;
  for (ValueId x : graph_.nodes[*graph_.producer(v)].inputs)
    inputs.push_back(x == kNoValue ? Tensor() : reals(x));
  return view(v, std::move(inputs));
}

Tensor Values::codes(ValueId v) const {
  if (auto it = codes_.find(v); it != codes_.end()) return it->second;
  const Node& node = graph_.nodes[*graph_.producer(v)];
  const Quantization& format = *graph_.value(v).format;
  bool whole = network::family_of(node.op) == Family::View;
  for (ValueId x : node.inputs) {  // a view of codes is the codes of the view if all parts share one format
    if (x == kNoValue || graph_.value(x).is_constant) continue;
    whole &= graph_.value(x).format == graph_.value(v).format;
  }
  if (!whole) return tensor::quantize_narrowly(reals(v), format);
  std::vector<Tensor> inputs;
  for (ValueId x : node.inputs) {
    if (x == kNoValue) {
      inputs.emplace_back();
    } else if (const network::Value& value = graph_.value(x); !value.is_constant) {
      inputs.push_back(codes(x));
    } else {
      const bool has_codes = value.element == Element::Float32;  // what is padded with or joined
      inputs.push_back(has_codes ? tensor::quantize_narrowly(*value.constant, format) : *value.constant);
    }
  }
  return view(v, std::move(inputs));
}

std::optional<Tensor> Values::stored_codes(ValueId v) const {
  if (auto it = codes_.find(v); it != codes_.end()) return it->second;
  const auto& format = graph_.value(v).format;
  const auto maker = graph_.producer(v);
  if (reals_.count(v) > 0 || !maker || !format || format->per_channel()) return std::nullopt;
  const Node& node = graph_.nodes[*maker];
  if (network::family_of(node.op) != Family::View) return std::nullopt;
  std::vector<Tensor> inputs;
  for (ValueId x : node.inputs) {
    if (x == kNoValue) return std::nullopt;
    const network::Value& value = graph_.value(x);
    if (!value.is_constant) {
      auto codes = value.format == format ? stored_codes(x) : std::nullopt;
      if (!codes) return std::nullopt;
      inputs.push_back(std::move(*codes));
    } else if (value.element != Element::Float32) {
      inputs.push_back(*value.constant);
    } else if (has_code(*value.constant, *format)) {
      inputs.push_back(tensor::quantize_narrowly(*value.constant, *format));
    } else {
      return std::nullopt;
    }
  }
  return view(v, std::move(inputs));
}

/// What makes a value, of operands in the form in which it is wanted.
Tensor Values::view(ValueId v, std::vector<Tensor> inputs) const {
  const NodeId maker = *graph_.producer(v);
  const Node& node = graph_.nodes[maker];
  std::vector<Tensor> results = network::evaluate(graph_, maker, inputs);
  const auto made = std::find(node.outputs.begin(), node.outputs.end(), v);
  OHMWEAVE_CHECK(made != node.outputs.end(), "a node does not make the value it is the producer of");
  return results[static_cast<size_t>(made - node.outputs.begin())];
}

/// Codes of the shape of the result, and constants of one number; nothing if there are others.
std::optional<std::vector<Tensor>> Values::element_operands(const Node& node) const {
  const tensor::Shape& shape = graph_.value(node.outputs[0]).shape;
  std::vector<Tensor> out;
  for (ValueId x : node.inputs) {
    if (x == kNoValue) return std::nullopt;
    const network::Value& value = graph_.value(x);
    if (value.is_constant && tensor::count(value.shape) == 1) {
      out.push_back(*value.constant);
      continue;
    }
    const bool fits =
        !value.is_constant && value.shape == shape && value.format && !value.format->per_channel();
    auto codes = fits ? stored_codes(x) : std::nullopt;
    if (!codes) return std::nullopt;
    out.push_back(codes->reshaped({codes->size()}));
  }
  return out;
}

bool Values::evaluate_elements(NodeId n, ValueId made) {
  const Node& node = graph_.nodes[n];
  const Family family = network::family_of(node.op);
  const auto& format = graph_.value(made).format;
  if ((family != Family::Unary && family != Family::Elementwise) || node.outputs.size() != 1 || !format ||
      format->per_channel() || graph_.value(node.outputs[0]).element != Element::Float32)
    return false;
  const auto operands = element_operands(node);
  if (!operands) return false;
  constexpr int64_t kPiece = 1 << 14;
  Tensor out = Tensor::uninitialized(tensor::narrowest_element(format->format), graph_.value(made).shape);
  const int64_t count = out.size();
  const size_t size = tensor::size_of(out.element());
  std::byte* to = out.mutable_raw();
  base::parallel_for((count + kPiece - 1) / kPiece, [&](int64_t piece) {
    const int64_t begin = piece * kPiece, end = std::min(count, begin + kPiece);
    std::vector<Tensor> inputs;
    for (size_t k = 0; k < operands->size(); ++k) {
      const network::Value& value = graph_.value(node.inputs[k]);
      const Tensor& all = (*operands)[k];
      inputs.push_back(value.is_constant ? all : tensor::dequantize(all.slice(begin, end), *value.format));
    }
    const Tensor codes = tensor::quantize_narrowly(network::evaluate(graph_, n, inputs)[0], *format);
    std::memcpy(to + static_cast<size_t>(begin) * size, codes.raw(), codes.bytes());
  });
  put_codes(made, std::move(out));
  return true;
}

}  // namespace ohmweave::execution
