// SPDX-License-Identifier: Apache-2.0
// Nodes of ONNX graphs.
#include <algorithm>

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include "ohmweave/network/onnx_importer.h"

namespace ohmweave::network {

using onnx::AttributeProto;
using onnx::NodeProto;
using tensor::Tensor;

std::string Importer::unique(const std::string& wanted) {
  std::string name = wanted;
  for (int k = 2; !names_.insert(name).second; ++k) name = fmt::format("{}#{}", wanted, k);
  return name;
}

void Importer::read_node(const NodeProto& proto) {
  node = {};
  node.name = called(proto);
  for (const std::string& input : proto.input()) {
    const ValueId found = input.empty() ? kNoValue : find(input);
    if (!input.empty() && found == kNoValue)
      fail(fmt::format("{} reads '{}', which nothing before it makes", label(proto), input));
    node.inputs.push_back(found);
  }
  while (!node.inputs.empty() && node.inputs.back() == kNoValue) node.inputs.pop_back();
  for (const std::string& output : proto.output()) node.outputs.push_back(output.empty() ? kNoValue : 0);
  while (!node.outputs.empty() && node.outputs.back() == kNoValue) node.outputs.pop_back();
  if (node.outputs.empty()) fail(fmt::format("{} has no result", label(proto)));
  const bool control = is_control_flow(proto);
  std::vector<ValueId> made = control               ? read_control_flow(proto)
                              : is_supported(proto) ? read_supported(proto)
                                                    : read_unsupported(proto);
  for (size_t k = 0; k < made.size(); ++k) {
    if (made[k] == kNoValue) continue;
    const std::string& name = proto.output(static_cast<int>(k));
    define(name, made[k]);
    if (!control) loaded_.graph.values[made[k]].name = name;  // a branch may give what it has from outside
  }
}

std::vector<ValueId> Importer::read_supported(const NodeProto& proto) {
  if (full_name(proto) == "Constant") return {add_constant(loaded_.graph, proto.output(0), constant_of(proto))};
  const Operator& entry = *find_operator(full_name(proto));
  node.op = entry.op;
  file_operator = full_name(proto);
  for (const AttributeProto& attribute : proto.attribute())
    node.attributes[attribute.name()] = attribute_of(proto, attribute);
  // Lifting looks at the operands that have to be there.
  for (size_t k = 0; k < entry.least_inputs; ++k) {
    if (!has_operand(k) && (k == 0 || entry.infer == nullptr))
      Lift::fail(k == 0 ? "has no operand" : fmt::format("takes {} operands at least", entry.least_inputs));
  }
  if (!entry.lift) return finish();
  const size_t wanted = node.outputs.size();
  std::vector<ValueId> made = entry.lift(*this);
  if (made.size() > wanted) made.resize(wanted);
  if (made.size() < wanted) Lift::fail(fmt::format("has {} results, {} wanted", made.size(), wanted));
  return made;
}

Attribute Importer::attribute_of(const NodeProto& proto, const AttributeProto& a) const {
  if (!a.ref_attr_name().empty())
    fail(fmt::format("{}: attribute '{}' refers to a function's, which is not supported", label(proto),
                     a.name()));
  // Files of the first versions do not say the type.
  auto type = a.has_type()          ? a.type()
              : a.has_f()           ? AttributeProto::FLOAT
              : a.has_i()           ? AttributeProto::INT
              : a.has_s()           ? AttributeProto::STRING
              : a.has_t()           ? AttributeProto::TENSOR
              : a.floats_size() > 0 ? AttributeProto::FLOATS
                                    : AttributeProto::INTS;
  switch (type) {
    case AttributeProto::FLOAT:
      return static_cast<double>(a.f());
    case AttributeProto::INT:
      return static_cast<int64_t>(a.i());
    case AttributeProto::STRING:
      return a.s();
    case AttributeProto::INTS:
      return std::vector<int64_t>(a.ints().begin(), a.ints().end());
    case AttributeProto::FLOATS:
      return std::vector<double>(a.floats().begin(), a.floats().end());
    case AttributeProto::STRINGS: {  // a list of words is a text
      std::string text;
      for (const std::string& word : a.strings()) text += (text.empty() ? "" : " ") + word;
      return text;
    }
    case AttributeProto::TENSOR: {
      StoredTensor stored = read_tensor(a.t(), source_);
      if (!stored.values)
        fail(fmt::format("{}: the values of attribute '{}' are missing", label(proto), a.name()));
      return *stored.values;
    }
    default:
      fail(fmt::format("{}: attribute '{}' is of a kind that is not supported", label(proto), a.name()));
  }
}

Tensor Importer::constant_of(const NodeProto& proto) const {
  if (proto.attribute_size() != 1) fail(fmt::format("{} must have one attribute, its value", label(proto)));
  const std::string& key = proto.attribute(0).name();
  Attribute value = attribute_of(proto, proto.attribute(0));
  if (auto* t = std::get_if<Tensor>(&value); t && key == "value") return *t;
  if (auto* f = std::get_if<double>(&value); f && key == "value_float")
    return Tensor::of<float>({}, std::vector<float>{static_cast<float>(*f)});
  if (auto* i = std::get_if<int64_t>(&value); i && key == "value_int")
    return Tensor::of<int64_t>({}, std::vector<int64_t>{*i});
  if (auto* list = std::get_if<std::vector<int64_t>>(&value); list && key == "value_ints")
    return integers_tensor(*list);
  if (auto* list = std::get_if<std::vector<double>>(&value); list && key == "value_floats")
    return Tensor::of<float>({static_cast<int64_t>(list->size())},
                             std::vector<float>(list->begin(), list->end()));
  fail(fmt::format("{}: '{}' is no value we can hold", label(proto), key));
}

}  // namespace ohmweave::network
