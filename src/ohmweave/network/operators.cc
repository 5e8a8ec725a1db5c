// SPDX-License-Identifier: Apache-2.0
#include "ohmweave/network/operators.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ohmweave/base/check.h"
#include "ohmweave/network/conformance.h"
#include "ohmweave/network/network.h"

namespace ohmweave::network {
namespace {

/// Beyond this no tensor is meant: 2^40 elements.
constexpr int64_t kMostElements = int64_t{1} << 40;

std::vector<Operator> collect() {
  std::vector<Operator> all(static_cast<size_t>(Op::Unsupported) + 1);
  auto take = [&](std::vector<Operator> family) {
    for (Operator& o : family) {
      Operator& slot = all[static_cast<size_t>(o.op)];
      OHMWEAVE_CHECK(slot.name[0] == '\0', fmt::format("operator {} stands twice in the table", o.name));
      slot = std::move(o);
    }
  };
  take(product_operators());
  take(recurrent_operators());
  take(unary_operators());
  take(function_operators());
  take(elementwise_operators());
  take(normalization_operators());
  take(window_operators());
  take(reduction_operators());
  take(reshaping_operators());
  take(moving_operators());
  take(indexing_operators());
  take(ordering_operators());
  take(transposed_operators());
  take({resizing_operator()});
  take(shape_operators());
  take(quantizing_operators());
  take(integer_operators());
  take({{.op = Op::Unsupported,
         .name = "Unsupported",
         .family = Family::Unsupported,
         .least_inputs = 0,
         .most_inputs = Operator::kAny,
         .most_outputs = Operator::kAny,
         .attributes = {{"operator", std::string(), true}}}});
  for (size_t k = 0; k < all.size(); ++k) {
    OHMWEAVE_CHECK(all[k].name[0] != '\0', fmt::format("operator {} is missing in the table", k));
  }
  return all;
}

const std::vector<Operator>& table() {
  static const std::vector<Operator> kTable = collect();
  return kTable;
}

const char* type_name(const Attribute& a) {
  constexpr const char* kNames[] = {"a whole number", "a number", "text",
                                    "whole numbers",  "numbers",  "a tensor"};
  return kNames[a.index()];
}

void complete_attributes(const Operator& entry, Node& node, const Operation& o) {
  for (const auto& attribute : node.attributes) {
    const std::string& key = attribute.first;
    bool known = std::any_of(entry.attributes.begin(), entry.attributes.end(),
                             [&](const Parameter& p) { return p.name == key; });
    o.require(known, fmt::format("has no attribute '{}'", key));
  }
  for (const Parameter& p : entry.attributes) {
    auto found = node.attributes.find(p.name);
    if (found == node.attributes.end()) {
      o.require(!p.required, fmt::format("needs the attribute '{}'", p.name));
      node.attributes[p.name] = p.otherwise;
    } else {
      o.require(found->second.index() == p.otherwise.index(),
                fmt::format("attribute '{}' must be {}, not {}", p.name, type_name(p.otherwise),
                            type_name(found->second)));
    }
  }
}

void check_arity(const Operator& entry, const Node& node, const Operation& o) {
  size_t given = node.inputs.size();
  while (given > 0 && node.inputs[given - 1] == kNoValue) --given;
  bool first_ones = true;
  for (size_t k = 0; k < std::min(entry.least_inputs, given); ++k) first_ones &= node.inputs[k] != kNoValue;
  if (!first_ones || given < entry.least_inputs || given > entry.most_inputs) {
    std::string range = entry.most_inputs == Operator::kAny ? fmt::format("at least {}", entry.least_inputs)
                        : entry.least_inputs == entry.most_inputs
                            ? fmt::format("{}", entry.least_inputs)
                            : fmt::format("{} to {}", entry.least_inputs, entry.most_inputs);
    o.fail(fmt::format("takes {} operands, given {}", range, given));
  }
  o.require(!node.outputs.empty() && node.outputs.size() <= entry.most_outputs,
            fmt::format("has 1 to {} results, {} wanted", entry.most_outputs, node.outputs.size()));
}

Types infer(const Operator& entry, const Operation& o) {
  Types types = entry.infer(o);
  o.require(types.size() >= o.outputs(), fmt::format("has {} results, {} wanted", types.size(), o.outputs()));
  for (const Type& t : types) checked_count(o, t.shape);
  return types;
}

}  // namespace

const Operator& operator_of(Op op) { return table()[static_cast<size_t>(op)]; }

namespace {
/// Everything that files may have, by name.
const std::map<std::string, const Operator*>& names() {
  static const auto kByName = [] {
    std::map<std::string, const Operator*> all;
    for (const Operator& o : table()) {
      if (o.op != Op::Unsupported && o.op != Op::LocalConv) all.emplace(o.name, &o);
    }
    static const std::vector<Operator> kLifted = lifted_operators();
    static const std::vector<Operator> kForms = quantized_forms();
    for (const auto* forms : {&kLifted, &kForms}) {
      for (const Operator& o : *forms) all.emplace(o.name, &o);
    }
    return all;
  }();
  return kByName;
}
}  // namespace

const Operator* find_operator(const std::string& name) {
  auto found = names().find(name);
  return found == names().end() ? nullptr : found->second;
}

std::vector<std::string> operators_of_files() {
  std::vector<std::string> out{"Constant", "If", "Loop", "Scan"};
  for (const auto& entry : names()) out.push_back(entry.first);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string name_of(Op op) { return operator_of(op).name; }
Family family_of(Op op) { return operator_of(op).family; }

Operation::Operation(const std::string& graph, const Node& node, std::vector<std::optional<Operand>> operands)
    : graph_(graph), node_(node), operands_(std::move(operands)) {}

Operation::Operation(const Graph& graph, const Node& node) : graph_(graph.name), node_(node) {
  for (ValueId id : node.inputs) {
    auto& operand = operands_.emplace_back();
    if (id == kNoValue) continue;
    const Value& v = graph.value(id);
    operand = Operand{{v.element, v.shape}, v.constant ? &*v.constant : nullptr};
  }
}

std::vector<int64_t> Operation::integers(size_t k) const {
  require(has(k), fmt::format("operand {} is missing", k + 1));
  require(operands_[k]->values != nullptr,
          fmt::format("operand {} must be known before the network runs: it decides a shape", k + 1));
  require(element(k) == tensor::Element::Int64 || element(k) == tensor::Element::Int32,
          fmt::format("operand {} must be whole numbers, not {}", k + 1, tensor::name_of(element(k))));
  tensor::Tensor wide = operands_[k]->values->to(tensor::Element::Int64);
  auto values = wide.data<int64_t>();
  return {values.begin(), values.end()};
}

int64_t Operation::axis(int64_t axis, size_t rank) const {
  auto r = static_cast<int64_t>(rank);
  require(axis >= -r && axis < r, fmt::format("axis {} of {} axes", axis, rank));
  return axis < 0 ? axis + r : axis;
}

void Operation::fail(const std::string& message) const {
  std::string name = node_.op == Op::Unsupported ? "" : operator_of(node_.op).name;
  base::fail(graph_, fmt::format("node '{}' ({}): {}", node_.name, name, message));
}

int64_t checked_count(const Operation& o, const tensor::Shape& shape) {
  int64_t n = 1;
  bool none = false;
  for (int64_t d : shape) {
    none |= d == 0;
    d = std::max<int64_t>(d, d == 0);
    o.require(d > 0 && n <= kMostElements / d,
              fmt::format("a result of shape {} is not possible", tensor::print(shape)));
    n *= d;
  }
  return none ? 0 : n;
}

tensor::Tensor integers_tensor(const std::vector<int64_t>& values) {
  return tensor::Tensor::of<int64_t>({static_cast<int64_t>(values.size())}, values);
}

std::vector<ValueId> add_node(Graph& graph, Node node) {
  const Operator& entry = operator_of(node.op);
  {
    Operation o(graph, node);
    check_arity(entry, node, o);
    complete_attributes(entry, node, o);
  }
  if (entry.complete) entry.complete(graph, node);
  Types types = infer(entry, Operation(graph, node));
  for (size_t k = 0; k < node.outputs.size(); ++k) {
    if (node.outputs[k] == kNoValue) continue;
    std::string name = k == 0 ? node.name : fmt::format("{}:{}", node.name, k);
    Value v;
    v.name = std::move(name);
    v.element = types[k].element;
    v.shape = std::move(types[k].shape);
    node.outputs[k] = graph.add_value(std::move(v));
  }
  std::vector<ValueId> outputs = node.outputs;
  graph.nodes.push_back(std::move(node));
  return outputs;
}

ValueId add_node(Graph& graph, Op op, std::string name, std::vector<ValueId> inputs,
                 std::map<std::string, Attribute> attributes) {
  return add_node(graph, {.name = std::move(name),
                          .op = op,
                          .inputs = std::move(inputs),
                          .outputs = {0},
                          .attributes = std::move(attributes)})[0];
}

ValueId add_constant(Graph& graph, std::string name, tensor::Tensor tensor) {
  Value v;
  v.name = std::move(name);
  v.element = tensor.element();
  v.shape = tensor.shape();
  v.is_constant = true;
  v.constant = std::move(tensor);
  return graph.add_value(std::move(v));
}

void infer_shapes(Graph& graph) {
  for (const Node& node : graph.nodes) {
    const Operator& entry = operator_of(node.op);
    if (!entry.infer) continue;  // Unsupported: as the file said
    Types types = infer(entry, Operation(graph, node));
    for (size_t k = 0; k < node.outputs.size(); ++k) {
      if (node.outputs[k] == kNoValue) continue;
      graph.values[node.outputs[k]].element = types[k].element;
      graph.values[node.outputs[k]].shape = std::move(types[k].shape);
    }
  }
}

std::vector<tensor::Tensor> evaluate(const Graph& graph, NodeId id, std::span<const tensor::Tensor> inputs) {
  const Node& node = graph.nodes[id];
  OHMWEAVE_CHECK(inputs.size() == node.inputs.size(), "one tensor per operand expected");
  std::vector<std::optional<Operation::Operand>> operands(inputs.size());
  for (size_t k = 0; k < inputs.size(); ++k) {
    if (node.inputs[k] != kNoValue)
      operands[k] = Operation::Operand{{inputs[k].element(), inputs[k].shape()}, &inputs[k]};
  }
  Operation o(graph.name, node, std::move(operands));
  const Operator& entry = operator_of(node.op);
  o.require(entry.evaluate != nullptr, "cannot be computed");
  return entry.evaluate(o, infer(entry, o));
}

Types infer_like_first(const Operation& o) { return Types(o.outputs(), o.type(0)); }

ValueId Lift::add(Op op, const std::string& suffix, std::vector<ValueId> inputs,
                  std::map<std::string, Attribute> attributes) {
  return add({.name = node.name + suffix,
              .op = op,
              .inputs = std::move(inputs),
              .outputs = {0},
              .attributes = std::move(attributes)})[0];
}

void Lift::set_operand(size_t k, ValueId value) {
  if (node.inputs.size() <= k) node.inputs.resize(k + 1, kNoValue);
  node.inputs[k] = value;
}

namespace {
template <class T>
T take_attribute(Lift& lift, const std::string& key, T otherwise) {
  auto found = lift.node.attributes.find(key);
  if (found == lift.node.attributes.end()) return otherwise;
  T* value = std::get_if<T>(&found->second);
  if (!value)
    lift.fail(fmt::format("attribute '{}' must be {}, not {}", key, type_name(Attribute(otherwise)),
                          type_name(found->second)));
  otherwise = std::move(*value);
  lift.node.attributes.erase(found);
  return otherwise;
}
}  // namespace

int64_t Lift::take(const std::string& key, int64_t otherwise) { return take_attribute(*this, key, otherwise); }
double Lift::take(const std::string& key, double otherwise) { return take_attribute(*this, key, otherwise); }
std::vector<int64_t> Lift::take(const std::string& key, std::vector<int64_t> otherwise) {
  return take_attribute(*this, key, std::move(otherwise));
}

std::string Lift::take(const std::string& key, std::string otherwise) {
  return take_attribute(*this, key, std::move(otherwise));
}

std::vector<ValueId> lift_consumed(Lift& lift) {
  lift.node.attributes.erase("consumed_inputs");
  return lift.finish();
}

void Lift::list_to_operand(const std::string& key, size_t k) {
  if (has(key)) set_operand(k, constant("." + key, integers_tensor(take(key, std::vector<int64_t>{}))));
}

void Lift::fail(const std::string& message) const {
  base::fail(graph().name, fmt::format("node '{}' ({}): {}", node.name, file_operator, message));
}

std::vector<ValueId> Lift::finish_as(Op op, std::vector<ValueId> inputs,
                                     std::map<std::string, Attribute> attributes) {
  node = {.name = node.name,
          .op = op,
          .inputs = std::move(inputs),
          .outputs = {0},
          .attributes = std::move(attributes)};
  return finish();
}

ValueId Lift::number(const std::string& suffix, double value, tensor::Element element) {
  return constant(suffix, tensor::Tensor::of<double>({}, std::vector<double>{value}).to(element));
}

}  // namespace ohmweave::network
