// SPDX-License-Identifier: Apache-2.0
// Nodes whose operands are known become constants, and what no output needs is dropped.
#include <algorithm>

#include <fmt/format.h>

#include "ohmweave/network/dispatch.h"
#include "ohmweave/network/onnx_importer.h"

namespace ohmweave::network {

using tensor::Shape;
using tensor::Tensor;

namespace {
constexpr int64_t kMostFolded = int64_t{1} << 30;  // bytes that folding constants may make in all
}  // namespace

std::vector<ValueId> Importer::add(Node made) {
  made.name = unique(made.name);
  bool constant_operands = std::all_of(made.inputs.begin(), made.inputs.end(), [&](ValueId id) {
    return id == kNoValue || graph().value(id).is_constant;
  });
  bool of_shape = made.op == Op::Shape || made.op == Op::Size;
  Family family = family_of(made.op);
  std::vector<ValueId> outputs = add_node(loaded_.graph, std::move(made));
  if (of_shape || (constant_operands && family != Family::Product && family != Family::Window)) fold();
  return outputs;
}
ValueId Importer::constant(const std::string& suffix, Tensor values) {
  return add_constant(loaded_.graph, node.name + suffix, std::move(values));
}

/// The newest node has only known operands: its results are constants, with values if all operands have them.
void Importer::fold() {
  Graph& g = loaded_.graph;
  Node folded = g.nodes.back();
  Operation o(g, folded);
  const Operator& entry = operator_of(folded.op);
  bool known = folded.op == Op::Shape || folded.op == Op::Size;
  if (!known) {
    known = true;
    for (size_t k = 0; k < o.operands(); ++k) known &= !o.has(k) || o.has_values(k);
  }
  Types types;
  for (ValueId id : folded.outputs)
    types.push_back(id == kNoValue ? Type{} : Type{g.value(id).element, g.value(id).shape});
  Results results;
  if (known) {
    for (const Type& t : types)
      folded_ += tensor::count(t.shape) * static_cast<int64_t>(tensor::size_of(t.element));
    o.require(folded_ <= kMostFolded, "makes a constant that is too large");
    results = folded.op == Op::ConstantOfShape
                  ? Results{filled(std::get<Tensor>(folded.attributes["value"]), types[0].shape)}
                  : entry.evaluate(o, types);
  }
  for (size_t k = 0; k < folded.outputs.size(); ++k) {
    if (folded.outputs[k] == kNoValue) continue;
    Value& v = g.values[folded.outputs[k]];
    v.is_constant = true;
    v.format = folded_format(folded, o);
    if (known) v.constant = std::move(results[k]);
  }
  g.nodes.pop_back();
}

/// Weights that a file stores as codes are codes for the machine too.
std::optional<tensor::Quantization> Importer::folded_format(const Node& folded, const Operation& o) const {
  if (folded.op == Op::DequantizeLinear) return stated_format(o);
  if (family_of(folded.op) != Family::View || !graph().value(folded.inputs[0]).format) return std::nullopt;
  return viewed_format(folded, *graph().value(folded.inputs[0]).format);
}

/// A constant of one number repeated. Networks whose weights are made like that share one stretch of memory.
Tensor Importer::filled(const Tensor& value, const Shape& shape) {
  std::string key(reinterpret_cast<const char*>(value.raw()), value.bytes());
  Tensor& longest = filled_[tensor::name_of(value.element()) + key];
  int64_t count = tensor::count(shape);
  if (longest.size() < count) {
    longest = Tensor(value.element(), {count});
    std::byte* to = longest.mutable_raw();
    with_bytes(value.element(), [&](auto zero) {
      std::fill_n(reinterpret_cast<decltype(zero)*>(to), count,
                  *reinterpret_cast<const decltype(zero)*>(value.raw()));
    });
  }
  return longest.slice(0, count).reshaped(shape);
}

/// Drops nodes and values that no output needs.
void Importer::tidy() {
  Graph& g = loaded_.graph;
  std::vector<bool> needed(g.values.size(), false);
  for (ValueId id : g.outputs) needed[id] = true;
  for (ValueId id : g.inputs) needed[id] = true;
  std::vector<Node> nodes;
  for (size_t n = g.nodes.size(); n-- > 0;) {
    Node& made = g.nodes[n];
    bool read = std::any_of(made.outputs.begin(), made.outputs.end(),
                            [&](ValueId id) { return id != kNoValue && needed[id]; });
    if (!read) continue;
    for (ValueId& id : made.outputs) {
      if (id != kNoValue && !needed[id] && &id != &made.outputs[0])
        id = kNoValue;
      else if (id != kNoValue)
        needed[id] = true;
    }
    for (ValueId id : made.inputs) {
      if (id != kNoValue) needed[id] = true;
    }
    nodes.push_back(std::move(made));
  }
  std::reverse(nodes.begin(), nodes.end());
  g.nodes = std::move(nodes);
  std::vector<ValueId> place(g.values.size(), kNoValue);
  std::vector<Value> values;
  for (ValueId id = 0; id < g.values.size(); ++id) {
    if (!needed[id]) continue;
    place[id] = static_cast<ValueId>(values.size());
    values.push_back(std::move(g.values[id]));
  }
  g.values = std::move(values);
  auto move = [&](std::vector<ValueId>& ids) {
    for (ValueId& id : ids) id = id == kNoValue ? kNoValue : place[id];
  };
  move(g.inputs);
  move(g.outputs);
  for (Node& kept : g.nodes) move(kept.inputs), move(kept.outputs);
}

}  // namespace ohmweave::network
